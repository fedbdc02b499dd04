//! `tombola predict`: what a ticket answers on a CSV file.

use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use serde::{Serialize, Serializer};

use super::columns::Columns;
use super::integer::{Integers, lines};
use crate::bad_input;
use crate::board::note;
use crate::predict::{Predictions, Table};
use crate::text::{counted, visible};
use crate::ticket::{TaskPorts, Ticket};

/// Predict the classes of a CSV file's rows with a ticket
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola data moons circles --samples 1000 --seed 7 --out data.csv
  tombola predict runs/NAME/tickets/0-15.safetensors --data data.csv
  tombola predict 0-15.safetensors --data data.csv --json

The CSV file has a header. A ticket whose tasks were read from files finds its inputs and labels by the names that they \
had there, in any order; columns x0, x1, … are the inputs by number, and others are left out. Where two tasks have a \
column of one name, each is called TASK.column. For other tickets, columns x0, x1, … are the inputs by number if all are \
there, else, and with --by-position, the first columns are, whatever their names; further columns are named after tasks. With labels comes an accuracy; a row may be \
without one. Answers are CSV too, one line per row counted from 0; what else there is to say goes to standard error.

With --json they are one object: tasks, their names; rows, of each its logits, its class as a number from 0 on and the \
label of that class, by task; accuracy by task, null where there are no labels.

With --integer, the answers are those of the ticket in integers, as tombola export writes it as code: after each logit \
stands its integer. The ranges are those of what the ticket was trained on; where that is not known, of the file itself; \
--calibrate names another.")]
pub(super) struct Args {
    /// The ticket's file
    ticket: PathBuf,
    /// The CSV file; - is standard input
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    #[command(flatten)]
    columns: Columns,
    /// The inputs are normalized already: do not apply the ticket's normalization
    #[arg(long)]
    normalized: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    integers: Integers,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let ticket = Ticket::read(&args.ticket)?;
    let table = Table::read(&args.data, &ticket, args.columns.matching())?;
    if args.normalized && args.integers.are_asked_for() {
        return Err(bad_input!(
            "integers are of raw inputs: how they are normalized is in the weights; leave out --normalized"
        ));
    }
    let name = args.data.file_name().unwrap_or_default().display().to_string();
    let given = Some((&table, &*name));
    let made = args
        .integers
        .network((&ticket, &args.ticket), given, None, args.columns);
    let made = made.with_context(|| args.ticket.display().to_string())?;
    let predictions = match &made {
        Some((network, _)) => Predictions::of_integers(network, &network.answers(table.rows())),
        None => Predictions::of(&ticket, &table, args.normalized)?,
    };
    table.notes().for_each(note);
    for line in made.iter().flat_map(lines) {
        note(format_args!("note: integers: {line}"));
    }
    if args.json {
        let json = serde_json::to_string(&Answer::of(&ticket, &table, &predictions))?;
        writeln!(out, "{json}")?;
    } else {
        out.write_all(&csv(&ticket, &predictions)?)?;
        let summary = summary(&ticket, &table, &predictions);
        // Nothing can be said to a standard error that is closed.
        summary.lines().for_each(note);
    }
    Ok(())
}

/// The header `row`, then per task its logits, each with its integer where those are computed, and its class; a label
/// where the ticket has them.
///
/// It is written to memory: the writer would hide from the caller that the pipe is closed.
fn csv(ticket: &Ticket, predictions: &Predictions) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["row".to_owned()];
    let has_integers = predictions.integers(0).is_some();
    for task in &ticket.tasks {
        let count = task.outputs.len();
        for class in 0..count {
            let class = if count == 1 {
                String::new()
            } else {
                format!("_{class}")
            };
            header.push(format!("{}_logit{class}", task.name));
            header.extend(has_integers.then(|| format!("{}_integer{class}", task.name)));
        }
        header.push(format!("{}_class", task.name));
    }
    csv.write_record(&header)?;
    for row in 0..predictions.row_count() {
        csv.write_field(row.to_string())?;
        let logits = predictions.logits(row);
        for (task, &class) in ticket.tasks.iter().zip(predictions.classes(row)) {
            for &output in &task.outputs {
                csv.write_field(format!("{:?}", logits[output]))?;
                if let Some(integers) = predictions.integers(row) {
                    csv.write_field(integers[output].to_string())?;
                }
            }
            csv.write_field(&*label(task, class))?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(csv.into_inner()?)
}

/// What a class is called, legible on a terminal, too.
fn label(task: &TaskPorts, class: usize) -> Cow<'_, str> {
    match &task.classes {
        Some(labels) => visible(&labels[class]),
        None => class.to_string().into(),
    }
}

