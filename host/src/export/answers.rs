//! A few samples with what a ticket answers to them, which code that is handed on is held to where it runs.

use crate::bad_input;
use crate::integer::Network;
use crate::predict::{Predictions, Table};
use crate::ticket::Ticket;

/// Samples, and the ticket's answer to each.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Whether inputs are integers, as of a sensor; else they are floats.
    pub whole_inputs: bool,
    /// Whether logits are integers; else they are floats.
    pub whole_logits: bool,
    /// At least one.
    pub rows: Vec<Answered>,
}

/// A sample, and the ticket's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Raw inputs, as the bits of what the code takes.
    pub inputs: Vec<u32>,
    /// The bits of each output.
    pub logits: Vec<u32>,
    /// One for each task.
    pub classes: Vec<usize>,
}

/// More rows without a finite answer than this many times those that are asked for are not tried.
const TRIES: usize = 16;

impl Answers {
    /// The answers to the first rows of `table` that have a finite one, at most `most` of them: those of `network`, if the
    /// ticket is in integers, else the ticket's own.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if no row has a finite answer.
    pub fn of(
        ticket: &Ticket,
        network: Option<&Network>,
        table: &Table,
        most: usize,
    ) -> anyhow::Result<Self> {
        let sensor = network.and_then(Network::sensor);
        let answered = |row: usize| {
            let inputs = table.inputs(row);
            let predictions = match network {
                Some(network) => Predictions::of_integers(network, &network.answers(inputs)),
                None => Predictions::of_rows(ticket, inputs, false, &|_| String::new()).ok()?,
            };
            Some(Answered {
                inputs: predictions.input_bits(table, row),
                logits: predictions.logit_bits(0),
                classes: predictions.classes(0).to_vec(),
            })
        };
        let tried = table.row_count().min(TRIES * most);
        let rows: Vec<Answered> = (0..tried).filter_map(answered).take(most).collect();
        if rows.is_empty() {
            return Err(bad_input!(
                "no sample has a finite answer that the code could be tried by; name samples with --data"
            ));
        }
        Ok(Self {
            whole_inputs: sensor.is_some(),
            whole_logits: network.is_some(),
            rows,
        })
    }
}
