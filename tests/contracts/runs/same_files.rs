//! Equal runs are equal files, and these files hold what was promised.

use std::fs;
use std::path::Path;
use tempfile::TempDir;

use super::{LEVELS, Place, SMALL};
use crate::program::{files, programs, same_files, succeeds, tombola};

#[test]
fn the_files_are_the_same_with_any_number_of_jobs_and_in_any_build() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&["--jobs", "1"]);
    for (index, program) in programs().iter().enumerate() {
        for jobs in ["1", "2", "7"] {
            let out = place.out(&format!("{index}-{jobs}"));
            succeeds(&mut place.run_of(program, &out, &["--jobs", jobs]));
            same_files(&undisturbed, &out);
        }
    }
}

#[test]
fn a_run_directory_holds_what_was_promised() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let names: Vec<_> = files(&out)
        .into_keys()
        .map(|name| name.display().to_string())
        .collect();
    let expected = ["experiment.toml", "levels.csv", "report.html", "summary.json"];
    assert!(
        expected
            .iter()
            .all(|name| names.iter().any(|found| found == name)),
        "{names:?}"
    );
    assert_eq!(
        names.iter().filter(|name| name.starts_with("tickets")).count(),
        5 * LEVELS
    );

    let levels = fs::read_to_string(out.join("levels.csv")).expect("a table");
    let mut lines = levels.lines();
    assert_eq!(
        lines.next(),
        Some(
            "seed,level,weights_left,active_weights,sparsity,verdict,independent,subnetworks,epochs,train_loss,\
             validation_loss,test_loss,accuracy_moons,accuracy_circles"
        )
    );
    let keys: Vec<(u64, u32)> = lines
        .map(|line| {
            let mut cells = line.split(',');
            let mut number = || cells.next().expect("a cell");
            (
                number().parse().expect("a seed"),
                number().parse().expect("a level"),
            )
        })
        .collect();
    assert!(
        keys.iter()
            .copied()
            .eq((0..5).flat_map(|seed| (0..7).map(move |level| (seed, level))))
    );
}

#[test]
fn the_figure_of_the_readme_is_what_the_program_draws() {
    let home = TempDir::new().expect("a temporary directory");
    let figure = home.path().join("ticket.svg");
    succeeds(tombola(["run", "--first-seed", "9", "--seeds", "1", "--out", "run"]).current_dir(home.path()));
    let inspect = ["inspect", "run/tickets/9-15.safetensors", "--svg", "ticket.svg"];
    succeeds(tombola(inspect).current_dir(home.path()));
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ticket.svg");
    let [drawn, committed] =
        [figure.as_path(), Path::new(committed)].map(|file| fs::read(file).expect("a figure"));
    assert!(
        drawn == committed,
        "make docs/ticket.svg again, as this test does"
    );
}
