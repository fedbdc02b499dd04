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
import warnings
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
    # (x - shift) * scale is what the first layer is given, in 32 bits; None if it is given x. One number is for all inputs.
    shift: np.ndarray | float | None = None
    scale: np.ndarray | float | None = None
    # Weights as initialized, and weights and biases that pruning rewinds to, if they are known; none is masked. Initial
    # biases are 0 where they are None.
    initial_weights: list | None = None
    rewind_weights: list | None = None
    rewind_biases: list | None = None
    initial_biases: list | None = None
    # All else under the metadata key "tombola".
    more: dict = field(default_factory=dict)

    @property
    def widths(self):
        """Neurons of each layer, inputs and outputs among them."""
        return [self.weights[0].shape[1]] + [len(weight) for weight in self.weights]

    @property
    def columns(self):
        """What each input was called in the file that its task was read from, by the first of its tasks that says so; None
        where there is no name."""
        names = [None] * self.widths[0]
        for task in map(_plain, self.tasks):
            for place, name in zip(task["inputs"], task.get("columns", [])):
                if names[place] is None:
                    names[place] = name
        return names

    def normalization(self):
        """Shift and scale of each input, in 32 bits as in the file, or None."""
        if self.shift is None and self.scale is None:
            return None
        values = {"shift": 0 if self.shift is None else self.shift, "scale": 1 if self.scale is None else self.scale}
        for name, value in values.items():
            value = np.asarray(value, dtype=np.float32)
            if value.shape not in [(), (1,), (self.widths[0],)]:
                raise ValueError(f"{name} has the shape {value.shape}; give one number, or one for each of {self.widths[0]} inputs")
            values[name] = np.broadcast_to(value, self.widths[0]).copy()
        return values["shift"], values["scale"]

    def normalized(self, inputs):
        """Raw inputs (rows, inputs) as the first layer is given them."""
        inputs = np.asarray(inputs, dtype=np.float32)
        if inputs.ndim != 2 or inputs.shape[1] != self.widths[0]:
            raise ValueError(f"inputs have the shape {inputs.shape}; the ticket takes (rows, {self.widths[0]})")
        by = self.normalization()
        return inputs if by is None else (inputs - by[0]) * by[1]

    def logits(self, inputs):
        """The logits (rows, outputs) of raw inputs (rows, inputs), with the bits of `tombola predict`: each sum begins with
        the bias and goes through the inputs in ascending order, each product and each sum rounded to 32 bits."""
        units = self.normalized(inputs)
        for layer, (weight, mask, bias) in enumerate(zip(self.weights, self.masks, self.biases)):
            weight = np.where(mask, weight, 0).astype(np.float32)
            bias = np.asarray(bias, dtype=np.float32)
            sums = np.tile(bias + np.float32(0), (len(units), 1))
            for unit in range(weight.shape[1]):
                sums += units[:, unit, None] * weight[:, unit]
            units = sums if layer + 1 == len(self.weights) else np.where(sums < 0, np.float32(0), sums)
        return units

    def classes(self, logits):
        """The label of each row, by task: one output is class 1 where its logit is positive, with more it is the first
        greatest. Classes without labels are 0, 1, ..."""
        answers = {}
        for task in map(_plain, self.tasks):
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
            for name in ["initial_weight", "initial_bias", "rewind_weight", "rewind_bias"]:
                values = getattr(self, name + ("es" if name.endswith("bias") else "s"))
                if values is not None:
                    tensors[f"layers.{layer}.{name}"] = values[layer]
        by = self.normalization()
        if by is not None:
            tensors |= {"input.shift": by[0], "input.scale": by[1]}
        metadata = {"version": 1, "widths": self.widths, "tasks": [_plain(task) for task in self.tasks], **self.more}
        _write(path, tensors, {"tombola": json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)})


def _plain(task):
    """A task as JSON has it: lists in place of arrays, ranges and the like, and no key without a value."""
    kinds = {"inputs": int, "outputs": int, "classes": str, "columns": str}
    task = {key: value for key, value in task.items() if value is not None}
    return {key: [kinds[key](item) for item in value] if key in kinds else value for key, value in task.items()}


