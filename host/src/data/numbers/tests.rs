use std::collections::BTreeMap;
use std::path::Path;

use super::{of_idx, of_npy};
use crate::data::table::Table;
use crate::data::{Contents, Source};
use crate::error::refused;
use crate::experiment::{Data, Idx, Kind, Npy, Task};

/// An IDX file of bytes.
fn idx_file(shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let lengths = shape.iter().flat_map(|length| length.to_be_bytes());
    let start = [0, 0, 8, shape.len() as u8];
    start
        .into_iter()
        .chain(lengths)
        .chain(elements.iter().copied())
        .collect()
}

/// An npy file of numbers of 8 bytes.
fn npy_file(descr: &str, shape: &str, elements: &[[u8; 8]]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}\n");
    let start = [
        &b"\x93NUMPY\x01\x00"[..],
        &(header.len() as u16).to_le_bytes(),
        header.as_bytes(),
    ]
    .concat();
    [start, elements.concat()].concat()
}

fn floats(values: &[f64]) -> Vec<[u8; 8]> {
    values.iter().map(|value| value.to_le_bytes()).collect()
}

fn of(kind: &Kind, files: &[(&str, Vec<u8>)]) -> anyhow::Result<Table> {
    let files: BTreeMap<&Path, &Vec<u8>> = files
        .iter()
        .map(|(path, bytes)| (Path::new(path), bytes))
        .collect();
    let data = Data {
        task: vec![Task::new("a", kind.clone())],
        train: 1,
        validation: 1,
        test: 1,
        ..Data::default()
    };
    let contents = Contents::read(&data, |path| Ok(files[path].clone()))?;
    // What a table of any kind is checked for, too.
    Source::open(&data, &contents)?;
    match kind {
        Kind::Npy(npy) => of_npy(npy, &contents),
        Kind::Idx(idx) => of_idx(idx, &contents),
        _ => unreachable!("a kind of arrays"),
    }
}

fn idx() -> Idx {
    Idx {
        images: "x".into(),
        labels: "y".into(),
        ..Idx::default()
    }
}

/// A task of npy files with these values, one input a row.
fn npy(descr: &str, inputs: &[[u8; 8]], labels: &[f64]) -> anyhow::Result<Table> {
    let kind = Kind::Npy(Npy {
        inputs: "x".into(),
        labels: "y".into(),
        ..Npy::default()
    });
    let x = npy_file(descr, &format!("({},)", inputs.len()), inputs);
    let y = npy_file("<f8", &format!("({},)", labels.len()), &floats(labels));
    of(&kind, &[("x", x), ("y", y)])
}

/// Six images of 2 by 2, whose pixels say which they are, and their labels.
fn six() -> Vec<(&'static str, Vec<u8>)> {
    let pixels: Vec<u8> = (0..6)
        .flat_map(|image| [0, 1, 2, 3].map(|pixel| 10 * image + pixel))
        .collect();
    vec![
        ("x", idx_file(&[6, 2, 2], &pixels)),
        ("y", idx_file(&[6], &[7, 1, 6, 1, 6, 1])),
    ]
}

#[test]
fn all_rows_and_labels_are_taken_unless_some_are_chosen() {
    let table = of(&Kind::Idx(idx()), &six()).unwrap();
    assert_eq!(table.inputs[..5], [0.0, 1.0, 2.0, 3.0, 10.0]);
    assert_eq!(table.classes.of_each, [2, 0, 1, 0, 1, 0]);
    assert_eq!(table.classes.labels.unwrap(), ["1", "6", "7"]);
    assert_eq!(table.columns[3], "pixel 1, 1");
}

#[test]
fn chosen_classes_have_their_order_and_so_many_rows_each() {
    let chosen = Idx {
        classes: Some(vec![6, 1]),
        samples: Some(2),
        ..idx()
    };
    let table = of(&Kind::Idx(chosen), &six()).unwrap();
    assert_eq!(table.classes.of_each, [1, 0, 1, 0]);
    assert_eq!(table.classes.labels.unwrap(), ["6", "1"]);
    let first_pixels: Vec<f32> = table.inputs.chunks(4).map(|row| row[0]).collect();
    assert_eq!(first_pixels, [10.0, 20.0, 30.0, 40.0]);
}

