//! The way from a CSV file to a board, as `firmware/README.md` has it: each of its commands is run.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::checkout;
use crate::program::{stderr, tombola};

/// The commands of a section of the README, without their comments.
fn commands(readme: &str, title: &str) -> Vec<String> {
    let (_, section) = readme.split_once(&format!("## {title}\n")).expect("a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut blocks = section.split("```");
    blocks.next();
    let blocks = blocks.step_by(2);
    let lines = blocks.flat_map(|block| block.lines().skip(1));
    let bare = lines.map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned());
    bare.filter(|line| !line.is_empty()).collect()
}

/// A command, with `runs/` in a folder of the test's.
fn command(line: &str, runs: &Path) -> Command {
    let runs = format!("{}/", runs.display());
    let mut words = line.split_whitespace().map(|word| word.replace("runs/", &runs));
    match words.next().as_deref() {
        Some("tombola") => tombola(words),
        Some("cargo") => {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(words).env("CARGO_TARGET_DIR", format!("{runs}target"));
            cargo
        }
        other => panic!("{other:?} is no command of this walk"),
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn every_command_from_readings_to_a_board_does_what_is_said() {
    let checkout = checkout();
    let readme = fs::read_to_string(checkout.root().join("firmware/README.md")).expect("a file");
    let commands = commands(&readme, "From a CSV of sensor readings to a board");
    assert!(10 < commands.len(), "{commands:#?}");
    let home = TempDir::new().expect("a folder");
    let mut said = String::new();
    for line in &commands {
        let mut command = command(line, home.path());
        // No board is on the desk of this test, and its program is built without the way to one: that is told.
        let needs_board = line.starts_with("tombola flash") || line.starts_with("tombola hil");
        let output = command.current_dir(checkout.root()).output().expect("it starts");
        let message = stderr(&output);
        if needs_board {
            assert!(
                !output.status.success() && message.contains("--features probe"),
                "{line}: {message}"
            );
        } else {
            assert!(output.status.success(), "{line}: {message}");
        }
        said += &String::from_utf8_lossy(&output.stdout);
    }
    for words in [
        "tickets/2-10.safetensors",
        "43-weight ticket",
        "1350 of 1350 have the host's bits, in 450 samples",
        "accuracy   0.9",
        "answers_are_those_of_the_host ... ok",
        "each digest the host's",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    for file in [
        "arduino/gesture/library.properties",
        "zephyr/gesture/Kconfig",
        "pio/gesture/library.json",
    ] {
        assert!(home.path().join(file).exists(), "{file}");
    }
}
