//! Checks that a constant answer solves nothing, where a run and what reads its rows afterwards say so, and that runs from
//! before that was written down are taken up as they are.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tombola_host::experiment::Experiment;
use tombola_host::setup::Setup;

use super::{Place, SMALL};
use crate::program::{files, same_files, succeeds, tombola};

/// One in fifty rows of the file is of the other class.
const RARE: &str = r#"
name = "rare"
seeds = 3
[data]
train = 900
validation = 500
test = 600
[[data.task]]
name = "rare"
kind = "csv"
path = "PATH"
[network]
hidden = [8]
[training]
epochs = 10
[pruning]
rate = 0.4
levels = 2
"#;

/// A row of `levels.csv`, by the names of its columns.
type Row = BTreeMap<String, String>;

fn rows(out: &Path) -> Vec<Row> {
    let mut table = csv::Reader::from_path(out.join("levels.csv")).expect("a table");
    table.deserialize().collect::<Result<_, _>>().expect("rows")
}

/// The shares of the most frequent class in the test and the validation part.
fn majority(row: &Row, task: &str) -> [f64; 2] {
    ["majority", "validation_majority"].map(|part| row[&format!("{part}_{task}")].parse().expect("a share"))
}

/// Runs the experiment with these arms on 2,000 rows, of which 40 have input `x` higher by `shift`, and returns the answer.
fn rare(home: &Path, name: &str, shift: f64, arms: &str) -> String {
    let mut table = "x,y,label\n".to_owned();
    for row in 0..2000_u32 {
        let number = |factor: u32| f64::from(row * factor % 2003) / 2003.0;
        let (label, shift) = if row % 50 == 7 {
            ("rare", shift)
        } else {
            ("common", 0.0)
        };
        writeln!(table, "{:.4},{:.4},{label}", number(719) + shift, number(1291)).expect("text");
    }
    let [csv, file] = ["csv", "toml"].map(|end| home.join(format!("{name}.{end}")));
    fs::write(&csv, table).expect("a file");
    let experiment = RARE.replace("PATH", &csv.display().to_string());
    fs::write(&file, format!("arms = {arms}{experiment}")).expect("a file");
    succeeds(tombola(["run"]).arg(file).arg("--out").arg(home.join(name)))
}

fn summary(out: &Path) -> Value {
    let summary = fs::read(out.join("summary.json")).expect("a summary");
    serde_json::from_slice(&summary).expect("JSON")
}

#[test]
fn a_constant_answer_solves_nothing_and_one_that_was_learned_does() {
    let place = Place::new(SMALL);
    let home = place.home.path();
    let [noise, clear] = ["noise", "clear"].map(|name| home.join(name));
    let answer = rare(home, "noise", 0.0, "[]");
    let rows_of_noise = rows(&noise);
    assert_eq!(rows_of_noise.len(), 9);
    for row in &rows_of_noise {
        // Nothing can be learned but which class is the most frequent, and in some seeds that is above the threshold.
        assert_eq!(row["accuracy_rare"], row["majority_rare"]);
        assert_eq!(row["validation_accuracy_rare"], row["validation_majority_rare"]);
    }
    let [test, validation] = [0, 1].map(|part| {
        let mut shares = rows_of_noise.iter().map(|row| majority(row, "rare")[part]);
        shares.any(|share| 0.97 <= share)
    });
    assert!(test && validation);
    let found = summary(&noise);
    for level in found["levels"].as_array().expect("levels") {
        assert_eq!(
            (&level["solved"]["count"], &level["both_validation"]["count"]),
            (&0.into(), &0.into())
        );
        assert_eq!(level["accuracy"][0]["majority"], level["accuracy"][0]["median"]);
    }
    assert_eq!(found["sparsest"], Value::Null);
    assert_eq!(found["majority"][0]["task"], "rare");
    assert_eq!(
        found["majority"][0]["test"]["median"],
        found["levels"][0]["accuracy"][0]["majority"]
    );
    for fragment in [
        "\n      majority  ",
        "majority: that of always answering",
        "Not while every task is solved",
    ] {
        assert!(answer.contains(fragment), "no '{fragment}' in: {answer}");
    }
    let on_one_line = answer.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        on_one_line.contains("By validation no separated ticket solves rare."),
        "{answer}"
    );
    let page = fs::read_to_string(noise.join("report.html")).expect("a page");
    assert!(page.contains("<tfoot><tr><td>majority</td>"));

    let answer = rare(home, "clear", 3.0, "[]");
    let found = summary(&clear);
    assert_eq!(found["levels"][0]["solved"]["count"], 3, "{answer}");
    assert!(found["sparsest"].is_object());
    // The same labels, dealt out by the same seeds.
    let majorities = |rows: &[Row]| rows.iter().map(|row| majority(row, "rare")).collect::<Vec<_>>();
    assert_eq!(majorities(&rows(&clear)), majorities(&rows_of_noise));
}

