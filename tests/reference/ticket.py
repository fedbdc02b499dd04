"""Opens the tickets of a run with docs/tombola_ticket.py, and holds what it says and writes against the program.

    ticket.py TOMBOLA RUN DATA.csv DIRECTORY

Where PyTorch is there, tickets go through it and back, too.
"""

import copy
import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
import tombola_ticket
from tombola_ticket import Ticket

PROGRAM, RUN, DATA, DIRECTORY = sys.argv[1:]
OUT = Path(DIRECTORY) / "python.safetensors"


def tombola(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def predicted(path, data):
    """The logits (rows, outputs) and the classes of each task that the program predicts."""
    rows = list(csv.DictReader(tombola("predict", path, "--data", data).splitlines()))
    logits = [[np.float32(cell) for name, cell in row.items() if "_logit" in name] for row in rows]
    names = [name for name in rows[0] if name.endswith("_class")]
    return np.array(logits), {name.removesuffix("_class"): [row[name] for row in rows] for name in names}


def inputs(ticket, data):
    """The inputs in a file, by the names that the ticket has, else by position."""
    rows = list(csv.reader(open(data)))
    header, rows = rows[0], rows[1:]
    places = [header.index(name) if name else place for place, name in enumerate(ticket.columns)]
    return np.array([[row[place] for place in places] for row in rows], dtype=np.float64).astype(np.float32)


def same(one, other):
    """Whether two tickets are the same, bit for bit."""
    assert (one.tasks, one.more) == (other.tasks, other.more)
    for name in ["weights", "biases", "masks", "initial_weights", "rewind_weights", "rewind_biases"]:
        for a, b in zip(getattr(one, name) or [], getattr(other, name) or [], strict=True):
            assert a.tobytes() == b.tobytes() and a.shape == b.shape, name
    for name in ["shift", "scale"]:
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None) and (a is None or a.tobytes() == b.tobytes()), name


def answers_as_the_program(ticket, path, data=DATA):
    """The logits have the program's bits, and the classes are its."""
    logits, classes = predicted(path, data)
    own = ticket.logits(inputs(ticket, data))
    # A task's logits stand together in the program's answer.
    order = [output for task in ticket.tasks for output in task["outputs"]]
    assert own[:, order].tobytes() == logits.tobytes()
    for name, labels in ticket.classes(own).items():
        assert [str(label) for label in labels] == classes[name], name
    return len(logits)


def bound(ticket, rows):
    """How far logits in 32 bits may be from those without rounding, whatever the order of their sums (Higham 2002,
    section 3.1): a sum of n products and a bias errs by at most (n + 1) u / (1 - (n + 1) u) of the sum of magnitudes, and
    carries on what its inputs err by. Normalization rounds twice."""
    u = 2.0**-24
    exact = rows.astype(np.float64)
    error = np.zeros_like(exact)
    if ticket.shift is not None:
        shift, scale = ticket.shift.astype(np.float64), ticket.scale.astype(np.float64)
        exact = (exact - shift) * scale
        error = 2.1 * u * np.abs(exact)
    for layer, (weight, bias) in enumerate(zip(ticket.weights, ticket.biases)):
        weight, bias = weight.astype(np.float64), bias.astype(np.float64)
        terms = (weight.shape[1] + 1) * u
        error = error @ np.abs(weight).T
        magnitudes = np.abs(exact) @ np.abs(weight).T + np.abs(bias)
        error += terms / (1 - terms) * (magnitudes + error)
        exact = exact @ weight.T + bias
        if layer + 1 < len(ticket.weights):
            exact = np.maximum(exact, 0)
    return exact, error


