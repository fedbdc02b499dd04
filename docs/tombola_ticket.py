"""Tickets of Tombola in Python: one file, to be copied into a project. It needs NumPy, and PyTorch for `to_torch` and
`from_torch` alone.

    ticket = tombola_ticket.load("9-15.safetensors")
    logits = ticket.logits(rows)                  # (rows, inputs), raw, to (rows, outputs): the bits of `tombola predict`
    labels = ticket.classes(logits)               # {"moons": array of labels, ...}

    module = tombola_ticket.to_torch(ticket)      # a torch.nn.Sequential, pruned with torch.nn.utils.prune
    ticket = tombola_ticket.from_torch(module, like=ticket)
    ticket.save("trained.safetensors")            # for `tombola inspect`, `predict`, `export`, `emulate`, `flash`

What is in the file: https://huggingface.co/docs/safetensors for the container, `docs/tickets.md` for the names.
MIT OR Apache-2.0, as Tombola.
"""

import json
from dataclasses import dataclass, field

import numpy as np

try:
    import torch
    from torch.nn.utils import prune
except ImportError:
    torch = None

# What the metadata say of the run that made a ticket: no longer true of other weights.
OF_A_RUN = ["seed", "data_seed", "level", "digest", "arm", "result"]


@dataclass
class Ticket:
    """A pruned network. Lists have an entry for each layer; weights and masks are (out, in), as in PyTorch."""

    weights: list
    biases: list
    # True where a weight survives; all others are 0.
    masks: list
    # {"name": ..., "inputs": [...], "outputs": [...]}, and "classes", "columns" and "label", if they have names.
    tasks: list
    # (x - shift) * scale is what the first layer is given; None if it is given x.
    shift: np.ndarray | None = None
    scale: np.ndarray | None = None
    # Weights as initialized, and weights and biases that pruning rewinds to, if they are known; none is masked.
    initial_weights: list | None = None
    rewind_weights: list | None = None
    rewind_biases: list | None = None
    # All else under the metadata key "tombola".
    more: dict = field(default_factory=dict)

    @property
    def widths(self):
        """Neurons of each layer, inputs and outputs among them."""
        return [self.weights[0].shape[1]] + [len(weight) for weight in self.weights]

    @property
    def columns(self):
        """What each input was called in the file that its task was read from, None where there is no name."""
        names = [None] * self.widths[0]
        for task in self.tasks:
            for place, name in zip(task["inputs"], task.get("columns") or []):
                names[place] = name
        return names

    def normalized(self, inputs):
        """Raw inputs (rows, inputs) as the first layer is given them."""
        inputs = np.asarray(inputs, dtype=np.float32)
        return inputs if self.shift is None else (inputs - self.shift) * self.scale

    def logits(self, inputs):
        """The logits (rows, outputs) of raw inputs (rows, inputs), with the bits of `tombola predict`: each sum begins with
        the bias and goes through the inputs in ascending order, each product and each sum rounded to 32 bits."""
        units = self.normalized(inputs)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            sums = np.tile(bias + np.float32(0), (len(units), 1))
            for unit in range(weight.shape[1]):
                sums += units[:, unit, None] * weight[:, unit]
            units = sums if layer + 1 == len(self.weights) else np.where(sums < 0, np.float32(0), sums)
        return units

    def classes(self, logits):
        """The label of each row, by task: one output is class 1 where its logit is positive, with more it is the first
        greatest. Classes without labels are 0, 1, ..."""
        answers = {}
        for task in self.tasks:
            own = logits[:, task["outputs"]]
            classes = (own[:, 0] > 0).astype(int) if own.shape[1] == 1 else own.argmax(axis=1)
            labels = task.get("classes")
            answers[task["name"]] = classes if labels is None else np.array(labels)[classes]
        return answers

    def save(self, path):
        """Writes the ticket's file."""
        tensors = {}
        for layer, mask in enumerate(self.masks):
            tensors[f"layers.{layer}.mask"] = np.asarray(mask, dtype=np.uint8)
            tensors[f"layers.{layer}.weight"] = np.where(mask, self.weights[layer], 0)
            tensors[f"layers.{layer}.bias"] = self.biases[layer]
            for name in ["initial_weight", "rewind_weight", "rewind_bias"]:
                values = getattr(self, name + ("es" if name.endswith("bias") else "s"))
                if values is not None:
                    tensors[f"layers.{layer}.{name}"] = values[layer]
        if self.shift is not None:
            tensors |= {"input.shift": self.shift, "input.scale": self.scale}
        metadata = {"version": 1, "widths": self.widths, "tasks": self.tasks, **self.more}
        _write(path, tensors, {"tombola": json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)})


def load(path):
    """Reads a ticket's file."""
    tensors, metadata = _read(path)
    if "tombola" not in metadata:
        raise ValueError(f"{path}: this is no ticket; `tombola import` makes one of a network's weights")
    more = json.loads(metadata["tombola"])
    if more.pop("version") != 1:
        raise ValueError(f"{path}: this ticket is of another version")
    layers = range(len(more.pop("widths")) - 1)

    def of_layers(name):
        found = [tensors.get(f"layers.{layer}.{name}") for layer in layers]
        return None if any(tensor is None for tensor in found) else found

    return Ticket(
        weights=of_layers("weight"),
        biases=of_layers("bias"),
        masks=[mask.astype(bool) for mask in of_layers("mask")],
        tasks=more.pop("tasks"),
        shift=tensors.get("input.shift"),
        scale=tensors.get("input.scale"),
        initial_weights=of_layers("initial_weight"),
        rewind_weights=of_layers("rewind_weight"),
        rewind_biases=of_layers("rewind_bias"),
        more=more,
    )


