# Reads JSON of one value a line, as summary.json is: `value` maps PATH, keys and indexes from 0 with dots between, to
# what stands there, and in a further file with its number in front, as in 2:PATH.

FNR == 1 {
    files++
    depth = 0
    next_index[0] = 0
}

{
    line = $0
    sub(/^ */, "", line)
    sub(/,$/, "", line)
}

line ~ /^[]}]/ {
    depth--
    next
}

{
    if (match(line, /^"[^"]*": /)) {
        key = substr(line, 2, RLENGTH - 4)
        line = substr(line, RLENGTH + 1)
    } else
        key = next_index[depth]++ + 0
    path = depth > 1 ? path_at[depth - 1] "." key : key
    if (depth == 0) {
        depth = 1
        next
    }
    if (line == "{" || line == "[") {
        path_at[depth] = path
        depth++
        next_index[depth] = 0
        next
    }
    gsub(/^"|"$/, "", line)
    value[(files > 1 ? files ":" : "") path] = line
}
