//! Checks what `--integer` calibrates on: every command makes the same network of a ticket, whatever rows it answers.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{fails, line, stderr, succeeds};

const SMALL: &str = "\
seeds = 1
keep = \"all\"
arms = [\"random\", \"other-data\", \"inputs-noise:moons\"]
[data]
train = 200
validation = 50
test = 100
[network]
hidden = [8]
[training]
epochs = 20
[pruning]
levels = 1
";

/// What is said of integers by a command that must succeed: the words behind `note: integers: `, line by line.
fn told(command: &mut Command) -> Vec<String> {
    let output = command.output().expect("the program starts");
    let text = stderr(&output);
    assert!(output.status.success(), "{text}");
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("note: integers: "));
    lines.map(str::to_owned).collect()
}

/// The name of the network in what is told.
fn network(told: &[String]) -> &str {
    let name = told.iter().find_map(|line| line.split("network ").nth(1));
    name.unwrap_or_else(|| panic!("no network in {told:?}"))
}

fn run_small(home: &Path, more: &str) {
    fs::write(home.join("small.toml"), SMALL).expect("a file");
    succeeds(&mut line(
        home,
        format!("run @/small.toml --quiet --out @/run {more}").trim_end(),
    ));
}

/// The number behind these words.
fn number_behind(text: &str, words: &str) -> f64 {
    let rest = text
        .split(words)
        .nth(1)
        .unwrap_or_else(|| panic!("no '{words}' in {text}"));
    let number: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    number.parse().expect("a number")
}

#[test]
fn every_command_makes_one_network_of_a_ticket() {
    let home = TempDir::new().expect("a temporary directory");
    let home = home.path();
    run_small(home, "");
    // One row, far out of any range.
    fs::write(home.join("row.csv"), "x0,x1,x2,x3\n100,0,0,0\n").expect("a file");
    for (ticket, bits) in [
        ("tickets/0-1", 16),
        ("tickets/0-1", 8),
        ("tickets/random/0-1", 16),
    ] {
        let ticket = format!("@/run/{ticket}.safetensors --integer {bits}");
        let exported = told(&mut line(
            home,
            &format!("export {ticket} --format c --out @/a.h"),
        ));
        assert!(
            exported[0].contains("calibrated on 200 rows: what seed 0 was trained on"),
            "{exported:?}"
        );
        let predicted = told(&mut line(home, &format!("predict {ticket} --data @/row.csv")));
        assert_eq!(network(&predicted), network(&exported));
        let last = predicted.last().expect("lines");
        assert!(
            last.contains("1 row has an input out of the range") && last.contains("x0"),
            "{last}"
        );
        let with_data = told(&mut line(
            home,
            &format!("export {ticket} --format rust --data @/row.csv --out @/a.rs"),
        ));
        assert_eq!(network(&with_data), network(&exported));
        let code = ["a.h", "a.rs"].map(|name| fs::read_to_string(home.join(name)).expect("code"));
        assert!(code.iter().all(|code| code.contains(network(&exported))));
    }
}

/// Ranges are of raw inputs also where a task has a scale of its own, and the accuracy before is that of the run.
#[test]
fn what_is_told_of_a_scaled_ticket_is_what_its_run_measured() {
    let home = TempDir::new().expect("a temporary directory");
    let home = home.path();
    run_small(home, "--set data.normalize=none --set data.task.moons.scale=3");
    let told = told(&mut line(
        home,
        "export @/run/tickets/0-1.safetensors --format c --integer 16 --out @/a.h",
    ));
    let levels = fs::read_to_string(home.join("run/levels.csv")).expect("a table");
    let mut rows = csv::Reader::from_reader(levels.as_bytes());
    let header = rows.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    let cell = |row: &csv::StringRecord, name: &str| {
        let place = header.iter().position(|column| column == name).expect("a column");
        row[place].to_owned()
    };
    let row = rows
        .iter()
        .find(|row| cell(row, "arm") == "imp" && cell(row, "level") == "1")
        .expect("a row");
    for task in ["moons", "circles"] {
        let line = told
            .iter()
            .find(|line| line.starts_with(task))
            .expect("a line for each task");
        let accuracy: f64 = cell(row, &format!("accuracy_{task}")).parse().expect("a share");
        assert_eq!(number_behind(line, "accuracy "), accuracy);
        assert!(line.contains("0 of 100 classes changed"), "{line}");
    }
}

#[test]
fn a_ticket_of_an_arm_with_data_of_its_own_wants_a_file() {
    let home = TempDir::new().expect("a temporary directory");
    let home = home.path();
    run_small(home, "");
    fs::write(
        home.join("rows.csv"),
        "x0,x1,x2,x3\n1,0,2,0\n-1,0.5,0,1\n0,1,0.5,2\n",
    )
    .expect("a file");
    for arm in ["other-data", "inputs-noise:moons"] {
        let export =
            format!("export @/run/tickets/{arm}/0-1.safetensors --format c --integer 16 --out @/a.h");
        fails(
            &mut line(home, &export),
            2,
            &["not known what this ticket was trained on", "--data"],
        );
        let told = told(&mut line(home, &format!("{export} --data @/rows.csv")));
        assert!(told[0].contains("calibrated on 3 rows: rows.csv"), "{told:?}");
    }
}

#[test]
fn where_its_own_data_is_gone_other_data_will_do_and_that_is_told() {
    let home = TempDir::new().expect("a temporary directory");
    let home = home.path();
    let mut rows = "a,b,label\n".to_owned();
    for row in 0..300 {
        let _ = writeln!(
            rows,
            "{},{},{}",
            row % 17,
            row % 23,
            u8::from(row % 17 < row % 23)
        );
    }
    for name in ["own.csv", "other.csv"] {
        fs::write(home.join(name), &rows).expect("a file");
    }
    let small = SMALL.replace(
        "arms = [\"random\", \"other-data\", \"inputs-noise:moons\"]\n",
        "",
    );
    let small = small
        .replace("train = 200", "train = 150")
        .replace("test = 100", "test = 50");
    let task = format!(
        "[[data.task]]\nkind = \"csv\"\npath = \"{}/own.csv\"\n",
        home.display()
    );
    fs::write(home.join("my.toml"), small + &task).expect("a file");
    succeeds(&mut line(home, "run @/my.toml --quiet --out @/run"));
    let export = "export @/run/tickets/0-1.safetensors --format c --integer 16 --out @/a.h";
    let own = told(&mut line(home, export));
    assert!(own[0].contains("what seed 0 was trained on"), "{own:?}");
    fs::remove_file(home.join("own.csv")).expect("a file");
    fails(&mut line(home, export), 2, &["own.csv"]);
    for option in ["--calibrate", "--data"] {
        let told = told(&mut line(home, &format!("{export} {option} @/other.csv")));
        assert!(
            told[0].contains("cannot be used") && told[0].contains("own.csv"),
            "{told:?}"
        );
        assert!(told[1].contains("calibrated on 300 rows: other.csv"), "{told:?}");
    }
}
