"""Where a run prunes: layers.py RUN, of one that keeps all tickets of imp. Prints, for each level, medians over seeds: weights
left in the first and in the last layer, of each output, and the share of the weights left that are the largest initial ones.
Needs NumPy, and tombola_ticket.py of the folder above."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tombola_ticket


def of_ticket(path):
    ticket = tombola_ticket.load(path)
    masks = [np.asarray(mask) > 0 for mask in ticket.masks]
    survives = np.concatenate([mask.ravel() for mask in masks])
    initial = np.concatenate([np.abs(weights).ravel() for weights in ticket.initial_weights])
    largest = np.zeros_like(survives)
    largest[np.argsort(-initial, kind="stable")[: survives.sum()]] = True
    return masks[0].sum(), masks[-1].sum(), *masks[-1].sum(axis=1), (survives & largest).sum() / survives.sum()


levels = {}
for path in Path(sys.argv[1]).glob("tickets/*.safetensors"):
    levels.setdefault(int(path.stem.split("-")[1]), []).append(of_ticket(path))
for level, found in sorted(levels.items()):
    first, last, *outputs, share = np.median(found, axis=0)
    outputs = ", ".join(f"{output:.0f}" for output in outputs)
    print(f"level {level}: {first:.0f} in the first layer, {last:.0f} in the last ({outputs}); {100 * share:.0f} % are the largest")
