//! The founding experiment: what an independent reference in PyTorch found for 64 seeds, this program finds too.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{command, programs, succeeds};

/// Seeds, here and in the reference.
const SEEDS: f64 = 64.0;

/// Share of seeds, at one number of weights left: independent, solved (both accuracies at 0.97 or more), and both.
/// The reference drew its data and weights with other random numbers.
const REFERENCE: [(usize, [f64; 3]); 7] = [
    (131, [0.0, 1.0, 0.0]),
    (104, [0.0, 1.0, 0.0]),
    (84, [0.14, 1.0, 0.14]),
    (67, [0.41, 1.0, 0.41]),
    (53, [0.73, 0.94, 0.69]),
    (43, [0.92, 0.86, 0.80]),
    (34, [0.97, 0.72, 0.69]),
];

/// The weights left of [`ARMS`].
const LEVELS: [usize; 5] = [84, 67, 53, 43, 34];

/// The same of other arms at [`LEVELS`]. The reference calls a ticket split when it is independent and every task has a
/// path: one that has lost a task is independent, but not split.
const ARMS: [(&str, [[f64; 3]; 5]); 8] = [
    (
        "no-rewind",
        [
            [0.20, 1.0, 0.20],
            [0.52, 1.0, 0.52],
            [0.81, 0.94, 0.78],
            [0.98, 0.86, 0.84],
            [1.0, 0.52, 0.52],
        ],
    ),
    (
        "fine-tune",
        [
            [0.09, 1.0, 0.09],
            [0.53, 0.95, 0.52],
            [0.81, 0.89, 0.73],
            [0.94, 0.61, 0.58],
            [0.98, 0.25, 0.25],
        ],
    ),
    (
        "one-shot",
        [
            [0.0, 0.84, 0.0],
            [0.02, 0.38, 0.0],
            [0.27, 0.06, 0.02],
            [0.36, 0.0, 0.0],
            [0.25, 0.0, 0.0],
        ],
    ),
    (
        "shuffled",
        [
            [0.0, 0.0, 0.0],
            [0.02, 0.0, 0.0],
            [0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0],
            [0.02, 0.0, 0.0],
        ],
    ),
    (
        "fresh-weights",
        [
            [0.14, 0.64, 0.08],
            [0.41, 0.34, 0.12],
            [0.73, 0.16, 0.12],
            [0.92, 0.05, 0.05],
            [0.97, 0.03, 0.03],
        ],
    ),
    (
        "fresh-each-level",
        [
            [0.03, 0.23, 0.0],
            [0.09, 0.06, 0.0],
            [0.25, 0.02, 0.02],
            [0.41, 0.02, 0.02],
            [0.34, 0.0, 0.0],
        ],
    ),
    ("untrained", [[0.0; 3]; 5]),
    // Of 640 rewirings the reference trained none.
    ("rewired", [[0.0, f64::NAN, 0.0]; 5]),
];

/// How far two shares of 64 may lie apart: four standard errors of their difference, √(2·p·(1 − p) / 64), where p is
/// kept half a seed away from 0 and 1. Of the 21 comparisons of `imp` one fails by chance in 750 sets of seeds, of the
/// 115 of other arms in 140; ours are fixed.
fn tolerance(share: f64) -> f64 {
    let share = share.clamp(0.5 / SEEDS, 1.0 - 0.5 / SEEDS);
    4.0 * (2.0 * share * (1.0 - share) / SEEDS).sqrt()
}

#[test]
fn the_shares_of_seeds_agree_with_the_reference() {
    let home = TempDir::new().expect("a temporary directory");
    // The fastest build there is: the last.
    let program = programs().last().expect("a program");
    succeeds(command(program, ["run", "--out", "run"]).current_dir(home.path()));
    let rows = rows(&home.path().join("run/levels.csv"));
    assert_eq!(rows.len(), 64 * 18);

    let share = |holds: &dyn Fn(&Row) -> bool, left: usize| {
        let at_level = rows.iter().filter(|row| row.weights_left == left);
        at_level.filter(|row| holds(row)).count() as f64 / SEEDS
    };
    for (left, [independent, good, both]) in REFERENCE {
        for (name, ours, reference) in [
            ("independent", share(&|row| row.independent, left), independent),
            ("solved", share(&solved, left), good),
            ("both", share(&|row| row.independent && solved(row), left), both),
        ] {
            let apart = (ours - reference).abs();
            assert!(
                apart <= tolerance(reference),
                "{name} at {left} weights: {ours}, reference {reference}"
            );
        }
    }
    assert!(!rows.iter().any(|row| row.independent && 131 <= row.weights_left));
    let dense = |row: &Row| row.accuracy_moons.min(row.accuracy_circles) >= 0.99;
    // In every seed or nearly: one of 64 may miss.
    assert!(63.0 / SEEDS <= share(&dense, 1216));
}

#[test]
fn the_arms_agree_with_the_reference() {
    let home = TempDir::new().expect("a temporary directory");
    let program = programs().last().expect("a program");
    let names: Vec<String> = ARMS.iter().map(|(name, _)| format!("{name:?}")).collect();
    let arms = format!("arms=[{}]", names.join(","));
    succeeds(command(program, ["run", "--set", &arms, "--out", "run"]).current_dir(home.path()));
    let rows = rows(&home.path().join("run/levels.csv"));

    for (arm, reference) in ARMS {
        for (left, expected) in LEVELS.into_iter().zip(reference) {
            let here = rows
                .iter()
                .filter(|row| row.arm == arm && row.weights_left == left);
            let here: Vec<&Row> = here.collect();
            assert_eq!(here.len() as f64, SEEDS, "{arm} at {left} weights");
            let share =
                |holds: &dyn Fn(&Row) -> bool| here.iter().filter(|row| holds(row)).count() as f64 / SEEDS;
            let ours = [
                share(&|row| row.side_by_side),
                share(&solved),
                share(&|row| row.side_by_side && solved(row)),
            ];
            for (ours, expected) in ours
                .into_iter()
                .zip(expected)
                .filter(|(_, expected)| !expected.is_nan())
            {
                let apart = (ours - expected).abs();
                assert!(
                    apart <= tolerance(expected),
                    "{arm} at {left} weights: {ours}, reference {expected}"
                );
            }
        }
    }
}

fn rows(table: &Path) -> Vec<Row> {
    let table = fs::read(table).expect("a table");
    let mut table = csv::Reader::from_reader(&*table);
    table.deserialize().collect::<Result<_, _>>().expect("rows")
}

fn solved(row: &Row) -> bool {
    0.97 <= row.accuracy_moons.min(row.accuracy_circles)
}

#[derive(serde::Deserialize)]
struct Row {
    arm: String,
    side_by_side: bool,
    weights_left: usize,
    independent: bool,
    accuracy_moons: f64,
    accuracy_circles: f64,
}
