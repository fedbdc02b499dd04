//! What a ticket answers, and what a CSV file may not be.

use std::fmt::Write;

use super::{Predictions, Table};
use crate::error::refused;
use crate::ticket::{Normalization, TaskPorts, Ticket};

/// Two tasks without a hidden layer: `moons` has the logit x0, `blobs` the logits x1, −x1 and 0.
fn ticket() -> Ticket {
    let weights = [1.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0];
    let tasks = vec![
        TaskPorts::new("moons", [0], [0]),
        TaskPorts::new("blobs", [1], 1..4),
    ];
    Ticket::new(&[2, 4], tasks, [&weights[..], &[0.0; 4]].concat())
}

fn read(csv: &str, ticket: &Ticket) -> anyhow::Result<(Table, Predictions)> {
    let table = Table::from_bytes(csv.as_bytes(), "data.csv", ticket)?;
    let predictions = Predictions::of(ticket, &table, false)?;
    Ok((table, predictions))
}

#[test]
fn classes_follow_from_logits_and_ties_go_to_the_lowest() {
    let (_, predictions) = read("a,b\n0.5,2\n0,-3\n-1, 0 \n", &ticket()).unwrap();
    assert_eq!(predictions.row_count(), 3);
    assert_eq!(predictions.logits(0), [0.5, 2.0, -2.0, 0.0]);
    let classes: Vec<_> = (0..3).map(|row| predictions.classes(row)).collect();
    assert_eq!(classes, [[1, 0], [0, 1], [0, 0]]);
}

#[test]
fn a_unit_that_reaches_no_output_may_overflow() {
    // The hidden unit 1 has a weight of 3e38 and no way on; whether it is computed depends on the vector unit.
    let weights = [1.0, 0.0, 3e38, 3e38, 1.0, 0.0];
    let tasks = vec![TaskPorts::new("sum", [0, 1], [0])];
    let ticket = Ticket::new(&[2, 2, 1], tasks, [&weights[..], &[0.0; 3]].concat());
    let (_, predictions) = read("a,b\n10,1\n", &ticket).unwrap();
    assert_eq!(predictions.logits(0), [10.0]);
}

#[test]
fn accuracy_is_counted_where_labels_are() {
    let (table, predictions) = read("a,b,blobs\n1,2,0\n1,-3,2\n1,0,0.0\n", &ticket()).unwrap();
    assert_eq!(predictions.correct(&table, 0), None);
    assert_eq!(predictions.correct(&table, 1), Some(2));
}

#[test]
fn labels_are_names_or_numbers() {
    let mut ticket = ticket();
    ticket.tasks[0].classes = Some(vec!["no".into(), "yes".into()]);
    // Names that are numbers: the class 0 is called 1.
    ticket.tasks[1].classes = Some(vec!["1".into(), "2".into(), "3".into()]);
    let (table, predictions) = read("a,b,blobs,moons\n1,2,1,yes\n-1,2,1,0\n", &ticket).unwrap();
    assert_eq!([0, 1].map(|task| predictions.correct(&table, task)), [Some(2); 2]);
    refused(read("a,b,blobs\n1,2,0\n", &ticket), &["is one of '1', '2', '3'"]);
}

#[test]
fn raw_inputs_are_normalized_unless_they_are_already() {
    let mut ticket = ticket();
    ticket.normalization = Some(Normalization {
        shift: vec![1.0, 0.1],
        scale: vec![2.0, 0.3],
    });
    let table = Table::from_bytes(b"a,b\n3,0.7\n", "", &ticket).unwrap();
    for (normalized, expected) in [(false, [4.0, (0.7 - 0.1) * 0.3_f32]), (true, [3.0, 0.7])] {
        let predictions = Predictions::of(&ticket, &table, normalized).unwrap();
        assert_eq!(predictions.logits(0)[..2], expected);
    }
}

#[test]
fn chunks_change_no_row() {
    let mut csv = String::from("a,b\n");
    for row in 0..600 {
        let _ = writeln!(csv, "{row},{}", 0.1 * f64::from(row));
    }
    let (_, predictions) = read(&csv, &ticket()).unwrap();
    assert_eq!(predictions.row_count(), 600);
    for row in 0..600 {
        let x = 0.1 * row as f64;
        assert_eq!(predictions.logits(row), [row as f32, x as f32, -x as f32, 0.0]);
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_data() {
    let (table, _) = read("\u{feff}a,b,moons\r\n1,2,1\r\n", &ticket()).unwrap();
    assert_eq!(table.row_count(), 1);
}

#[test]
fn a_file_that_does_not_fit_is_refused_with_place_and_remedy() {
    let ticket = ticket();
    for (csv, expected) in [
        (&b""[..], &["the file is empty"][..]),
        (b"a,b\n", &["no rows below the header"]),
        (b"1,2\n3,4\n", &["data.csv:1: the first line holds numbers"]),
        (b"a\n1\n", &["data.csv:1: 1 columns of inputs", "2 inputs"]),
        (
            b"a,moons,blobs\n1,1,1\n",
            &["1 columns of inputs", "before any labels"],
        ),
        (b"a,b\n1,2\n1,2,3\n", &["data.csv:3: the row has 3 cells"]),
        (b"a,b\n1,\xff\n", &["data.csv:2: the text is not UTF-8"]),
        (
            b"a,b\n1,2\n\n1,two\n",
            &["data.csv:4: column 'b': 'two' is not a number"],
        ),
        (b"a,b\n1,\n", &["column 'b': the cell is empty"]),
        (b"a,b\nnan,1\n", &["column 'a': 'nan' is not finite"]),
        (b"a,b\n1e39,1\n", &["column 'a': '1e39' is not finite"]),
        (
            b"a,b,moon\n1,2,0\n",
            &["data.csv:1: column 'moon'", "did you mean 'moons'?"],
        ),
        (
            b"a,b,heat\n1,2,0\n",
            &["should be named after a task: 'moons', 'blobs'"],
        ),
        (b"a,b,moons,moons\n1,2,0,0\n", &["both called 'moons'"]),
        (
            b"a,b,moons\n1,2,2\n",
            &["data.csv:2: column 'moons': '2' is no class", "from 0 to 1"],
        ),
        (b"a,b,blobs\n1,2,0.5\n", &["'0.5' is no class", "from 0 to 2"]),
        (b"a,b,blobs\n1,2,-1\n", &["'-1' is no class"]),
    ] {
        let table = Table::from_bytes(csv, "data.csv", &ticket);
        let message = refused(
            table.and_then(|table| Predictions::of(&ticket, &table, false)),
            expected,
        );
        assert!(message.starts_with("data.csv:"), "{message}");
    }
}

#[test]
fn an_answer_that_is_not_finite_names_its_row() {
    let mut ticket = ticket();
    ticket.params[0] = 4.0;
    assert_eq!(
        refused(read("a,b\n1,1\n3e38,1\n", &ticket), &[]),
        "data.csv:3: the network's answer is not finite; its inputs are too large: correct them"
    );
}