/// A line per task with labels.
fn summary(ticket: &Ticket, table: &Table, predictions: &Predictions) -> String {
    let rows = predictions.row_count();
    let tasks = ticket.tasks.iter().enumerate();
    let lines = tasks.filter_map(|(index, task)| {
        let score = predictions.score(table, index)?;
        let without = match rows - score.count {
            0 => String::new(),
            count => {
                let have = if count == 1 { "has" } else { "have" };
                format!("; {} {have} no label", counted(count, "row"))
            }
        };
        Some(format!(
            "{}: {} of {} right, accuracy {:.4}{without}\n",
            task.name,
            score.right,
            score.count,
            score.accuracy()
        ))
    });
    lines.collect()
}

/// The JSON: one object.
#[derive(Serialize)]
struct Answer<'a> {
    tasks: Vec<&'a str>,
    rows: Vec<Row<'a>>,
    accuracy: ByTask<'a, Option<f64>>,
}

#[derive(Serialize)]
struct Row<'a> {
    logits: ByTask<'a, Vec<f32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integers: Option<ByTask<'a, Vec<i32>>>,
    classes: ByTask<'a, usize>,
    labels: ByTask<'a, Cow<'a, str>>,
}

/// An object whose keys are names of tasks, in their order.
struct ByTask<'a, T>(Vec<(&'a str, T)>);

impl<T: Serialize> Serialize for ByTask<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'a> Answer<'a> {
    fn of(ticket: &'a Ticket, table: &Table, predictions: &Predictions) -> Answer<'a> {
        let row = |row| {
            let (all, classes) = (predictions.logits(row), predictions.classes(row));
            let logits = |task: &TaskPorts| task.outputs.iter().map(|&output| all[output]).collect();
            let integers = predictions.integers(row).map(|all| {
                let of_task = |task: &TaskPorts| task.outputs.iter().map(|&output| all[output]).collect();
                ByTask::of(ticket, |_, task| of_task(task))
            });
            Row {
                logits: ByTask::of(ticket, |_, task| logits(task)),
                integers,
                classes: ByTask::of(ticket, |index, _| classes[index]),
                labels: ByTask::of(ticket, |index, task| label(task, classes[index])),
            }
        };
        Answer {
            tasks: ticket.tasks.iter().map(|task| &*task.name).collect(),
            rows: (0..predictions.row_count()).map(row).collect(),
            accuracy: ByTask::of(ticket, |index, _| {
                Some(predictions.score(table, index)?.accuracy())
            }),
        }
    }
}

impl<'a, T> ByTask<'a, T> {
    fn of(ticket: &'a Ticket, value: impl Fn(usize, &'a TaskPorts) -> T) -> Self {
        let tasks = ticket.tasks.iter().enumerate();
        Self(
            tasks
                .map(|(index, task)| (&*task.name, value(index, task)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, csv, summary};
    use crate::predict::{Matching, Predictions, Table};
    use crate::ticket::{TaskPorts, Ticket};

    /// `zeta` has the logit x0, `blobs` the logits x1 and −x1.
    fn check(data: &str, look: impl Fn(&Ticket, &Table, &Predictions)) {
        let weights = [1.0, 0.0, 0.0, 1.0, 0.0, -1.0];
        let mut blobs = TaskPorts::new("blobs", [1], [1, 2]);
        blobs.classes = Some(vec!["up".into(), "down, left".into()]);
        let tasks = vec![TaskPorts::new("zeta", [0], [0]), blobs];
        let ticket = Ticket::new(&[2, 3], tasks, [&weights[..], &[0.0; 3]].concat());
        let table = Table::from_bytes(data.as_bytes(), "data.csv", &ticket, Matching::ByName).unwrap();
        let predictions = Predictions::of(&ticket, &table, false).unwrap();
        look(&ticket, &table, &predictions);
    }

    #[test]
    fn the_csv_names_rows_logits_and_classes() {
        check("a,b,zeta\n0.1,1e-30,1\n", |ticket, table, predictions| {
            assert_eq!(
                String::from_utf8(csv(ticket, predictions).unwrap()).unwrap(),
                "row,zeta_logit,zeta_class,blobs_logit_0,blobs_logit_1,blobs_class\n0,0.1,1,1e-30,-1e-30,up\n"
            );
            assert_eq!(
                summary(ticket, table, predictions),
                "zeta: 1 of 1 right, accuracy 1.0000\n"
            );
        });
    }

    #[test]
    fn the_json_keeps_the_order_of_the_tasks() {
        check(
            "a,b,blobs\n1,-2,up\n-1,-0.5,\"down, left\"\n",
            |ticket, table, predictions| {
                assert_eq!(
                    serde_json::to_string(&Answer::of(ticket, table, predictions)).unwrap(),
                    r#"{"tasks":["zeta","blobs"],"rows":[{"logits":{"zeta":[1.0],"blobs":[-2.0,2.0]},"classes":{"zeta":1,"blobs":1},"labels":{"zeta":"1","blobs":"down, left"}},{"logits":{"zeta":[-1.0],"blobs":[-0.5,0.5]},"classes":{"zeta":0,"blobs":1},"labels":{"zeta":"0","blobs":"down, left"}}],"accuracy":{"zeta":null,"blobs":0.5}}"#
                );
            },
        );
    }
}
