"""Writes CSV files to the current directory, as pandas and Python's csv write them, with what pandas reads: python sheets.py

FILE.json beside a FILE.csv or FILE.csv.gz says what is in it: names of columns, the class of each row, the classes in their
order, and the inputs as the bits of 32-bit floats, each the decimal text rounded once. Those in `refused` are read by
pandas, too, but not as they were meant: rows are lost, or values missing.
"""

import csv
import gzip
import io
import json
import pathlib
import random
from fractions import Fraction

import numpy
import pandas

FILE_COUNT = 240
ROW_COUNTS = [24, 40, 61]

NAMES = [
    "a", "Sepal Length", "length, cm", 'the "best" one', "a;b", "größe", "x.1", "#count", "-", "°C", "it's",
    "first,second;third", '"', "a|b", "id", "日本", "TRUE", "NA", "1st", "e5", "longitude (°)", "__index__", "x\\y",
]
LABEL_NAMES = ["label", "y", "the class, at last", 'so "called"', "target;", "Klasse"]
TEXTS = [
    ["cat", "dog"], ["a, b", "c"], ['5"', '6"', "7"], ["x-y", "z", "ü"], ["yes", "no"], ["Iris-setosa", "Iris-virginica", "-"],
    ["1a", "2b", "10c"], ["a/b", "b"], ["A", "a", "B"], ["class 1", "class 2"],
]
FORMATS = [None, None, "%.3f", "%.6e", "%.9g", "%.17g", "%.4E", "%+.5f", "%12.6f", "%.1f"]


def nearest(text):
    """The 32-bit float that is nearest to a decimal number, ties to even: numpy's own goes by way of 64 bits."""
    exact = Fraction(text.strip())
    about = numpy.float32(float(text))
    below, above = (numpy.nextafter(about, numpy.float32(to)) for to in (-numpy.inf, numpy.inf))
    candidates = [value for value in (below, about, above) if numpy.isfinite(value)]
    bits = lambda value: int(numpy.float32(value).view(numpy.uint32))
    best = min(candidates, key=lambda value: (abs(Fraction(float(value)) - exact), bits(value) % 2))
    # Zero keeps the sign that is written.
    return bits(best) if best != 0 else (1 << 31 if text.strip().startswith("-") else 0)


def halfway(rng):
    """A number between two 32-bit floats: as near to one as to the other, or a last digit beside that."""
    low = numpy.float32(rng.uniform(0.5, 9))
    high = numpy.nextafter(low, numpy.float32(10))
    middle = (Fraction(float(low)) + Fraction(float(high))) / 2
    digits = f"{int(middle * 10**40):041d}"
    last = rng.choice(["", "1", "0000001"])
    text = f"{digits[:-40]}.{digits[-40:].rstrip('0')}{last}"
    return text if last else rng.choice([text, str(float(middle))])


def spelled(rng):
    """A number as people write it."""
    whole, decimals = rng.randrange(0, 50), rng.randrange(1, 1000)
    return rng.choice(["", "", "-", "+"]) + rng.choice([
        f"{whole}", f"{whole}.", f".{decimals}", f"{whole}.{decimals}", f"00{whole}", f"{whole}.{decimals}0000",
        f"{whole}.{decimals}e-1", f"{decimals}E-02", f"{whole}.5e+0", f"{decimals}e-3", "0", "0.0", "0e5", "1e-60",
        f"{whole}.{rng.getrandbits(200)}",
    ])


def column(rng, count):
    """Values of an input: numbers, which are formatted when they are written, or texts, which are not."""
    kind = rng.randrange(7)
    uniform = lambda: rng.gauss(0, 2) if rng.random() < 0.8 else rng.uniform(-1, 1)
    if kind == 0:
        return [rng.randrange(-300, 300) for _ in range(count)]
    if kind == 1:
        return [float(numpy.float32(uniform())) for _ in range(count)]
    if kind == 2:
        return [uniform() * 10.0 ** rng.choice([-30, 0, 30]) for _ in range(count)]
    if kind == 3:
        return [spelled(rng) for _ in range(count)]
    if kind == 4:
        return [halfway(rng) for _ in range(count)]
    if kind == 5:
        return [str(numpy.float32(uniform())) for _ in range(count)]
    return [uniform() for _ in range(count)]


