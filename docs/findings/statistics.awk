# Computes and words the statistics of docs/findings.md: shares, medians, differences of pairs, and the exact sign test.

# `count` of `of` with the 95 % interval of Wilson (1927), in percent.
function share(count, of,    bounds) {
    wilson(count, of, bounds)
    return sprintf("%d of %d (%.0f %%, %.0f–%.0f)", count, of, 100 * count / of, 100 * bounds[1], 100 * bounds[2])
}

# The same in percent alone, as a cell of a table.
function percent(count, of,    bounds) {
    wilson(count, of, bounds)
    return sprintf("%.0f %% (%.0f–%.0f)", 100 * count / of, 100 * bounds[1], 100 * bounds[2])
}

function wilson(count, of, bounds,    z, p, center, margin) {
    z = 1.959963984540054
    p = count / of
    center = p + z * z / (2 * of)
    margin = z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    bounds[1] = count == 0 ? 0 : (center - margin) / (1 + z * z / of)
    bounds[2] = count == of ? 1 : (center + margin) / (1 + z * z / of)
}

# P(X <= most), X binomial with `of` and 1/2. Each term is made of logarithms, none of which underflows.
function binomial_tail(most, of,    k, log_term, sum) {
    log_term = -of * log(2)
    sum = 0
    for (k = 0; k <= most; k++) {
        sum += exp(log_term)
        log_term += log((of - k) / (k + 1))
    }
    return sum
}

# The two-sided exact sign test, which of pairs that differ is McNemar's: min(1, 2·P(X <= the lesser)).
function sign_test(one, other,    p) {
    if (one + other == 0)
        return 1
    p = 2 * binomial_tail(one < other ? one : other, one + other)
    return p > 1 ? 1 : p
}

function p_text(p) {
    return p + 0 < 0.001 ? "p < 0.001" : sprintf("p = %.3f", p)
}

# The difference of two shares of the same `of` pairs, `here` of which it holds for the first alone, `there` for the
# second alone, in percentage points, with the 95 % interval of Bonett and Price (2012), which adds a pair of each kind.
function difference(here, there, of,    p, q, center, margin) {
    p = (here + 1) / (of + 2)
    q = (there + 1) / (of + 2)
    center = p - q
    margin = 1.959963984540054 * sqrt((p + q - center * center) / (of + 2))
    return sprintf("%s points (%s to %s)", signed(100 * (here - there) / of, 1), signed(100 * (center - margin), 1),
        signed(100 * (center + margin), 1))
}

# `difference` with McNemar's exact test.
function paired(here, there, of) {
    return sprintf("%s, %d against %d, %s", difference(here, there, of), here, there, p_text(sign_test(here, there)))
}

# A number with its sign; none where it is zero as printed.
function signed(number, digits,    text) {
    text = decimal(number, digits)
    return number > 0 && text + 0 != 0 ? "+" text : text
}

# A number with a true minus sign.
function decimal(number, digits,    text) {
    text = sprintf("%." digits "f", number < 0 ? -number : number)
    return (number < 0 && text + 0 != 0 ? "−" : "") text
}

# The median of values[1..count] (which it sorts) with its 95 % interval from order statistics, which assumes no
# distribution.
function median(values, count, digits,    k) {
    sort(values, count)
    k = 0
    while (k < count / 2 && binomial_tail(k, count) <= 0.025)
        k++
    if (k == 0)
        return decimal(middle(values, count), digits) " (fewer than six)"
    return decimal(middle(values, count), digits) " (" decimal(values[k], digits) " to " \
        decimal(values[count + 1 - k], digits) ")"
}

# The middle of sorted values.
function middle(values, count) {
    return (values[int((count + 1) / 2)] + values[int(count / 2) + 1]) / 2
}

function sort(values, count,    i, j, value) {
    for (i = 2; i <= count; i++) {
        value = values[i] + 0
        for (j = i - 1; j >= 1 && values[j] + 0 > value; j--)
            values[j + 1] = values[j]
        values[j + 1] = value
    }
}

# Holm (1979): p_values[1..count] times how many are left, in rising order, none below the one before, none above 1.
function holm(p_values, count, adjusted,    done, rank, i, least, before) {
    before = 0
    for (rank = 0; rank < count; rank++) {
        least = 0
        for (i = 1; i <= count; i++)
            if (!(i in done) && (least == 0 || p_values[i] < p_values[least]))
                least = i
        done[least] = 1
        adjusted[least] = p_values[least] * (count - rank)
        if (adjusted[least] > 1)
            adjusted[least] = 1
        if (adjusted[least] < before)
            adjusted[least] = before
        before = adjusted[least]
    }
}

function figure(label, text) {
    print label ": " text
}
