//! Computes what a ticket answers on given data: logits and classes, row by row.
//!
//! [`Table`] is a file whose columns and labels were found by the ticket's names.

mod table;
#[cfg(test)]
mod tests;

pub use crate::naming::Matching;
pub use table::Table;

use anyhow::Context;
use tombola::lanes::{Kernel, Lanes, padded};
use tombola::{BatchPredictor, Mask, Mlp, Packing, State};

use crate::bad_input;
use crate::integer::{Answers, Network, Source};
use crate::machine::Machine;
use crate::memory::aligned;
use crate::structure::with_structure;
use crate::ticket::Ticket;

/// Rows computed at once. Each row is computed on its own, so the number changes no result.
pub(crate) const CHUNK: usize = 256;

/// The answers of a ticket, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// `(rows, outputs)`.
    logits: Vec<f32>,
    /// `(rows, tasks)`.
    classes: Vec<usize>,
    output_count: usize,
    task_count: usize,
    /// The logits as a network in integers has them, whose values, rounded, are `logits`; none of a ticket itself.
    integers: Option<Vec<i32>>,
    /// Where inputs arrive as integers, how each is made of a raw one.
    sensor: Option<Vec<Source>>,
}

impl Predictions {
    /// The answers of `ticket` to the rows of `table`, which was read for it. Raw inputs are normalized first, where
    /// the ticket says how, unless they are `normalized` already.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if a row makes a number that is not finite on its way through the network.
    ///
    /// # Panics
    ///
    /// If the table was read for a ticket with another number of inputs.
    pub fn of(ticket: &Ticket, table: &Table, normalized: bool) -> anyhow::Result<Predictions> {
        assert_eq!(table.input_count, ticket.widths[0], "a table for this ticket");
        Self::of_rows(ticket, &table.inputs, normalized, &|row| table.place_of(row))
    }

    /// The same of rows of inputs, `(rows, inputs)`; `place_of` names one in messages.
    ///
    /// # Errors
    ///
    /// As [`Predictions::of`].
    pub(crate) fn of_rows(
        ticket: &Ticket,
        rows: &[f32],
        normalized: bool,
        place_of: &dyn Fn(usize) -> String,
    ) -> anyhow::Result<Predictions> {
        let net = Mlp::new(&ticket.widths);
        let (input_count, output_count) = (net.input_count(), net.output_count());
        let row_count = rows.len() / input_count;
        let normalization = ticket.normalization.as_ref().filter(|_| !normalized);
        let mut predictions = Predictions {
            logits: Vec::with_capacity(row_count * output_count),
            classes: Vec::with_capacity(row_count * ticket.tasks.len()),
            output_count,
            task_count: ticket.tasks.len(),
            integers: None,
            sensor: None,
        };
        let no_memory = "not enough memory to answer with this network";
        let mut inputs = aligned(net.batch_len(CHUNK)).context(no_memory)?;
        let mut units = aligned(net.workspace_len(CHUNK)).context(no_memory)?;
        let mut bits = vec![0; net.mask_len()];
        let reaching = reaching(ticket);
        let mask = Mask::from_fn(net, &mut bits, |weight| reaching[weight]);
        let (mut params, mut index) = (ticket.params.clone(), vec![0; Packing::index_len(net)]);
        let machine = Machine::get()?;
        let predictor = machine.run(Ready {
            net,
            mask,
            params: &mut params,
            index: &mut index,
        });
        for (chunk, rows) in rows.chunks(CHUNK * input_count).enumerate() {
            let count = rows.len() / input_count;
            let padded = padded(count);
            let inputs = &mut inputs[..net.batch_len(count)];
            let units = &mut units[..net.workspace_len(count)];
            inputs.fill(0.0);
            for (sample, row) in rows.chunks_exact(input_count).enumerate() {
                for (input, &x) in row.iter().enumerate() {
                    inputs[input * padded + sample] = match normalization {
                        Some(by) => by.column(input).apply(x),
                        None => x,
                    };
                }
            }
            machine.run(Ask {
                predictor,
                inputs,
                count,
                units,
            });

            let is_finite = |sample: usize| {
                let numbers = inputs.chunks_exact(padded).chain(units.chunks_exact(padded));
                numbers.map(|unit| unit[sample]).all(f32::is_finite)
            };
            if let Some(sample) = (0..count).find(|&sample| !is_finite(sample)) {
                return Err(bad_input!(
                    "{}: the network's answer is not finite; its inputs are too large: correct them{}",
                    place_of(chunk * CHUNK + sample),
                    match (&ticket.normalization, normalized) {
                        (Some(_), true) => ", or leave out --normalized if they are raw",
                        (Some(_), false) => ", or add --normalized if they are normalized already",
                        (None, _) => "",
                    }
                ));
            }
            let logits = &units[units.len() - output_count * padded..];
            for sample in 0..count {
                let row = logits.chunks_exact(padded).map(|output| output[sample]);
                let start = predictions.logits.len();
                predictions.logits.extend(row);
                let row = &predictions.logits[start..];
                let classes = ticket
                    .tasks
                    .iter()
                    .map(|task| task.as_task().class_of(|output| row[output]));
                predictions.classes.extend(classes);
            }
        }
        Ok(predictions)
    }

