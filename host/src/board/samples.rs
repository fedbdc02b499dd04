//! Draws the samples that a ticket is tried on where no file is named: what it was tested on, or normal deviates.

use std::fmt::Write;

use tombola::random::{Normal, Part, Purpose, stream};

use crate::data::{Contents, Source};
use crate::experiment::{Experiment, Normalize};
use crate::predict::{Matching, Table};
use crate::ticket::Ticket;

/// How many samples.
const COUNT: usize = 1000;

/// Samples for a ticket, and what they are: of a ticket of the founding experiment, those that its seed was tested on;
/// of others normal deviates, without labels.
///
/// # Errors
/// If samples cannot be drawn.
pub fn samples(ticket: &Ticket) -> anyhow::Result<(Table, String)> {
    let founding = Experiment::default();
    if let Some(origin) = &ticket.origin
        && origin.digest == founding.digest(&Contents::default())
    {
        let mut data = founding.data;
        data.normalize = Normalize::None;
        let test = Source::open(&data, &Contents::default())?
            .draw(origin.data_seed)?
            .test;
        let rows = test.inputs.chunks_exact(ticket.widths[0]);
        let labels = test.classes.chunks_exact(ticket.tasks.len()).map(Some);
        let table = table(ticket, rows.zip(labels))?;
        return Ok((table, format!("what seed {} was tested on", origin.seed)));
    }
    let purpose = Purpose::Data {
        task: 0,
        part: Part::Test,
    };
    let (mut rng, mut normal) = (stream(0, purpose), Normal::default());
    let mut inputs = Vec::with_capacity(COUNT * ticket.widths[0]);
    for index in 0..COUNT * ticket.widths[0] {
        let deviate = normal.draw(&mut rng);
        inputs.push(match &ticket.normalization {
            Some(by) => {
                let column = by.column(index % ticket.widths[0]);
                deviate / column.scale + column.shift
            }
            None => deviate,
        });
    }
    let rows = inputs.chunks_exact(ticket.widths[0]);
    Ok((
        table(ticket, rows.zip(std::iter::repeat(None)))?,
        "normal deviates".to_owned(),
    ))
}

fn table<'a>(
    ticket: &Ticket,
    rows: impl Iterator<Item = (&'a [f32], Option<&'a [u16]>)> + Clone,
) -> anyhow::Result<Table> {
    let header = (0..ticket.widths[0]).map(|input| format!("x{input}"));
    let has_labels = rows.clone().next().is_some_and(|(_, labels)| labels.is_some());
    let names = ticket
        .tasks
        .iter()
        .filter(|_| has_labels)
        .map(|task| task.name.clone());
    let mut text = header.chain(names).collect::<Vec<_>>().join(",");
    for (inputs, labels) in rows {
        text.push('\n');
        for input in inputs {
            // The shortest form that reads back to the same bits.
            write!(text, "{input:?},")?;
        }
        for label in labels.unwrap_or_default() {
            write!(text, "{label},")?;
        }
        text.pop();
    }
    Table::from_bytes(text.as_bytes(), "samples", ticket, Matching::ByPosition)
}