def load(path):
    """Reads a ticket's file; a ValueError says what it lacks."""
    tensors, metadata = _read(path)
    if "tombola" not in metadata:
        raise ValueError(f"{path}: the metadata key 'tombola' of tickets is missing; `tombola import` makes one of any network")
    try:
        more = dict(json.loads(metadata["tombola"]))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: the metadata key 'tombola' holds no JSON object: {error}") from None
    for key in ["version", "widths", "tasks"]:
        if key not in more:
            raise ValueError(f"{path}: '{key}' is missing in the metadata key 'tombola'")
    if more.pop("version") != 1:
        raise ValueError(f"{path}: this ticket is of another version")
    widths = more.pop("widths")
    if not (isinstance(widths, list) and len(widths) > 1 and all(isinstance(width, int) for width in widths)):
        raise ValueError(f"{path}: 'widths' in the metadata is no list of two or more whole numbers")

    def of_layers(name, is_needed=False):
        shapes = [(fan_out,) if name.endswith("bias") else (fan_out, fan_in) for fan_in, fan_out in zip(widths, widths[1:])]
        found = []
        for layer, shape in enumerate(shapes):
            key = f"layers.{layer}.{name}"
            if key not in tensors:
                if is_needed:
                    raise ValueError(f"{path}: the tensor '{key}' is missing")
                return None
            if tensors[key].shape != shape:
                raise ValueError(f"{path}: '{key}' has the shape {tensors[key].shape}; by the metadata's widths it is {shape}")
            found.append(tensors[key])
        return found

    initial_weights, initial_seed = of_layers("initial_weight"), more.pop("initial_seed", None)
    if initial_weights is None and initial_seed is not None:
        initial_weights = _drawn(widths, initial_seed)
    return Ticket(
        weights=of_layers("weight", is_needed=True),
        biases=of_layers("bias", is_needed=True),
        masks=[mask.astype(bool) for mask in of_layers("mask", is_needed=True)],
        tasks=more.pop("tasks"),
        shift=tensors.get("input.shift"),
        scale=tensors.get("input.scale"),
        initial_weights=initial_weights,
        initial_biases=of_layers("initial_bias"),
        rewind_weights=of_layers("rewind_weight"),
        rewind_biases=of_layers("rewind_bias"),
        more=more,
    )


def _drawn(widths, seed):
    """The initial weights that a run drew with this seed, which it writes once and not into each of the seed's tickets: Kaiming
    normal, by Marsaglia's polar method from ChaCha8, each step rounded to 32 bits as in Tombola."""
    f = np.float32
    count = sum(fan_in * fan_out for fan_in, fan_out in zip(widths, widths[1:]))
    normal, block = np.zeros(0, dtype=f), 0
    while len(normal) < count:
        # 8 pairs a block, of which pi / 4 are taken, give two deviates each.
        blocks = (count - len(normal)) // 10 + 2
        words = _chacha8(seed, block, blocks)
        block += blocks
        u, v = (f(2) * ((words[start::2] >> 8).astype(f) * f(2**-24)) - f(1) for start in (0, 1))
        square = u * u + v * v
        taken = (0 < square) & (square < 1)
        u, v, square = u[taken], v[taken], square[taken]
        length = np.sqrt(f(-2) * _ln(square) / square)
        normal = np.concatenate([normal, np.stack([u * length, v * length], axis=1).ravel()])
    weights, start = [], 0
    for fan_in, fan_out in zip(widths, widths[1:]):
        end = start + fan_in * fan_out
        weights.append((normal[start:end] * np.sqrt(f(2) / f(fan_in))).reshape(fan_out, fan_in))
        start = end
    return weights


