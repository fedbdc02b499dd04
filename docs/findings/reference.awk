# Our shares beside those of the reference (reference.csv, of 64 seeds; then levels.csv): writes the table to `table`.

file == 1 {
    arm = cell("arm")
    left = cell("weights_left")
    if (!(arm in known)) {
        known[arm] = 1
        names[++arms] = arm
    }
    if (!(left in size_known)) {
        size_known[left] = 1
        sizes[++levels] = left
    }
    for (i = split("side_by_side solved both", whats, " "); i >= 1; i--)
        theirs[arm, left, i] = cell(whats[i])
    next
}

{
    arm = cell("arm")
    left = cell("weights_left")
    if (!((arm, left, 1) in theirs))
        next
    of[arm, left]++
    ours[arm, left, 1] += cell("side_by_side") == "true"
    ours[arm, left, 2] += is_solved()
    ours[arm, left, 3] += is_separated() && is_solved()
}

END {
    line = "| arm |"
    rule = "|---|"
    for (j = 1; j <= levels; j++) {
        line = line " " sizes[j] " |"
        rule = rule "---|"
    }
    print line "\n" rule >table
    for (i = 1; i <= arms; i++) {
        line = "| `" names[i] "` |"
        for (j = 1; j <= levels; j++)
            line = line " " cell_of(names[i], sizes[j]) " |"
        print line >table
    }
    figure("reference.cells", beyond + 0 " of " cells " differ by more than 1.96 standard errors")
    for (i = 1; i <= shown; i++)
        figure("reference.far", far[i])
}

# Ours and, in brackets, theirs; counts those that differ by more than 1.96 standard errors of a difference of two
# shares, pooled, and lists all beyond 1.5.
function cell_of(arm, left,    i, our, their, pooled, error, text, brackets) {
    for (i = 1; i <= 3; i++) {
        our = ours[arm, left, i] / of[arm, left]
        # Theirs is rounded to two digits; it is a whole number of 64 seeds.
        their = int(64 * theirs[arm, left, i] + 0.5) / 64
        pooled = (our * of[arm, left] + their * 64) / (of[arm, left] + 64)
        error = sqrt(pooled * (1 - pooled) * (1 / of[arm, left] + 1 / 64))
        cells++
        beyond += error > 0 && (our - their) ^ 2 > (1.96 * error) ^ 2
        if (error > 0 && (our - their) ^ 2 > (1.5 * error) ^ 2)
            far[++shown] = sprintf("%s, %s at %d: %.2f against %.2f, %s standard errors", arm, whats[i], left, our,
                their, decimal((our - their) / error, 1))
        text = text (i > 1 ? " / " : "") sprintf("%.2f", our)
        brackets = brackets (i > 1 ? " / " : "") theirs[arm, left, i]
    }
    return text " (" brackets ")"
}
