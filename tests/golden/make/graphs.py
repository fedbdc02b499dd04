"""Makes graphs.json: cuts, components, decided shares and modularity of layered networks, by networkx.

Capacities are whole numbers, so that the cuts are exact: every f32 is a multiple of the least.
"""

import itertools
import json
import sys
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np

UNITS = 2**149

TWO = [{"inputs": [0, 1], "outputs": [0]}, {"inputs": [2, 3], "outputs": [1]}]
TWO_OF_SIX = [{"inputs": [0, 2, 4], "outputs": [1]}, {"inputs": [1, 3, 5], "outputs": [0, 2]}]
THREE = [{"inputs": [0, 1], "outputs": [0]}, {"inputs": [2, 3], "outputs": [1]}, {"inputs": [4, 5], "outputs": [2]}]
THREE_UNEVEN = [
    {"inputs": [0], "outputs": [0, 1]},
    {"inputs": [1, 2, 3], "outputs": [2]},
    {"inputs": [4], "outputs": [3, 4]},
]

# A split that is not along the tasks.
ACROSS = [{"inputs": [0, 2], "outputs": [0]}, {"inputs": [1, 3], "outputs": [1]}]

# Widths, tasks, the share of weights that survive within a part and between the parts, the seed; the parts are the
# tasks unless others are given.
CASES = [
    ([4, 32, 32, 2], TWO, 1.0, 1.0, 1),
    ([4, 32, 32, 2], TWO, 0.2, 0.2, 2),
    ([4, 32, 32, 2], TWO, 0.3, 0.005, 3),
    ([4, 32, 32, 2], TWO, 0.4, 0.02, 20),
    ([4, 8, 8, 2], TWO, 0.5, 0.5, 4),
    ([4, 8, 8, 2], TWO, 0.6, 0.06, 5),
    ([4, 8, 8, 2], TWO, 0.6, 0.0, 6),
    ([4, 8, 8, 2], TWO, 0.3, 0.1, 7),
    ([4, 8, 8, 2], TWO, 0.7, 0.0, 18, ACROSS),
    ([4, 6, 5, 4, 2], TWO, 0.7, 0.1, 8),
    ([6, 10, 3], TWO_OF_SIX, 0.8, 0.1, 9),
    ([6, 10, 3], TWO_OF_SIX, 0.5, 0.0, 10),
    ([6, 10, 3], THREE, 0.7, 0.15, 11),
    ([6, 10, 3], THREE, 0.7, 0.02, 12),
    ([6, 12, 12, 3], THREE, 0.5, 0.03, 13),
    ([6, 12, 12, 3], THREE, 0.6, 0.0, 14),
    ([5, 9, 7, 5], THREE_UNEVEN, 0.6, 0.2, 15),
    ([5, 9, 7, 5], THREE_UNEVEN, 0.6, 0.05, 16),
    ([4, 3, 2], TWO, 0.0, 0.0, 17),
]


def layers_of(widths, parts, own, between, seed):
    """Weights by layer, (out, in), 0 where pruned. Hidden neurons belong to parts in turn."""
    random = np.random.default_rng(seed)
    home = [
        [next(k for k, part in enumerate(parts) if unit in part["inputs"]) for unit in range(widths[0])],
        *[[unit % len(parts) for unit in range(width)] for width in widths[1:-1]],
        [next(k for k, part in enumerate(parts) if unit in part["outputs"]) for unit in range(widths[-1])],
    ]
    layers = []
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(widths)):
        share = np.where(np.equal.outer(home[layer + 1], home[layer]), own, between)
        survives = random.random((fan_out, fan_in)) < share
        size = random.integers(1, 2048, (fan_out, fan_in)) / 1024
        sign = random.choice([-1.0, 1.0], (fan_out, fan_in))
        layers.append(np.where(survives, sign * size, 0.0))
    return layers


