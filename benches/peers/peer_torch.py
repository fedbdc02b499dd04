"""PyTorch: as one writes it, with autograd; by hand with batched products, many networks at a time; and inference."""

import functools
import sys
import warnings

import numpy as np
import torch
from torch.nn import functional

import work

warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
torch.set_num_threads(1)
torch.set_num_interop_threads(1)


def eager(fused):
    """One network of modules, autograd and `torch.optim.Adam`."""
    inputs, classes = (torch.from_numpy(part[0]) for part in work.train_part(1))

    def build(params):
        net = torch.nn.Sequential(
            torch.nn.Linear(4, 32), torch.nn.ReLU(), torch.nn.Linear(32, 32), torch.nn.ReLU(), torch.nn.Linear(32, 2)
        )
        with torch.no_grad():
            for module, (weight, bias) in zip(net[::2], work.layers(torch.from_numpy(params[0]), work.SMALL)):
                module.weight.copy_(weight)
                module.bias.copy_(bias)
        return net, torch.optim.Adam(net.parameters(), lr=0.01, fused=fused)

    def step(net, adam, x, y, masks):
        adam.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(net(x), y) * 2
        loss.backward()
        for module, mask in zip(net[::2], masks):
            module.weight.grad.mul_(mask)
        adam.step()
        return loss

    def train(params, mask):
        net, adam = build(params)
        masks = []
        if mask is not None:
            masks = [weight for weight, _ in work.layers(torch.from_numpy(mask[0].copy()), work.SMALL)]
        for order in work.orders(work.EPOCHS):
            order = torch.from_numpy(order)
            x, y = inputs[order], classes[order]
            for at in range(0, 1000, work.BATCH):
                step(net, adam, x[at : at + work.BATCH], y[at : at + work.BATCH], masks)
        flat = [module.weight.detach().ravel() for module in net[::2]] + [module.bias.detach() for module in net[::2]]
        return torch.cat(flat)[None].numpy()

    def first_losses():
        net, adam = build(work.initial(1))
        return [step(net, adam, inputs[: work.BATCH], classes[: work.BATCH], []).item() for _ in range(10)]

    return work.training(work.Training(1, train, first_losses))


