//! The rows of several runs as one table.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Place, SMALL};
use crate::program::{fails, succeeds, tombola};

fn table(runs: &[&Path], more: &[&str]) -> Command {
    let mut command = tombola(["table"]);
    command.args(runs).args(more);
    command
}

/// The header and the rows of a text.
fn parsed(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let words = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let header = words(reader.headers().expect("a header"));
    (
        header,
        reader.records().map(|row| words(&row.expect("a row"))).collect(),
    )
}

#[test]
fn the_rows_of_runs_are_those_of_their_tables_with_the_run_before_and_no_cell_where_a_run_has_no_column() {
    let place = Place::new(SMALL);
    let [two, other] = ["two", "other"].map(|name| place.out(name));
    succeeds(&mut place.run(&two, &["--seeds", "2"]));
    let task = r#"data.task=[{kind="xor",name="xor"},{kind="moons",name="moons"}]"#;
    succeeds(&mut place.run(&other, &["--seeds", "1", "--set", task]));
    let text = succeeds(&mut table(&[&two, &other], &[]));
    let (header, rows) = parsed(&text);
    let mut expected_header = vec!["run".to_owned()];
    let mut expected = vec![];
    for run in [&two, &other] {
        let (columns, rows) = parsed(&fs::read_to_string(run.join("levels.csv")).expect("a table"));
        for column in &columns {
            if !expected_header.contains(column) {
                expected_header.push(column.clone());
            }
        }
        expected.push((run.display().to_string(), columns, rows));
    }
    assert_eq!(header, expected_header);
    assert!(
        header.iter().any(|name| name == "accuracy_circles")
            && header.iter().any(|name| name == "accuracy_xor")
    );
    let mut at = 0;
    for (run, columns, of_run) in &expected {
        for row in of_run {
            for (name, cell) in header.iter().zip(&rows[at]) {
                let place = columns.iter().position(|column| column == name);
                let expected = place.map_or("", |place| row[place].as_str());
                assert_eq!(cell, if name == "run" { run } else { expected }, "{name}");
            }
            at += 1;
        }
    }
    assert_eq!(at, rows.len());
    // The same as JSON: numbers are numbers to the bit, and what is empty is null.
    let out = place.out("all.jsonl");
    let told = succeeds(&mut table(
        &[&two, &other],
        &["--format", "jsonl", "--out", &out.display().to_string()],
    ));
    assert_eq!(told, "");
    let text = fs::read_to_string(&out).expect("a table");
    assert_eq!(text.lines().count(), rows.len());
    for (line, row) in text.lines().zip(&rows) {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("JSON");
        assert!(object.keys().eq(&header));
        for (value, cell) in object.values().zip(row) {
            let same = match value {
                serde_json::Value::Null => cell.is_empty(),
                serde_json::Value::String(text) => text == cell,
                serde_json::Value::Bool(flag) => flag.to_string() == *cell,
                number => number.as_f64().map(f64::to_bits) == cell.parse().ok().map(f64::to_bits),
            };
            assert!(same, "{value} is {cell}");
        }
        assert!(
            object["seed"].is_u64()
                && object["accuracy_moons"].is_f64()
                && object["params_digest"].is_string()
        );
        assert!(object["independent"].is_boolean());
    }
}

#[test]
fn tables_that_cannot_be_made_are_refused() {
    let place = Place::new(SMALL);
    let [run, shard] = ["run", "shard"].map(|name| place.out(name));
    succeeds(&mut place.run(&run, &["--seeds", "2"]));
    succeeds(&mut place.shard("1/9", &shard));
    let refused =
        |runs: &[&Path], more: &[&str], fragments: &[&str]| fails(&mut table(runs, more), 2, fragments);
    refused(
        &[&place.out("nowhere")],
        &[],
        &["nowhere: there is no such directory"],
    );
    refused(
        &[&run, &shard],
        &[],
        &["shard: there is no levels.csv", "`tombola run "],
    );
    refused(&[&run, &run], &[], &["named twice"]);
    let levels = run.join("levels.csv");
    let own = levels.display().to_string();
    refused(&[&run], &["--out", &own], &["the same file as the input"]);
    let sound = fs::read_to_string(&levels).expect("a table");
    let line = sound.lines().nth(3).expect("a row");
    let cut = &sound[..sound.len() - 1];
    let replaced = |from: &str, to: &str| sound.replacen(line, &line.replacen(from, to, 1), 1);
    for (text, fragments) in [
        (cut.to_owned(), ["levels.csv:", "cut short"]),
        (replaced(",", ""), ["levels.csv:4", "the header"]),
        (
            replaced(",true", ",yes").replacen(",false", ",no", 1),
            ["levels.csv:", "cannot stand in column 'independent'"],
        ),
        (
            replaced("0,", "zero,"),
            ["levels.csv:4", "'zero' cannot stand in column 'seed'"],
        ),
        ("a,b\n1,2\n".to_owned(), ["levels.csv:1", "no table of levels"]),
        (
            sound.replacen("arm", "seed", 1),
            ["levels.csv:1", "another column 'seed'"],
        ),
    ] {
        fs::write(&levels, text).expect("a file");
        refused(&[&run], &[], &fragments);
    }
    fs::write(&levels, &sound).expect("a file");
    refused(&[&run], &["--format", "parquet"], &["parquet"]);
    refused(&[&run], &["--format", "xlsx"], &["csv", "jsonl", "parquet"]);
    let names: BTreeSet<_> = fs::read_dir(place.home.path())
        .expect("a directory")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}
