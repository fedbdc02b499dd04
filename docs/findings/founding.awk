# Figures of the run `founding` (levels.csv), where `at` is how many weights its singled-out level has.

{
    seed = cell("seed")
    separated = is_separated()
    seeds[seed] = 1
    if (cell("splits") == "true") {
        splits++
        split_seeds[seed] = 1
        if (separated)
            aligned++
        else
            astray[seed] = 1
    }
    # Levels of a seed stand in rising order.
    if (separated && !(seed in first))
        first[seed] = cell("active_weights")
}

cell("weights_left") == at {
    solved = is_solved()
    counts["separated"] += separated
    counts["solved"] += solved
    counts["both"] += separated && solved
    moons = cell("accuracy_moons") + 0
    if (moons < 0.97) {
        failing++
        cluster = moons >= 0.85 ? "upper" : "lower"
        in_cluster[cluster]++
        if (!(cluster in least) || moons < least[cluster])
            least[cluster] = moons
        if (!(cluster in most) || moons > most[cluster])
            most[cluster] = moons
    }
    if (separated && solved)
        sum += moons
}

END {
    of = size(seeds)
    figure("founding.separated", share(counts["separated"], of) " at " at " weights")
    figure("founding.solved", share(counts["solved"], of))
    figure("founding.both", share(counts["both"], of))
    figure("founding.not-solved", share(of - counts["solved"], of))
    figure("founding.moons", share(failing, of) " fail moons; " in_cluster["upper"] " of them have accuracies of " \
        least["upper"] " to " most["upper"] ", " in_cluster["lower"] " of " least["lower"] " to " most["lower"] \
        "; the separated and solved have " sprintf("%.3f", sum / counts["both"]) " on average")
    for (seed in split_seeds)
        if (!(seed in astray))
            faithful++
    figure("splits.imp", aligned " of " splits " tickets that split are separated; all of the seed's in " \
        share(faithful, size(split_seeds)) " seeds")
    for (seed in first)
        values[++count] = first[seed]
    text = median(values, count, 0)
    figure("founding.first", "active weights at the first separated level: median " text ", " values[1] " to " \
        values[count] ", " count " seeds")
    # What the thesis counted.
    figure("thesis.separated", share(57, 68))
}

function size(set,    count, key) {
    for (key in set)
        count++
    return count
}
