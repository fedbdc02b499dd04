"""Makes statistics.json: tests, intervals and estimates, by scipy, statsmodels, lifelines and numpy.

(A script named statistics.py would hide the module of that name from the packages.)
"""

import json
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest, sem
from scipy.stats import t as student
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_paired


def near(ours, theirs, relative=1e-11):
    assert math.isclose(ours, theirs, rel_tol=relative, abs_tol=1e-300), (ours, theirs)


def quantiles():
    """Definition 8 of Hyndman and Fan, by numpy."""
    random = np.random.default_rng(1)
    samples = [
        [3.0],
        [2.0, 1.0],
        [1.0, 1.0, 1.0],
        [4.0, -1.0, 2.5, 2.5, 0.0],
        (random.integers(700, 1001, 64) / 1000).tolist(),
        (random.integers(900, 1001, 1000) / 1000).tolist(),
    ]
    shares = [0.0, 0.001, 0.05, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.975, 1.0]
    return [
        {
            "values": values,
            "shares": shares,
            "quantiles": [float(np.quantile(values, share, method="median_unbiased")) for share in shares],
        }
        for values in samples
    ]


def wilson():
    pairs = [(0, 1), (1, 1), (0, 64), (64, 64), (1, 64), (63, 64), (32, 64), (54, 64), (60, 64)]
    pairs += [(5, 8), (0, 1000), (1, 1000), (500, 1000), (951, 1000), (999, 1000), (1000, 1000), (123456, 1000000)]
    return [
        {"successes": k, "trials": n, "interval": [float(end) for end in proportion_confint(k, n, method="wilson")]}
        for k, n in pairs
    ]


def mcnemars():
    """Discordant pairs: `first` in one alone, `second` in the other alone."""
    pairs = [(0, 0), (1, 0), (0, 1), (1, 1), (5, 5), (6, 5), (0, 6), (12, 3), (3, 12), (33, 47), (55, 0), (500, 500)]
    pairs += [(1000, 0), (0, 1000), (470, 530), (530, 470), (10, 990)]
    cases = []
    for b, c in pairs:
        p = float(binomtest(min(b, c), b + c, 0.5).pvalue) if b + c else 1.0
        if b + c:
            near(p, min(1.0, float(mcnemar([[7, b], [c, 9]], exact=True).pvalue)), 1e-9)
        cases.append({"first": b, "second": c, "p": min(p, 1.0)})
    return cases


def holm():
    random = np.random.default_rng(2)
    families = [
        [0.03],
        [1.0, 1.0],
        [0.0, 1.0],
        [0.01, 0.01, 0.01],
        [0.04, 0.03, 0.02, 0.01],
        [0.01, 0.02, 0.03, 0.04],
        [0.5, 0.001, 0.5, 0.001],
        [1e-300, 1e-12, 0.2, 0.2, 0.9],
        [0.0] * 5,
        [0.025, 0.05, 0.0125, 0.05],
        (random.random(20) ** 3).tolist(),
        (random.random(100) ** 6).round(4).tolist(),
    ]
    return [
        {"p": family, "adjusted": [float(p) for p in multipletests(family, method="holm")[1]]} for family in families
    ]


