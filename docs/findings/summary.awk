# Figures of `run` that stand in its summary.json; where it is `blocks`, in one of each block of seeds.

END {
    if (run == "founding") {
        for (i = 0; ("equivalence." i ".task") in value; i++)
            equivalence("equivalence." i)
        last_incidence("separated")
        last_incidence("degraded")
    }
    if (run == "variance") {
        variances("independent")
        variances("solved")
    }
    if (run == "blocks") {
        within_seeds("no-rewind")
        within_seeds("late")
        within_seeds("one-shot")
        between_seeds()
    }
}

# The median over blocks of the mean overlap of an arm's masks with imp's.
function within_seeds(arm,    file, at, i, means) {
    for (file = 1; file <= files; file++) {
        at = (file > 1 ? file ":" : "") "overlaps.arms."
        for (i = 0; (at i ".mean") in value; i++)
            if (value[at i ".arms.0"] == "imp" && value[at i ".arms.1"] == arm)
                means[file] = value[at i ".mean"]
    }
    figure("overlap." arm, median(means, files, 2) " of imp's mask, median of " files " blocks of seeds")
}

# The same of imp's masks between seeds, beside what chance gives.
function between_seeds(    file, at, means, chances, differences, more, less, levels) {
    for (file = 1; file <= files; file++) {
        at = (file > 1 ? file ":" : "")
        levels = levels (file > 1 ? ", " : "") value[at "overlaps.level"]
        at = at "overlaps.seeds.0."
        means[file] = value[at "mean"]
        chances[file] = value[at "chance"]
        differences[file] = means[file] - chances[file]
        more += differences[file] > 0
        less += differences[file] < 0
    }
    figure("overlap.seeds", median(means, files, 3) " between seeds, " median(chances, files, 3) " by chance, " \
        median(differences, files, 4) " more; more in " more + 0 " blocks, less in " less + 0 ", " \
        p_text(sign_test(more, less)))
    figure("overlap.levels", "singled out by the blocks: " levels)
}

function equivalence(at) {
    figure("equivalence." value[at ".task"], sprintf("%s points, 90 %% interval %s to %s, %s, %d pairs",
        signed(100 * value[at ".mean"], 2), signed(100 * value[at ".interval_90.0"], 2),
        signed(100 * value[at ".interval_90.1"], 2), p_text(value[at ".p"]), value[at ".pairs"]))
}

function last_incidence(cause,    i, at) {
    for (i = 0; ("competing_risks." cause "." i ".time") in value; i++)
        at = "competing_risks." cause "." i
    figure("risks." cause, sprintf("%.1f %% (%.1f–%.1f)", 100 * value[at ".incidence"], 100 * value[at ".interval.0"],
        100 * value[at ".interval.1"]))
}

function variances(what,    i, sources, at) {
    for (i = 1; i <= split("data weights order residual", sources, " "); i++) {
        at = "variance." what
        figure("variance." what "." sources[i], sprintf("%.0f %% (%.0f–%.0f)", 100 * value[at ".shares." sources[i]],
            100 * value[at ".low." sources[i]], 100 * value[at ".high." sources[i]]))
    }
}
