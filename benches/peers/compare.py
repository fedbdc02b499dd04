"""Times Tombola and its peers, one after the other, round by round, and prints what came out as Markdown.

Every implementation is a process of one thread on one core, and only one of them works at any time. What is timed is its
CPU time, which is the time by the clock on a quiet core, and moves less on one that is shared. Ratios are formed within
a round; tables show medians over the rounds. Before anything is timed, all results are compared with Tombola's.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

here = pathlib.Path(__file__).parent
INFERENCE = ["4-32-32-2/1216", "4-32-32-2/61", "4-256-256-2/67072", "4-256-256-2/3354", "4-256-256-2/1341"]
LARGE = ["large/1544480", "large/154448"]
# Numbers that other libraries add in another order: 10 steps of Adam, or sums of up to 1568 products in 24 bits.
TOLERANCE = 1e-3


class Implementation:
    def __init__(self, name, command, core, workloads):
        threads = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"]
        environment = os.environ | {name: "1" for name in threads} | {"JAX_PLATFORMS": "cpu"}
        environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        self.name, self.workloads = name, workloads
        self.process = subprocess.Popen(
            ["taskset", "--cpu-list", str(core), *map(str, command)],
            env=environment, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        # Linux: the clock of another process's CPU time.
        self.clock = ~self.process.pid << 3 | 2

    def ask(self, *request):
        self.process.stdin.write(" ".join(map(str, request)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended early")
        return json.loads(line)

    def timed(self, workload, times):
        """Seconds of CPU time for one unit, seconds by the clock, and the answer."""
        wall, before = time.monotonic(), time.clock_gettime(self.clock)
        answer = self.ask("run", workload, times)
        seconds = time.clock_gettime(self.clock) - before
        return seconds / answer["units"], time.monotonic() - wall, seconds, answer


def start(core, tombola, data, workloads, others):
    """Tombola, which writes what all work on, then the others: name, script, variant and workloads of each."""
    first = Implementation("Tombola", [tombola, *workloads[0].split("/")[:1]], core, workloads)
    written = first.ask("write", data)
    made = [first]
    for name, peer, variant, workloads in others:
        command = [sys.executable, here / f"peer_{peer}.py", variant, data]
        made.append(Implementation(name, command, core, workloads))
        made[-1].process.stdout.readline()
    return written, made


def implementations(core, tombola, data):
    training = ["steps", "lottery"]
    inference = [f"inference/{case}/{batch}" for case in INFERENCE for batch in (1, 256)]
    pruned = [workload for workload in inference if "/1216/" not in workload and "/67072/" not in workload]
    others = [
        ("PyTorch eager", "torch", "eager", training),
        ("PyTorch eager, fused Adam", "torch", "eager, fused Adam", training),
        ("PyTorch bmm by hand, 64 seeds", "torch", "bmm by hand, seeds 64", training),
        ("PyTorch bmm by hand, 16 seeds", "torch", "bmm by hand, seeds 16", training),
        ("JAX jit, one seed", "jax", "jit, seeds 1", training),
        ("JAX jit and vmap, 64 seeds", "jax", "vmap, seeds 64", training),
        ("JAX jit and vmap, 16 seeds", "jax", "vmap, seeds 16", training),
        ("NumPy by hand", "numpy", "by hand", training),
        ("onnxruntime", "onnx", "inference", inference),
        ("PyTorch dense", "torch", "inference", inference),
        ("PyTorch CSR", "torch", "CSR", pruned),
        ("PyTorch, fused Adam", "torch", "large", LARGE),
        ("PyTorch with SparseProp, fused Adam", "torch", "SparseProp", LARGE[1:]),
    ]
    return start(core, tombola, data, training + inference + LARGE, others)


def dense(core, tombola, data):
    """Who may be faster than Tombola's dense kernels, on the networks of the crossover."""
    every = [
        f"dense/{operation}/{batch}/{width}"
        for operation in ("inference", "gradient", "step")
        for batch in (1, 16, 64, 256)
        for width in (16, 32, 64, 128, 256, 512, 1024)
    ]
    inference = [workload for workload in every if "/inference/" in workload]
    others = [
        ("onnxruntime", "onnx", "dense", inference),
        ("PyTorch by hand", "torch", "dense", every),
        ("JAX jit", "jax", "dense", every),
    ]
    return start(core, tombola, data, every, others)


def check(workload, everyone):
    """The same losses or logits from all."""
    expected = np.array(everyone[0].ask("check", workload)["values"])
    for peer in everyone[1:]:
        values = np.array(peer.ask("check", workload)["values"])
        # The slopes of a gradient may all be small.
        unit = np.abs(expected[1:]).max() if "/gradient/" in workload else 1
        error = np.abs(values - expected[: len(values)]) / (unit + np.abs(expected[: len(values)]))
        if not len(values) or TOLERANCE < error.max():
            sys.exit(f"{workload}: {peer.name} is off by {error.max()}")