def competing():
    """Aalen and Johansen's estimate of one cause's cumulative incidence. `causes`: 0 censored, 1 and 2.

    The variance is that of the delta method (Marubini and Valsecchi 1995, Collett 2003), as lifelines computes it; the
    interval is exp(-exp(log(-log F) ± z·sd / (F·log F))). Both are null where they are not defined:
    from a time on at which all that are at risk have an event, and where F is 1.
    """

    def drawn(seed, n, rates, censored):
        """Times of ends are multiples of 3, of causes by their remainder, so that causes never tie."""
        random = np.random.default_rng(seed)
        causes = random.choice([0, 1, 2], n, p=[censored, *rates])
        times = 3 * random.integers(5, 5 + max(4, n // 4), n) + causes
        return times.tolist(), causes.tolist()

    samples = [
        ([5, 7, 9, 11], [1, 2, 1, 0]),
        ([5, 5, 9, 11], [1, 1, 2, 0]),
        ([5, 6, 7, 8, 9], [0, 0, 0, 0, 0]),
        ([5, 6, 7, 8, 9], [2, 2, 2, 2, 2]),
        ([5, 6, 7, 8, 9], [1, 1, 1, 1, 1]),
        ([4, 4, 4, 7, 7, 9], [1, 1, 1, 2, 2, 0]),
        ([3, 4, 4, 8], [0, 1, 0, 2]),
        ([10], [1]),
        drawn(3, 20, [0.5, 0.3], 0.2),
        drawn(4, 64, [0.9, 0.05], 0.05),
        drawn(5, 256, [0.6, 0.2], 0.2),
        drawn(6, 1000, [0.95, 0.05], 0.0),
    ]
    return [
        {"times": times, "causes": causes, "incidence": [incidence(times, causes, cause) for cause in (1, 2)]}
        for times, causes in samples
    ]


def incidence(times, causes, cause):
    """At every time at which this cause has an event."""
    # What borrows the definitions below does without the package.
    from lifelines import AalenJohansenFitter

    times, causes = np.asarray(times), np.asarray(causes)
    if not (causes == cause).any():
        return []
    fitter = AalenJohansenFitter(calculate_variance=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        fitter.fit(times, causes, event_of_interest=cause)
    steps = []
    for time in sorted(set(times[causes == cause].tolist())):
        share = float(fitter.cumulative_density_.loc[time].iloc[0])
        variance = float(fitter.variance_.loc[time])
        low, high = (float(end) for end in fitter.confidence_interval_.loc[time])
        emptied = any(
            (times >= t).sum() == ((times == t) & (causes != 0)).sum() for t in set(times[times <= time].tolist())
        )
        defined = not emptied and share < 1.0
        if defined:
            # The same by hand, from the definition.
            mine, spread = by_hand(times, causes, cause, time)
            near(share, mine)
            near(variance, spread, 1e-9)
            width = 1.959963984540054 * spread**0.5 / (mine * math.log(mine))
            near(low, mine ** math.exp(-width), 1e-9)
            near(high, mine ** math.exp(width), 1e-9)
        steps.append({
            "time": time,
            "share": share,
            "variance": variance if defined else None,
            "interval": [low, high] if defined else None,
        })
    return steps


def by_hand(times, causes, cause, until):
    """F(t) = Σ S(t⁻)·d_j/n and its variance by the delta method."""
    survival, share, rows = 1.0, 0.0, []
    for t in sorted(set(times[causes != 0].tolist())):
        if t > until:
            break
        n, d = int((times >= t).sum()), int(((times == t) & (causes != 0)).sum())
        own = int(((times == t) & (causes == cause)).sum())
        share += survival * own / n
        rows.append((n, d, own, survival, share))
        survival *= (n - d) / n
    variance = 0.0
    for n, d, own, before, then in rows:
        # Where all have an event, nothing comes after it.
        if d < n:
            variance += (share - then) ** 2 * d / (n * (n - d))
        variance += before**2 * own * (n - own) / n**3
        variance -= 2 * (share - then) * before * own / n**2
    return share, variance


def mean_interval(differences):
    """The 90 % interval of the mean, by Student's t."""
    return student.interval(0.9, len(differences) - 1, np.mean(differences), sem(differences))


def equivalence():
    """Two one-sided paired t tests that the mean difference lies within ±0.01."""
    random = np.random.default_rng(7)

    def pairs(n, mean, spread, failures=0):
        dense = random.integers(970, 1001, n) / 1000
        ticket = np.clip(np.round(dense - mean + random.normal(0, spread, n), 3), 0, 1)
        ticket[:failures] = 0.727
        return ticket.tolist(), dense.tolist()

    samples = [
        ([0.99, 0.98], [0.98, 0.99]),
        ([0.99, 0.98, 1.0], [0.99, 0.985, 0.999]),
        ([0.5, 1.0, 0.7], [1.0, 1.0, 0.9]),
        ([0.99, 0.98, 0.97], [1.0, 1.0, 0.99]),
        pairs(8, 0.0, 0.002),
        pairs(64, 0.0, 0.003),
        pairs(64, 0.001, 0.003, 3),
        pairs(64, 0.009, 0.004),
        pairs(256, 0.01, 0.004),
        pairs(256, -0.002, 0.01),
        pairs(1000, 0.0, 0.003, 12),
        pairs(1000, 0.012, 0.005),
    ]
    cases = []
    for ticket, dense in samples:
        p, lower, upper = ttost_paired(np.asarray(ticket), np.asarray(dense), -0.01, 0.01)
        cases.append({
            "ticket": ticket,
            "dense": dense,
            "margin": 0.01,
            "difference": float(np.mean(np.subtract(ticket, dense))),
            "deviation": float(np.std(np.subtract(ticket, dense), ddof=1)),
            "interval_90": [float(end) for end in mean_interval(np.subtract(ticket, dense))],
            # The statistic and p-value of each side, and the greater of the two.
            "lower": [float(lower[0]), float(lower[1])],
            "upper": [float(upper[0]), float(upper[1])],
            "p": float(p),
        })
    return cases


def variance_shares():
    """Components of variance of a crossed design a × b × c with one value in each cell, all effects random.

    From mean squares and what they are expected to be: E(MS_abc) = s, E(MS_ab) = s + c·s_ab and so on,
    E(MS_a) = s + c·s_ab + b·s_ac + b·c·s_a (Searle, Casella and McCulloch 1992, chapter 4). `components` are as they
    come out; shares are of their sum after negative ones became 0, null where that is 0.
    """
    random = np.random.default_rng(8)

    def effects(sizes, deviations, residual):
        a, b, c = sizes
        value = residual * random.normal(size=sizes)
        shapes = {"a": (a, 1, 1), "b": (1, b, 1), "c": (1, 1, c), "ab": (a, b, 1), "ac": (a, 1, c), "bc": (1, b, c)}
        for name, deviation in deviations.items():
            value = value + deviation * random.normal(size=shapes[name])
        return np.round(value, 4)

    def binary(sizes, deviations, at):
        return (effects(sizes, deviations, 1.0) > at).astype(float)

    every = {"a": 2.0, "b": 1.5, "c": 1.0, "ab": 0.7, "ac": 0.6, "bc": 0.8}
    designs = [
        effects((2, 2, 2), {"a": 1.0}, 0.5),
        effects((3, 4, 5), every, 0.5),
        effects((4, 4, 4), every, 0.3),
        effects((8, 8, 8), {"a": 1.0}, 1.0),
        effects((8, 8, 8), {}, 1.0),
        effects((8, 8, 8), every, 0.5),
        np.zeros((2, 3, 2)),
        np.ones((8, 8, 8)),
        np.eye(3)[:, :, None] * np.ones(2),
        binary((8, 8, 8), {"a": 1.0}, 0.0),
        binary((8, 8, 8), {"a": 0.5, "b": 1.0, "ab": 0.5}, -2.0),
        binary((4, 8, 8), {"c": 1.0}, 1.0),
    ]
    for values in designs:
        second_opinion(values, decomposed(values)["components"])
    return [decomposed(values) for values in designs]


def decomposed(y):
    a, b, c = y.shape
    mean = {axes: y.mean(axis=axes, keepdims=True) for axes in [(0, 1, 2), (1, 2), (0, 2), (0, 1), (2,), (1,), (0,)]}
    all_, m_a, m_b, m_c, m_ab, m_ac, m_bc = mean.values()
    ms = {
        "a": b * c * np.sum((m_a - all_) ** 2) / (a - 1),
        "b": a * c * np.sum((m_b - all_) ** 2) / (b - 1),
        "c": a * b * np.sum((m_c - all_) ** 2) / (c - 1),
        "ab": c * np.sum((m_ab - m_a - m_b + all_) ** 2) / ((a - 1) * (b - 1)),
        "ac": b * np.sum((m_ac - m_a - m_c + all_) ** 2) / ((a - 1) * (c - 1)),
        "bc": a * np.sum((m_bc - m_b - m_c + all_) ** 2) / ((b - 1) * (c - 1)),
        "abc": np.sum((y - m_ab - m_ac - m_bc + m_a + m_b + m_c - all_) ** 2) / ((a - 1) * (b - 1) * (c - 1)),
    }
    components = {
        "a": (ms["a"] - ms["ab"] - ms["ac"] + ms["abc"]) / (b * c),
        "b": (ms["b"] - ms["ab"] - ms["bc"] + ms["abc"]) / (a * c),
        "c": (ms["c"] - ms["ac"] - ms["bc"] + ms["abc"]) / (a * b),
        "ab": (ms["ab"] - ms["abc"]) / c,
        "ac": (ms["ac"] - ms["abc"]) / b,
        "bc": (ms["bc"] - ms["abc"]) / a,
        "abc": ms["abc"],
    }
    total = sum(max(part, 0.0) for part in components.values())
    shares = {name: max(part, 0.0) / total for name, part in components.items()} if total > 0 else None
    return {
        "sizes": list(y.shape),
        # The last factor runs fastest.
        "values": y.ravel().tolist(),
        "components": {name: float(part) for name, part in components.items()},
        "shares": shares and {name: float(share) for name, share in shares.items()},
    }


def second_opinion(y, components):
    """REML gives the same where all components are positive: asks statsmodels in the smaller of these cases."""
    if y.size > 64 or min(components.values()) < 0.05:
        return
    index = np.indices(y.shape).reshape(3, -1)
    data = pd.DataFrame({"y": y.ravel(), "one": 1, **{name: index[i] for i, name in enumerate("abc")}})
    for pair in ("ab", "ac", "bc"):
        data[pair] = data[pair[0]].astype(str) + "-" + data[pair[1]].astype(str)
    formula = {name: f"0 + C({name})" for name in ("a", "b", "c", "ab", "ac", "bc")}
    fit = MixedLM.from_formula("y ~ 1", data, groups="one", vc_formula=formula).fit(reml=True, method=["bfgs", "lbfgs"])
    theirs = dict(zip(fit.model.exog_vc.names, fit.vcomp, strict=True)) | {"abc": fit.scale}
    for name, part in components.items():
        assert abs(part - theirs[name]) < 1e-3 * max(1.0, part), (name, part, theirs)
    print("REML agrees:", y.shape, theirs, file=sys.stderr)


if __name__ == "__main__":
    tables = {
        "quantiles": quantiles(),
        "wilson": wilson(),
        "mcnemar": mcnemars(),
        "holm": holm(),
        "competing": competing(),
        "equivalence": equivalence(),
        "variance": variance_shares(),
    }
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "statistics.json"
    target.write_text(json.dumps(tables, separators=(",", ":"), allow_nan=False) + "\n")
