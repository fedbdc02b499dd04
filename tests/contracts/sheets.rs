//! CSV files are what pandas reads in them: the same numbers, rounded to 32 bits once, and the same labels.
//!
//! Both readers are asked: that of an experiment, which shuffles the rows, and that of a ticket, which keeps their order.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use tempfile::TempDir;
use tombola_host::data::Source;
use tombola_host::error::is_bad_input;
use tombola_host::experiment::{Csv, Data, Kind, Normalize, Task};
use tombola_host::files;
use tombola_host::predict::{Matching, Table};
use tombola_host::ticket::Ticket;

use crate::program::succeeds;
use crate::reference::script;

/// What pandas reads in a file.
#[derive(Deserialize)]
struct Expected {
    file: String,
    columns: Vec<String>,
    label: String,
    are_numbers: bool,
    /// The label of each class.
    labels: Vec<String>,
    /// The class of each row.
    classes: Vec<u16>,
    /// Bits, row-major.
    inputs: Vec<u32>,
}

fn made() -> TempDir {
    let home = TempDir::new().expect("a temporary directory");
    succeeds(script("sheets.py").current_dir(home.path()));
    home
}

/// An experiment whose parts take all rows.
fn settings(path: &Path, label: &str, row_count: usize) -> Data {
    let kind = Kind::Csv(Csv {
        path: path.to_owned(),
        label: label.to_owned(),
    });
    Data {
        train: row_count - 8,
        validation: 5,
        test: 3,
        normalize: Normalize::None,
        task: vec![Task::new("task", kind)],
        ..Data::default()
    }
}

fn open(settings: &Data) -> anyhow::Result<Source> {
    Source::open(settings, &files::contents(settings)?)
}

impl Expected {
    /// Rows as bits of the inputs and a class.
    fn rows<'a>(&self, inputs: &'a [u32], classes: &'a [u16]) -> Vec<(&'a [u32], u16)> {
        let rows = inputs.chunks_exact(self.columns.len());
        rows.zip(classes.iter().copied()).collect()
    }

    fn check(&self, home: &Path) {
        let path = home.join(&self.file);
        let source = open(&settings(&path, &self.label, self.classes.len()));
        let source = source.unwrap_or_else(|error| panic!("{}: {error:#}", self.file));
        let [ports] = source.ports() else {
            panic!("one task");
        };
        assert_eq!(ports.columns.as_ref(), Some(&self.columns), "{}", self.file);
        self.check_labels(ports.classes.as_deref());

        let drawn = source.draw(3).expect("samples");
        let parts = [&drawn.train, &drawn.validation, &drawn.test];
        let inputs: Vec<u32> = parts
            .iter()
            .flat_map(|part| part.inputs.iter().map(|input| input.to_bits()))
            .collect();
        let classes: Vec<u16> = parts
            .iter()
            .flat_map(|part| part.classes.iter().copied())
            .collect();
        let mut drawn = self.rows(&inputs, &classes);
        let expected = self.rows(&self.inputs, &self.classes);
        let mut sorted = expected.clone();
        drawn.sort_unstable();
        sorted.sort_unstable();
        assert!(drawn == sorted, "{} has other rows", self.file);

        let widths = [source.input_count(), source.output_count()];
        let params = vec![1.0; widths[0] * widths[1] + widths[1]];
        let ticket = Ticket::new(&widths, source.ports().to_vec(), params);
        let table = Table::read(&path, &ticket, Matching::ByName).expect("a table");
        assert_eq!(table.row_count(), expected.len(), "{}", self.file);
        for (row, (inputs, class)) in expected.iter().enumerate() {
            let read = table.inputs(row).iter().map(|input| input.to_bits());
            assert!(read.eq(inputs.iter().copied()), "{}: row {row}", self.file);
            assert!(
                table.labels(row).eq([Some(usize::from(*class))]),
                "{}: label of row {row}",
                self.file
            );
        }
    }

    fn check_labels(&self, labels: Option<&[String]>) {
        let numbers: Vec<String> = (0..self.labels.len()).map(|class| class.to_string()).collect();
        let labels = labels.unwrap_or(&numbers);
        if self.are_numbers {
            let values = |labels: &[String]| -> Vec<f64> {
                labels
                    .iter()
                    .map(|label| label.parse().expect("a number"))
                    .collect()
            };
            assert_eq!(values(labels), values(&self.labels), "{}", self.file);
        } else {
            assert_eq!(labels, self.labels, "{}", self.file);
        }
    }
}

#[test]
#[ignore = "needs Python with pandas; tests/run runs it"]
fn a_csv_file_is_what_pandas_reads() {
    let home = made();
    let mut count = 0;
    for file in fs::read_dir(home.path()).expect("a directory") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|end| end == "json") && !path.ends_with("refused.json") {
            let text = fs::read_to_string(path).expect("a file");
            let expected: Expected = serde_json::from_str(&text).expect("what pandas reads");
            expected.check(home.path());
            count += 1;
        }
    }
    assert_eq!(count, 240);
}

/// Rows that pandas loses, and values that it leaves out, are no data.
#[test]
#[ignore = "needs Python with pandas; tests/run runs it"]
fn what_pandas_reads_in_another_way_than_it_was_meant_is_refused() {
    let home = made();
    let text = fs::read_to_string(home.path().join("refused.json")).expect("a file");
    let refused: Vec<(String, String)> = serde_json::from_str(&text).expect("files and words");
    for (file, words) in &refused {
        let error = open(&settings(&home.path().join(file), "label", 12));
        let error = error.err().unwrap_or_else(|| panic!("{file} is read"));
        let message = format!("{error:#}");
        assert!(is_bad_input(&error), "{file}: {message}");
        assert!(message.contains(file) && message.contains(words), "{message}");
    }
    assert!(20 < refused.len());
}
