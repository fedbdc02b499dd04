//! Draws the samples that a ticket is tried on where no file is named: what it was tested on, or normal deviates.

use tombola::random::{Normal, Part, Purpose, stream};

use crate::arm::has_data_of_imp;
use crate::data::{Contents, Drawn, Rows, Source};
use crate::experiment::Experiment;
use crate::predict::Table;
use crate::ticket::{Origin, Ticket};

/// How many samples.
const COUNT: usize = 1000;

/// Samples for a ticket, and what they are: of a ticket of the founding experiment, those that its seed was tested on;
/// of others normal deviates, without labels.
///
/// # Errors
/// If samples cannot be drawn.
pub fn samples(ticket: &Ticket) -> anyhow::Result<(Table, String)> {
    if let (Some(origin), Some(drawn)) = (&ticket.origin, founding_data(ticket)?) {
        let table = rows_as_table(ticket, &drawn.test);
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
    Ok((
        Table::of_samples(ticket, inputs, None),
        "normal deviates".to_owned(),
    ))
}

/// The data of a ticket of the founding experiment, raw; `None` of others.
///
/// # Errors
/// If samples cannot be drawn.
pub fn founding_data(ticket: &Ticket) -> anyhow::Result<Option<Drawn>> {
    raw_data(&Experiment::default(), &Contents::default(), ticket)
}

/// The data that a ticket of this experiment was trained and tested on, raw; `None` of tickets of another one, and of arms
/// that have data of their own.
///
/// # Errors
/// If samples cannot be drawn.
pub(crate) fn raw_data(
    experiment: &Experiment,
    contents: &Contents,
    ticket: &Ticket,
) -> anyhow::Result<Option<Drawn>> {
    let is_ours = |origin: &&Origin| {
        let arm = origin.arm.as_deref();
        arm.is_none_or(has_data_of_imp) && origin.digest == experiment.digest(contents)
    };
    let Some(origin) = ticket.origin.as_ref().filter(is_ours) else {
        return Ok(None);
    };
    let source = Source::open(&experiment.data.raw(), contents)?;
    source.draw(origin.data_seed).map(Some)
}

/// Rows of a ticket's data as a table, with labels.
pub(crate) fn rows_as_table(ticket: &Ticket, rows: &Rows) -> Table {
    Table::of_samples(ticket, rows.inputs.clone(), Some(&rows.classes))
}
