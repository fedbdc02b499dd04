# The thesis's tables, of cells.awk: writes that of shares to `shares` and that of splits to `splits`. thesis.csv comes
# first, with `sweep` empty, then a sweep for each number of hidden layers.

sweep == "" {
    theirs[cell("hidden"), cell("level")] = cell("separated")
    their_of[cell("hidden"), cell("level")] = cell("of")
    next
}

END {
    print "| level | 1: theirs | own data | one draw | 2: theirs | own data | one draw | 3: theirs | own data | one draw |" >shares
    print "|---|---|---|---|---|---|---|---|---|---|" >shares
    print "| level | 1: active | left | solved | degraded | 2: active | left | solved | degraded | 3: active | left | solved | degraded |" >splits
    print "|---|---|---|---|---|---|---|---|---|---|---|---|---|" >splits
    for (level = 0; level <= 16; level++) {
        share_line = split_line = "| " level " |"
        for (hidden = 1; hidden <= 3; hidden++) {
            name = "ours-" level
            their = theirs[hidden, level] " of " their_of[hidden, level]
            p = fisher(theirs[hidden, level], their_of[hidden, level], separated[hidden, name] + 0, seeds[hidden, name])
            tested++
            if (p < 0.05) {
                their = their " ≠"
                beyond++
                list = list (list == "" ? "" : ", ") hidden " hidden, level " level " (" p_text(p) ")"
            }
            share_line = share_line " " their " | " ever(hidden, name) " | " ever(hidden, "thesis-" level) " |"
            if (separated[hidden, name] >= 10)
                split_line = split_line sprintf(" %d (%d–%d) | %d | %s | %s |", quantile("active", hidden SUBSEP name, 0.5), \
                    quantile("active", hidden SUBSEP name, 0.1), quantile("active", hidden SUBSEP name, 0.9), \
                    quantile("left", hidden SUBSEP name, 0.5), whole(solved[hidden, name], separated[hidden, name]), \
                    whole(degraded[hidden, name], seeds[hidden, name]))
            else
                split_line = split_line "  |  |  | " whole(degraded[hidden, name], seeds[hidden, name]) " |"
        }
        print share_line >shares
        if (level >= 4)
            print split_line >splits
    }
    figure("swept.thesis", beyond + 0 " of " tested " cells of the thesis differ (Fisher's exact test, p < 0.05): " list)
    for (hidden = 1; hidden <= 3; hidden++)
        windows(hidden)
    protocols()
}

function whole(count, of) {
    return sprintf("%.0f %%", 100 * count / of)
}

# "Between 75 and 125 active weights": of how many first splits that is so.
function windows(hidden,    level, name, i, inside, all) {
    for (level = 0; level <= 16; level++) {
        name = "ours-" level
        for (i = 1; i <= separated[hidden, name]; i++) {
            all++
            inside += active[hidden, name, i] >= 75 && active[hidden, name, i] <= 125
        }
    }
    figure("swept.window." hidden, share(inside + 0, all) " first splits have 75 to 125 active weights, " hidden " hidden")
}

# Whether its protocol separates less or more: over levels whose cells have both.
function protocols(    hidden, level, ours, theirs_, of, of_theirs) {
    for (hidden = 1; hidden <= 3; hidden++) {
        ours = theirs_ = of = of_theirs = 0
        for (level = 5; level <= 16; level++) {
            ours += separated[hidden, "ours-" level]
            of += seeds[hidden, "ours-" level]
            theirs_ += separated[hidden, "thesis-" level]
            of_theirs += seeds[hidden, "thesis-" level]
        }
        figure("swept.protocol." hidden, "levels 5 to 16: " share(ours, of) " with own data, " share(theirs_, of_theirs) \
            " with one draw, " p_text(fisher(theirs_, of_theirs, ours, of)))
    }
}

# Fisher's exact test, two-sided: of a of b against c of d, the tables of these margins that are no likelier.
function fisher(a, b, c, d,    hits, k, here, sum, low, high, chance) {
    hits = a + c
    low = hits - d > 0 ? hits - d : 0
    high = hits < b ? hits : b
    here = log_table(a, b, hits, d)
    for (k = low; k <= high; k++) {
        chance = log_table(k, b, hits, d)
        if (chance <= here + 1e-7)
            sum += exp(chance)
    }
    return sum > 1 ? 1 : sum
}

function log_table(k, b, hits, d) {
    return log_choose(b, k) + log_choose(d, hits - k) - log_choose(b + d, hits)
}

function log_choose(n, k) {
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k)
}

function log_factorial(n) {
    while (factorials < n) {
        factorials++
        factorial[factorials] = factorial[factorials - 1] + log(factorials)
    }
    return factorial[n] + 0
}
