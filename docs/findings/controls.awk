# Figures of the run `controls` (levels.csv), where `at` is how many weights imp has at the singled-out level.
# Reads compare's table first, for the p values of `both` corrected over the arms, and writes the table of arms to
# `table`.

file == 1 {
    names[++arms] = cell("arm")
    corrected[cell("arm")] = cell("less_imp_p_holm")
    level_at = cell("level")
    next
}

{
    arm = cell("arm")
    level = cell("level") + 0
    seed = cell("seed")
    key = arm SUBSEP level
    of[key]++
    if (arm == "imp")
        imp_left[level] = cell("weights_left")
    holds["independent", key, seed] = cell("independent") == "true"
    holds["separated", key, seed] = is_separated()
    holds["solved", key, seed] = is_solved()
    holds["both", key, seed] = is_separated() && is_solved()
    holds["side", key, seed] = cell("side_by_side") == "true"
    holds["degraded", key, seed] = cell("verdict") == "degraded"
    holds["astray", key, seed] = cell("splits") == "true" && !is_separated()
    for (i = split("independent separated solved both side degraded astray", whats, " "); i >= 1; i--)
        counts[whats[i], key] += holds[whats[i], key, seed]
    seeds[seed] = 1
    if (cell("splits") == "true") {
        split_any[arm, seed] = 1
        splits[key]++
    }
    if (holds["astray", key, seed])
        astray_any[arm, seed] = 1
    if (is_separated())
        separated_any[arm, seed] = 1
    if (arm == "alone") {
        alone_left[level, ++alone_rows[level]] = cell("weights_left")
        alone_dead[level, alone_rows[level]] = 100 * (1 - cell("active_weights") / cell("weights_left"))
    }
    if (cell("rewirings_separated") != "") {
        masks[level]++
        for (i = split("independent separated split", whats, " "); i >= 1; i--) {
            value = cell("rewirings_" whats[i])
            graphs[whats[i], level] += value
            holds[whats[i] "-rewiring", level, seed] = value > 0
            having[whats[i], level] += value > 0
        }
    }
}

END {
    for (level in imp_left)
        level_of[imp_left[level]] = level
    all_arms()
    others()
    rewirings()
    table_of_arms()
}

# How often an arm is separated, solved and both at the level, and what differs from imp.
function all_arms(    i, what, whats) {
    corrections("separated")
    corrections("solved")
    for (i = 1; i <= arms; i++)
        adjusted["both", i] = corrected[names[i]]
    for (i = 1; i <= arms; i++)
        figure("independent." names[i], counted("independent", names[i], level_at))
    for (what = 1; what <= split("separated solved both", whats, " "); what++)
        for (i = 1; i <= arms; i++)
            figure(whats[what] "." names[i], counted(whats[what], names[i], level_at) (i == 1 ? "" : "; − imp " \
                compared(whats[what], names[i], level_at) ", corrected " p_text(adjusted[whats[what], i])))
}

# McNemar's p values of all arms against imp, corrected by Holm.
function corrections(what,    i, here, p_values, holms) {
    for (i = 2; i <= arms; i++) {
        here = pairs(what, names[i], level_at)
        p_values[i - 1] = sign_test(here, only_there)
    }
    holm(p_values, arms - 1, holms)
    for (i = 2; i <= arms; i++)
        adjusted[what, i] = holms[i - 1]
}

