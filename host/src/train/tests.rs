//! What training keeps of a ticket, and which data fits which ticket.

use std::fmt::Write;

use super::{Settings, Start, Trained, train};
use crate::data::Contents;
use crate::error::refused;
use crate::experiment::Experiment;
use crate::ticket::{Normalization, TaskPorts, Ticket};

/// Few samples, and raw.
const SETS: [&str; 4] = [
    "data.train=60",
    "data.validation=20",
    "data.test=20",
    "training.epochs=3",
];

/// Trains on the experiment in `text`, whose tasks' files all hold `csv`.
fn on(ticket: &Ticket, text: &str, csv: &str, start: Start) -> anyhow::Result<Trained> {
    let experiment = Experiment::parse(text, "my.toml", &SETS.map(str::to_owned)).unwrap();
    let contents = Contents::read(&experiment.data, |_| Ok(csv.as_bytes().to_vec())).unwrap();
    let settings = Settings {
        experiment: &experiment,
        contents: &contents,
        start,
        seed: 3,
        level: 1,
    };
    Ok(train(ticket, &settings, &|| false)?.expect("it is not stopped"))
}

/// One layer: the first task reads inputs 0 and 1, the second 2 and 3.
fn two_tasks(names: [&str; 2]) -> Ticket {
    let tasks = vec![
        TaskPorts::new(names[0], [0, 1], [0]),
        TaskPorts::new(names[1], [2, 3], [1]),
    ];
    let weights = [0.5, -0.25, 0.0, 0.0, 0.0, 0.0, 0.125, 1.0];
    Ticket::new(&[4, 2], tasks, [&weights[..], &[0.1, -0.2]].concat())
}

const ONE_TASK: &str = "[[data.task]]\nname = \"t\"\nkind = \"csv\"\npath = \"my.csv\"\nlabel = \"y\"\n";

/// `y` says whether `a` is above 0; `b` is noise.
fn csv(columns: [&str; 2], classes: [&str; 2]) -> String {
    let mut text = format!("{},{},y\n", columns[0], columns[1]);
    for row in 0..100 {
        let number = |name: &str| match name {
            "a" => f64::from(row % 2) - 0.5 + 0.01 * f64::from(row % 7),
            _ => f64::from(row * 37 % 11) - 5.0,
        };
        let values = columns.map(number);
        let _ = writeln!(text, "{},{},{}", values[0], values[1], classes[row as usize % 2]);
    }
    text
}

/// Class 1 where `a` is above 0.
fn one_task() -> Ticket {
    let task = TaskPorts {
        classes: Some(vec!["low".to_owned(), "high".to_owned()]),
        columns: Some(vec!["a".to_owned(), "b".to_owned()]),
        ..TaskPorts::new("t", [0, 1], [0])
    };
    Ticket::new(&[2, 1], vec![task], vec![4.0, 0.0, 0.0])
}

#[test]
fn tasks_are_found_by_their_names_in_any_order() {
    let ticket = two_tasks(["moons", "circles"]);
    let trained = on(&ticket, "", "", Start::Present).unwrap();
    // The same ticket with the two tasks the other way round, inputs and outputs, too.
    let mut other = two_tasks(["circles", "moons"]);
    other.params = [0.0, 0.0, 0.5, -0.25, 0.125, 1.0, 0.0, 0.0, 0.1, -0.2].to_vec();
    other.params[..8].rotate_left(4);
    other.params[8..].reverse();
    other.mask = other.params[..8].iter().map(|&weight| weight != 0.0).collect();
    let swapped = on(&other, "", "", Start::Present).unwrap();
    assert_ne!(trained.before, trained.after);
    assert_eq!(trained.before[0], swapped.before[1]);
    assert_eq!(trained.after[0], swapped.after[1]);
    assert_eq!(trained.after[1], swapped.after[0]);
    let (one, two) = (&trained.ticket.params, &swapped.ticket.params);
    assert_eq!(one[..2], two[6..8]);
    assert_eq!(one[6..8], two[..2]);
}

#[test]
fn the_mask_stays_and_the_ticket_claims_no_run() {
    let ticket = Ticket {
        initial: Some(vec![0.75; 8]),
        ..two_tasks(["moons", "circles"])
    };
    for start in [Start::Present, Start::Initial, Start::Rewound, Start::Fresh] {
        let Trained {
            ticket: trained,
            epochs,
            ..
        } = on(&ticket, "", "", start).unwrap();
        assert_eq!(
            (&trained.mask, &trained.tasks, epochs),
            (&ticket.mask, &ticket.tasks, 3)
        );
        for (param, survives) in trained.params.iter().zip(&ticket.mask) {
            assert!(*survives || param.to_bits() == 0);
        }
        assert_eq!(trained.initial == ticket.initial, start != Start::Fresh);
        assert_eq!(trained.normalization.is_some(), start != Start::Present);
        assert!(trained.origin.is_none() && trained.params != ticket.params);
        trained.check().unwrap();
    }
}

