//! Draws or reads the samples that an experiment's settings describe: the same seed gives every command the same ones.
//!
//! Tasks stand side by side: a sample's inputs are those of all tasks, one after the other, and it has a class for
//! each. Every part of every task is drawn from a stream of its own, by the core's code, so a microcontroller that is
//! given the seed makes the same bits.
//!
//! In reading order: [`Contents`] has the files of all tasks (`unpacked` undoes their compression), [`Source`] knows the
//! tasks before anything is drawn (`shortage` whether files have rows enough), [`Drawn`] holds the samples of one
//! replicate, `table` reads a CSV file (`sheet` its cells, `classes` its labels), `notes` says what to know of files,
//! `numbers` reads arrays and images (`array` decodes them, `pooling` makes images smaller, `foreign` names files of other
//! formats), `normalize` brings all inputs to one scale (`exact` those of tables, `pixels` those of images), `dials` makes
//! tasks depend on each other, `majority` counts classes, `variations` makes other samples of drawn ones, for arms. Points
//! are drawn by [`tombola::data`].

pub(crate) mod array;
mod classes;
mod contents;
mod dials;
pub(crate) mod exact;
pub(crate) mod foreign;
mod majority;
mod normalize;
mod notes;
mod numbers;
mod pixels;
mod pooling;
pub(crate) mod sheet;
mod shortage;
mod source;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod unpacked;
mod variations;

pub(crate) use contents::sha256;
pub use contents::{Content, Contents};
pub use majority::Majority;
pub use source::Source;
pub use tables::Tables;
use tombola::Samples;
pub use unpacked::{LARGEST, unpacked};

use crate::ticket::Normalization;

/// The samples of one replicate.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The seed that the samples were drawn with: the one that `data.seed` gives the replicate.
    pub data_seed: u64,
    /// How raw inputs became those of the parts; `None` if they are raw.
    pub normalization: Option<Normalization>,
    /// What the network learns from.
    pub train: Rows,
    /// What early stopping looks at.
    pub validation: Rows,
    /// What nothing is decided by.
    pub test: Rows,
    /// Inputs of all tasks.
    input_count: usize,
    /// Which of them are those of each task, in its order.
    inputs: Vec<Vec<usize>>,
}

/// The samples of one part, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Row-major `(samples, inputs of all tasks)`; finite.
    pub inputs: Vec<f32>,
    /// Row-major `(samples, tasks)`.
    pub classes: Vec<u16>,
}

impl Drawn {
    /// The parts as the core takes them.
    ///
    /// # Panics
    /// If a part was emptied.
    pub fn parts(&self) -> tombola::Data<'_> {
        tombola::Data {
            train: self.samples(&self.train),
            validation: self.samples(&self.validation),
            test: self.samples(&self.test),
        }
    }

    fn samples<'a>(&self, rows: &'a Rows) -> Samples<'a> {
        Samples::new(&rows.inputs, self.input_count(), &rows.classes, self.task_count())
    }

    fn input_count(&self) -> usize {
        self.input_count
    }

    fn task_count(&self) -> usize {
        self.inputs.len()
    }
}
