"""JAX: a whole level in one compiled function, for one network and for many at a time."""

import sys

import jax
import jax.numpy as jnp
import numpy as np

import work


def loss(params, x, y):
    (w1, b1), (w2, b2), (w3, b3) = work.layers(params, work.SMALL)
    hidden = jax.nn.relu(jax.nn.relu(x @ w1.T + b1) @ w2.T + b2)
    z = hidden @ w3.T + b3
    return (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).mean(0).sum()


def step(state, batch, mask):
    params, mean, square, count = state
    value, grads = jax.value_and_grad(loss)(params, *batch)
    if mask is not None:
        grads = grads * mask
    count = count + 1
    mean = 0.9 * mean + 0.1 * grads
    square = 0.999 * square + 0.001 * grads * grads
    root = jnp.sqrt(square) / jnp.sqrt(1 - 0.999**count) + 1e-8
    return (params - 0.01 / (1 - 0.9**count) * mean / root, mean, square, count), value


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


variant, _, seeds = sys.argv[1].partition(", seeds ")
work.serve(workloads(int(seeds), {"jit": one, "vmap": jax.vmap}[variant]))