def through_torch(ticket, path):
    """A ticket as a module answers to rounding, comes back bit for bit, and is trained under its mask."""
    torch = tombola_ticket.torch
    rows = inputs(ticket, DATA)
    module = tombola_ticket.to_torch(ticket)
    with torch.no_grad():
        logits = module(torch.from_numpy(rows)).numpy()
    exact, error = bound(ticket, rows)
    assert (np.abs(logits - exact) <= error).all()
    assert (np.abs(ticket.logits(rows) - exact) <= error).all()

    back = tombola_ticket.from_torch(module, like=ticket)
    expected = copy.copy(ticket)
    expected.more = {key: value for key, value in ticket.more.items() if key not in tombola_ticket.OF_A_RUN}
    same(back, expected)
    back.save(OUT)
    same(tombola_ticket.load(OUT), expected)
    try:
        from safetensors.torch import load_file
    except ImportError:
        pass
    else:
        assert torch.equal(load_file(OUT)["layers.0.weight"], torch.from_numpy(ticket.weights[0]))

    for start in ["present"] + ["initial", "rewound"] * (ticket.initial_weights is not None):
        module = tombola_ticket.to_torch(ticket, start)
        optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
        for _ in range(3):
            optimizer.zero_grad()
            module(torch.from_numpy(rows)).square().mean().backward()
            optimizer.step()
        trained = tombola_ticket.from_torch(module, like=ticket)
        assert all((a == b).all() for a, b in zip(trained.masks, ticket.masks))
        assert not any(weight[~mask].any() for weight, mask in zip(trained.weights, trained.masks))
        assert any((a != b).any() for a, b in zip(trained.biases, ticket.biases))
        trained.save(OUT)
        answers_as_the_program(trained, OUT)

    # Without the hooks of `prune`, zeros say what is pruned.
    module = tombola_ticket.to_torch(ticket)
    for layer in module:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.utils.prune.remove(layer, "weight")
    removed = tombola_ticket.from_torch(module, like=ticket, zeros_are_pruned=True)
    assert all(((w != 0) == m).all() for w, m in zip(ticket.weights, removed.masks))
    for wrong in [torch.nn.Sequential(module, torch.nn.Sigmoid()), torch.nn.Sequential(torch.nn.ReLU())]:
        try:
            tombola_ticket.from_torch(wrong)
            raise AssertionError("it is no ticket")
        except ValueError:
            pass


def from_scratch():
    """A network of NumPy's, with inputs that two tasks share, is a ticket for the program."""
    rng = np.random.default_rng(7)
    widths = [4, 9, 3]
    masks = [rng.random(shape) < 0.5 for shape in zip(widths[1:], widths)]
    ticket = Ticket(
        weights=[np.where(mask, rng.normal(size=mask.shape), 0).astype(np.float32) for mask in masks],
        biases=[rng.normal(size=width).astype(np.float32) for width in widths[1:]],
        masks=masks,
        tasks=[
            {"name": "one", "inputs": [0, 1, 2], "outputs": [0]},
            {"name": "three", "inputs": [2, 3], "outputs": [2, 1], "classes": ["no", "yes ü"]},
        ],
        more={"shares_inputs": True},
    )
    ticket.save(OUT)
    same(tombola_ticket.load(OUT), ticket)
    anatomy = json.loads(tombola("inspect", OUT, "--json"))
    assert anatomy["weights_left"] == sum(mask.sum() for mask in masks)
    assert not anatomy["independent"] and anatomy["cut"] is None
    data = Path(DIRECTORY) / "python.csv"
    np.savetxt(data, rng.normal(size=(300, 4)), delimiter=",", header="a,b,c,d", comments="")
    answers_as_the_program(ticket, OUT, data)


def main():
    paths = sorted(Path(RUN).glob("tickets/*.safetensors"))
    answers = 0
    for path in paths:
        ticket = tombola_ticket.load(path)
        answers += answers_as_the_program(ticket, path)
        ticket.save(OUT)
        same(tombola_ticket.load(OUT), ticket)
        # The program reads of both the same, to the last field.
        assert tombola("inspect", OUT) == tombola("inspect", path)
        assert tombola("inspect", OUT, "--json") == tombola("inspect", path, "--json")
        if tombola_ticket.torch is not None:
            through_torch(ticket, path)
    from_scratch()
    with_torch = "without" if tombola_ticket.torch is None else "with"
    print(f"{len(paths)} tickets, {answers} answers, {with_torch} PyTorch")


main()