    /// What a network in integers answered.
    pub fn of_integers(network: &Network, answers: &Answers) -> Predictions {
        let output_count = network.scales.len();
        let rows = || answers.logits.chunks_exact(output_count);
        let value = |(output, &logit): (usize, &i32)| network.value(output, logit) as f32;
        Predictions {
            logits: rows().flat_map(|row| row.iter().enumerate().map(value)).collect(),
            classes: rows().flat_map(|row| network.classes(row)).collect(),
            output_count,
            task_count: network.program.tasks.len(),
            integers: Some(answers.logits.clone()),
            sensor: network.sensor(),
        }
    }

    /// How many rows were answered.
    pub fn row_count(&self) -> usize {
        self.logits.len() / self.output_count
    }

    /// The logits of a row, one per output of the network.
    pub fn logits(&self, row: usize) -> &[f32] {
        &self.logits[row * self.output_count..][..self.output_count]
    }

    /// The logits of a row as integers, if those are what was computed.
    pub fn integers(&self, row: usize) -> Option<&[i32]> {
        let integers = self.integers.as_ref()?;
        Some(&integers[row * self.output_count..][..self.output_count])
    }

    /// The bits of the logits of a row, as a board has them.
    pub fn logit_bits(&self, row: usize) -> Vec<u32> {
        match self.integers(row) {
            Some(integers) => integers.iter().map(|logit| logit.cast_unsigned()).collect(),
            None => self.logits(row).iter().map(|logit| logit.to_bits()).collect(),
        }
    }

    /// The bits of the inputs of a row of `table`, as a board takes them.
    pub fn input_bits(&self, table: &Table, row: usize) -> Vec<u32> {
        let raw = table.inputs(row).iter();
        match &self.sensor {
            Some(sources) => {
                let sources = sources.iter().zip(raw);
                sources
                    .map(|(source, &raw)| source.whole(raw).cast_unsigned())
                    .collect()
            }
            None => raw.map(|raw| raw.to_bits()).collect(),
        }
    }

    /// The class of each task in a row.
    pub fn classes(&self, row: usize) -> &[usize] {
        &self.classes[row * self.task_count..][..self.task_count]
    }

    /// How many rows got the right class of a task, where `table` has a label of it.
    pub fn score(&self, table: &Table, task: usize) -> Option<Score> {
        let labels = table.labels[task].as_ref()?;
        let answers = self.classes.iter().skip(task).step_by(self.task_count);
        let labeled = labels.iter().zip(answers);
        let labeled = labeled.filter_map(|(label, answer)| Some((label.as_ref()?, answer)));
        let (mut right, mut count) = (0, 0);
        for (label, answer) in labeled {
            right += usize::from(label == answer);
            count += 1;
        }
        (0 < count).then_some(Score { right, count })
    }
}

/// How many rows were answered rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// So many, of
    pub right: usize,
    /// so many that have a label, at least one.
    pub count: usize,
}

impl Score {
    /// The share of right answers.
    pub fn accuracy(self) -> f64 {
        self.right as f64 / self.count as f64
    }
}

/// Whether each weight survives and reaches an output. The others are left out: whether they are computed depends on the
/// vector unit, and one that overflows must not be an error on some.
fn reaching(ticket: &Ticket) -> Vec<bool> {
    let mut reaching = vec![false; ticket.mask.len()];
    with_structure(ticket, |structure| {
        for layer in 0..ticket.widths.len() - 1 {
            for edge in structure.edges(layer) {
                reaching[edge.weight] = structure.edge_state(edge) != State::Inactive;
            }
        }
    });
    reaching
}

/// [`BatchPredictor::new`], on any lanes.
pub(crate) struct Ready<'a> {
    pub(crate) net: Mlp<'a>,
    pub(crate) mask: Mask<'a>,
    pub(crate) params: &'a mut [f32],
    pub(crate) index: &'a mut [u32],
}

impl<'a> Kernel for Ready<'a> {
    type Output = BatchPredictor<'a>;

    fn run<L: Lanes>(self) -> BatchPredictor<'a> {
        BatchPredictor::new::<L>(self.net, &self.mask, self.params, self.index, CHUNK)
    }
}

/// [`BatchPredictor::logits`], on any lanes: the logits are the last of the units.
pub(crate) struct Ask<'a> {
    pub(crate) predictor: BatchPredictor<'a>,
    pub(crate) inputs: &'a [f32],
    pub(crate) count: usize,
    pub(crate) units: &'a mut [f32],
}

impl Kernel for Ask<'_> {
    type Output = ();

    fn run<L: Lanes>(self) {
        self.predictor.logits::<L>(self.inputs, self.count, self.units);
    }
}