#[test]
fn columns_and_classes_are_found_by_their_names() {
    let ticket = one_task();
    let expected = on(
        &ticket,
        ONE_TASK,
        &csv(["a", "b"], ["low", "high"]),
        Start::Present,
    )
    .unwrap();
    assert!(
        expected
            .before
            .iter()
            .flatten()
            .all(|score| score.accuracy == 1.0)
    );
    // In the file's order of columns, and of labels, "high" comes first.
    let other = on(
        &ticket,
        ONE_TASK,
        &csv(["b", "a"], ["low", "high"]),
        Start::Present,
    )
    .unwrap();
    assert_eq!(other.before, expected.before);
    assert_eq!(other.ticket, expected.ticket);
    // A column more is no part of it.
    let wide: String = csv(["a", "b"], ["low", "high"])
        .lines()
        .enumerate()
        .map(|(row, line)| {
            if row == 0 {
                format!("id,{line}\n")
            } else {
                format!("{row},{line}\n")
            }
        })
        .collect();
    let wide = on(&ticket, ONE_TASK, &wide, Start::Present).unwrap();
    assert_eq!(wide.ticket, expected.ticket);
    assert!(wide.notes[0].contains("task 't': 1 column is no part of the ticket and not read: 'id'"));
    // Numbers are no classes of a ticket that names them, as in `predict`.
    refused(
        on(&ticket, ONE_TASK, &csv(["a", "b"], ["0", "1"]), Start::Present),
        &["'0' is no class of the ticket", "'low', 'high'"],
    );
}

#[test]
fn data_of_other_columns_or_classes_is_for_weights_that_were_not_trained() {
    let ticket = one_task();
    let data = |columns, classes| csv(columns, classes);
    let refused_with = |csv: &str, fragments: &[&str]| {
        refused(on(&ticket, ONE_TASK, csv, Start::Present), fragments);
    };
    refused_with(
        &data(["a", "c"], ["low", "high"]),
        &[
            "data.task.t",
            "of the ticket's 2 inputs, 1 is not among the columns: 'b'",
        ],
    );
    refused_with(
        &data(["a", "b"], ["low", "up"]),
        &["'up' is no class of the ticket", "'low', 'high'"],
    );
    let trained = on(&ticket, ONE_TASK, &data(["a", "c"], ["low", "up"]), Start::Fresh).unwrap();
    let task = &trained.ticket.tasks[0];
    assert_eq!(task.columns.as_deref().unwrap(), ["a", "c"]);
    assert_eq!(task.classes.as_deref().unwrap(), ["low", "up"]);
    assert_eq!(task.label.as_deref(), Some("y"));
    let [columns, classes] = &*trained.notes else {
        panic!("{:?}", trained.notes)
    };
    assert!(columns.contains("in their order"), "{columns}");
    assert!(
        classes.ends_with("'low' is class 0, 'up' is class 1"),
        "{classes}"
    );
}

#[test]
fn columns_have_all_the_names_that_predict_finds_them_by() {
    let ticket = one_task();
    let expected = on(
        &ticket,
        ONE_TASK,
        &csv(["a", "b"], ["low", "high"]),
        Start::Present,
    )
    .unwrap();
    for [a, b] in [["t.a", "b"], ["x0", "x1"], ["0", "1"]] {
        let csv = csv(["a", "b"], ["low", "high"]).replacen("a,b", &format!("{a},{b}"), 1);
        for start in [Start::Present, Start::Fresh] {
            let trained = on(&ticket, ONE_TASK, &csv, start).unwrap();
            assert_eq!(trained.ticket.tasks, expected.ticket.tasks);
            assert_eq!(
                trained.notes.len(),
                usize::from(a != "t.a"),
                "{:?}",
                trained.notes
            );
        }
        assert_eq!(
            on(&ticket, ONE_TASK, &csv, Start::Present).unwrap().ticket,
            expected.ticket
        );
    }
    // One called as the task is holds labels where `predict` looks for them, and is not read here: it is told.
    let more = csv(["a", "b"], ["low", "high"]);
    let more = more
        .lines()
        .enumerate()
        .fold(String::new(), |mut text, (row, line)| {
            let _ = writeln!(text, "{line},{}", if row == 0 { "t" } else { "7" });
            text
        });
    let trained = on(&ticket, ONE_TASK, &more, Start::Present).unwrap();
    assert_eq!(trained.ticket, expected.ticket);
    assert!(trained.notes[0].ends_with("not read: 't'"), "{:?}", trained.notes);
}

#[test]
fn labels_that_the_ticket_has_not_are_told_with_their_classes() {
    let mut ticket = one_task();
    ticket.tasks[0].classes = None;
    let csv = csv(["a", "b"], ["low", "high"]);
    for (start, guess) in [(Start::Present, true), (Start::Fresh, false)] {
        let trained = on(&ticket, ONE_TASK, &csv, start).unwrap();
        let labels = trained.ticket.tasks[0].classes.as_deref().unwrap();
        assert_eq!(labels, ["high", "low"]);
        let [note] = &*trained.notes else {
            panic!("{:?}", trained.notes)
        };
        assert!(note.contains("'high' is class 0, 'low' is class 1"), "{note}");
        assert_eq!(note.contains("guess"), guess, "{note}");
    }
}

