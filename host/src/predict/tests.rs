//! What a ticket answers, and what a CSV file may not be.

use std::fmt::Write;

use super::{Matching, Predictions, Score, Table};
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
    let table = Table::from_bytes(csv.as_bytes(), "data.csv", ticket, Matching::ByName)?;
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
    assert_eq!(predictions.score(&table, 0), None);
    assert_eq!(predictions.score(&table, 1), Some(Score { right: 2, count: 3 }));
}

#[test]
fn classes_with_names_have_no_numbers() {
    let mut ticket = ticket();
    ticket.tasks[0].classes = Some(vec!["no".into(), "yes".into()]);
    // Names that are numbers: the class 0 is called 1.
    ticket.tasks[1].classes = Some(vec!["1".into(), "2".into(), "3".into()]);
    let (table, predictions) = read("a,b,blobs,moons\n1,2,1,yes\n-1,2,1,no\n", &ticket).unwrap();
    assert_eq!(
        [0, 1].map(|task| predictions.score(&table, task)),
        [Some(Score { right: 2, count: 2 }); 2]
    );
    refused(read("a,b,blobs\n1,2,0\n", &ticket), &["is one of '1', '2', '3'"]);
    // Elsewhere they may be numbered in another order.
    refused(
        read("a,b,moons\n1,2,0\n1,2,1\n", &ticket),
        &["data.csv:2: column 'moons': '0' is no class; a class of moons is one of 'no', 'yes'"],
    );
}

#[test]
fn inputs_without_names_are_found_by_number_or_position() {
    let ticket = ticket();
    let expected = vec![5.0, -3.0, 3.0, 0.0];
    for csv in [
        "x0,x1,moons,blobs\n5,-3,1,1\n",
        "moons,blobs,x0,x1\n1,1,5,-3\n",
        "moons,x0,blobs,x1\n1,5,1,-3\n",
        "0,1\n5,-3\n",
        "blobs,0,1\n1,5,-3\n",
        "p,q,moons\n5,-3,1\n",
        "length,x2\n5,-3\n",
    ] {
        assert_eq!(answered(csv, &ticket), (expected.clone(), vec![]), "{csv}");
    }
    for csv in ["x1,blobs,x0\n-3,1,5\n", "x1,x0\n-3,5\n"] {
        let (logits, notes) = answered(csv, &ticket);
        assert_eq!(logits, expected);
        assert!(notes[0].contains("by their numbers"), "{notes:?}");
    }
    refused(read("1,0\n-3,5\n", &ticket), &["data.csv:1: ", "header"]);
    let (table, _) = read("moons,blobs,x1,x0\n1,2,-3,5\n", &ticket).unwrap();
    assert!(table.labels(0).eq([Some(1), Some(2)]));
    refused(
        read("x1,x2\n5,-3\n", &ticket),
        &["data.csv:1: ", "x0 to x1, but not 'x0':", "--by-position"],
    );
    refused(read("x0,z,moons\n5,-3,1\n", &ticket), &["but not 'x1'"]);
    refused(
        read("x0,x1,x2\n5,-3,1\n", &ticket),
        &["'x2' is none of the 2 inputs", "after a task: 'moons', 'blobs'"],
    );
    let by_position = Table::from_bytes(b"x1,x0\n5,-3\n", "data.csv", &ticket, Matching::ByPosition);
    assert_eq!(by_position.unwrap().inputs(0), [5.0, -3.0]);
}

#[test]
fn columns_called_as_the_ticket_has_them_need_no_word() {
    let mut ticket = ticket();
    for (task, name) in ticket.tasks.iter_mut().zip(["x0", "x1"]) {
        task.columns = Some(vec![name.to_owned()]);
    }
    let expected = (vec![5.0, -3.0, 3.0, 0.0], vec![]);
    assert_eq!(answered("x0,x1\n5,-3\n", &ticket), expected);
    assert_eq!(answered("moons,x1,x0\n1,-3,5\n", &ticket), expected);
}

