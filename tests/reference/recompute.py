"""Computes the statistics of a run again, from its rows: recompute.py DIRECTORY.

Reads `levels.csv`, `measures.csv` and `experiment.toml`, and compares with `summary.json`: counts and words exactly, other
numbers to 1e-9. Ends with 1 and the first difference. What is not computed here is listed in `LEFT_OUT`; a key that is
neither there nor here is a difference, too.
"""

import json
import math
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest, t
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from agreement import compare
from estimates import curve, quantile, share, shares_with_ends

# What is said of an arm at a level.
SHARES = ("independent", "separated", "solved", "both", "reveals", "reveals_and_solved")
OF_ARMS = ("independent", "side_by_side", "separated", "solved", "both")

LEFT_OUT = {
    "name": "of the experiment",
    "digest": "of the experiment",
    "widths": "of the experiment",
    "answer": "words",
    "truth": "of the experiment",
    "not_finite": "not in the tables",
    "arms.not_finite": "not in the tables",
    "overlaps": "masks are not in the tables",
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
        self.rows["separated"] = self.rows["verdict"] == "separated"
        self.rows["solved"] = self.solved("test", "")
        self.rows["solved_validation"] = self.solved("validation", "validation_")
        self.rows["both"] = self.rows["separated"] & self.rows["solved"]
        self.rows["both_validation"] = self.rows["separated"] & self.rows["solved_validation"]
        self.rows["reveals_and_solved"] = self.rows["reveals"] & self.rows["solved"]
        self.rows["reveals_and_solved_validation"] = self.rows["reveals"] & self.rows["solved_validation"]
        self.imp = self.rows[self.rows["arm"] == "imp"]
        # A seed whose first level is not finished has no row, and an arm none at all if that is so in all seeds.
        self.seeds = range(self.experiment["first_seed"], self.experiment["first_seed"] + self.experiment["seeds"])
        self.arms = [arm["arm"] for arm in self.summary["arms"]]

    def solved(self, part, prefix):
        """Whether every task is at the threshold, and leaves at most half of what always answering one class leaves."""
        samples = self.experiment["data"][part]
        holds = pd.Series(True, index=self.rows.index)
        for task in self.tasks:
            accuracy, majority = (
                self.rows[prefix + what + "_" + task].map(lambda share: Fraction(round(share * samples), samples))
                for what in ("accuracy", "majority")
            )
            holds &= self.rows[f"{prefix}accuracy_{task}"] >= self.threshold
            holds &= pd.Series([2 * (1 - a) <= 1 - m for a, m in zip(accuracy, majority, strict=True)], holds.index)
        return holds


def levels(rows, tasks):
    return [
        {
            "level": int(level),
            # Of one network each has as many, but for `alone`, whose median is rounded down.
            "weights_left": math.floor(quantile(at["weights_left"], 0.5)),
            "active_weights": quantile(at["active_weights"], 0.5),
            **{key: share(at[key]) for key in (*SHARES, "both_validation", "reveals_and_solved_validation")},
            "accuracy": [
                {
                    "task": task,
                    "median": quantile(at[f"accuracy_{task}"], 0.5),
                    "quantile_10": quantile(at[f"accuracy_{task}"], 0.1),
                    "majority": quantile(at[f"majority_{task}"], 0.5),
                }
                for task in tasks
            ],
        }
        for level, at in rows.groupby("level")
    ]


def majority(rows, tasks):
    """The share of the most frequent class over the seeds, whose levels have the same samples."""
    seeds = rows.groupby("seed").first()
    return [
        {
            "task": task,
            **{
                part: {name: quantile(seeds[column + task], at) for name, at in [("median", 0.5), ("quantile_90", 0.9)]}
                for part, column in [("validation", "validation_majority_"), ("test", "majority_")]
            },
        }
        for task in tasks
        if len(seeds)
    ]


def first(rows, what):
    """Weights left at each seed's first level of which that is true: the most, the most that half of the seeds have, the
    fewest."""
    first = rows[rows[what]].groupby("seed")["weights_left"].max().sort_values(ascending=False).tolist()
    if not first:
        return None
    return {"earliest": first[0], "median": first[(len(first) - 1) // 2], "latest": first[-1]}


def sparsest(rows):
    """The ticket with the fewest weights that reveals the truth and is solved by validation; of equals, that of the lowest
    seed. Tasks by themselves are revealed where they are separated."""
    found = rows[rows["reveals_and_solved_validation"]].sort_values(["weights_left", "seed"])
    if found.empty:
        return None
    best = found.iloc[0]
    numbers = {key: int(best[key]) for key in ("seed", "level", "weights_left", "active_weights")}
    return {"ticket": f"tickets/{best['seed']}-{best['level']}.safetensors", **numbers}


def sparsest_holds(rows, seeds, what):
    """Of each seed: whether the sparsest ticket of which that is true by validation has it on the test part, too."""
    found = rows[rows[what + "_validation"]].sort_values("weights_left").groupby("seed")[what].first()
    return found.reindex(seeds, fill_value=False)


def singled_out(rows):
    """The level at which most seeds reveal the truth and are solved by validation; of equals, the sparsest."""
    counts = rows.groupby("level")["reveals_and_solved_validation"].sum()
    return int(counts[counts == counts.max()].index.max())


def arms(run, level):
    """Every arm at that level, beside imp in the same seeds: exact McNemar tests, corrected by Holm over all arms."""
    at = run.rows[run.rows["level"] == level]
    holds = at.pivot(index="seed", columns="arm", values="reveals_and_solved").reindex(columns=run.arms)
    found = []
    for arm in run.arms:
        entry = {"arm": arm, **{key: share(at[at["arm"] == arm][key]) for key in (*SHARES, "side_by_side")}}
        if arm != "imp":
            pairs = holds[["imp", arm]].dropna().astype(bool)
            only_imp, only_arm = int((pairs["imp"] & ~pairs[arm]).sum()), int((~pairs["imp"] & pairs[arm]).sum())
            p = binomtest(min(only_imp, only_arm), only_imp + only_arm).pvalue if only_imp + only_arm else 1.0
            # Without pairs there is no test, and nothing that the others would be corrected for.
            p = float(min(1.0, p)) if len(pairs) else None
            entry |= {
                "pairs": len(pairs),
                "only_imp": only_imp,
                "only_arm": only_arm,
                "difference": (only_arm - only_imp) / len(pairs) if len(pairs) else None,
                "p": p,
                "p_holm": None,
            }
            if found_levels := levels(run.rows[run.rows["arm"] == arm], run.tasks):
                entry["levels"] = found_levels
        found.append(entry)
    tested = [entry for entry in found if entry.get("p") is not None]
    if tested:
        corrected = multipletests([test["p"] for test in tested], method="holm")[1]
        for test, p in zip(tested, corrected, strict=True):
            test["p_holm"] = float(p)
    return found


def competing(rows):
    """Which comes first for each seed, separated or degraded, in weights that are gone or inactive."""
    times, causes = [], []
    for _, seed in rows.sort_values("level").groupby("seed"):
        gone = (seed["weights_left"].iloc[0] - seed["active_weights"]).tolist()
        what = [{"separated": 1, "degraded": 2}.get(verdict, 0) for verdict in seed["verdict"]]
        first = next((level for level, cause in enumerate(what) if cause), len(what) - 1)
        times.append(gone[first])
        causes.append(what[first])
    times, causes = np.array(times), np.array(causes)
    return {
        "seeds": len(times),
        "censored": int((causes == 0).sum()),
        "separated": curve(times, causes, 1),
        "degraded": curve(times, causes, 2),
    }


def equivalence(run, level, margin=0.01):
    """Ticket and dense network, task by task: two one-sided paired t tests."""
    ticket, dense = (run.imp[run.imp["level"] == at].set_index("seed") for at in (level, 0))
    if len(ticket) < 2:
        return []
    found = []
    for task in run.tasks:
        after = ticket[f"accuracy_{task}"]
        before = dense.loc[after.index, f"accuracy_{task}"]
        difference = after - before
        mean, deviation = float(difference.mean()), float(difference.std())
        if deviation > 0.0:
            _, lower, upper = ttost_paired(after, before, -margin, margin)
            ends = t.interval(0.9, len(difference) - 1, mean, difference.sem())
        else:
            # Nothing varies, and the statistics are infinite.
            lower, upper, ends = (None, float(mean <= -margin)), (None, float(mean >= margin)), (mean, mean)
        found.append({
            "task": task,
            "pairs": len(difference),
            "mean": mean,
            "deviation": deviation,
            "interval_90": [float(end) for end in ends],
            "p_lower": float(lower[1]),
            "p_upper": float(upper[1]),
            "p": float(max(lower[1], upper[1])),
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


def variance(run, level):
    """Shares of data, weights and order, in a design in which each meets each of the others once."""
    rules = [run.experiment[table].get("seed") for table in ("data", "network", "training")]
    at = run.imp[run.imp["level"] == level]
    cells = [tuple(drawn_from(rule, seed) for rule in rules) for seed in at["seed"]]
    factors = [sorted(set(factor)) for factor in zip(*cells, strict=True)]
    sizes = [len(factor) for factor in factors]
    if len(set(cells)) != len(cells) or len(cells) != math.prod(sizes) or min(sizes) < 2:
        return None
    found = {"levels": dict(zip(("data", "weights", "order"), sizes, strict=True))}
    for what in ("independent", "solved"):
        values = np.zeros(sizes)
        for cell, value in zip(cells, at[what], strict=True):
            values[tuple(factor.index(part) for factor, part in zip(factors, cell, strict=True))] = value
        found[what] = shares_with_ends(values)
    return found


def main(directory):
    run = Run(directory)
    level = singled_out(run.imp)
    compare("", {
        "seeds": run.experiment["seeds"],
        "first_seed": run.experiment["first_seed"],
        "tasks": run.tasks,
        "solved_from": run.threshold,
        "stops_on_test": run.experiment["training"].get("stop_on", "validation") == "test",
        "ever_separated": share(run.imp.groupby("seed")["separated"].any().reindex(run.seeds, fill_value=False)),
        "ever_separated_and_solved": share(sparsest_holds(run.imp, run.seeds, "both")),
        "first_separated": first(run.imp, "separated"),
        "ever_reveals": share(run.imp.groupby("seed")["reveals"].any().reindex(run.seeds, fill_value=False)),
        "ever_reveals_and_solved": share(sparsest_holds(run.imp, run.seeds, "reveals_and_solved")),
        "first_revealing": first(run.imp, "reveals"),
        "sparsest": sparsest(run.imp),
        "levels": levels(run.imp, run.tasks),
        "singled_out": level,
        "arms": arms(run, level),
        "competing_risks": competing(run.imp),
        "equivalence": equivalence(run, level),
        "variance": variance(run, level),
        "majority": majority(run.imp, run.tasks),
    }, run.summary, LEFT_OUT)
    print("the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