#[test]
fn data_without_names_takes_none_from_the_ticket() {
    let mut ticket = two_tasks(["moons", "circles"]);
    ticket.tasks[0].columns = Some(vec!["east".to_owned(), "north".to_owned()]);
    ticket.tasks[0].label = Some("moon".to_owned());
    ticket.tasks[0].classes = Some(vec!["upper".to_owned(), "lower".to_owned()]);
    for start in [Start::Present, Start::Fresh] {
        let trained = on(&ticket, "", "", start).unwrap();
        assert_eq!(trained.ticket.tasks, ticket.tasks);
        let [note] = &*trained.notes else {
            panic!("{:?}", trained.notes)
        };
        assert!(note.contains("in their order: 'east', 'north'"), "{note}");
    }
}

#[test]
fn rewound_weights_of_another_scale_do_not_stay() {
    let csv = csv(["a", "b"], ["low", "high"]);
    let ticket = Ticket {
        initial: Some(vec![1.0, 1.0]),
        rewind: Some(vec![2.0, 2.0, 0.0]),
        ..one_task()
    };
    let trained = |ticket: &Ticket, start| on(ticket, ONE_TASK, &csv, start).unwrap().ticket;
    for start in [Start::Present, Start::Rewound] {
        assert_eq!(trained(&ticket, start).rewind, ticket.rewind);
    }
    // Raw before, normalized after.
    let normalized = trained(&ticket, Start::Initial);
    assert_eq!(
        (&normalized.rewind, &normalized.initial),
        (&None, &ticket.initial)
    );
    // The same normalization, columns and classes.
    let again = Ticket {
        rewind: ticket.rewind.clone(),
        ..normalized
    };
    assert_eq!(trained(&again, Start::Initial).rewind, ticket.rewind);
    assert_eq!(trained(&again, Start::Fresh).rewind, None);
}

#[test]
fn trained_weights_keep_the_scale_that_they_were_trained_on() {
    let csv = csv(["a", "b"], ["low", "high"]);
    let raw = one_task();
    let scaled = Ticket {
        // Exact: powers of two.
        normalization: Some(Normalization {
            shift: vec![0.0; 2],
            scale: vec![4.0, 1.0],
        }),
        params: vec![1.0, 0.0, 0.0],
        ..raw.clone()
    };
    let trained = on(&scaled, ONE_TASK, &csv, Start::Present).unwrap();
    assert_eq!(trained.ticket.normalization, scaled.normalization);
    assert_eq!(
        trained.before,
        on(&raw, ONE_TASK, &csv, Start::Present).unwrap().before
    );
    let fresh = on(&scaled, ONE_TASK, &csv, Start::Fresh).unwrap();
    assert_ne!(fresh.ticket.normalization, scaled.normalization);
    assert!(fresh.ticket.normalization.is_some());
}

#[test]
fn what_does_not_fit_is_refused() {
    let ticket = two_tasks(["moons", "circles"]);
    let moons = "[[data.task]]\nkind = \"moons\"\n";
    let check = |ticket: &Ticket, text: &str, start, fragments: &[&str]| {
        refused(on(ticket, text, "", start), fragments);
    };
    check(
        &ticket,
        "",
        Start::Initial,
        &["has no initial weights", "--from present"],
    );
    check(
        &ticket,
        "",
        Start::Rewound,
        &["has no rewound weights", "--from fresh"],
    );
    check(
        &ticket,
        moons,
        Start::Present,
        &["the ticket's task 'circles'", "moons"],
    );
    let xor = format!("{moons}[[data.task]]\nkind = \"xor\"\n");
    check(
        &ticket,
        &xor,
        Start::Present,
        &["data.task.xor", "moons and circles"],
    );
    let blobs = format!("{moons}[[data.task]]\nname = \"circles\"\nkind = \"blobs\"\n");
    check(
        &ticket,
        &blobs,
        Start::Present,
        &["data.task.circles", "3 classes", "2"],
    );
    let wide = vec![TaskPorts::new("moons", [0, 1, 2], [0])];
    let wide = Ticket::new(&[3, 1], wide, vec![1.0; 4]);
    check(
        &wide,
        moons,
        Start::Present,
        &["data.task.moons", "2 inputs", "3"],
    );
    let tasks = vec![
        TaskPorts::new("moons", [0, 1], [0]),
        TaskPorts::new("circles", [1, 2], [1]),
    ];
    let mut shared = Ticket::new(&[3, 2], tasks, vec![1.0; 8]);
    shared.shares_inputs = true;
    check(
        &shared,
        "",
        Start::Present,
        &["input 1 of the ticket belongs to several tasks", "share it"],
    );
}
