# Figures of the run `full` (measures.csv, then levels.csv).

file == 1 {
    name = cell("measure")
    if (name == "permuted_accuracy" || name == "alone_accuracy") {
        ticket = cell("seed") SUBSEP cell("level")
        task = cell("of")
        # Of a subnetwork: NUMBER:TASK.
        sub(/^[0-9]+:/, "", task)
        taken[name, ticket, ++rows[name, ticket]] = task SUBSEP cell("value")
    }
    next
}

{
    seed = cell("seed")
    left = cell("weights_left") + 0
    ticket = seed SUBSEP cell("level")
    seeds[seed] = 1
    if (!(left in of))
        sizes[++levels] = left
    of[left]++
    if (cell("independent") == "true") {
        independent++
        zero += cell("jacobian_cross") == "0"
        empty += cell("jacobian_cross") == ""
    }
    if (is_separated()) {
        separated++
        separated_seeds[seed] = 1
        same["permuted_accuracy"] += unchanged("permuted_accuracy", ticket)
        same["alone_accuracy"] += unchanged("alone_accuracy", ticket)
    }
    jacobian[left, seed] = cell("jacobian_cross")
    z[left, seed] = cell("q_task_z")
    epochs[left, seed] = cell("epochs_to_loss")
    winning[left, seed] = is_separated() && is_solved()
}

END {
    figure("jacobian.independent", zero " of " independent " independent tickets have a share of exactly 0, " \
        empty + 0 " of the others have none, for nothing flows")
    # Tickets of a seed depend on each other, so that the interval is that of the seeds.
    for (seed in separated_seeds)
        count++
    text = " of " separated " separated tickets; all of a seed's in "
    figure("permuted", same["permuted_accuracy"] text share(seeds_same("permuted_accuracy"), count) " seeds")
    figure("subnetworks", same["alone_accuracy"] text share(seeds_same("alone_accuracy"), count) " seeds")
    dense = sizes[1]
    for (i = 1; i <= levels; i++) {
        left = sizes[i]
        figure("jacobian." left, of_all(jacobian, left, 3) (i == 1 ? "" : ", " less_than_dense(left)))
    }
    for (i = 2; i <= levels; i++)
        figure("q-task-z." sizes[i], of_all(z, sizes[i], 1) ", " above_zero(sizes[i]))
    figure("epochs." dense, of_all(epochs, dense, 0))
    for (i = 2; i <= levels; i++)
        faster(sizes[i])
}

# Whether each number of the measure is the accuracy of its task, digit by digit; there is one at least.
function unchanged(name, ticket,    i, parts) {
    for (i = 1; i <= rows[name, ticket]; i++) {
        split(taken[name, ticket, i], parts, SUBSEP)
        if (cell("accuracy_" parts[1]) != parts[2]) {
            changed[name, seed] = 1
            return 0
        }
    }
    return rows[name, ticket] > 0
}

# How many seeds with a separated ticket have no such ticket with another accuracy.
function seeds_same(name,    seed, count) {
    for (seed in separated_seeds)
        count += !((name, seed) in changed)
    return count
}

function of_all(values, left, digits,    seed, count, list) {
    for (seed in seeds)
        if (values[left, seed] != "")
            list[++count] = values[left, seed]
    if (!count)
        return "of no seed"
    return "median " median(list, count, digits) " of " count " seeds"
}

function less_than_dense(left,    seed, less, more) {
    for (seed in seeds)
        if (jacobian[left, seed] != "" && jacobian[dense, seed] != "") {
            less += jacobian[left, seed] + 0 < jacobian[dense, seed] + 0
            more += jacobian[left, seed] + 0 > jacobian[dense, seed] + 0
        }
    return "less than dense in " less + 0 ", more in " more + 0 ", " p_text(sign_test(less, more))
}

function above_zero(left,    seed, above, below) {
    for (seed in seeds)
        if (z[left, seed] != "") {
            above += z[left, seed] > 0
            below += z[left, seed] < 0
        }
    return "above rewirings in " above + 0 ", below in " below + 0 ", " p_text(sign_test(above, below))
}

function faster(left,    seed, reached, fast, slow, winners, winners_fast, winners_slow) {
    for (seed in seeds) {
        if (epochs[left, seed] == "" || epochs[dense, seed] == "")
            continue
        reached++
        fast += epochs[left, seed] + 0 < epochs[dense, seed] + 0
        slow += epochs[left, seed] + 0 > epochs[dense, seed] + 0
        if (winning[left, seed]) {
            winners++
            winners_fast += epochs[left, seed] + 0 < epochs[dense, seed] + 0
            winners_slow += epochs[left, seed] + 0 > epochs[dense, seed] + 0
        }
    }
    figure("epochs." left, of_all(epochs, left, 0) ", " share(fast, reached) " faster than dense, " slow + 0 \
        " slower, " p_text(sign_test(fast, slow)) "; " share(of[left] - reached, of[left]) " never get there" \
        (winners ? "; of the separated and solved " share(winners_fast, winners) " faster, " winners_slow + 0 \
        " slower, " p_text(sign_test(winners_fast, winners_slow)) : ""))
}