def measure(widths, tasks, layers, masks, runs=0):
    """Everything of a network, from its weights by layer, (out, in), and which of them survive.

    The best partition is looked for in so many runs of the method of Louvain, and is at least as good as the best of them.
    """
    full = nx.DiGraph()
    full.add_nodes_from((layer, unit) for layer, width in enumerate(widths) for unit in range(width))
    for layer, (weights, mask) in enumerate(zip(layers, masks, strict=True)):
        for out, into in zip(*np.nonzero(mask), strict=True):
            size = int(abs(Fraction(float(weights[out, into]))) * UNITS)
            full.add_edge((layer, int(into)), (layer + 1, int(out)), size=size)
    inputs = [{(0, unit) for unit in task["inputs"]} for task in tasks]
    outputs = [{(len(layers), unit) for unit in task["outputs"]} for task in tasks]

    def reached(graph, starts):
        return set(starts).union(*(nx.descendants(graph, start) for start in starts))

    from_inputs = [reached(full, starts) for starts in inputs]
    from_outputs = [reached(full.reverse(), starts) for starts in outputs]
    active = set().union(*from_inputs) & set().union(*from_outputs)
    graph = full.subgraph(active).to_undirected()
    nodes = sorted(active)
    sources = {node: {k for k, reach in enumerate(from_inputs) if node in reach} for node in nodes}
    sinks = {node: {k for k, reach in enumerate(from_outputs) if node in reach} for node in nodes}
    ports = [(inputs[k] | outputs[k]) for k in range(len(tasks))]
    subnetworks = [sorted(part) for part in nx.connected_components(graph)]
    touched = [sorted(k for k in range(len(tasks)) if ports[k] & set(part)) for part in subnetworks]
    lost = any(node not in active for port in ports for node in port)
    independent = all(len(touch) <= 1 for touch in touched)

    def cut(task, capacity):
        """The minimum cut between the ports of a task and those of all others."""
        net = nx.Graph()
        for a, b, size in graph.edges(data="size"):
            net.add_edge(a, b, capacity=1 if capacity == "weights" else size)
        own = [node for node in ports[task] if node in active]
        others = [node for k, port in enumerate(ports) if k != task for node in port if node in active]
        # Without a capacity an edge is infinite: it is never cut.
        for node in own:
            net.add_edge("own", node)
        for node in others:
            net.add_edge("others", node)
        if not own or not others:
            return 0
        return nx.minimum_cut_value(net, "own", "others")

    def decided(seen):
        shares = []
        for layer in range(len(widths)):
            here = [node for node in nodes if node[0] == layer]
            shares.append(sum(len(seen[node]) == 1 for node in here) / len(here) if here else None)
        return shares

    def states(pairs):
        """Of (whether an input reaches it, whether it reaches an output)."""
        counts = {"active": 0, "inactive": 0, "zombie": 0}
        for reached_by_input, reaches_output in pairs:
            counts["inactive" if not reaches_output else "active" if reached_by_input else "zombie"] += 1
        return counts

    fed, heard = set().union(*from_inputs), set().union(*from_outputs)

    def modularity(tasks_of):
        """Newman's Q, each active weight an edge of weight 1; a neuron of more than one task is in one class more."""
        if graph.number_of_edges() == 0:
            return None
        classes = {}
        for node in nodes:
            mine = tasks_of(node)
            classes.setdefault(next(iter(mine)) if len(mine) == 1 else "shared", set()).add(node)
        return nx.community.modularity(graph, classes.values(), weight=None)

    def louvain(seed):
        return nx.community.modularity(graph, nx.community.louvain_communities(graph, weight=None, seed=seed), weight=None)

    return {
        "active_weights": graph.number_of_edges(),
        "weight_states": states((a in fed, b in heard) for a, b in full.edges),
        "neuron_states": [
            states(((layer, unit) in fed, (layer, unit) in heard) for unit in range(width))
            for layer, width in enumerate(widths)
        ],
        "verdict": "degraded" if lost else "separated" if independent else "interconnected",
        "independent": independent,
        "splits": not lost and len(subnetworks) >= 2,
        "subnetworks": [
            {"neurons": part, "tasks": touch, "weights": graph.subgraph(part).number_of_edges()}
            for part, touch in zip(subnetworks, touched, strict=True)
        ],
        "cuts": [cut(k, "weights") for k in range(len(tasks))],
        "cuts_magnitude": [cut(k, "size") / UNITS for k in range(len(tasks))],
        "decided_from_inputs": decided(sources),
        "decided_from_outputs": decided(sinks),
        # The class of a neuron: from its inputs' tasks and its outputs' tasks together, or from one of the two.
        "modularity": modularity(lambda node: sources[node] | sinks[node]),
        "modularity_from_inputs": modularity(lambda node: sources[node]),
        "modularity_from_outputs": modularity(lambda node: sinks[node]),
        "best_modularity_at_least": max(map(louvain, range(runs)), default=None) if graph.size() else None,
        # Of all surviving weights, active or not; a row for each layer of weights.
        "out_degrees": [
            [full.out_degree((layer, unit)) for unit in range(widths[layer])] for layer in range(len(layers))
        ],
        "in_degrees": [
            [full.in_degree((layer + 1, unit)) for unit in range(widths[layer + 1])] for layer in range(len(layers))
        ],
    }


def case(widths, tasks, own, between, seed, parts=None):
    layers = layers_of(widths, parts or tasks, own, between, seed)
    return {
        "widths": widths,
        "tasks": tasks,
        "weights": [weights.ravel().tolist() for weights in layers],
        "mask": [(weights != 0).astype(int).ravel().tolist() for weights in layers],
        **measure(widths, tasks, layers, [weights != 0 for weights in layers], runs=50),
    }


if __name__ == "__main__":
    cases = [case(*each) for each in CASES]
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "graphs.json"
    target.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