def labels(rng, count):
    """The label of each row, every class a few times."""
    kind = rng.randrange(6)
    classes = {
        0: [0, 1],
        1: [3, 1, 10, 2],
        2: [0.0, 1.0, 2.5],
        3: [True, False],
        4: [-1, 1],
        5: rng.choice(TEXTS),
    }[kind]
    all_rows = [classes[row % len(classes)] for row in range(count)]
    rng.shuffle(all_rows)
    return all_rows


def write(rng, frame, separator, decimal):
    """The bytes of a file with these columns, in one of the ways in which they are written."""
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    end = rng.choice(["\n", "\r\n", "\r"])
    index = rng.random() < 0.3
    options = dict(sep=separator, quoting=quoting, lineterminator=end)
    if rng.random() < 0.2:
        frame = frame.sample(frac=1, random_state=rng.randrange(1000))
    text = frame.to_csv(None, index=index, decimal=decimal, float_format=rng.choice(FORMATS), **options)
    lines = text.split(end)
    if rng.random() < 0.2:
        lines.insert(rng.randrange(1, len(lines)), "")
    if rng.random() < 0.2:
        lines = lines[:-1]
    text = end.join(lines)
    return ("\ufeff" if rng.random() < 0.2 else "") + text, index


def read(data, index, separator, decimal, label):
    """What pandas reads in a file: the texts of the inputs, and the labels."""
    options = dict(sep=separator, index_col=0 if index else None, encoding="utf-8-sig")
    texts = pandas.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, **options)
    frame = pandas.read_csv(io.BytesIO(data), decimal=decimal, keep_default_na=False, na_values=[""], **options)
    assert list(texts.columns) == list(frame.columns) and len(texts) == len(frame)
    inputs = texts.drop(columns=label).map(lambda text: text.replace(decimal, ".") if decimal == "," else text)
    for name in inputs:
        # What pandas makes of the texts is what Python does.
        expected = [float(text) for text in inputs[name]]
        assert frame[name].to_numpy(numpy.float64).tolist() == expected, (name, frame[name].tolist(), expected)
    return inputs, frame[label]


def generate(number):
    rng = random.Random(number)
    separator, decimal = rng.choice([(",", "."), (",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")])
    count = rng.choice(ROW_COUNTS)
    names = rng.sample(NAMES, rng.randrange(1, 7))
    columns = {}
    for name in names:
        values = column(rng, count)
        if isinstance(values[0], str) and decimal == ",":
            values = [value.replace(".", ",") for value in values]
        columns[name] = values
    if rng.random() < 0.1:
        columns = {str(place): values for place, values in enumerate(columns.values())}
    if decimal == ",":
        # One that can be nothing but a decimal comma.
        columns["part"] = [row / 1024 + 0.5 for row in rng.sample(range(256), count)]
    label = rng.choice(LABEL_NAMES)
    place = rng.choice([0, len(columns), rng.randrange(len(columns) + 1)])
    items = list(columns.items())
    items.insert(place, (label, labels(rng, count)))
    text, index = write(rng, pandas.DataFrame(dict(items)), separator, decimal)
    data = text.encode()
    inputs, classes = read(data, index, separator, decimal, label)
    if any(len({nearest(text) for text in inputs[name]}) == 1 for name in inputs):
        return generate(number + FILE_COUNT)
    are_numbers = classes.dtype.kind in "if"
    distinct = list(map(str, sorted(classes.unique()))) if are_numbers else sorted(map(str, classes.unique()))
    known = {text: place for place, text in enumerate(distinct)}
    answer = {
        "columns": list(inputs.columns),
        "label": label,
        "are_numbers": are_numbers,
        "labels": distinct,
        "classes": [known[str(value)] for value in classes],
        "inputs": [nearest(text) for row in inputs.to_numpy() for text in row],
    }
    return data, answer


