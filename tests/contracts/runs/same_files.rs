//! Checks that equal runs are equal files, and that these files hold what was promised.

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
fn data_weights_and_order_each_come_from_the_seed_that_their_setting_gives() {
    let place = Place::new(SMALL);
    let rows = |name: &str, set: &[&str]| {
        let set = set.iter().flat_map(|&set| ["--set", set]);
        let more: Vec<&str> = set.chain(["--seeds", "1", "--set", "pruning.levels=1"]).collect();
        let out = place.out(name);
        succeeds(&mut place.run(&out, &more));
        let levels = fs::read_to_string(out.join("levels.csv")).expect("a table");
        let row = |line: &str| line.split_once(',').expect("a seed, and more").1.to_owned();
        levels.lines().skip(1).map(row).collect::<Vec<_>>()
    };
    let rules = [
        "data.seed={divide=4}",
        "network.seed={divide=2,modulo=2}",
        "training.seed={modulo=2}",
    ];
    let by_rule = rows("rules", &[&rules[..], &["first_seed=5"]].concat());
    let fixed = ["data.seed=1", "network.seed=0", "training.seed=1"];
    assert_eq!(by_rule, rows("fixed", &[&fixed[..], &["first_seed=9"]].concat()));
    for (name, other) in [
        ("data", "data.seed=2"),
        ("network", "network.seed=2"),
        ("training", "training.seed=2"),
    ] {
        assert_ne!(by_rule, rows(name, &[&fixed[..], &[other]].concat()), "{name}");
    }
}

#[test]
fn a_run_directory_holds_what_was_promised() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let files = files(&out);
    for name in [
        "experiment.toml",
        "levels.csv",
        "measures.csv",
        "records/4.jsonl",
        "report.html",
        "summary.json",
    ] {
        assert!(files.contains_key(Path::new(name)), "{name}");
    }
    let tickets = files.keys().filter(|name| name.starts_with("tickets"));
    assert_eq!(tickets.count(), 5 * LEVELS);

    let levels = str::from_utf8(&files[Path::new("levels.csv")]).expect("UTF-8");
    let (header, rows) = levels.split_once('\n').expect("a header");
    let first = "seed,level,weights_left,active_weights,sparsity,verdict,independent,subnetworks,epochs,train_loss,\
                 validation_loss,test_loss,accuracy_moons,accuracy_circles,validation_accuracy_moons,\
                 validation_accuracy_circles,params_digest,arm,";
    let later = header
        .strip_prefix(first)
        .expect("the columns of the first version, and what came first after them");
    assert!(later.split(',').all(|name| !name.starts_with("accuracy_")));
    let keys = (0..5).flat_map(|seed| (0..7).map(move |level| format!("{seed},{level},")));
    assert_eq!(rows.lines().count(), 5 * LEVELS);
    assert!(rows.lines().zip(keys).all(|(row, key)| row.starts_with(&key)));
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