def side_by_side(seeds):
    """Many networks, forward and backward written by hand with `torch.bmm`, one fused Adam over all parameters."""
    inputs, classes = (torch.from_numpy(part) for part in work.train_part(seeds))
    # Layer by layer, the networks side by side, so that every product reads and writes contiguous memory.
    sizes = [fan_in * fan_out for fan_in, fan_out in zip(work.SMALL, work.SMALL[1:])] + list(work.SMALL[1:])
    shapes = [(seeds, o, i) for i, o in zip(work.SMALL, work.SMALL[1:])] + [(seeds, 1, o) for o in work.SMALL[1:]]

    def views(flat):
        parts = flat.split([seeds * size for size in sizes])
        return [part.view(shape) for part, shape in zip(parts, shapes)]

    def regroup(by_seed):
        parts = torch.from_numpy(by_seed).split(sizes, dim=1)
        return torch.cat([part.reshape(-1) for part in parts])

    def ungroup(flat):
        return torch.cat([view.reshape(seeds, -1) for view in views(flat)], dim=1).numpy()

    grads = torch.zeros(seeds * 1282)
    g1, g2, g3, c1, c2, c3 = views(grads)

    def gradient(layers, x, y):
        w1, w2, w3, b1, b2, b3 = layers
        h1 = torch.baddbmm(b1, x, w1.transpose(1, 2)).relu_()
        h2 = torch.baddbmm(b2, h1, w2.transpose(1, 2)).relu_()
        z = torch.baddbmm(b3, h2, w3.transpose(1, 2))
        d3 = z.sigmoid().sub_(y).div_(x.shape[1])
        torch.bmm(d3.transpose(1, 2), h2, out=g3)
        torch.sum(d3, 1, keepdim=True, out=c3)
        d2 = torch.ops.aten.threshold_backward(torch.bmm(d3, w3), h2, 0)
        torch.bmm(d2.transpose(1, 2), h1, out=g2)
        torch.sum(d2, 1, keepdim=True, out=c2)
        d1 = torch.ops.aten.threshold_backward(torch.bmm(d2, w2), h1, 0)
        torch.bmm(d1.transpose(1, 2), x, out=g1)
        torch.sum(d1, 1, keepdim=True, out=c1)
        return z

    def start(params):
        params = regroup(params).requires_grad_()
        params.grad = grads
        return params, views(params.detach()), torch.optim.Adam([params], lr=0.01, fused=True)

    @torch.no_grad()
    def train(params, mask):
        params, layers, adam = start(params)
        mask = None if mask is None else regroup(mask)
        for _ in range(work.EPOCHS):
            order = torch.from_numpy(work.orders(seeds))[:, :, None]
            x = inputs.gather(1, order.expand(-1, -1, 4))
            y = classes.gather(1, order.expand(-1, -1, 2))
            for at in range(0, 1000, work.BATCH):
                gradient(layers, x[:, at : at + work.BATCH], y[:, at : at + work.BATCH])
                if mask is not None:
                    grads.mul_(mask)
                adam.step()
        return ungroup(params.detach())

    @torch.no_grad()
    def first_losses():
        params, layers, adam = start(work.initial(seeds))
        x, y = inputs[:, : work.BATCH], classes[:, : work.BATCH]
        losses = []
        for _ in range(10):
            z = gradient(layers, x, y)
            losses.append(functional.binary_cross_entropy_with_logits(z, y, reduction="none").mean(1).sum(1))
            adam.step()
        return torch.stack(losses, 1).numpy()

    return work.training(work.Training(seeds, train, first_losses))


def dense(layers, x):
    layers = [(torch.tensor(weight), torch.tensor(bias)) for weight, bias in layers]
    x = torch.from_numpy(x)

    @torch.inference_mode()
    def ask():
        h = x
        for weight, bias in layers[:-1]:
            h = functional.linear(h, weight, bias).relu_()
        return functional.linear(h, *layers[-1])

    return ask, lambda logits: logits.numpy()


def csr(layers, x):
    """Compressed rows; activations unit by unit, as a sparse product reads them."""
    layers = [(torch.tensor(weight).to_sparse_csr(), torch.tensor(bias)[:, None]) for weight, bias in layers]
    x = torch.from_numpy(np.ascontiguousarray(x.T))

    @torch.inference_mode()
    def ask():
        h = x
        for weight, bias in layers[:-1]:
            h = (weight @ h).add_(bias).relu_()
        weight, bias = layers[-1]
        return (weight @ h).add_(bias)

    return ask, lambda logits: logits.T.numpy()


def large(workload, sparse=None):
    """Steps with autograd and a fused Adam. Pruned weights are zeros that are kept by a mask; or, where `sparse` makes a
    module of a layer's weight and bias, are not stored."""
    left = int(workload.split("/")[1])
    x = torch.from_numpy(work.read(f"{workload}.inputs", -1, work.LARGE[0]))
    y = torch.from_numpy(work.read(f"{workload}.classes", -1, 2)).long()
    start = work.read(f"{workload}.params", -1)

    def build():
        layers = [
            (torch.tensor(weight).requires_grad_(), torch.tensor(bias).requires_grad_())
            for weight, bias in work.layers(start, work.LARGE)
        ]
        masks = []
        if sparse:
            layers = [sparse(*layer) for layer in layers]
            params = [param for layer in layers for param in layer.parameters()]
        else:
            if left < work.weight_count(work.LARGE):
                masks = [(weight != 0).float().detach() for weight, _ in layers]
            params = [param for layer in layers for param in layer]
            layers = [functools.partial(functional.linear, weight=weight, bias=bias) for weight, bias in layers]
        return layers, masks, torch.optim.Adam(params, lr=0.001, fused=True)

    def step(layers, masks, adam):
        adam.zero_grad()
        h = x
        for layer in layers[:-1]:
            h = layer(h).relu()
        z = layers[-1](h)
        loss = functional.cross_entropy(z[:, :10], y[:, 0]) + functional.cross_entropy(z[:, 10:], y[:, 1])
        loss.backward()
        for layer, mask in zip(layers, masks):
            layer.keywords["weight"].grad.mul_(mask)
        adam.step()
        return loss

    built = build()

    def run(times):
        for _ in range(times):
            step(*built)
        return {"units": times}

    def check():
        fresh = build()
        return [step(*fresh).item() for _ in range(3)]

    return check, run


