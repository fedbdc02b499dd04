"""Estimates that a summary holds, each by another program than Tombola."""

import math
import sys
from pathlib import Path

import numpy as np
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from agreement import Near

sys.path.insert(0, str(Path(__file__).parent.parent / "golden" / "make"))
from statistics_tables import by_hand, decomposed

Z = float(norm.ppf(0.975))
# How far the ends of two bootstraps may lie apart: with 2,000 designs each the standard error of an end is below 0.012.
BOOTSTRAP = 0.05


def share(holds):
    """Of seeds, with Wilson's interval."""
    count, of = int(np.sum(holds)), len(holds)
    low, high = proportion_confint(count, of, method="wilson") if of else (0.0, 1.0)
    return {"count": count, "of": of, "share": count / of if of else 0.0, "low": float(low), "high": float(high)}


def quantile(values, q):
    return float(np.quantile(values, q, method="median_unbiased"))


def curve(times, causes, cause):
    """Aalen and Johansen's estimate at every time of an event, as it was held against lifelines in tests/golden/make."""
    steps = []
    for time in sorted(set(times[causes != 0].tolist())):
        incidence, variance = by_hand(times, causes, cause, time)
        # Nothing of the cause so far; or nothing but the cause so far, and no one left: 0 and 1, however sums are rounded.
        so_far = causes[(times <= time) & (causes != 0)]
        none, left = cause not in so_far, (times >= time).sum() - len(causes[(times == time) & (causes != 0)])
        certain = left == 0 and (so_far == cause).all()
        interval = None
        if not none and not certain:
            width = Z * math.sqrt(variance) / (incidence * math.log(incidence))
            interval = [incidence ** math.exp(-width), incidence ** math.exp(width)]
        steps.append({
            "time": time,
            "at_risk": int((times >= time).sum()),
            "events": int(((times == time) & (causes == cause)).sum()),
            "incidence": float(incidence),
            "variance": float(variance),
            "interval": interval,
        })
    return steps


def shares_of_pairs(values, counts):
    """Shares of variance where each level counts so often, from the differences of all pairs of different cells."""
    sizes = values.shape
    cells = np.array(list(np.ndindex(sizes)))
    flat = values.reshape(-1)
    weight = np.prod([count[cells[:, factor]] for factor, count in enumerate(counts)], axis=0)
    half = (flat[:, None] - flat) ** 2 / 2
    both = weight[:, None] * weight
    same = sum((cells[:, None, factor] == cells[:, factor]) << factor for factor in range(3))
    expected = {}
    for shared in range(7):
        pairs = both * (same == shared)
        if pairs.sum() == 0:
            return None
        expected[shared] = (pairs * half).sum() / pairs.sum()
    factors = [expected[0] - expected[1 << factor] for factor in range(3)]
    two = [
        expected[0] - expected[1 << one | 1 << other] - factors[one] - factors[other]
        for one, other in ((0, 1), (0, 2), (1, 2))
    ]
    components = np.maximum([*factors, *two, expected[0] - sum(factors) - sum(two)], 0)
    return components / components.sum() if components.sum() else None


def shares_with_ends(values):
    shares = decomposed(values)["shares"]
    if shares is None:
        return None
    random = np.random.default_rng(1)
    drawn = []
    for _ in range(2000):
        # A level that is drawn twice counts twice and stays one level.
        counts = [np.bincount(random.integers(0, size, size), minlength=size) for size in values.shape]
        again = shares_of_pairs(values, counts)
        if again is not None:
            drawn.append(again)
    low, high = (np.quantile(drawn, q, axis=0, method="median_unbiased") for q in (0.025, 0.975))
    estimates = np.array(list(shares.values()))
    low, high = np.minimum(low, estimates), np.maximum(high, estimates)
    names = ("data", "weights", "order", "data_weights", "data_order", "weights_order", "residual")
    return {
        "shares": dict(zip(names, shares.values(), strict=True)),
        "low": {name: Near(end, BOOTSTRAP) for name, end in zip(names, low, strict=True)},
        "high": {name: Near(end, BOOTSTRAP) for name, end in zip(names, high, strict=True)},
    }