# Files that pandas reads in another way than was meant; what it makes of them is in the comments.
ROWS = "".join(f"{row * row % 17}.5,{row * row % 13},{row % 2}\n" for row in range(12))
HEADER = "a,b,label\n"
REFUSED = {
    "open-quote": (HEADER + '1,2,"0\n' + ROWS + '3,4,1"\n', "does not close in this line"),  # all rows are one label
    "stray-quotes": (HEADER + ROWS + '1,2,"1\n' + ROWS + '1,2,"0\n', "does not close in this line"),  # what lies between is lost
    "quote-inside": (HEADER + ROWS + '1,2,5" disk\n', "inside a cell"),  # a class of its own
    "blank-quote": (HEADER + ROWS + '1,2, "0"\n', "blank stands before a quote"),  # another class than "0"
    "line-break": (HEADER + ROWS + '1,2,"0\n1"\n', "line break"),  # a class of two lines
    "missing-label": (HEADER + ROWS + "1,2,NA\n", "missing label"),  # NaN
    "empty-label": (HEADER + ROWS + "1,2,\n", "empty"),  # NaN
    "missing-input": (HEADER + ROWS + "1,,0\n", "empty"),  # NaN
    "nan": (HEADER + ROWS + "nan,1,0\n", "not finite"),  # NaN
    "infinite": (HEADER + ROWS + "inf,1,0\n", "not finite"),  # infinite
    "too-large": (HEADER + ROWS + "1e39,1,0\n", "not finite"),  # infinite in 32 bits
    "short-row": (HEADER + ROWS + "1,2\n", "2 cells"),  # NaN
    "comment": (HEADER + ROWS + "# made by hand\n", "comment"),  # a row of NaN
    "end-of-file": (HEADER + ROWS + "\x1a", "U+001A, the end-of-file mark"),  # a row of NaN
    "same-names": ("a,a,label\n" + ROWS, "both called"),  # a and a.1
    "no-header": (ROWS, "header"),  # the first row is lost
    "no-name": ("a,,label\n" + ROWS, "no name"),  # Unnamed: 1
    "thousands": (HEADER + ROWS + '"1,234",2,0\n', "thousands"),  # text
    "decimal-comma": ("a;b;label\n" + ROWS.replace(",", ";") + "1,5;2;0\n", "decimal"),  # text
    "bars": ("a|b|label\n" + ROWS.replace(",", "|"), "separated by '|'"),  # one column
    "bool": (HEADER + ROWS + "True,2,0\n", "not a number"),  # text
    "hexadecimal": (HEADER + ROWS + "0x1F,2,0\n", "not a number"),  # text
    "underscore": (HEADER + ROWS + "1_000,2,0\n", "thousands"),  # text
    "escape": (HEADER + ROWS + '1,2,"a\\"b"\n', "text follows a closing quote"),  # a\b"
}

for number in range(FILE_COUNT):
    data, answer = generate(number)
    name = f"{number:03}.csv"
    if number % 7 == 0:
        name, data = f"{name}.gz", gzip.compress(data)
    pathlib.Path(name).write_bytes(data)
    pathlib.Path(f"{number:03}.json").write_text(json.dumps({"file": name, **answer}))

for name, (text, words) in REFUSED.items():
    frame = pandas.read_csv(io.StringIO(text), sep=";" if ";" in text else ",")
    assert len(frame), name
    pathlib.Path(f"{name}.csv").write_bytes(text.encode())
pathlib.Path("refused.json").write_text(json.dumps([(f"{name}.csv", words) for name, (_, words) in REFUSED.items()]))
