# Whether docs/findings.md (the last file) names in brackets only labels of figures.txt (the first), and has the rows of
# the tables between them as they are.

FNR == 1 { file++ }

file == 1 {
    label[substr($0, 1, index($0, ": ") - 1)] = 1
    has_sweeps = has_sweeps || $0 ~ /^swept/
    next
}

FILENAME !~ /findings[.]md$/ {
    row[$0] = FILENAME
    next
}

{
    delete row[$0]
    # A bracket may hold several labels and go on in the next line.
    text = text " " $0
}

END {
    while (match(text, /\[`[^]]*`\]/)) {
        count = split(substr(text, RSTART + 1, RLENGTH - 2), names, /, */)
        text = substr(text, RSTART + RLENGTH)
        for (i = 1; i <= count; i++) {
            gsub(/[` ]/, "", names[i])
            # Of sweeps there are figures where they were run.
            if (!(names[i] in label) && (has_sweeps || names[i] !~ /^swept/)) {
                print "figures.txt has no " names[i] ", which findings.md names" > "/dev/stderr"
                missing++
            }
        }
    }
    for (line in row) {
        print row[line] ": not in findings.md: " line > "/dev/stderr"
        missing++
    }
    exit missing > 0
}