def _chacha8(seed, first, blocks):
    """The stream of initial weights (Bernstein 2008, with 8 rounds): the key is the seed, then what is drawn with it."""
    state = np.zeros((16, blocks), dtype=np.uint32)
    state[:4] = np.frombuffer(b"expand 32-byte k", dtype="<u4")[:, None]
    state[4:7] = np.array([seed & 0xFFFFFFFF, seed >> 32, 2], dtype=np.uint32)[:, None]
    state[12] = np.arange(first, first + blocks)
    words = state.copy()

    def quarter(a, b, c, d):
        for one, other, target, turn in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
            words[one] += words[other]
            words[target] ^= words[one]
            words[target] = words[target] << np.uint32(turn) | words[target] >> np.uint32(32 - turn)

    for _ in range(4):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return (words + state).T.ravel()


def _ln(x):
    """The logarithm as the core has it (`core/src/math.rs`), with its bits."""
    f, half = np.float32, np.int32(0x3F3504F3)
    bits = x.view(np.int32) - half
    k = (bits >> 23).astype(f)
    y = ((bits & 0x007FFFFF) + half).view(f) - f(1)
    s = y / (f(2) + y)
    z = s * s
    r = f(0.11612165)
    for term in [0.108532876, 0.14296179, 0.19999853, 0.33333334]:
        r = r * z + f(term)
    h = f(0.5) * y * y
    tail = y - (h - s * (h + f(2) * z * r))
    return (k * f(1.4286068e-6) + tail) + k * f(0.69314575)


# The container: the length of a JSON header in 8 bytes, the header, then the tensors one after the other.
_TYPES = {"F32": np.dtype("<f4"), "U8": np.dtype("u1")}


