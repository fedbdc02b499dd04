"""Finds the first difference between what is computed here and what Tombola wrote."""

import math
import re
import sys


class Near:
    """A number that another program finds by other random numbers."""

    def __init__(self, value, tolerance):
        self.value, self.tolerance = float(value), tolerance

    def __eq__(self, other):
        return abs(self.value - other) <= self.tolerance

    def __str__(self):
        return f"{self.value} ± {self.tolerance}"


# `left_out` has keys without the numbers of entries, such as `arms.not_finite`.
def compare(path, ours, theirs, left_out=()):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in theirs:
            if key not in ours and re.sub(r"\b\d+\.", "", f"{path}{key}") not in left_out:
                sys.exit(f"{path}{key}: is not computed here")
        for key, value in ours.items():
            if key not in theirs:
                sys.exit(f"{path}{key}: is not in the summary")
            compare(f"{path}{key}.", value, theirs[key], left_out)
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            sys.exit(f"{path}: has {len(theirs)} entries, not {len(ours)}")
        for index, (our, their) in enumerate(zip(ours, theirs, strict=True)):
            compare(f"{path}{index}.", our, their, left_out)
    elif not same(ours, theirs):
        sys.exit(f"{path.rstrip('.')}: is {theirs}, not {ours}")


def same(ours, theirs):
    if isinstance(ours, Near):
        return isinstance(theirs, (int, float)) and ours == theirs
    if isinstance(ours, float) and isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)
    return type(ours) is type(theirs) and ours == theirs