#[test]
fn images_become_averages() {
    let kind = Kind::Idx(Idx {
        size: Some(1),
        ..idx()
    });
    let table = of(&kind, &six()).unwrap();
    assert_eq!(table.inputs, [1.5, 11.5, 21.5, 31.5, 41.5, 51.5]);
    assert_eq!(table.columns, ["pixel 0, 0"]);
}

#[test]
fn test_files_are_held_out() {
    let kind = Kind::Idx(Idx {
        test_images: Some("tx".into()),
        test_labels: Some("ty".into()),
        ..idx()
    });
    let files = |labels: [u8; 2]| {
        let tests = [
            ("tx", idx_file(&[2, 2, 2], &[90, 91, 92, 93, 94, 95, 96, 97])),
            ("ty", idx_file(&[2], &labels)),
        ];
        [six(), tests.to_vec()].concat()
    };
    let table = of(&kind, &files([1, 7])).unwrap();
    assert_eq!((table.held_out, table.row_count()), (2, 8));
    assert_eq!(table.classes.of_each[6..], [0, 2]);
    assert_eq!(
        table.inputs[24..],
        [90.0, 91.0, 92.0, 93.0, 94.0, 95.0, 96.0, 97.0]
    );
    refused(
        of(&kind, &files([1, 8])),
        &["ty: ", "label 8", "no row of y", "classes"],
    );
    let other = [
        six(),
        vec![
            ("tx", idx_file(&[2, 2], &[0; 4])),
            ("ty", idx_file(&[2], &[1, 7])),
        ],
    ]
    .concat();
    refused(
        of(&kind, &other),
        &["tx: ", "(2, 2)", "(6, 2, 2)", "one data set"],
    );
    let same = [
        six(),
        vec![("tx", six()[0].1.clone()), ("ty", six()[1].1.clone())],
    ]
    .concat();
    refused(of(&kind, &same), &["tx: ", "same content as images"]);
}

#[test]
fn files_that_do_not_go_together_are_refused() {
    let swapped = Idx {
        images: "y".into(),
        labels: "x".into(),
        ..Idx::default()
    };
    refused(of(&Kind::Idx(swapped), &six()), &["x: ", "(6, 2, 2)", "swapped"]);
    let fewer = [six()[..1].to_vec(), vec![("y", idx_file(&[5], &[0, 1, 0, 1, 0]))]].concat();
    refused(
        of(&Kind::Idx(idx()), &fewer),
        &["x: there are 6 rows and 5 labels in y"],
    );
    let one_hot = [six()[..1].to_vec(), vec![("y", idx_file(&[6, 2], &[0; 12]))]].concat();
    refused(of(&Kind::Idx(idx()), &one_hot), &["y: ", "(6, 2)", "argmax"]);
    let constant = [six()[..1].to_vec(), vec![("y", idx_file(&[6], &[3; 6]))]].concat();
    refused(
        of(&Kind::Idx(idx()), &constant),
        &["y: every row has the class '3'", "two classes"],
    );
    let row = [six()[..1].to_vec(), vec![("y", idx_file(&[1, 6], &[0; 6]))]].concat();
    refused(
        of(&Kind::Idx(idx()), &row),
        &["y: ", "(1, 6)", "(6,)", "labels.ravel()"],
    );
}

#[test]
fn labels_of_values_are_no_classes() {
    let inputs: Vec<f64> = (0..100).map(f64::from).collect();
    let values: Vec<f64> = (0..100).map(|row| f64::from(row * row % 97)).collect();
    refused(
        npy("<f8", &floats(&inputs), &values),
        &[
            "y: there are 49 distinct labels in 100 rows",
            "not a class",
            "numpy.digitize",
        ],
    );
}