#[test]
fn arrays_are_refused_with_a_conversion() {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}\n";
    let npy = [
        b"\x93NUMPY\x01\x00",
        &[header.len() as u8, 0][..],
        header.as_bytes(),
        &[0; 16],
    ]
    .concat();
    let idx = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9];
    for (bytes, expected) in [
        (
            &npy[..],
            "x = numpy.load(\"FILE\"); x = x.reshape(len(x), -1); numpy.savetxt(",
        ),
        (
            &idx,
            "x = numpy.frombuffer(open(\"FILE\", \"rb\").read(), \">u1\", offset=12); x = x.reshape(1, -1); numpy.savetxt(",
        ),
    ] {
        let table = Table::from_bytes(bytes, "x.npy", &ticket(), Matching::ByName);
        refused(table.map(drop), &["x.npy: ", expected]);
    }
}

#[test]
fn raw_inputs_are_normalized_unless_they_are_already() {
    let mut ticket = ticket();
    ticket.normalization = Some(Normalization {
        shift: vec![1.0, 0.1],
        scale: vec![2.0, 0.3],
    });
    let table = Table::from_bytes(b"a,b\n3,0.7\n", "", &ticket, Matching::ByName).unwrap();
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
        (b"1,2\n3,4\n", &["data.csv:1: the first line must be a header"]),
        (b"a\n1\n", &["data.csv:1: 1 column of inputs", "2 inputs"]),
        (
            b"a,moons,blobs\n1,1,1\n",
            &["1 column of inputs", "before any labels"],
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
        let table = Table::from_bytes(csv, "data.csv", &ticket, Matching::ByName);
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

/// Two tasks that were read from files, and one that was not: logits 1·a + 2·b, 4·c + 8·b and 16·x4.
fn named(first: [&str; 2], second: [&str; 2]) -> Ticket {
    let weights = [
        [1.0, 2.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 4.0, 8.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 16.0],
    ];
    let of_file = |name, inputs: [usize; 2], output, columns: [&str; 2], label: &str| TaskPorts {
        columns: Some(columns.map(str::to_owned).to_vec()),
        label: Some(label.to_owned()),
        ..TaskPorts::new(name, inputs, [output])
    };
    let tasks = vec![
        of_file("one", [0, 1], 0, first, "label"),
        of_file("two", [2, 3], 1, second, "kind"),
        TaskPorts::new("moons", [4], [2]),
    ];
    Ticket::new(&[5, 3], tasks, [&weights.concat()[..], &[0.0; 3]].concat())
}

/// The logits of the one row of a file, and what is said of its columns.
#[track_caller]
fn answered(csv: &str, ticket: &Ticket) -> (Vec<f32>, Vec<String>) {
    let (table, predictions) = read(csv, ticket).unwrap();
    (predictions.logits(0).to_vec(), table.notes().collect())
}

#[test]
fn columns_are_found_by_their_names_in_any_order() {
    let ticket = named(["a", "b"], ["c", "d"]);
    let expected = (vec![1.0 + 4.0, 12.0 + 32.0, 80.0], vec![]);
    assert_eq!(answered("a,b,c,d,x4\n1,2,3,4,5\n", &ticket), expected);
    assert_eq!(answered("d,x4,b,a,c\n4,5,2,1,3\n", &ticket), expected);
    // By their longer names, and with some labels.
    assert_eq!(
        answered("d,moons.x4,label,one.b,a,kind,c\n4,5,1,2,1,0,3\n", &ticket),
        expected
    );
    let (logits, notes) = answered("id,d,x4,b,a,c,\"it's\"\nrow 1,4,5,2,1,3,?\n", &ticket);
    assert_eq!(logits, expected.0);
    assert_eq!(
        notes,
        ["note: data.csv: 2 columns are no part of the ticket and not read: 'id', 'it's'"]
    );
}

#[test]
fn columns_are_found_by_their_numbers_where_no_name_is_there() {
    let ticket = named(["a", "b"], ["c", "d"]);
    let expected = vec![1.0 + 4.0, 12.0 + 32.0, 80.0];
    for csv in ["x4,x3,x2,x1,x0\n5,4,3,2,1\n", "0,1,2,3,4,one\n1,2,3,4,5,1\n"] {
        let (logits, notes) = answered(csv, &ticket);
        assert_eq!(logits, expected);
        assert!(
            notes[0].contains("by their numbers: 'a', 'b', 'c', 'd', 'x4'"),
            "{notes:?}"
        );
    }
    let by_position =
        |csv: &str| Table::from_bytes(csv.as_bytes(), "data.csv", &ticket, Matching::ByPosition);
    let table = by_position("e,f,g,h,i,kind,one\n1,2,3,4,5,0,1\n").unwrap();
    assert_eq!(table.inputs(0), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(table.labels(0).eq([Some(1), Some(0), None]));
    refused(
        by_position("e,f,g,h\n1,2,3,4\n").map(drop),
        &["4 columns of inputs", "5 inputs"],
    );
}

#[test]
fn names_that_are_missing_are_refused_with_near_ones() {
    let ticket = named(["length", "width"], ["height", "weight"]);
    let check = |csv: &str, fragments: &[&str]| {
        let message = refused(read(csv, &ticket), fragments);
        assert!(message.starts_with("data.csv:1: "), "{message}");
    };
    check(
        "length,widht,height,x4\n1,2,3,4\n",
        &[
            "of the ticket's 5 inputs, 2 are not among the columns: 'width' (did you mean 'widht'?) and 'weight'",
        ],
    );
    check(
        "x4,Length,width,height,weight\n1,2,3,4,5\n",
        &["1 is not", "'length' (did you mean 'Length'?)"],
    );
    check(
        "p,q,r,s,t\n1,2,3,4,5\n",
        &[
            "none of the ticket's 5 inputs is among the columns: 'length', 'width', 'height', 'weight' and 'x4'",
            "--by-position",
        ],
    );
    check("5.1,3.5,1.4,0.2,1\n5,3,1,0,1\n", &["first line", "header"]);
    // Names of labels are no near names of inputs.
    let message = refused(
        read("length,width,height,x4,kind\n1,2,3,4,0\n", &ticket),
        &["'weight'"],
    );
    assert!(!message.contains("did you mean"), "{message}");
}

#[test]
fn names_that_two_tasks_share_are_needed_with_the_task() {
    let ticket = named(["a", "b"], ["b", "c"]);
    let expected = vec![1.0 + 4.0, 12.0 + 32.0, 80.0];
    assert_eq!(answered("c,two.b,one.b,a,x4\n4,3,2,1,5\n", &ticket).0, expected);
    refused(
        read("a,b,c,x4\n1,2,4,5\n", &ticket),
        &["'one.b' (there is only 'b') and 'two.b' (there is only 'b')"],
    );
    let mut same = named(["a", "b"], ["c", "d"]);
    same.tasks[1].label = Some("label".to_owned());
    let csv = |labels: &str| format!("a,b,c,d,x4,{labels}\n1,2,3,4,5,1,0\n");
    let (table, _) = read(&csv("two.label,one"), &same).unwrap();
    assert!(table.labels(0).eq([Some(0), Some(1), None]));
    refused(
        read(&csv("label,one"), &same),
        &["'label' may hold the classes of two;"],
    );
    refused(read(&csv("label,id"), &same), &["the classes of one or of two"]);
}

#[test]
fn a_name_with_a_dot_is_the_column_that_was_read_under_it() {
    // `one.a` is a column of the second task, and what the first task's `a` would be called with its task.
    let ticket = named(["a", "b"], ["one.a", "d"]);
    assert_eq!(
        answered("a,b,one.a,d,x4\n1,2,3,4,5\n", &ticket).0,
        [1.0 + 4.0, 12.0 + 32.0, 80.0]
    );
    // Of one task, both names; and a name that only its task makes different from it.
    let ticket = named(["one.b", "b"], ["b", "one.one.b"]);
    let csv = "b,one.b,one.one.b,x4,two.b,two.one.one.b\n1,2,3,4,5,6\n";
    let (table, _) = read(csv, &ticket).unwrap();
    assert_eq!(table.inputs(0), [3.0, 2.0, 5.0, 6.0, 4.0]);
}

#[test]
fn a_row_without_a_label_is_answered_and_not_counted() {
    let (table, predictions) = read("a,b,blobs\n1,2,0\n1,-3,\n1,0,NA\n1,1,2\n", &ticket()).unwrap();
    assert_eq!(predictions.row_count(), 4);
    assert_eq!(predictions.score(&table, 1), Some(Score { right: 1, count: 2 }));
    let (table, predictions) = read("a,b,blobs\n1,2,?\n", &ticket()).unwrap();
    assert_eq!(predictions.score(&table, 1), None);
    refused(
        read("a,b,blobs\n1,2,0\n1,2,inf\n", &ticket()),
        &["data.csv:3: column 'blobs': 'inf' is no class"],
    );
}
