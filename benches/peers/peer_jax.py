"""JAX: a whole level in one compiled function, for one network and for many at a time."""

import sys

import jax
import jax.numpy as jnp
import numpy as np

import work


def loss(params, x, y):
    (w1, b1), (w2, b2), (w3, b3) = work.layers(params, work.SMALL)
    # Unit by unit: a seventh faster than sample by sample.
    hidden = jax.nn.relu(w2 @ jax.nn.relu(w1 @ x.T + b1[:, None]) + b2[:, None])
    z = (w3 @ hidden + b3[:, None]).T
    return (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).mean(0).sum()


def step(state, batch, mask):
    value, grads = jax.value_and_grad(loss)(state[0], *batch)
    if mask is not None:
        grads = grads * mask
    return adam(state, grads, 0.01), value


def adam(state, grads, rate):
    params, mean, square, count = state
    count = count + 1
    mean = 0.9 * mean + 0.1 * grads
    square = 0.999 * square + 0.001 * grads * grads
    root = jnp.sqrt(square) / jnp.sqrt(1 - 0.999**count) + 1e-8
    return params - rate / (1 - 0.9**count) * mean / root, mean, square, count


def start(params):
    return params, jnp.zeros_like(params), jnp.zeros_like(params), jnp.float32(0)


def level(params, mask, inputs, classes, orders):
    def epoch(state, order):
        x, y = inputs[order], classes[order]
        whole = [part[:960].reshape(15, work.BATCH, -1) for part in (x, y)]
        state, _ = jax.lax.scan(lambda state, batch: step(state, batch, mask), state, whole)
        return step(state, (x[960:], y[960:]), mask)[0], None

    return jax.lax.scan(epoch, start(params), orders)[0][0]


def first(params, inputs, classes):
    batch = inputs[: work.BATCH], classes[: work.BATCH]
    return jax.lax.scan(lambda state, _: step(state, batch, None), start(params), length=10)[1]


def workloads(seeds, over):
    """`over` maps a function over seeds."""
    inputs, classes = (jnp.asarray(part) for part in work.train_part(seeds))
    compiled = jax.jit(over(level))
    compiled_dense = jax.jit(over(lambda params, *rest: level(params, None, *rest)))

    def train(params, mask):
        orders = work.orders(seeds, work.EPOCHS).astype(np.int32)
        if mask is None:
            trained = compiled_dense(params, inputs, classes, orders)
        else:
            trained = compiled(params, mask, inputs, classes, orders)
        return np.asarray(trained.block_until_ready())

    return work.training(work.Training(seeds, train, lambda: jax.jit(over(first))(work.initial(seeds), inputs, classes)))


def one(function):
    return lambda *arguments: function(*(argument[0] for argument in arguments))[None]


def logits(layers, x):
    *hidden, (weight, bias) = layers
    for inner, shift in hidden:
        x = jax.nn.relu(x @ inner.T + shift)
    return x @ weight.T + bias


def dense(operation, params, widths, x, y):
    """An operation again and again within one compiled loop, so that no call is timed: each time starts from what the last
    one left."""

    def score(params):
        z = logits(work.layers(params, widths), x)
        return (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).mean(0).sum()

    def infer(_, z):
        return logits(work.layers(params, widths), x + 0 * z[:, :1])

    def differentiate(_, last):
        return jax.value_and_grad(score)(params + 0 * last[1])

    def train(_, last):
        (params, mean, square, count), _ = last
        value, grads = jax.value_and_grad(score)(params)
        return adam((params, mean, square, count), grads, 0.001), value

    body, first = {
        "inference": (infer, jnp.zeros((len(x), widths[-1]))),
        "gradient": (differentiate, (jnp.float32(0), jnp.zeros_like(params))),
        "step": (train, (start(params), jnp.float32(0))),
    }[operation]
    loop = jax.jit(lambda times: jax.lax.fori_loop(0, times, body, first))
    answer = {
        "inference": lambda: loop(1),
        "gradient": lambda: jnp.append(*loop(1)),
        "step": lambda: [loop(times)[1] for times in (1, 2, 3)],
    }[operation]
    return answer, lambda times: jax.block_until_ready(loop(times))


variant, _, seeds = sys.argv[1].partition(", seeds ")
if variant == "dense":
    work.serve(work.dense(lambda *case: dense(case[0], jnp.asarray(case[1]), case[2], *map(jnp.asarray, case[3:]))))
else:
    work.serve(workloads(int(seeds), {"jit": one, "vmap": jax.vmap}[variant]))
