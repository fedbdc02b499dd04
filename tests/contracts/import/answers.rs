//! Classes and labels of imported models, however they answer, are those that onnxruntime computes with the same model.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::csv;
use crate::program::{succeeds, tombola};
use crate::reference::script;

/// A model that `tests/reference/answers.py` made.
#[derive(Deserialize)]
struct Case {
    name: String,
    file: String,
    options: Vec<String>,
    /// Raw, a row for each sample.
    inputs: Vec<Vec<f32>>,
    /// Of each task, the label of each sample.
    labels: BTreeMap<String, Vec<String>>,
}

fn cases() -> (TempDir, Vec<Case>) {
    let home = TempDir::new().expect("a temporary directory");
    succeeds(script("answers.py").current_dir(home.path()));
    let cases = fs::read(home.path().join("answers.json")).expect("a table of cases");
    (home, serde_json::from_slice(&cases).expect("cases"))
}

/// Of each task, the label of each sample, as the program answers once it has imported the model.
fn labels(home: &Path, case: &Case) -> BTreeMap<String, Vec<String>> {
    let mut import = tombola(["import", &case.file, "--out", "ticket.safetensors"]);
    succeeds(import.args(&case.options).current_dir(home));
    fs::write(home.join("inputs.csv"), csv(&case.inputs)).expect("a file");
    let mut predict = tombola(["predict", "ticket.safetensors", "--data", "inputs.csv", "--json"]);
    let answer: Value = serde_json::from_str(&succeeds(predict.current_dir(home))).expect("JSON");
    let rows = answer["rows"].as_array().expect("rows");
    let mut labels = BTreeMap::new();
    for row in rows {
        for (task, class) in row["classes"].as_object().expect("classes") {
            // A task whose classes are 0, 1, … has no other labels.
            let label = match row["labels"][task].as_str() {
                Some(label) => label.to_owned(),
                None => class.to_string(),
            };
            labels.entry(task.clone()).or_insert_with(Vec::new).push(label);
        }
    }
    labels
}

#[test]
#[ignore = "needs Python with onnx and onnxruntime; tests/run runs it"]
fn imported_classes_are_those_of_onnxruntime() {
    let (home, cases) = cases();
    for case in &cases {
        let ours = labels(home.path(), case);
        assert_eq!(
            ours.keys().collect::<Vec<_>>(),
            case.labels.keys().collect::<Vec<_>>(),
            "{}",
            case.name
        );
        for (task, theirs) in &case.labels {
            assert_eq!(ours[task].len(), case.inputs.len(), "{}", case.name);
            let differing = ours[task]
                .iter()
                .zip(theirs)
                .filter(|(ours, theirs)| ours != theirs);
            assert_eq!(
                differing.count(),
                0,
                "{}: task {task}, beside {theirs:?}",
                case.name
            );
            // A constant answer would be right by chance.
            assert!(
                theirs.iter().any(|label| *label != theirs[0]),
                "{}: task {task}",
                case.name
            );
        }
    }
    assert!(20 <= cases.len(), "{}", cases.len());
}
