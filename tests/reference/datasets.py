"""Writes data sets that scikit-learn ships to the current directory, as pandas writes them: python datasets.py

NAME.csv is the whole file, as most people would make it. The others hold the same rows: NAME-index.csv with the numbers
of the rows in front, NAME-mixed.csv with the columns in another order and some that are no part of it, and with classes
as 0.0, 1.0, ... where they are numbers, NAME-unlabeled.csv without the classes, NAME-semicolon.csv with decimal commas,
NAME-packed.csv.gz. NAME-shipped.csv is the package's own, which has no header of names.
"""

import gzip
import pathlib

import numpy
import sklearn.datasets

SHIPPED = {
    "iris": "iris.csv",
    "wine": "wine_data.csv",
    "breast_cancer": "breast_cancer.csv",
    "digits": "digits.csv.gz",
}

for name, shipped in SHIPPED.items():
    data = getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
    frame = data.frame
    if name == "iris":
        frame = frame.assign(species=data.target_names[frame.target]).drop(columns="target")
    frame.to_csv(f"{name}.csv", index=False)
    frame.to_csv(f"{name}-index.csv")
    label = frame.columns[-1]
    frame.drop(columns=label).to_csv(f"{name}-unlabeled.csv", index=False)
    frame.to_csv(f"{name}-semicolon.csv", index=False, sep=";", decimal=",")
    frame.to_csv(f"{name}-packed.csv.gz", index=False)
    mixed = frame.assign(id=[f"row {row}" for row in frame.index], weight=1e300)
    if name != "iris":
        mixed[label] = mixed[label].astype(float)
    order = numpy.random.default_rng(11).permutation(mixed.columns)
    mixed[order].to_csv(f"{name}-mixed.csv", index=False)

    path = pathlib.Path(sklearn.datasets.__file__).parent / "data" / shipped
    content = path.read_bytes()
    content = gzip.decompress(content) if shipped.endswith(".gz") else content
    pathlib.Path(f"{name}-shipped.csv").write_bytes(content)