# Figures of single arms and other levels. None of their tests is corrected.
function others(    level, best, seed, any, by_task, here, there, key, values, count, i) {
    level = level_of[67]
    figure("both.imp.67", counted("both", "imp", level))
    figure("both.one-shot.67", counted("both", "one-shot", level) "; − imp " compared("both", "one-shot", level))

    for (seed in seeds) {
        any += (("shuffled", seed) in split_any)
        by_task += (("shuffled", seed) in separated_any)
        here += (("shuffled", seed) in astray_any) && !(("imp", seed) in astray_any)
        there += !(("shuffled", seed) in astray_any) && (("imp", seed) in astray_any)
    }
    figure("splits.shuffled", share(any, of["imp", 0]) " split at some level, " by_task + 0 \
        " of them ever by task; other than by task, − imp " paired(here, there, of["imp", 0]))
    key = "fresh-each-level" SUBSEP level_at
    figure("splits.fresh-each-level", share(counts["astray", key], splits[key]) \
        " that split do not follow the tasks; − imp " compared("astray", "fresh-each-level", level_at))

    best = 0
    for (level in imp_left)
        if (counts["both", "layerwise", level] > counts["both", "layerwise", best])
            best = level
    level = level_of[104]
    figure("layerwise.best", "most are both at " imp_left[best] " weights")
    figure("layerwise.degraded", counted("degraded", "layerwise", level_at) " at " at " weights")
    figure("layerwise.separated.104", counted("separated", "layerwise", level) "; − imp " \
        compared("separated", "layerwise", level))
    figure("layerwise.both.104", counted("both", "layerwise", level) "; imp " counted("both", "imp", level) "; − imp " \
        compared("both", "layerwise", level))

    for (i = 1; i <= alone_rows[level_at]; i++)
        values[i] = alone_dead[level_at, i]
    figure("alone.dead", "median " median(values, alone_rows[level_at], 0) " % of the weights at level " level_at)
    for (level = level_at - 3; level <= level_at; level++) {
        for (i = 1; i <= alone_rows[level]; i++)
            values[i] = alone_left[level, i]
        figure("alone.both." level, counted("both", "alone", level) " at level " level ", where it has a median of " \
            median(values, alone_rows[level], 0) " weights; − imp " compared("both", "alone", level))
    }
}

# Of 100 rewirings of each mask: graphs, and masks of which one graph or more is so, beside the masks themselves.
function rewirings(    level, i, whats, text, above, most) {
    for (level = 1; level in masks; level++) {
        text = 100 * masks[level] " graphs:"
        for (i = 1; i <= split("independent separated split", whats, " "); i++)
            text = text " " graphs[whats[i], level] " " whats[i] ","
        figure("rewirings." imp_left[level], text " of " share(having["separated", level], masks[level]) \
            " masks one or more is separated; imp's mask alone is in " mask_alone(level))
        if (level < level_at)
            above += graphs["independent", level]
    }
    figure("rewirings.above", above + 0 " independent at all levels with more than " at " weights")
}

function mask_alone(level,    seed, here, there) {
    for (seed in seeds) {
        here += holds["separated", "imp", level, seed] && !holds["separated-rewiring", level, seed]
        there += !holds["separated", "imp", level, seed] && holds["separated-rewiring", level, seed]
    }
    return here " of its " counts["separated", "imp", level] ", a rewiring alone in " there + 0 ": " \
        p_text(sign_test(here, there))
}

function table_of_arms(    i, arm, key, what, whats, line, here, text) {
    print "| arm | independent | side by side | separated | solved | both | − `imp` | p |" >table
    print "|---|---|---|---|---|---|---|---|" >table
    for (i = 1; i <= arms; i++) {
        arm = names[i]
        key = arm SUBSEP level_at
        line = "| `" arm "` |"
        for (what = 1; what <= split("independent side separated solved both", whats, " "); what++)
            line = line " " percent(counts[whats[what], key], of[key]) " |"
        if (i == 1) {
            print line "  |  |" >table
            continue
        }
        here = pairs("both", arm, level_at)
        text = p_text(corrected[arm])
        sub(/^p (= )?/, "", text)
        print line " " signed(100 * (here - only_there) / both_have, 1) " | " text " |" >table
    }
}

function counted(what, arm, level) {
    return share(counts[what, arm, level], of[arm, level])
}

function compared(what, arm, level,    here) {
    here = pairs(what, arm, level)
    return paired(here, only_there, both_have)
}

# The seeds of which it holds in the arm alone; sets `only_there`, those of imp alone, and `both_have`, all that have
# the level in both.
function pairs(what, arm, level,    seed, a, b, here) {
    only_there = both_have = here = 0
    for (seed in seeds) {
        if (!((what, arm, level, seed) in holds) || !((what, "imp", level, seed) in holds))
            continue
        both_have++
        a = holds[what, arm, level, seed]
        b = holds[what, "imp", level, seed]
        here += a && !b
        only_there += b && !a
    }
    return here
}
