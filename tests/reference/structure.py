"""Holds what Tombola says of the structure of tickets against networkx: structure.py PROGRAM DIRECTORY.

Every ticket below the directory is read here, by the definition of its format, and what `PROGRAM inspect --json` says of
it is compared with the graph of its active weights. Ends with 1 and the first difference.
"""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

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


def compare(path, said):
    about, weights, masks = read(path)
    found = measure(about["widths"], about["tasks"], weights, masks)
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


def main(program, directory):
    tickets = sorted(Path(directory).rglob("*.safetensors"))
    if not tickets:
        sys.exit(f"{directory}: there is no ticket")
    for path in tickets:
        said = subprocess.run([program, "inspect", "--json", path], check=True, stdout=subprocess.PIPE)
        compare(path, json.loads(said.stdout))
    print(f"{len(tickets)} tickets are the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
