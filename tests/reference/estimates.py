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


def shares_with_ends(values):
    shares = decomposed(values)["shares"]
    if shares is None:
        return None
    random = np.random.default_rng(1)
    drawn = []
    for _ in range(2000):
        levels = [random.integers(0, size, size) for size in values.shape]
        again = decomposed(values[np.ix_(*levels)])["shares"]
        if again:
            drawn.append(list(again.values()))
    low, high = (np.quantile(drawn, q, axis=0, method="median_unbiased") for q in (0.025, 0.975))
    names = ("data", "weights", "order", "data_weights", "data_order", "weights_order", "residual")
    return {
        "shares": dict(zip(names, shares.values(), strict=True)),
        "low": {name: Near(end, BOOTSTRAP) for name, end in zip(names, low, strict=True)},
        "high": {name: Near(end, BOOTSTRAP) for name, end in zip(names, high, strict=True)},
    }
