"""Computes a ticket's answers from its tensors and a data file with NumPy and pandas alone, and checks what was predicted:

    python predictions.py TICKET FILE.csv LABEL PREDICTIONS.json

The ticket has one task, whose columns its metadata name.
"""

import json
import sys

import numpy
import pandas

ticket_path, csv_path, label, json_path = sys.argv[1:]
with open(ticket_path, "rb") as file:
    header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    data = file.read()
metadata = json.loads(header.pop("__metadata__")["tombola"])
tensors = {
    key: numpy.frombuffer(
        data[slice(*tensor["data_offsets"])], {"F32": "<f4", "U8": "u1"}[tensor["dtype"]]
    ).reshape(tensor["shape"])
    for key, tensor in header.items()
}
(task,) = metadata["tasks"]
frame = pandas.read_csv(csv_path)
assert sorted([*task["columns"], task["label"]]) == sorted(frame.columns), "all columns have a name in the ticket"
assert task["label"] == label
predicted = json.load(open(json_path))
name = task["name"]
assert predicted["tasks"] == [name] and len(predicted["rows"]) == len(frame)

# Raw inputs in 32 bits and normalized there: each operation is rounded as the ticket says, so this is exact.
raw = frame[task["columns"]].to_numpy(numpy.float64).astype(numpy.float32)
units = ((raw - tensors["input.shift"]) * tensors["input.scale"]).astype(numpy.float64)

# The rest in 64 bits, with a bound on how far a sum in 32 bits may be from it. A sum of n products and a bias, rounded at
# each of its 2n operations, differs by at most g = (n + 1) u / (1 - (n + 1) u) of the sum of what is added up, u = 2^-24
# (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1); an error of its inputs goes in by their weights.
# A ReLU makes no error larger. What 64 bits round is smaller than u by 2^-29: one hundredth more is plenty.
error = numpy.zeros_like(units)
layer_count = len(metadata["widths"]) - 1
for layer in range(layer_count):
    weight, bias = (tensors[f"layers.{layer}.{part}"].astype(numpy.float64) for part in ("weight", "bias"))
    assert not weight[tensors[f"layers.{layer}.mask"] == 0].any(), "a pruned weight is 0"
    n = weight.shape[1] + 1
    g = n * 2.0**-24 / (1 - n * 2.0**-24)
    size = (abs(units) + error) @ abs(weight.T) + abs(bias)
    error = 1.01 * (error @ abs(weight.T) + g * size)
    units = units @ weight.T + bias
    if layer + 1 < layer_count:
        units = numpy.maximum(units, 0)

logits = numpy.array([row["logits"][name] for row in predicted["rows"]], numpy.float64)
assert logits.shape == units.shape
off = abs(logits - units)
assert (off <= error).all(), f"a logit is {(off / error).max()} times as far off as rounding can be"
assert error.max() < 1e-2 * abs(units).max(), "a bound that lets everything through tests nothing"

# Classes: those of the logits, certain where rounding cannot make another.
classes = numpy.array([row["classes"][name] for row in predicted["rows"]])
if units.shape[1] == 1:
    expected, certain = (units[:, 0] > 0).astype(int), abs(units[:, 0]) > error[:, 0]
else:
    expected = units.argmax(axis=1)
    rows = numpy.arange(len(units))
    best = (units - error)[rows, expected]
    others = units + error
    others[rows, expected] = -numpy.inf
    certain = others.max(axis=1) < best
assert certain.mean() > 0.99
assert (classes[certain] == expected[certain]).all()

# Labels: in order, by value where they are numbers.
labels = sorted(frame[label].unique())
assert [str(label) for label in labels] == task.get("classes", [str(number) for number in range(len(labels))])
assert [row["labels"][name] for row in predicted["rows"]] == [str(labels[number]) for number in classes]
right = (frame[label].to_numpy() == numpy.array(labels)[classes]).sum()
assert predicted["accuracy"] == {name: right / len(frame)}, (predicted["accuracy"], right)
