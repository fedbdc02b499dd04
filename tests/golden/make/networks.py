"""Makes networks.json and its files: pruned networks as PyTorch saves them, and the logits that PyTorch computes.

    pip install torch==2.15.0 safetensors==0.8.0
    cd tests/golden && python make/networks.py

A case has what `tombola import` is given, raw inputs, and the logits: those of tests/reference/networks.py, which asks
PyTorch each time where it is installed.
"""

import json

import torch
import torch.nn.utils.prune as prune
from safetensors.torch import save_file
from torch import nn

SAMPLES = 24
cases = []


def saved(name, net, input_count, *options):
    file = f"networks-{name}.safetensors"
    save_file(net.state_dict(), file)
    inputs = torch.randn(SAMPLES, input_count)
    # What computes in 16 bits loses more than a ticket does.
    with torch.no_grad():
        logits = net.float()(inputs)
    cases.append(
        {"name": name, "file": file, "options": options, "inputs": inputs.tolist(), "logits": logits.tolist(), "by": "PyTorch"}
    )


def sequential():
    return nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 3))


class Named(nn.Module):
    """Modules that are not in the order in which they compute."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(9, 2)
        self.body = nn.Linear(4, 9)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


torch.manual_seed(11)
# `weight_orig` with `weight_mask`, once with all layers pruned together and once more with a bias.
net = sequential()
parameters = [(net[at], "weight") for at in (0, 2, 4)]
prune.global_unstructured(parameters, prune.L1Unstructured, amount=0.6)
saved("pruned", net, 5)
prune.ln_structured(net[2], "weight", amount=0.5, n=2, dim=0)
prune.random_unstructured(net[4], "bias", 0.34)
saved("pruned-again", net, 5)
for at in (0, 2, 4):
    prune.remove(net[at], "weight")
prune.remove(net[4], "bias")
saved("removed", net, 5, "--zeros-are-pruned")
saved("named", Named(), 4)
saved("bfloat", sequential().bfloat16(), 5)

with open("networks.json", "w") as file:
    json.dump(cases, file)
    file.write("\n")