def sparse_prop(weight, bias):
    """A layer of SparseProp (Nikdan et al. 2023): compressed rows, forward and backward over eight samples at a time."""
    from sparseprop.modules import SparseLinear

    return SparseLinear(weight.detach(), torch.nn.Parameter(bias.detach()))


def by_hand(operation, params, widths, x, y):
    """Forward and backward written out, with what PyTorch's wheels multiply with, into memory that is kept."""
    flat = torch.tensor(params)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    if operation == "inference":
        ask, _ = dense([(weight.numpy(), bias.numpy()) for weight, bias in work.layers(flat, widths)], x.numpy())
        return ask, lambda times: [ask() for _ in range(times)]
    params = flat.clone().requires_grad_()
    params.grad = torch.zeros_like(params)
    (w1, b1), (w2, b2), (w3, b3) = work.layers(params.detach(), widths)
    (g1, c1), (g2, c2), (g3, c3) = work.layers(params.grad, widths)
    hidden = [torch.empty(len(x), widths[1]) for _ in range(4)]

    def gradient():
        h1 = torch.addmm(b1, x, w1.t(), out=hidden[0]).relu_()
        h2 = torch.addmm(b2, h1, w2.t(), out=hidden[1]).relu_()
        z = torch.addmm(b3, h2, w3.t())
        d3 = z.sigmoid().sub_(y).div_(len(x))
        torch.mm(d3.t(), h2, out=g3)
        torch.sum(d3, 0, out=c3)
        d2 = torch.ops.aten.threshold_backward(torch.mm(d3, w3, out=hidden[2]), h2, 0)
        torch.mm(d2.t(), h1, out=g2)
        torch.sum(d2, 0, out=c2)
        d1 = torch.ops.aten.threshold_backward(torch.mm(d2, w2, out=hidden[3]), h1, 0)
        torch.mm(d1.t(), x, out=g1)
        torch.sum(d1, 0, out=c1)
        return z

    def loss(z):
        return functional.binary_cross_entropy_with_logits(z, y, reduction="none").mean(0).sum()[None]

    adam = torch.optim.Adam([params], lr=0.001, fused=True)

    @torch.no_grad()
    def answer():
        if operation == "gradient":
            return torch.cat([loss(gradient()), params.grad]).numpy()
        losses = []
        for _ in range(3):
            losses.append(loss(gradient()))
            adam.step()
        return torch.cat(losses).numpy()

    @torch.no_grad()
    def run(times):
        for _ in range(times):
            gradient()
            if operation == "step":
                adam.step()

    return answer, run


variant, _, seeds = sys.argv[1].partition(", seeds ")
work.serve(
    {
        "eager": lambda: eager(False),
        "eager, fused Adam": lambda: eager(True),
        "bmm by hand": lambda: side_by_side(int(seeds)),
        "inference": lambda: work.inference(dense),
        "dense": lambda: work.dense(by_hand),
        "CSR": lambda: work.inference(csr),
        "large": lambda: large,
        "SparseProp": lambda: functools.partial(large, sparse=sparse_prop),
    }[variant]()
)
