"""Computes the statistics of a run again, from its rows: recompute.py DIRECTORY.

Reads `levels.csv`, `measures.csv` and `experiment.toml`, and compares with `summary.json`: counts and words exactly, other
numbers to 1e-9. Ends with 1 and the first difference. What is not computed here is listed in `LEFT_OUT`; a key that is
neither there nor here is a difference, too.
"""

import json
import math
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm, t
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_paired

sys.path.insert(0, str(Path(__file__).parent.parent / "golden" / "make"))
from statistics_tables import by_hand, decomposed

Z = float(norm.ppf(0.975))

LEFT_OUT = {
    "name": "of the experiment",
    "digest": "of the experiment",
    "widths": "of the experiment",
    "answer": "words",
    "not_finite": "not in the tables",
}


class Run:
    def __init__(self, directory):
        directory = Path(directory)
        self.experiment = tomllib.loads((directory / "experiment.toml").read_text())
        self.rows = pd.read_csv(directory / "levels.csv", dtype={"params_digest": str})
        self.summary = json.loads((directory / "summary.json").read_text())
        # The experiment's file is changed by no one but the run; older ones do not have the setting.
        self.threshold = self.experiment.get("solved", 0.97)
        self.tasks = [column.removeprefix("accuracy_") for column in self.rows if column.startswith("accuracy_")]
        if "arm" not in self.rows:
            self.rows["arm"] = "imp"
        self.rows["separated"] = self.rows["verdict"] == "separated"
        for part, prefix in [("solved", "accuracy_"), ("solved_validation", "validation_accuracy_")]:
            columns = [prefix + task for task in self.tasks if prefix + task in self.rows]
            self.rows[part] = (self.rows[columns] >= self.threshold).all(axis=1)
        self.rows["both"] = self.rows["separated"] & self.rows["solved"]
        self.rows["both_validation"] = self.rows["separated"] & self.rows["solved_validation"]
        self.imp = self.rows[self.rows["arm"] == "imp"]


def share(holds):
    """Of seeds, with Wilson's interval."""
    count, of = int(np.sum(holds)), len(holds)
    low, high = proportion_confint(count, of, method="wilson") if of else (0.0, 1.0)
    return {"count": count, "of": of, "share": count / of if of else 0.0, "low": float(low), "high": float(high)}


def quantile(values, q):
    return float(np.quantile(values, q, method="median_unbiased"))


def levels(rows, tasks):
    return [
        {
            "level": int(level),
            "weights_left": int(at["weights_left"].iloc[0]),
            "active_weights": quantile(at["active_weights"], 0.5),
            **{key: share(at[key]) for key in ("independent", "separated", "solved", "both")},
            "accuracy": [
                {
                    "task": task,
                    "median": quantile(at[f"accuracy_{task}"], 0.5),
                    "quantile_10": quantile(at[f"accuracy_{task}"], 0.1),
                }
                for task in tasks
            ],
        }
        for level, at in rows.groupby("level")
    ]


