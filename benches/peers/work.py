"""Reads what every peer works on, as Tombola wrote it, and answers the requests of `compare.py`."""

import json
import pathlib
import sys

import numpy as np

SMALL = (4, 32, 32, 2)
LARGE = (1568, 784, 392, 20)
BATCH, EPOCHS, LEVELS, RATE = 64, 30, 14, 0.2
# Of 1000 samples, 15 batches are whole and one has 40.
STEPS = 16
directory = pathlib.Path(sys.argv[2])


def read(name, *shape):
    """Numbers that Tombola wrote."""
    return np.fromfile(directory / (name.replace("/", "_") + ".f32"), dtype="<f4").reshape(shape)


def layers(params, widths):
    """Weights `(..., outputs, inputs)` and biases `(..., outputs)` of each layer: views of flat parameters, in which all
    weights come before all biases."""
    cut, weights, biases = 0, [], []
    for fan_in, fan_out in zip(widths, widths[1:]):
        weights.append(params[..., cut : cut + fan_in * fan_out].reshape(*params.shape[:-1], fan_out, fan_in))
        cut += fan_in * fan_out
    for fan_out in widths[1:]:
        biases.append(params[..., cut : cut + fan_out])
        cut += fan_out
    return list(zip(weights, biases))


def weight_count(widths):
    return sum(fan_in * fan_out for fan_in, fan_out in zip(widths, widths[1:]))


def train_part(seeds):
    return read("train.inputs", -1, 1000, 4)[:seeds], read("train.classes", -1, 1000, 2)[:seeds]


def initial(seeds):
    return read("initial", -1, 1282)[:seeds].copy()


rng = np.random.default_rng(1)


def orders(*shape):
    """Orders of the samples, `shape` many."""
    return rng.permuted(np.broadcast_to(np.arange(1000, dtype=np.int64), (*shape, 1000)), axis=-1)


def accuracy(params):
    """Mean test accuracy of each seed, from `(seeds, params)`."""
    inputs, classes = read("test.inputs", -1, 1000, 4), read("test.classes", -1, 1000, 2)
    found = []
    for flat, x, y in zip(params, inputs, classes):
        (w1, b1), (w2, b2), (w3, b3) = layers(flat, SMALL)
        hidden = np.maximum(np.maximum(x @ w1.T + b1, 0) @ w2.T + b2, 0)
        found.append(float(((hidden @ w3.T + b3 > 0) == (y == 1)).mean()))
    return found


def lottery(train, seeds):
    """Iterative magnitude pruning of `seeds` networks side by side: `train` takes and returns `(seeds, params)`, and a
    mask of the same shape. Returns the accuracy of every seed at every level."""
    start, weights = initial(seeds), weight_count(SMALL)
    mask = np.ones_like(start)
    params, accuracies = None, []
    for level in range(LEVELS + 1):
        if level:
            left = round(weights * (1 - RATE) ** level)
            size = np.where(mask[:, :weights] > 0, np.abs(params[:, :weights]), -1)
            kept = np.argpartition(-size, left - 1, axis=1)[:, :left]
            mask[:, :weights] = 0
            np.put_along_axis(mask, kept, 1, axis=1)
        params = np.asarray(train(start * mask, mask))
        accuracies.append(accuracy(params))
    return accuracies


class Training:
    """`steps` and `lottery` of networks side by side. `train(params, mask)` trains a level; without a mask all weights
    are kept. `first_losses()` makes ten steps on the first batch."""

    def __init__(self, seeds, train, first_losses):
        self.seeds, self.train, self.first_losses = seeds, train, first_losses

    def check(self):
        return np.asarray(self.first_losses()).reshape(self.seeds, -1)

    def steps(self, times):
        for _ in range(times):
            self.train(initial(self.seeds), None)
        return {"units": times * self.seeds * EPOCHS * STEPS}

    def lottery(self, times):
        for _ in range(times):
            accuracies = lottery(self.train, self.seeds)
        return {"units": times * self.seeds, "accuracies": accuracies}


def serve(workloads):
    """Answers requests: `workloads` makes, for a workload, what checks and what runs it."""
    made = {}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request, workload, *times = line.split()
        if workload not in made:
            made[workload] = workloads(workload)
        check, run = made[workload]
        if request == "check":
            answer = {"values": np.asarray(check(), dtype=np.float64).ravel().tolist()}
        else:
            answer = run(int(times[0]))
        print(json.dumps(answer), flush=True)


def training(made):
    """The workloads of a [Training]."""
    return lambda workload: (made.check, {"steps": made.steps, "lottery": made.lottery}[workload])


def dense(make):
    """The workloads of the crossover's second line, `dense/OPERATION/BATCH/WIDTH`: `make(operation, params, widths, x, y)`
    returns what answers (logits; loss and gradient; the losses of three steps) and what does the operation so many times."""

    def workloads(workload):
        _, operation, batch, width = workload.split("/")
        widths = (4, int(width), int(width), 2)
        name = f"dense/{batch}/{width}"
        x, y = (read(f"{name}.{part}", int(batch), count) for part, count in (("inputs", 4), ("classes", 2)))
        answer, work = make(operation, read(f"{name}.params", -1), widths, x, y)

        def run(times):
            work(times)
            return {"units": times}

        # Of a large gradient the first part tells enough.
        return lambda: np.ravel(answer())[:4096], run

    return workloads


def inference(make):
    """The workloads of inference: `make(layers, x)` returns what is timed, and what brings its result into the order
    `(samples, outputs)`."""

    def workloads(workload):
        widths = tuple(int(width) for width in workload.split("/")[1].split("-"))
        x = read(f"{workload}.inputs", -1, widths[0])
        ask, logits = make(layers(read(f"{workload}.params", -1), widths), x)

        def run(times):
            for _ in range(times):
                ask()
            return {"units": times * len(x)}

        return lambda: logits(ask()), run

    return workloads
