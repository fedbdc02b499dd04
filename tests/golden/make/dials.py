"""Writes ../dials.json: steps of PyTorch with an L1 penalty and weighted losses, in 64 bits.

    python dials.py    # torch 2.15
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
WIDTHS, SAMPLES = [4, 6, 5, 2], 7


def rounded(tensor):
    """Numbers that 32 bits hold."""
    return tensor.float().double()


def flat(tensors):
    return [tensor.detach().flatten().tolist() for tensor in tensors]


def case(seed, optimizer, l1, weight_decay, loss_weights):
    generator = torch.Generator().manual_seed(seed)
    normal = lambda *shape: rounded(torch.randn(*shape, generator=generator))
    inputs, targets = normal(SAMPLES, WIDTHS[0]), (normal(SAMPLES, WIDTHS[-1]) > 0).double()
    weights = [0.5 * normal(fan_out, fan_in) for fan_in, fan_out in zip(WIDTHS, WIDTHS[1:])]
    biases = [0.1 * normal(fan_out) for fan_out in WIDTHS[1:]]
    weights, biases = [rounded(weight) for weight in weights], [rounded(bias) for bias in biases]
    masks = [(torch.rand(weight.shape, generator=generator) < 0.7).double() for weight in weights]
    # A weight that survives and is 0: the derivative of its magnitude is taken to be 0.
    masks[0][0, 0], weights[0][0, 0] = 1.0, 0.0
    weights = [(weight * mask).requires_grad_() for weight, mask in zip(weights, masks)]
    biases = [bias.requires_grad_() for bias in biases]

    def logits():
        units = inputs
        for layer, (weight, bias) in enumerate(zip(weights, biases)):
            units = units @ weight.T + bias
            units = torch.relu(units) if layer < len(weights) - 1 else units
        return units

    def loss():
        of_task = torch.nn.functional.binary_cross_entropy_with_logits(logits(), targets, reduction="none").mean(dim=0)
        return (of_task * torch.tensor(loss_weights)).sum()

    groups = [{"params": weights, "weight_decay": weight_decay}, {"params": biases, "weight_decay": 0.0}]
    if optimizer["kind"] == "sgd":
        steps = torch.optim.SGD(groups, lr=optimizer["lr"], momentum=optimizer["momentum"])
    else:
        betas = (optimizer["beta1"], optimizer["beta2"])
        steps = torch.optim.Adam(groups, lr=optimizer["lr"], betas=betas, eps=optimizer["eps"])
    result = {
        "widths": WIDTHS,
        "loss": "bce_with_logits",
        "loss_weights": loss_weights,
        "optimizer": optimizer | {"weight_decay": weight_decay, "l1": l1},
        "inputs": inputs.tolist(),
        "targets": targets.tolist(),
        "weights": flat(weights),
        "biases": flat(biases),
        "mask": [mask.flatten().int().tolist() for mask in masks],
        "logits": logits().tolist(),
        "steps": [],
    }
    for after in range(1, 6):
        steps.zero_grad()
        value = loss()
        if after == 1:
            value.backward()
            result["loss_value"] = value.item()
            result["weight_gradients"] = flat(weight.grad * mask for weight, mask in zip(weights, masks))
            result["bias_gradients"] = flat(bias.grad for bias in biases)
            steps.zero_grad()
            value = loss()
        (value + l1 * sum(weight.abs().sum() for weight in weights)).backward()
        for weight, mask in zip(weights, masks):
            weight.grad *= mask
        steps.step()
        if after in [1, 2, 5]:
            result["steps"].append({"after": after, "weights": flat(weights), "biases": flat(biases)})
    return result


SGD = {"kind": "sgd", "lr": 0.1, "momentum": 0.9}
ADAM = {"kind": "adam", "lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
CASES = [
    case(0, SGD, 0.01, 0.0, [1.0, 1.0]),
    case(1, SGD, 0.0, 0.0, [0.25, 3.0]),
    case(2, SGD, 0.02, 0.05, [2.0, 0.5]),
    case(3, ADAM, 0.01, 0.0, [1.0, 1.0]),
    case(4, ADAM, 0.0, 0.0, [0.25, 3.0]),
    case(5, ADAM, 0.02, 0.05, [2.0, 0.5]),
]
path = Path(__file__).parent.parent / "dials.json"
path.write_text("[\n" + ",\n".join(json.dumps(each) for each in CASES) + "\n]\n")
