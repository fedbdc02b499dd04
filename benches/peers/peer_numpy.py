"""NumPy: forward, backward and Adam by hand, for one network, into memory that is allocated once."""

import sys

import numpy as np

import work


class Net:
    def __init__(self):
        self.params = np.zeros(1282, np.float32)
        self.grads = np.zeros(1282, np.float32)
        self.layers = work.layers(self.params, work.SMALL)
        self.layer_grads = work.layers(self.grads, work.SMALL)
        self.mean, self.square = np.zeros(1282, np.float32), np.zeros(1282, np.float32)
        self.quotient, self.root = np.zeros(1282, np.float32), np.zeros(1282, np.float32)
        self.memory = {}

    def start(self, params):
        self.params[:] = params
        self.mean[:], self.square[:], self.step = 0, 0, 0

    def gradient(self, x, y):
        """Writes the gradient; returns the logits."""
        n = len(x)
        if n not in self.memory:
            self.memory[n] = [np.zeros((n, width), np.float32) for width in (32, 32, 2, 32, 32)]
        h1, h2, z, d2, d1 = self.memory[n]
        (w1, b1), (w2, b2), (w3, b3) = self.layers
        (g1, c1), (g2, c2), (g3, c3) = self.layer_grads
        np.maximum(np.add(np.matmul(x, w1.T, out=h1), b1, out=h1), 0, out=h1)
        np.maximum(np.add(np.matmul(h1, w2.T, out=h2), b2, out=h2), 0, out=h2)
        np.add(np.matmul(h2, w3.T, out=z), b3, out=z)
        d3 = (1 / (1 + np.exp(-z)) - y) / n
        np.matmul(d3.T, h2, out=g3)
        d3.sum(0, out=c3)
        np.multiply(np.matmul(d3, w3, out=d2), h2 > 0, out=d2)
        np.matmul(d2.T, h1, out=g2)
        d2.sum(0, out=c2)
        np.multiply(np.matmul(d2, w2, out=d1), h1 > 0, out=d1)
        np.matmul(d1.T, x, out=g1)
        d1.sum(0, out=c1)
        return z

    def adam(self):
        self.step += 1
        self.mean *= np.float32(0.9)
        self.mean += np.multiply(self.grads, np.float32(0.1), out=self.quotient)
        self.square *= np.float32(0.999)
        np.multiply(self.grads, self.grads, out=self.root)
        self.square += np.multiply(self.root, np.float32(0.001), out=self.root)
        np.sqrt(self.square, out=self.root)
        self.root *= np.float32(1 / np.sqrt(1 - 0.999**self.step))
        self.root += np.float32(1e-8)
        np.divide(self.mean, self.root, out=self.quotient)
        self.quotient *= np.float32(0.01 / (1 - 0.9**self.step))
        self.params -= self.quotient


net = Net()
inputs, classes = work.train_part(1)


def train(params, mask):
    net.start(params[0])
    for order in work.orders(work.EPOCHS):
        x, y = inputs[0][order], classes[0][order]
        for at in range(0, 1000, work.BATCH):
            net.gradient(x[at : at + work.BATCH], y[at : at + work.BATCH])
            if mask is not None:
                net.grads *= mask[0]
            net.adam()
    return net.params[None].copy()


def first_losses():
    net.start(work.initial(1)[0])
    x, y = inputs[0][: work.BATCH], classes[0][: work.BATCH]
    for _ in range(10):
        z = net.gradient(x, y)
        yield float((np.maximum(z, 0) - z * y + np.log1p(np.exp(-abs(z)))).sum() / len(x))
        net.adam()


assert sys.argv[1] == "by hand"
work.serve(work.training(work.Training(1, train, lambda: list(first_losses()))))