# The container: the length of a JSON header in 8 bytes, the header, then the tensors one after the other.
_TYPES = {"F32": np.dtype("<f4"), "U8": np.dtype("u1")}


def _read(path):
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__", {})

    def tensor(name, dtype, shape, data_offsets):
        if dtype not in _TYPES:
            raise ValueError(f"{path}: {name} is {dtype}; a ticket has F32, and U8 for masks")
        first, end = data_offsets
        return np.frombuffer(content[start + first : start + end], _TYPES[dtype]).reshape(shape).copy()

    return {name: tensor(name, **entry) for name, entry in header.items()}, metadata


def _write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    # Those of 4 bytes come first, so that all begin at multiples of their size.
    for name in sorted(tensors, key=lambda name: (name.endswith(".mask"), name)):
        dtype = "U8" if name.endswith(".mask") else "F32"
        tensor = np.ascontiguousarray(tensors[name], dtype=_TYPES[dtype])
        header[name] = {
            "dtype": dtype,
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + tensor.nbytes],
        }
        data += tensor.tobytes()
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


if torch is not None:

    class Normalize(torch.nn.Module):
        """(x - shift) * scale, one of each for an input: no parameters, since they are not trained."""

        def __init__(self, shift, scale):
            super().__init__()
            self.register_buffer("shift", torch.as_tensor(shift, dtype=torch.float32))
            self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float32))

        def forward(self, inputs):
            return (inputs - self.shift) * self.scale


def to_torch(ticket, start="present"):
    """A `torch.nn.Sequential` of raw inputs to logits: `Normalize` if the ticket has it, then `Linear` layers with `ReLU`
    between them, the masks registered by `torch.nn.utils.prune`, so that training keeps them. The weights are the
    "present", the "initial" (with biases of 0) or the "rewound" ones."""
    zeros = [np.zeros_like(bias) for bias in ticket.biases]
    weights, biases = {
        "present": (ticket.weights, ticket.biases),
        "initial": (ticket.initial_weights, zeros),
        "rewound": (ticket.rewind_weights or ticket.initial_weights, ticket.rewind_biases or zeros),
    }[start]
    if weights is None:
        raise ValueError(f"the ticket has no {start} weights; start='present' has those that are there")
    modules = [] if ticket.shift is None else [Normalize(ticket.shift, ticket.scale)]
    for weight, bias, mask in zip(weights, biases, ticket.masks):
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight))
            linear.bias.copy_(torch.from_numpy(bias))
        prune.custom_from_mask(linear, "weight", torch.from_numpy(mask))
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def from_torch(module, tasks=None, like=None, zeros_are_pruned=False):
    """The ticket of a `torch.nn.Sequential` as `to_torch` makes them: layers pruned by `torch.nn.utils.prune` keep their
    masks; of others all weights survive, or with `zeros_are_pruned` those that are not 0 (as `prune.remove` leaves them).

    `tasks` are as in a `Ticket`; by default those of the ticket `like`, which also gives initial and rewound weights, else one
    task of all inputs and outputs."""
    weights, biases, masks, by, is_after_linear = [], [], [], None, False
    for name, layer in module.named_children():
        if isinstance(layer, torch.nn.Linear):
            if is_after_linear:
                raise ValueError(f"{name}: a Linear layer follows another without a ReLU between them")
            original = getattr(layer, "weight_orig", layer.weight).detach().cpu().numpy()
            mask = getattr(layer, "weight_mask", None)
            if mask is not None:
                mask = mask.detach().cpu().numpy() != 0
            else:
                mask = original != 0 if zeros_are_pruned else np.ones(original.shape, dtype=bool)
            bias = np.zeros(len(original)) if layer.bias is None else layer.bias.detach().cpu().numpy()
            weights.append(np.where(mask, original, 0).astype(np.float32))
            biases.append(bias.astype(np.float32))
            masks.append(mask)
        elif isinstance(layer, Normalize) and not weights:
            by = layer
        elif not (isinstance(layer, torch.nn.ReLU) and is_after_linear):
            raise ValueError(f"{name}: {layer} is no part of a ticket, which has Normalize, then Linear and ReLU in turn")
        is_after_linear = isinstance(layer, torch.nn.Linear)
    if not is_after_linear:
        raise ValueError("a ticket ends with a Linear layer: its outputs are logits")
    ticket = Ticket(weights, biases, masks, tasks or [])
    if by is not None:
        ticket.shift, ticket.scale = by.shift.cpu().numpy(), by.scale.cpu().numpy()
    if like is not None and like.widths == ticket.widths:
        ticket.tasks = tasks or like.tasks
        ticket.initial_weights = like.initial_weights
        ticket.rewind_weights, ticket.rewind_biases = like.rewind_weights, like.rewind_biases
        ticket.more = {key: value for key, value in like.more.items() if key not in OF_A_RUN}
    elif not tasks:
        inputs, *_, outputs = ticket.widths
        ticket.tasks = [{"name": "network", "inputs": list(range(inputs)), "outputs": list(range(outputs))}]
    return ticket