def cpu():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tombola", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="", help="workloads that begin so")
    parser.add_argument("--dense", type=pathlib.Path, metavar="FILE", help="write who is the fastest dense one to FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        make = dense if options.dense else implementations
        written, everyone = make(options.core, options.tombola.resolve(), data)
        workloads = [workload for workload in everyone[0].workloads if workload.startswith(options.only)]
        table = {workload: [peer for peer in everyone if workload in peer.workloads] for workload in workloads}
        figures, accuracies, shares = measure(table, options.rounds, 0.05 if options.dense else 0.2)
    if options.dense:
        write_dense(options.dense, table, figures, written)
    else:
        report(table, figures, accuracies, shares, written["lanes"], options.rounds)


def measure(table, rounds, least):
    """Seconds of a unit by workload and implementation, round by round, each `least` seconds of work or more; the
    accuracies of each implementation; and which share of the core each had."""
    times, figures, accuracies, shares = {}, {}, {}, []
    for workload, peers in table.items():
        check(workload, peers)
        for peer in peers:
            # Warm up; then as often as makes 0.2 s, or 1 s where steps are long.
            count = 1
            wanted = 0 if workload == "lottery" else 1 if workload.startswith("large") else least
            while (seconds := peer.timed(workload, count)[2]) < wanted:
                count = max(count + 1, min(10 * count, int(1.2 * count * wanted / seconds)))
            times[workload, peer.name] = count
    for number in range(rounds):
        for workload, peers in table.items():
            start = number % len(peers)
            for peer in peers[start:] + peers[:start]:
                unit, wall, seconds, answer = peer.timed(workload, times[workload, peer.name])
                figures.setdefault((workload, peer.name), []).append(unit)
                accuracies[peer.name] = answer.get("accuracies", accuracies.get(peer.name))
                shares.append(seconds / wall)
        print(f"round {number + 1} of {rounds} is over", file=sys.stderr)
    return figures, accuracies, shares


def write_dense(path, table, figures, written):
    """The fastest round of Tombola and of the best of the others, for the crossover's second line."""
    cases = []
    for workload, (first, *others) in table.items():
        seconds = lambda peer: min(figures[workload, peer.name])
        best = min(others, key=seconds)
        _, operation, batch, width = workload.split("/")
        case = {"operation": operation, "batch": int(batch), "width": int(width)}
        cases.append(case | {"tombola": seconds(first), "best": best.name, "seconds": seconds(best)})
    path.write_text(json.dumps(written | {"cases": cases}, indent=1) + "\n")
    print(f"Wrote {path}; the next cargo bench -p tombola-benches draws the line.")


def report(table, figures, accuracies, shares, lanes, rounds):
    from importlib.metadata import version

    names = ["torch", "jax", "numpy", "onnxruntime", "sparseprop"]
    print(f"{cpu()}, one core; Tombola on {lanes}; {', '.join(f'{name} {version(name)}' for name in names)}.")
    print(f"{rounds} rounds; each implementation had the core for {statistics.median(shares):.0%} of the time (median).")
    kinds = {
        "steps": ("W, dense training", "steps/s", lambda unit: f"{1 / unit:,.0f}"),
        "lottery": ("W, whole lotteries", "runs/min", lambda unit: f"{60 / unit:,.0f}"),
        "inference": ("Inference", "ns a sample", lambda unit: f"{unit * 1e9:,.1f}"),
        "large": ("1568-784-392-20, batch 512, one step of Adam", "ms", lambda unit: f"{unit * 1e3:,.1f}"),
    }
    last = None
    for workload, peers in table.items():
        kind = workload.split("/")[0]
        title, unit, show = kinds[kind]
        if kind != last:
            print(f"\n### {title}\n")
            print(f"| {'case | ' if '/' in workload else ''}implementation | {unit} | Tombola is faster by (least to most) |", end="")
            print(" accuracy: all weights, 53 weights |" if kind == "lottery" else "")
            print("|---" * (3 + ("/" in workload) + (kind == "lottery")) + "|")
        last = kind
        ours = figures[workload, "Tombola"]
        for peer in peers:
            theirs = figures[workload, peer.name]
            ratios = sorted(their / our for their, our in zip(theirs, ours))
            ratio = f"{statistics.median(ratios):.3g} ({ratios[0]:.3g} to {ratios[-1]:.3g})"
            cells = ["—" if peer.name == "Tombola" else ratio]
            if kind == "lottery":
                # Tombola's seeds and those that the peer has.
                levels = [accuracies[peer.name][level] for level in (0, -1)]
                cells.append(", ".join(f"{statistics.median(level):.3f}" for level in levels) + f" ({len(levels[0])} seeds)")
                if min(statistics.median(level) for level in levels[: 1 + (len(levels[0]) > 1)]) < 0.97:
                    sys.exit(f"{peer.name} does not learn W")
            first = [describe(workload)] if "/" in workload else []
            print("| " + " | ".join([*first, peer.name, show(statistics.median(theirs)), *cells]) + " |")


def describe(workload):
    kind, *rest = workload.split("/")
    if kind == "large":
        return f"{int(rest[0]):,} weights"
    widths, left, batch = rest
    return f"{widths}, {int(left):,} weights, batch {batch}"


main()
