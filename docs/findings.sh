#!/usr/bin/env bash
# Makes every figure of docs/findings.md: docs/findings.sh DIRECTORY. Writes to that directory alone, takes up what is
# there, and needs nothing but the program, which TOMBOLA may name. About ten minutes on two cores.
set -euo pipefail

[ $# = 1 ] || { echo "usage: docs/findings.sh DIRECTORY" >&2; exit 2; }
tombola=$(realpath "$(command -v "${TOMBOLA:-tombola}")")
mkdir -p "$1"
cd "$1"

# What a run says, beside its directory.
run() {
    local name="$1"
    shift
    "$tombola" run "$@" --set keep=named --out "$name" >"$name.txt.part"
    mv "$name.txt.part" "$name.txt"
    sed -n '/^Will there be/,/^The sparsest/p' "$name.txt"
}

run founding --seeds 1000
run variance --seeds 512 variance
run controls --seeds 256 controls
run full --seeds 128 --set measure=full

# One row for each arm, with intervals and tests.
"$tombola" compare controls --csv >controls.csv
"$tombola" compare founding variance controls full >runs.txt