#[test]
fn inputs_that_are_all_constant_are_refused() {
    let constant = [vec![("x", idx_file(&[6, 2, 2], &[7; 24]))], six()[1..].to_vec()].concat();
    refused(of(&Kind::Idx(idx()), &constant), &["x: every input is constant"]);
    let constant = [0.1, 0.1, 0.1];
    refused(
        npy("<f8", &floats(&constant), &[0.0, 1.0, 0.0]),
        &["x: every input is constant"],
    );
    for values in [[1e-300, 2e-300, 3e-300], [1e-60, 2e-60, 0.0]] {
        refused(
            npy("<f8", &floats(&values), &[0.0, 1.0, 0.0]),
            &[
                "x: column '0' holds",
                "wrong order; write the file again",
                "another unit",
            ],
        );
    }
}

#[test]
fn options_that_do_not_fit_the_files_are_refused() {
    let with = |kind: Idx| refused(of(&Kind::Idx(kind), &six()), &[]);
    let classes = Some(vec![1, 9]);
    assert!(with(Idx { classes, ..idx() }).contains("label 9 of classes; there are 1, 6 and 7"));
    assert!(
        with(Idx {
            size: Some(3),
            ..idx()
        })
        .contains("2 by 2 pixels; lower it")
    );
    let rows = vec![("x", idx_file(&[6, 4], &[0; 24])), six().remove(1)];
    let kind = Kind::Idx(Idx {
        size: Some(2),
        ..idx()
    });
    refused(
        of(&kind, &rows),
        &["x: size = 2", "(6, 4)", "(rows, height, width)"],
    );
}

#[test]
fn labels_are_whole_numbers_of_any_type() {
    let inputs = floats(&[0.5, 1.5, 2.5]);
    let labels = |labels: &[f64]| npy("<f8", &inputs, labels).map(|table| table.classes);
    let classes = labels(&[1.0, 0.0, 1.0]).unwrap();
    assert_eq!((classes.of_each, classes.labels), (vec![1, 0, 1], None));
    let classes = labels(&[-1.0, 3.0, -1.0]).unwrap();
    assert_eq!(classes.labels.unwrap(), ["-1", "3"]);
    for label in [0.5, f64::NAN, f64::INFINITY, 1e300] {
        refused(
            labels(&[0.0, 1.0, label]),
            &["y: label 2 (from 0) is", "whole numbers"],
        );
    }
    refused(labels(&[0.0, 1.0, 9e15]), &["between -9e15 and 9e15"]);
}

#[test]
fn inputs_that_32_bits_cannot_hold_are_refused_by_column() {
    let stamps = [1_700_000_000.1, 1_700_000_000.9, 1_700_000_001.5];
    refused(
        npy("<f8", &floats(&stamps), &[0.0, 1.0, 0.0]),
        &["x: ", "column '0'", "subtract"],
    );
    let whole = [1_700_000_000_i64, 1_700_000_001, 1_700_000_002].map(i64::to_le_bytes);
    refused(
        npy("<i8", &whole, &[0.0, 1.0, 0.0]),
        &["x: ", "column '0'", "subtract"],
    );
    let long = [i64::MAX, 0, 1].map(i64::to_le_bytes);
    refused(
        npy("<i8", &long, &[0.0, 1.0, 0.0]),
        &["x: row 0, column 0", "9223372036854775807", "more digits"],
    );
    for (value, what) in [
        (f64::NAN, "not finite"),
        (f64::INFINITY, "not finite"),
        (1e300, "32 bits"),
    ] {
        refused(
            npy("<f8", &floats(&[0.0, value, 1.0]), &[0.0, 1.0, 0.0]),
            &["x: ", what],
        );
    }
    let table = npy("<f8", &floats(&[0.1, 0.2, 0.3]), &[0.0, 1.0, 0.0]).unwrap();
    assert_eq!(table.inputs, [0.1, 0.2, 0.3]);
    assert_eq!(table.exact, [0.1, 0.2, 0.3]);
    let table = npy("<f8", &floats(&[0.5, 0.25, 0.0]), &[0.0, 1.0, 0.0]).unwrap();
    assert!(table.exact.is_empty());
}
