"""Opens the tickets of a run with docs/tombola_ticket.py, and holds what it says and writes against the program.

    ticket.py TOMBOLA RUN DATA.csv DIRECTORY

Where PyTorch is there, tickets go through it and back, too.
"""

import copy
import csv
import json
import subprocess
import sys
import warnings
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


def initial_weights_are_drawn_anew():
    """A run writes a seed's initial weights once, with its first level; of the others they are drawn, bit for bit."""
    for seed, levels in [(0, 1), (2**63 - 2, 2), (2**32, 1)]:
        out = Path(DIRECTORY) / f"initial-{seed}"
        tombola("run", "--quiet", "--seeds", 1, "--first-seed", seed, "--set", f"pruning.levels={levels}",
                "--set", "training.epochs=1", "--set", "network.hidden=[7,30]", "--out", out)
        # From seed 1000 on each thousand has a folder of its own.
        paths = [next(out.glob(f"tickets/**/{seed}-{level}.safetensors")) for level in range(levels + 1)]
        tickets = [tombola_ticket.load(path) for path in paths]
        held = [b"initial_weight" in path.read_bytes() for path in paths]
        assert held == [True] + [False] * levels
        for ticket in tickets:
            for a, b in zip(ticket.initial_weights, tickets[0].initial_weights, strict=True):
                assert a.dtype == np.float32 and a.tobytes() == b.tobytes() and a.shape == b.shape


def refuses(error, fragment, call):
    """The call raises this very error, with this in its message."""
    try:
        call()
    except Exception as raised:
        assert type(raised) is error and fragment in str(raised), repr(raised)
    else:
        raise AssertionError(f"it should say: {fragment}")


def small():
    """Two inputs that two tasks share, and one layer."""
    return Ticket(
        weights=[np.array([[1, 2], [3, 4]], dtype=np.float64)],
        biases=[np.array([0.1, 0.2])],
        masks=[np.array([[True, False], [True, True]])],
        tasks=[
            {"name": "one", "inputs": np.arange(2), "outputs": np.array([0]), "columns": np.array(["first", "second"])},
            {"name": "two", "inputs": range(1, 2), "outputs": [1], "columns": ["other"], "classes": None},
        ],
        more={"shares_inputs": True},
    )


def what_people_give():
    """Numbers of 64 bits, one number for all, and arrays as lists: what is written answers as what was given."""
    rows = np.random.default_rng(3).normal(size=(50, 2)) * 100
    for shift, scale in [(0, 1 / 255), (rows.mean(axis=0), 1 / rows.std(axis=0)), (None, [0.1, 0.3]), (0.7, None)]:
        ticket = small()
        ticket.shift, ticket.scale = shift, scale
        assert ticket.columns == ["first", "second"]
        logits = ticket.logits(rows)
        ticket.save(OUT)
        loaded = tombola_ticket.load(OUT)
        assert logits.dtype == np.float32 and logits.tobytes() == loaded.logits(rows).tobytes()
        assert loaded.tasks[0] == {"name": "one", "inputs": [0, 1], "outputs": [0], "columns": ["first", "second"]}
        assert loaded.tasks[1] == {"name": "two", "inputs": [1], "outputs": [1], "columns": ["other"]}
        assert "first" in tombola("inspect", OUT)
        data = Path(DIRECTORY) / "given.csv"
        np.savetxt(data, rows, delimiter=",", header="first,second", comments="")
        answers_as_the_program(loaded, OUT, data)
        for wrong in [rows[:, :1], np.hstack([rows, rows]), rows[0], rows[None]]:
            refuses(ValueError, "(rows, 2)", lambda: ticket.logits(wrong))
    ticket.shift = [1, 2, 3]
    refuses(ValueError, "shift has the shape (3,)", lambda: ticket.save(OUT))


