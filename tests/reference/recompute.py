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
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

sys.path.insert(0, str(Path(__file__).parent.parent / "golden" / "make"))

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