def _read(path):
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    try:
        if len(content) < max(start, 8):
            raise ValueError("it is shorter than its header")
        header = dict(json.loads(content[8:start]))
        metadata = dict(header.pop("__metadata__", {}))
        entries = [(name, entry["dtype"], entry["shape"], entry["data_offsets"]) for name, entry in header.items()]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{path}: this is no safetensors file ({error}); a ticket is one") from None
    tensors = {}
    for name, dtype, shape, offsets in entries:
        if dtype not in _TYPES:
            raise ValueError(f"{path}: {name} is {dtype}; a ticket has F32, and U8 for masks")
        try:
            first, end = offsets
            if not 0 <= first <= end <= len(content) - start:
                raise ValueError("the file ends before it does")
            tensors[name] = np.frombuffer(content[start + first : start + end], _TYPES[dtype]).reshape(shape).copy()
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: the tensor '{name}' cannot be read: {error}") from None
    return tensors, metadata


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
    "present", the "initial" (biases are 0 unless the ticket has others) or the "rewound" ones."""
    zeros = [np.zeros_like(bias) for bias in ticket.biases]
    starts = {
        "present": (ticket.weights, ticket.biases),
        "initial": (ticket.initial_weights, ticket.initial_biases or zeros),
        "rewound": (ticket.rewind_weights or ticket.initial_weights, ticket.rewind_biases or ticket.initial_biases or zeros),
    }
    if start not in starts:
        raise ValueError(f"start={start!r} is none of {', '.join(map(repr, starts))}")
    weights, biases = starts[start]
    if weights is None:
        raise ValueError(f"the ticket has no {start} weights; start='present' has those that are there")
    by = ticket.normalization()
    modules = [] if by is None else [Normalize(*by)]
    for weight, bias, mask in zip(weights, biases, ticket.masks):
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float32)
        with torch.no_grad():
            linear.weight.copy_(torch.as_tensor(weight))
            linear.bias.copy_(torch.as_tensor(bias))
        prune.custom_from_mask(linear, "weight", torch.as_tensor(mask))
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def from_torch(module, tasks=None, like=None, zeros_are_pruned=False):
    """The ticket of a `torch.nn.Sequential` as `to_torch` makes them: layers pruned by `torch.nn.utils.prune` keep their
    masks; of others all weights survive, or with `zeros_are_pruned` those that are not 0 (as `prune.remove` leaves them).
    `Dropout` and `Identity` are passed through, and `Flatten` before the first layer. Numbers become those of 32 bits.

    `tasks` are as in a `Ticket`; by default those of the ticket `like`, which also gives initial and rewound weights, else one
    task of all inputs and outputs."""
    weights, biases, masks, by, is_after_linear = [], [], [], None, False
    for name, layer in _layers(module):
        if isinstance(layer, torch.nn.Linear):
            if is_after_linear:
                raise ValueError(f"{name}: a Linear layer follows another without a ReLU between them")
            original = _numbers(f"{name}.weight", getattr(layer, "weight_orig", layer.weight))
            if weights and original.shape[1] != len(weights[-1]):
                raise ValueError(f"{name}: it takes {original.shape[1]} inputs, and the layer before has {len(weights[-1])} units")
            mask = getattr(layer, "weight_mask", None)
            if mask is not None:
                mask = (mask.detach().cpu() != 0).numpy()
            else:
                mask = original != 0 if zeros_are_pruned else np.ones(original.shape, dtype=bool)
            weights.append(np.where(mask, original, 0).astype(np.float32))
            zeros = np.zeros(len(original), dtype=np.float32)
            biases.append(zeros if layer.bias is None else _numbers(f"{name}.bias", layer.bias))
            masks.append(mask)
            is_after_linear = True
        elif isinstance(layer, Normalize) and not weights and by is None:
            by = layer
        elif isinstance(layer, torch.nn.ReLU) and is_after_linear:
            is_after_linear = False
        elif not (_is_flatten(layer) and not weights or isinstance(layer, (torch.nn.Dropout, torch.nn.Identity))):
            raise ValueError(f"{name}: {layer} is no part of a ticket, which has Normalize, then Linear and ReLU in turn")
    if not is_after_linear:
        raise ValueError("a ticket ends with a Linear layer: its outputs are logits")
    ticket = Ticket(weights, biases, masks, [_plain(task) for task in tasks or []])
    if by is not None:
        ticket.shift, ticket.scale = by.shift.cpu().float().numpy(), by.scale.cpu().float().numpy()
    if like is not None:
        if like.widths != ticket.widths:
            raise ValueError(f"the module has the widths {ticket.widths}, and `like` {like.widths}; give `tasks` in its place")
        ticket.tasks = ticket.tasks or like.tasks
        ticket.initial_weights, ticket.initial_biases = like.initial_weights, like.initial_biases
        ticket.rewind_weights, ticket.rewind_biases = like.rewind_weights, like.rewind_biases
        ticket.more = {key: value for key, value in like.more.items() if key not in OF_A_RUN}
    elif not tasks:
        inputs, *_, outputs = ticket.widths
        ticket.tasks = [{"name": "network", "inputs": list(range(inputs)), "outputs": list(range(outputs))}]
    return ticket


def _layers(module, path=""):
    """The modules that a `Sequential` calls, with their names: one that it calls twice is there twice."""
    if not (isinstance(module, torch.nn.Sequential) and type(module).forward is torch.nn.Sequential.forward):
        raise TypeError(
            f"{type(module).__name__} is no torch.nn.Sequential, and its code says what it computes: give its layers in order, as "
            "torch.nn.Sequential(net.fc1, torch.nn.ReLU(), net.fc2), or save its state_dict for `tombola import`"
        )
    for name, layer in module._modules.items():
        if isinstance(layer, torch.nn.Sequential):
            yield from _layers(layer, f"{path}{name}.")
        else:
            yield path + name, layer


def _is_flatten(layer):
    return isinstance(layer, torch.nn.Flatten) and (layer.start_dim, layer.end_dim) == (1, -1)


def _numbers(name, tensor):
    """A parameter as an array of 32 bits; that it had others is told."""
    tensor = tensor.detach().cpu()
    if not tensor.is_floating_point():
        raise ValueError(f"{name} is {tensor.dtype}; a ticket has floating-point numbers")
    numbers = tensor.to(torch.float32)
    if tensor.dtype != torch.float32:
        moved = (numbers.to(torch.float64) - tensor.to(torch.float64)).abs().max().item() if tensor.numel() else 0
        warnings.warn(f"{name} is {tensor.dtype}; it becomes float32, which moves a number by {moved:.1g} at most", stacklevel=3)
    return numbers.numpy().copy()
