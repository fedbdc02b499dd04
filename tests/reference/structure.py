"""Holds what Tombola says of the structure of tickets against networkx: structure.py PROGRAM RUN.

Every ticket of the run is read here, by the definition of its format. What `PROGRAM inspect --json` says of it, its row of
`levels.csv` and its rows of `measures.csv` are compared with the graph of its weights. Ends with 1 and the first
difference.
"""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent / "golden" / "make"))
from graphs import measure


def read(path):
    """The metadata of a ticket, its weights and its masks by layer: eight bytes of length, a header in JSON, the data."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])

    def tensor(name, kind):
        start, end = header[name]["data_offsets"]
        return np.frombuffer(data[8 + length + start : 8 + length + end], kind).reshape(header[name]["shape"])

    about = json.loads(header["__metadata__"]["tombola"])
    layers = range(len(about["widths"]) - 1)
    weights = [tensor(f"layers.{layer}.weight", "<f4") for layer in layers]
    return about, weights, [tensor(f"layers.{layer}.mask", "u1") for layer in layers]


def same(place, ours, theirs):
    """Whole numbers and words must be equal, others to 1e-12."""
    if isinstance(ours, float) and isinstance(theirs, (int, float)):
        equal = abs(ours - theirs) <= 1e-12 * max(1.0, abs(ours))
    else:
        equal = ours == theirs
    if not equal:
        sys.exit(f"{place}: Tombola says {theirs}, networkx {ours}")


def compare_inspected(path, about, masks, found, said):
    names = [task["name"] for task in about["tasks"]]
    states = found["weight_states"]
    ours = {
        "widths": about["widths"],
        "tasks": names,
        "weights_left": sum(int(mask.sum()) for mask in masks),
        "active_weights": states["active"],
        "inactive_weights": states["inactive"],
        "zombie_weights": states["zombie"],
        "verdict": found["verdict"],
        "independent": found["independent"],
        "subnetworks": [
            {
                "tasks": [names[task] for task in part["tasks"]],
                "neurons": [list(node) for node in part["neurons"]],
                "weights": part["weights"],
            }
            for part in sorted(found["subnetworks"], key=lambda part: part["neurons"])
        ],
        "cut": found["cuts"][0] if len(names) == 2 else None,
        "layers": found["neuron_states"],
    }
    for key, value in ours.items():
        same(f"{path}, {key}", value, said[key])


def compare_measured(path, about, found, row, measures):
    """The row of `levels.csv`, and the rows of `measures.csv`, by measure and what they are of."""
    names = [task["name"] for task in about["tasks"]]
    ours = {
        "active_weights": found["active_weights"],
        "verdict": found["verdict"],
        "independent": found["independent"],
        "subnetworks": len(found["subnetworks"]),
        "splits": found["splits"],
        "cut": found["cuts"][0],
    }
    for key, value in ours.items():
        same(f"{path}, {key} in levels.csv", value, row[key])
    lists = {
        "cuts": dict(zip(names, map(float, found["cuts"]), strict=True)),
        "cuts_weight": dict(zip(names, found["cuts_magnitude"], strict=True)),
        **{
            key: {str(layer): share for layer, share in enumerate(found[key]) if share is not None}
            for key in ("decided_from_inputs", "decided_from_outputs")
        },
    }
    for key, values in lists.items():
        theirs = {of: value for measure, of, value in measures if measure == key}
        same(f"{path}, {key} in measures.csv", sorted(values), sorted(theirs))
        for of, value in values.items():
            same(f"{path}, {key} of {of} in measures.csv", value, theirs[of])


def main(program, run):
    run = Path(run)
    tickets = sorted((run / "tickets").rglob("*.safetensors"))
    if not tickets:
        sys.exit(f"{run}: there is no ticket")
    names = {"keep_default_na": False, "na_values": [""]}
    rows = pd.read_csv(run / "levels.csv", **names).set_index(["seed", "arm", "level"])
    measures = pd.read_csv(run / "measures.csv", dtype={"of": str}, **names).groupby(["seed", "arm", "level"])
    measures = {key: list(some[["measure", "of", "value"]].itertuples(index=False)) for key, some in measures}
    for path in tickets:
        arm = path.parent.name if path.parent != run / "tickets" else "imp"
        seed, level = map(int, path.stem.split("-"))
        about, weights, masks = read(path)
        found = measure(about["widths"], about["tasks"], weights, masks)
        said = subprocess.run([program, "inspect", "--json", path], check=True, stdout=subprocess.PIPE)
        compare_inspected(path, about, masks, found, json.loads(said.stdout))
        key = (seed, arm, level)
        compare_measured(path, about, found, rows.loc[key], measures[key])
    print(f"{len(tickets)} tickets are the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
