//! Checks that directories of other runs and of something else are refused, never written over.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{Place, SMALL, wait_for_tickets};
use crate::program::{fails, files, succeeds, tombola};

#[test]
fn a_directory_of_another_experiment_is_refused() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let before = files(&out);
    let more = ["--set", "training.epochs=13"];
    let both = ["epochs = 12", "epochs = 13"];
    place.fails(&out, &more, 2, &both);
    place.fails(
        &out,
        &more,
        2,
        &["another experiment", "choose another directory"],
    );
    assert!(before == files(&out), "nothing was touched");
}

#[test]
fn a_directory_with_something_else_in_it_is_refused() {
    let place = Place::new(SMALL);
    let home = place.home.path();
    place.fails(home, &[], 2, &["small.toml", "no run directory"]);
    place.fails(&home.join("small.toml"), &[], 2, &["that is a file"]);
    let empty = place.out("empty");
    fs::create_dir(&empty).expect("a directory");
    succeeds(&mut place.run(&empty, &[]));
}

#[test]
fn a_directory_that_cannot_be_written_is_a_failure() {
    let place = Place::new(SMALL);
    let below_a_file = place.out("small.toml/runs");
    place.fails(&below_a_file, &[], 2, &["cannot use the directory", "--out"]);
}

#[test]
fn two_processes_do_not_work_in_one_directory() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let long = ["--quiet", "--set", "training.epochs=900", "--seeds", "5000"];
    let mut child = place.run(&out, &long).spawn().expect("a run");
    wait_for_tickets(&mut child, &out, 1);
    place.fails(&out, &long, 1, &["another process is at work"]);
    child.kill().expect("a signal");
    child.wait().expect("an end");
}

/// An experiment with one task from a CSV file.
const FROM_CSV: &str = r#"
name = "csv"
seeds = 2
[data]
train = 20
validation = 6
test = 6
[[data.task]]
name = "flowers"
kind = "csv"
path = "first.csv"
[network]
hidden = [6]
[training]
epochs = 4
[pruning]
levels = 3
"#;

#[test]
fn a_csv_file_counts_by_its_content_wherever_it_lies() {
    let place = Place::new(FROM_CSV);
    let home = place.home.path();
    let mut table = "width,length,label\n".to_owned();
    for row in 0..40 {
        writeln!(table, "{},{},{}", row % 7, row % 11, ["a", "b", "c"][row % 3]).expect("a string");
    }
    fs::write(home.join("first.csv"), &table).expect("a file");
    let run = |more: &[&str]| {
        let mut run = place.run(Path::new("out"), more);
        run.current_dir(home);
        run
    };
    succeeds(&mut run(&[]));
    let undisturbed = files(&place.out("out"));

    // Moved: the same experiment, whose directory is taken up; only the path that was given is another.
    fs::rename(home.join("first.csv"), home.join("second.csv")).expect("a file");
    succeeds(&mut run(&["--set", "data.task.flowers.path=second.csv"]));
    for (name, bytes) in files(&place.out("out")) {
        let same = name == Path::new("experiment.toml") || undisturbed[&name] == bytes;
        assert!(same, "{} differs", name.display());
    }

    // Changed: another experiment, though its settings are the same, and other seeds are asked for.
    fs::write(home.join("first.csv"), table.replace("5,5,", "5,6,")).expect("a file");
    let fragments = ["another experiment", "the content of first.csv has changed"];
    fails(&mut run(&["--first-seed", "7"]), 2, &fragments);
}

#[test]
fn an_experiment_file_of_the_user_is_not_written_over() {
    let place = Place::new(SMALL);
    let own = place.out("experiment.toml");
    let fails = |fragments: &[&str]| place.fails(place.home.path(), &[], 2, fragments);
    for content in [&b"# my notes\nseeds = 2\n"[..], b"\xff\xfe", b"", &[0; 100]] {
        fs::write(&own, content).expect("a file");
        fails(&["was not written by a run"]);
        assert_eq!(fs::read(&own).expect("a file"), content);
    }
    fs::remove_file(&own).expect("a file");
    fs::create_dir(&own).expect("a directory");
    fails(&["experiment.toml", "directory"]);
}

#[test]
fn a_table_that_cannot_be_replaced_is_named() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    fs::remove_file(out.join("levels.csv")).expect("a table");
    fs::create_dir(out.join("levels.csv")).expect("a directory");
    place.fails(&out, &[], 2, &["cannot write", "levels.csv"]);
    place.fails(&out, &["--seeds", "4"], 1, &["cannot replace", "levels.csv"]);
}

#[test]
fn the_default_directory_is_named_by_the_experiment_and_its_digest() {
    let place = Place::new(SMALL);
    let told = succeeds(tombola(["run", &place.file, "--seeds", "1"]).current_dir(place.home.path()));
    let runs: Vec<_> = fs::read_dir(place.out("runs")).expect("runs").flatten().collect();
    let [run] = &runs[..] else { panic!("{runs:?}") };
    let run = run.file_name().into_string().expect("UTF-8");
    assert!(run.starts_with("small-") && told.contains(&run), "{run}\n{told}");
}
