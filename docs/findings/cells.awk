# Figures of cells (levels.csv of sweeps with one arm, each after an assignment of `sweep`): of each cell how many seeds
# ever separate, and what their first separated ticket is like. Tables are made of them in END of other programs.

FNR == 1 { next }

{
    at = sweep SUBSEP cell("cell") SUBSEP cell("seed")
    in_cell = sweep SUBSEP cell("cell")
    if (!(at in last_level)) {
        seeds[in_cell]++
        if (seeds[in_cell] == 1)
            cells[sweep] = cells[sweep] (cells[sweep] == "" ? "" : "\n") cell("cell")
    }
    # Levels of a seed stand in rising order.
    if (is_separated() && !(at in first)) {
        first[at] = cell("active_weights")
        count = ++separated[in_cell]
        active[in_cell, count] = cell("active_weights")
        left[in_cell, count] = cell("weights_left")
        solved[in_cell] += is_solved()
    }
    if (!(at in ever_revealing) && cell("reveals") == "true") {
        ever_revealing[at] = 1
        revealing[in_cell]++
    }
    # Those that fall behind it are counted once.
    degraded[in_cell] += (cell("verdict") == "degraded") - (at in was_degraded && was_degraded[at])
    was_degraded[at] = cell("verdict") == "degraded"
    last_level[at] = cell("level")
}

# The share of a cell's seeds that ever separate.
function ever(sweep, name) {
    return percent(separated[sweep, name] + 0, seeds[sweep, name])
}

# An order statistic of the seeds of a cell that separate: `part` 0.5 is the median.
function quantile(of, in_cell, part,    count, i, values, rank) {
    count = separated[in_cell]
    for (i = 1; i <= count; i++)
        values[i] = of == "active" ? active[in_cell, i] : left[in_cell, i]
    sort(values, count)
    if (part == 0.5)
        return middle(values, count)
    rank = int(part * count + 0.5)
    return values[rank < 1 ? 1 : rank > count ? count : rank]
}