def first_separated(rows):
    """Weights left at each seed's first separated level: the most, the most that half of the seeds have, the fewest."""
    first = rows[rows["separated"]].groupby("seed")["weights_left"].max().sort_values(ascending=False).tolist()
    if not first:
        return None
    return {"earliest": first[0], "median": first[(len(first) - 1) // 2], "latest": first[-1]}


def sparsest(rows, holds):
    """The ticket with the fewest weights; of equals, that of the lowest seed."""
    found = rows[rows[holds]].sort_values(["weights_left", "seed"])
    if found.empty:
        return None
    best = found.iloc[0]
    numbers = {key: int(best[key]) for key in ("seed", "level", "weights_left", "active_weights")}
    return {"ticket": f"tickets/{best['seed']}-{best['level']}.safetensors", **numbers}


def singled_out(rows):
    """The level at which most seeds are separated and solved by validation; of equals, the sparsest."""
    counts = rows.groupby("level")["both_validation"].sum()
    return int(counts[counts == counts.max()].index.max())


def arms(run, level):
    """Every arm at that level, beside imp in the same seeds: exact McNemar tests, corrected by Holm over all arms."""
    at = run.rows[run.rows["level"] == level]
    holds = at.pivot(index="seed", columns="arm", values="both")
    found = []
    for arm in dict.fromkeys(run.rows["arm"]):
        rows = at[at["arm"] == arm]
        entry = {"arm": arm, **{key: share(rows[key]) for key in ("independent", "separated", "solved", "both")}}
        if arm != "imp":
            pairs = holds[["imp", arm]].dropna().astype(bool)
            only_imp, only_arm = int((pairs["imp"] & ~pairs[arm]).sum()), int((~pairs["imp"] & pairs[arm]).sum())
            p = binomtest(min(only_imp, only_arm), only_imp + only_arm).pvalue if only_imp + only_arm else 1.0
            entry |= {"only_imp": only_imp, "only_arm": only_arm, "p": float(min(1.0, p))}
        found.append(entry)
    others = [entry for entry in found if entry["arm"] != "imp"]
    if others:
        corrected = multipletests([entry["p"] for entry in others], method="holm")[1]
        for entry, p in zip(others, corrected, strict=True):
            entry["p_holm"] = float(p)
    return found


def competing(rows):
    """Which comes first for each seed, separated or degraded, in weights that are gone or inactive."""
    times, causes = [], []
    for _, seed in rows.sort_values("level").groupby("seed"):
        pruned = seed["weights_left"].iloc[0] - seed["active_weights"]
        ends = seed[seed["verdict"].isin(["separated", "degraded"])]
        if ends.empty:
            times.append(int(pruned.iloc[-1]))
            causes.append(0)
        else:
            times.append(int(pruned[ends.index[0]]))
            causes.append(1 if ends["verdict"].iloc[0] == "separated" else 2)
    return np.array(times), np.array(causes)


def curve(times, causes, cause):
    """Aalen and Johansen's estimate at every time of an event, as it was held against lifelines in tests/golden/make."""
    steps = []
    for time in sorted(set(times[causes != 0].tolist())):
        incidence, variance = by_hand(times, causes, cause, time)
        interval = None
        if 0.0 < incidence < 1.0:
            width = Z * math.sqrt(variance) / (incidence * math.log(incidence))
            interval = [incidence ** math.exp(-width), incidence ** math.exp(width)]
        events = int(((times == time) & (causes == cause)).sum())
        steps.append({"time": time, "events": events, "incidence": incidence, "interval": interval})
    return steps


def equivalence(run, level, margin=0.01):
    """Ticket and dense network, task by task: two one-sided paired t tests."""
    ticket, dense = (run.imp[run.imp["level"] == at].set_index("seed") for at in (level, 0))
    found = []
    for task in run.tasks:
        after = ticket[f"accuracy_{task}"]
        difference = after - dense.loc[after.index, f"accuracy_{task}"]
        p, lower, upper = ttost_paired(after, dense.loc[after.index, f"accuracy_{task}"], -margin, margin)
        ends = t.interval(0.9, len(difference) - 1, difference.mean(), difference.sem())
        found.append({
            "task": task,
            "pairs": len(difference),
            "mean": float(difference.mean()),
            "interval_90": [float(end) for end in ends],
            "p_lower": float(lower[1]),
            "p_upper": float(upper[1]),
            "p": float(p),
        })
    return found


def drawn_from(rule, seed):
    """The seed of one kind of chance: the replicate's own, one for all, or a part of the replicate's."""
    if rule is None:
        return seed
    if isinstance(rule, int):
        return rule
    part = seed // rule.get("divide", 1)
    return part % rule["modulo"] if "modulo" in rule else part


def variance(run, level, holds):
    """Shares of data, weights and order, in a design in which each meets each of the others once."""
    rules = [run.experiment[table].get("seed") for table in ("data", "network", "training")]
    at = run.imp[run.imp["level"] == level]
    cells = [tuple(drawn_from(rule, seed) for rule in rules) for seed in at["seed"]]
    factors = [sorted(set(factor)) for factor in zip(*cells, strict=True)]
    sizes = [len(factor) for factor in factors]
    if len(set(cells)) != len(cells) or len(cells) != math.prod(sizes) or min(sizes) < 2:
        return None
    values = np.zeros(sizes)
    for cell, value in zip(cells, at[holds], strict=True):
        values[tuple(factor.index(part) for factor, part in zip(factors, cell, strict=True))] = value
    return decomposed(values)["shares"]


def compare(path, ours, theirs):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in theirs:
            if key not in ours and f"{path}{key}" not in LEFT_OUT:
                sys.exit(f"{path}{key}: is not computed here")
        for key, value in ours.items():
            if key not in theirs:
                sys.exit(f"{path}{key}: is not in the summary")
            compare(f"{path}{key}.", value, theirs[key])
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            sys.exit(f"{path}: has {len(theirs)} entries, not {len(ours)}")
        for index, (our, their) in enumerate(zip(ours, theirs, strict=True)):
            compare(f"{path}{index}.", our, their)
    elif not same(ours, theirs):
        sys.exit(f"{path.rstrip('.')}: is {theirs}, not {ours}")


def same(ours, theirs):
    if isinstance(ours, float) and isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)
    return type(ours) is type(theirs) and ours == theirs


def main(directory):
    run = Run(directory)
    seeds = run.imp.groupby("seed")
    compare("", {
        "seeds": run.experiment["seeds"],
        "first_seed": run.experiment["first_seed"],
        "tasks": run.tasks,
        "solved_from": run.threshold,
        "ever_separated": share(seeds["separated"].any()),
        "ever_separated_and_solved": share(seeds["both"].any()),
        "first_separated": first_separated(run.imp),
        "sparsest": sparsest(run.imp, "both"),
        "levels": levels(run.imp, run.tasks),
    }, run.summary)
    print("the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
