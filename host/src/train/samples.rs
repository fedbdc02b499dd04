//! Lays drawn samples out as a ticket wants them: its order of inputs and tasks, its classes, its scale.

use tombola::Samples;

use super::fit::Fit;
use crate::bad_input;
use crate::data::{Drawn, Rows};
use crate::ticket::Normalization;

/// The names of the parts, in the order in which everything here lists them.
pub const PARTS: [&str; 3] = ["train", "validation", "test"];

/// The parts of the data.
pub(super) struct Parts {
    rows: [Rows; 3],
    input_count: usize,
    task_count: usize,
}

impl Parts {
    /// From drawn samples with so many inputs, which are normalized by `normalization` if it is given.
    ///
    /// # Errors
    /// Bad input if an input leaves the range of 32-bit numbers.
    pub(super) fn new(
        (drawn, width): (&Drawn, usize),
        fit: &Fit,
        normalization: Option<&Normalization>,
    ) -> anyhow::Result<Self> {
        let (input_count, task_count) = (fit.inputs.len(), fit.tasks.len());
        let rearranged = |rows: &Rows| {
            let inputs = rows.inputs.chunks_exact(width).flat_map(|row| {
                fit.inputs
                    .iter()
                    .enumerate()
                    .map(|(input, &from)| match normalization {
                        Some(by) => by.column(input).apply(row[from]),
                        None => row[from],
                    })
            });
            let classes = rows.classes.chunks_exact(task_count).flat_map(|row| {
                let tasks = fit.data_tasks.iter().zip(&fit.classes);
                tasks.map(|(&task, classes)| classes[usize::from(row[task])])
            });
            Rows {
                inputs: inputs.collect(),
                classes: classes.collect(),
            }
        };
        let rows = [&drawn.train, &drawn.validation, &drawn.test].map(rearranged);
        for (rows, part) in rows.iter().zip(PARTS) {
            if let Some(position) = rows.inputs.iter().position(|x| !x.is_finite()) {
                return Err(bad_input!(
                    "input {} of the {part} part leaves the range of 32-bit numbers when it is normalized as the \
                     ticket says; correct it, or train --from fresh, which normalizes anew",
                    position % input_count
                ));
            }
        }
        Ok(Self {
            rows,
            input_count,
            task_count,
        })
    }

    /// One part, by its place in [`PARTS`].
    pub(super) fn samples(&self, part: usize) -> Samples<'_> {
        let Rows { inputs, classes } = &self.rows[part];
        Samples::new(inputs, self.input_count, classes, self.task_count)
    }

    /// All of them.
    pub(super) fn data(&self) -> tombola::Data<'_> {
        tombola::Data {
            train: self.samples(0),
            validation: self.samples(1),
            test: self.samples(2),
        }
    }
}