#[test]
fn the_shares_are_those_of_the_samples_that_an_arm_was_measured_on() {
    let place = Place::new(SMALL);
    let home = place.home.path();
    rare(home, "run", 0.0, "[\"labels-shuffled:rare\", \"other-data\"]");
    let experiment = Experiment::open(&home.join("run.toml").display().to_string(), &[]);
    let setup = Setup::open(experiment.expect("an experiment")).expect("a set-up");
    let (mut same, mut others) = (0, 0);
    for row in rows(&home.join("run")) {
        let seed = row["seed"].parse::<u64>().expect("a seed");
        let drawn = setup.source().draw(setup.data_seed(seed)).expect("samples");
        let counted = [&drawn.test, &drawn.validation].map(|part| {
            let ones = part.classes.iter().filter(|&&class| class == 1).count();
            ones.max(part.classes.len() - ones) as f64 / part.classes.len() as f64
        });
        if row["arm"] == "other-data" {
            others += usize::from(majority(&row, "rare") != counted);
        } else {
            assert_eq!(
                majority(&row, "rare"),
                counted,
                "{} at level {}",
                row["arm"],
                row["level"]
            );
            same += 1;
        }
    }
    assert_eq!(same, 2 * 9);
    assert!(0 < others, "another draw of the data has other shares");
}

/// CRC-32 bit by bit, as zip and Ethernet have it.
fn crc(text: &str) -> u32 {
    let bit = |crc: u32, _| {
        if crc & 1 == 1 {
            crc >> 1 ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    !text
        .bytes()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(byte), bit))
}

/// Makes of a run directory what the program left before it wrote down how frequent classes are; `change` sees the JSON of
/// each level that is on record.
fn age(out: &Path, change: impl Fn(&mut Value)) {
    for entry in fs::read_dir(out.join("records")).expect("records") {
        let path = entry.expect("a file").path();
        let text = fs::read_to_string(&path).expect("records");
        let aged = text.lines().map(|line| {
            let (json, _) = line.split_once('\t').expect("a checksum");
            let mut value: Value = serde_json::from_str(json).expect("JSON");
            if let Some(level) = value.get_mut("level").filter(|level| level.is_object()) {
                let majority = level.as_object_mut().expect("a level").remove("majority");
                assert!(majority.is_some());
                // For a while the extent had another name.
                level["extent"] = "default".into();
                change(level);
            }
            let json = value.to_string();
            format!("{json}\t{:08x}\n", crc(&json))
        });
        fs::write(&path, aged.collect::<String>()).expect("records");
    }
    let table = fs::read_to_string(out.join("levels.csv")).expect("a table");
    let last = table
        .lines()
        .next()
        .expect("a header")
        .find(",majority_")
        .map(|at| table[..at].matches(',').count());
    let last = last.expect("the new columns are the last");
    let aged = table
        .lines()
        .map(|line| line.split(',').take(last + 1).collect::<Vec<_>>().join(",") + "\n");
    fs::write(out.join("levels.csv"), aged.collect::<String>()).expect("a table");
    for name in ["summary.json", "report.html"] {
        fs::remove_file(out.join(name)).expect("a file");
    }
}

#[test]
fn an_older_run_is_taken_up_without_training_and_ends_with_the_files_of_one_of_today() {
    let place = Place::new(SMALL);
    let more = [
        "--set",
        "arms=[\"labels-shuffled:moons\",\"other-data\",\"alone\"]",
        "--set",
        "keep=named",
    ];
    let today = place.undisturbed(&more);
    let out = place.out("old");
    succeeds(&mut place.run(&out, &more));
    age(&out, |_| ());
    // What only reads goes by the threshold alone, and says so once.
    let compare = |out: &Path, more: &[&str]| succeeds(tombola(["compare"]).arg(out).args(more));
    let before = files(&out);
    let told = compare(&out, &[]);
    assert_eq!(
        told.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .matches("solved by accuracy alone")
            .count(),
        1
    );
    assert!(compare(&out, &["--json"]).contains("\"majority_known\":false"));
    assert!(before == files(&out), "nothing was touched");
    succeeds(&mut place.run(&out, &more));
    same_files(&today, &out);
    assert!(!compare(&out, &[]).contains("accuracy alone"));
    assert!(compare(&out, &["--json"]).contains("\"majority_known\":true"));

    // A number that no training gives stays: the levels are not trained again.
    age(&out, |level| level["result"]["train_loss"] = 0.625.into());
    succeeds(&mut place.run(&out, &more));
    let rows = rows(&out);
    assert_eq!(
        rows.len(),
        fs::read_to_string(today.join("levels.csv"))
            .expect("a table")
            .lines()
            .count()
            - 1
    );
    assert!(
        rows.iter()
            .all(|row| row["train_loss"] == "0.625" && !row["majority_moons"].is_empty())
    );
}

#[test]
fn an_older_run_that_is_killed_while_it_is_taken_up_is_taken_up_again() {
    let place = Place::new(SMALL);
    let today = place.undisturbed(&[]);
    let out = place.out("old");
    succeeds(&mut place.run(&out, &[]));
    age(&out, |_| ());
    // What the process was killed behind: of one seed two levels are there twice, and a third half.
    let record = out.join("records/2.jsonl");
    let new = fs::read_to_string(today.join("records/2.jsonl")).expect("records");
    let lines: Vec<&str> = new.lines().collect();
    let text = fs::read_to_string(&record).expect("records");
    fs::write(
        &record,
        format!("{text}{}\n{}\n{}", lines[1], lines[2], &lines[3][..40]),
    )
    .expect("records");
    succeeds(&mut place.run(&out, &[]));
    same_files(&today, &out);
}