def what_is_no_ticket():
    """Files from elsewhere, and damaged ones: the message says what is missing."""
    small().save(OUT)
    content = OUT.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")

    def opens(changed):
        wrong = Path(DIRECTORY) / "wrong.safetensors"
        wrong.write_bytes(changed)
        return lambda: tombola_ticket.load(wrong)

    def with_header(change):
        header = json.loads(content[8:start])
        change(header)
        text = json.dumps(header).encode()
        return opens(len(text).to_bytes(8, "little") + text + content[start:])

    def with_metadata(change):
        def in_header(header):
            metadata = json.loads(header["__metadata__"]["tombola"])
            change(metadata)
            header["__metadata__"]["tombola"] = json.dumps(metadata)

        return with_header(in_header)

    zip_file = b"PK\x03\x04" + bytes(range(256)) * 9
    for wrong in [b"", b"abc", zip_file, (40).to_bytes(8, "little") + b"\xff" * 90, (2).to_bytes(8, "little") + b"[1"]:
        refuses(ValueError, "no safetensors file", opens(wrong))
    refuses(ValueError, "the file ends", opens(content[:-1]))
    refuses(ValueError, "'tombola' of tickets is missing", with_header(lambda header: header.pop("__metadata__")))
    for name in ["mask", "weight", "bias"]:
        missing = with_header(lambda header: header.pop(f"layers.0.{name}"))
        refuses(ValueError, f"'layers.0.{name}' is missing", missing)
    for key in ["version", "widths", "tasks"]:
        refuses(ValueError, f"'{key}' is missing", with_metadata(lambda metadata: metadata.pop(key)))
    refuses(ValueError, "by the metadata's widths", with_metadata(lambda metadata: metadata.update(widths=[3, 2])))
    refuses(ValueError, "'widths'", with_metadata(lambda metadata: metadata.update(widths=3)))
    refuses(ValueError, "another version", with_metadata(lambda metadata: metadata.update(version=2)))


def modules_of_people():
    """Modules that are a ticket, though `to_torch` would not make them so; and what is none, with the remedy."""
    torch = tombola_ticket.torch
    nn, take = torch.nn, tombola_ticket.from_torch
    torch.manual_seed(5)
    relu = nn.ReLU()
    first, second, third = nn.Linear(4, 5), nn.Linear(5, 5, bias=False), nn.Linear(5, 2)
    module = nn.Sequential(nn.Flatten(), nn.Identity(), first, nn.Dropout(), relu, second, relu, nn.Sequential(third, nn.Identity()))
    module.eval()
    tasks = [{"name": "t", "inputs": np.arange(4), "outputs": range(2)}]
    ticket = take(module, tasks=tasks)
    assert ticket.tasks == [{"name": "t", "inputs": [0, 1, 2, 3], "outputs": [0, 1]}]
    rows = np.random.default_rng(6).normal(size=(40, 4)).astype(np.float32)
    with torch.no_grad():
        logits = module(torch.from_numpy(rows.reshape(40, 2, 2))).numpy()
    exact, error = bound(ticket, rows)
    assert (np.abs(logits - exact) <= error).all() and (np.abs(ticket.logits(rows) - exact) <= error).all()
    ticket.save(OUT)
    tombola("inspect", OUT)

    for dtype in [torch.bfloat16, torch.float16, torch.float64]:
        linear = nn.Linear(4, 2, dtype=dtype)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            converted = take(nn.Sequential(linear))
        assert str(dtype) in str(told[0].message) and len(told) == 2
        assert (converted.weights[0] == linear.weight.detach().to(torch.float32).numpy()).all()

    class Net(nn.Module):
        def forward(self, inputs):
            return inputs

    class Twice(nn.Sequential):
        def forward(self, inputs):
            return 2 * super().forward(inputs)

    for wrong in [Net(), first, Twice(first)]:
        refuses(TypeError, f"{type(wrong).__name__} is no torch.nn.Sequential", lambda: take(wrong))
    for wrong, fragment in [
        (nn.Sequential(first, second), "without a ReLU"),
        (nn.Sequential(first, relu), "ends with a Linear"),
        (nn.Sequential(first, nn.Flatten(), relu, third), "no part of a ticket"),
        (nn.Sequential(nn.Flatten(0), first), "no part of a ticket"),
        (nn.Sequential(first, nn.GELU(), third), "no part of a ticket"),
        (nn.Sequential(third, relu, first), "takes 4 inputs"),
    ]:
        refuses(ValueError, fragment, lambda: take(wrong))
    refuses(ValueError, "widths [4, 5]", lambda: take(nn.Sequential(first), like=ticket))
    refuses(ValueError, "'rewind' is none of", lambda: tombola_ticket.to_torch(ticket, "rewind"))
    refuses(ValueError, "no initial weights", lambda: tombola_ticket.to_torch(ticket, "initial"))
    shifted = small()
    shifted.scale = 1 / 255
    back = take(tombola_ticket.to_torch(shifted), like=shifted)
    assert back.logits(rows[:, :2]).tobytes() == shifted.logits(rows[:, :2]).tobytes()


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
    initial_weights_are_drawn_anew()
    from_scratch()
    what_people_give()
    what_is_no_ticket()
    if tombola_ticket.torch is not None:
        modules_of_people()
    with_torch = "without" if tombola_ticket.torch is None else "with"
    print(f"{len(paths)} tickets, {answers} answers, {with_torch} PyTorch")


main()
