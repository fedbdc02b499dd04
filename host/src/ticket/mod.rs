//! A ticket, read from and written to the bytes of a `.safetensors` file.
//!
//! Python opens the file with `safetensors.torch.load_file`. What a network's tensors cannot say (which inputs and
//! outputs belong to which task, where the ticket comes from) is JSON under the one metadata key `tombola`.
//!
//! Reading trusts nothing: files come from other programs and broken disks, and all other modules rely on finite
//! numbers, a mask that agrees with the weights, tasks that partition the outputs, and inputs that each belong to a task.
//! What was written here reads back bit for bit, and equal tickets are equal files.
//!
//! In reading order: `layout` says which tensor holds which part of the flat buffers, `metadata` is the JSON, `tensors`
//! takes a file apart, `read` goes from bytes to numbers, `check` says which numbers make a ticket and `columns` which
//! names its inputs may have, `write` goes back to bytes.

mod check;
mod columns;
mod layout;
mod metadata;
mod read;
pub(crate) mod tensors;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use columns::{distinct_names, input_called};
pub use columns::{input_names, name_problem};
use itertools::Itertools;
pub use read::is_cut_short;
use serde::{Deserialize, Serialize};
use tombola::{Init, InitialBiases, InitialWeights};

use crate::bad_input;

/// A sparse network with its tasks and, where known, how it began and where it comes from.
///
/// The flat buffers hold all weights before all biases, layer after layer, each layer's weights (out, in) row
/// by row. A ticket that was read fulfils what the fields' docs say; one built by hand is checked when it is
/// written.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Neurons per layer, `[inputs, hidden…, outputs]`: at least two, none of them 0.
    pub widths: Vec<usize>,
    /// The tasks, with names that differ: each output belongs to exactly one, each input, too, unless `shares_inputs`.
    pub tasks: Vec<TaskPorts>,
    /// Whether an input may belong to several tasks; to one it belongs in any case.
    pub shares_inputs: bool,
    /// Weights, then biases; finite, and +0.0 where the mask is false.
    pub params: Vec<f32>,
    /// Which weights survive, one per weight in the order of `params`.
    pub mask: Vec<bool>,
    /// The weights as initialized, before any pruning, one per weight; behind them the biases, where they were not all 0.
    pub initial: Option<Vec<f32>>,
    /// The seed that `initial` was drawn with, where the file is to say so in place of the weights themselves: every ticket
    /// of a seed has the same, and a run writes them once.
    pub initial_seed: Option<u64>,
    /// Weights and biases at the epoch that pruning rewinds to, where they differ from the initial ones; as
    /// long as `params`, and not masked.
    pub rewind: Option<Vec<f32>>,
    /// How raw inputs become the network's inputs.
    pub normalization: Option<Normalization>,
    /// Which experiment made the ticket, when it was ours.
    pub origin: Option<Origin>,
}

impl Ticket {
    /// How the initial weights are drawn that a file names by their seed alone. It is part of the format: what is drawn
    /// otherwise is written as it is.
    pub(crate) const DRAWN_BY_SEED: Init = Init {
        weights: InitialWeights::KaimingNormal,
        biases: InitialBiases::Zero,
    };

    /// A ticket of which nothing more is known: a weight survives where it is not 0. Fields that say more are set on it,
    /// or with `Ticket { initial, ..Ticket::new(…) }`.
    pub fn new(widths: &[usize], tasks: Vec<TaskPorts>, params: Vec<f32>) -> Self {
        let weight_count = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        Self {
            widths: widths.to_vec(),
            tasks,
            shares_inputs: false,
            mask: params
                .iter()
                .take(weight_count)
                .map(|&weight| weight != 0.0)
                .collect(),
            params,
            initial: None,
            initial_seed: None,
            rewind: None,
            normalization: None,
            origin: None,
        }
    }

    /// The ticket without a word of the run that it comes from; its file holds the initial weights.
    #[must_use]
    pub fn of_no_run(&self) -> Self {
        Self {
            initial_seed: None,
            origin: None,
            ..self.clone()
        }
    }

    /// What [`Ticket::initial`] keeps of initial parameters: biases only where there is one.
    pub(crate) fn initial_of(net: tombola::Mlp<'_>, params: &[f32]) -> Vec<f32> {
        let (weights, biases) = params.split_at(net.weight_count());
        let has_biases = biases.iter().any(|&bias| bias != 0.0);
        if has_biases { params } else { weights }.to_vec()
    }

    /// The initial parameters, of which the biases are 0 unless the ticket has others.
    pub fn initial_params(&self) -> Option<Vec<f32>> {
        let mut params = self.initial.clone()?;
        params.resize(self.params.len(), 0.0);
        Some(params)
    }

    /// The inputs that belong to several tasks, ascending.
    pub fn shared_inputs(&self) -> Vec<usize> {
        let all = self.tasks.iter().flat_map(|task| task.inputs.iter().copied());
        all.duplicates().sorted_unstable().collect()
    }

    /// Checks that the fields make a ticket. One that was read is known to be one; one built by hand may not be.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) with the place and the remedy.
    pub fn check(&self) -> anyhow::Result<()> {
        check::check(self).map_err(|problem| bad_input!("{problem}"))
    }
}

/// Tickets are equal that are the same network with the same history, however their files have the initial weights.
impl PartialEq for Ticket {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            widths,
            tasks,
            shares_inputs,
            params,
            mask,
            initial,
            initial_seed: _,
            rewind,
            normalization,
            origin,
        } = self;
        (widths, tasks, shares_inputs, params, mask)
            == (
                &other.widths,
                &other.tasks,
                &other.shares_inputs,
                &other.params,
                &other.mask,
            )
            && (initial, rewind, normalization, origin)
                == (&other.initial, &other.rewind, &other.normalization, &other.origin)
    }
}

/// Which inputs and outputs of the network are a task's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskPorts {
    /// One or more ASCII letters, digits, `-` and `_`: the name becomes a column's.
    pub name: String,
    /// Indices of inputs, at least one.
    pub inputs: Vec<usize>,
    /// Indices of outputs, at least one; with two or more, class c is output `outputs[c]`.
    pub outputs: Vec<usize>,
    /// The labels of the classes, where they are not 0, 1, …: two for one output, else one per output, all
    /// different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
    /// What the inputs were called in the file that the task was read from: one for each of `inputs`, all different,
    /// without line breaks and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// What the column of the classes was called there; none of `columns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether a ticket may lose inputs of the task and is none the worse: pixels of an image, of which many are blank.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spare_inputs: bool,
}

impl TaskPorts {
    /// A task whose classes are 0, 1, … and whose inputs have no names.
    pub fn new(
        name: impl Into<String>,
        inputs: impl IntoIterator<Item = usize>,
        outputs: impl IntoIterator<Item = usize>,
    ) -> Self {
        Self {
            name: name.into(),
            inputs: inputs.into_iter().collect(),
            outputs: outputs.into_iter().collect(),
            classes: None,
            columns: None,
            label: None,
            spare_inputs: false,
        }
    }

    /// Whether the tasks are the same, whether or not they keep the names of their columns: tickets that were written
    /// before there were such names do not.
    pub fn is_same(&self, other: &Self) -> bool {
        let Self {
            name,
            inputs,
            outputs,
            classes,
            columns: _,
            label: _,
            spare_inputs,
        } = self;
        (name, inputs, outputs, classes, spare_inputs)
            == (
                &other.name,
                &other.inputs,
                &other.outputs,
                &other.classes,
                &other.spare_inputs,
            )
    }

    /// The task as the core knows it, whose loss counts as it is.
    pub fn as_task(&self) -> tombola::Task<'_> {
        tombola::Task {
            inputs: &self.inputs,
            outputs: &self.outputs,
            weight: tombola::Task::ALIKE,
        }
    }
}

/// `normalized = (x − shift) · scale`, one of each per input.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalization {
    /// Finite.
    pub shift: Vec<f32>,
    /// Finite and not 0: an input scaled by 0 is no input.
    pub scale: Vec<f32>,
}

impl Normalization {
    /// That of one input.
    pub fn column(&self, input: usize) -> tombola::data::Normalization {
        tombola::data::Normalization {
            shift: self.shift[input],
            scale: self.scale[input],
        }
    }
}

/// Which experiment, replicate and level a ticket comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The seed of the replicate.
    pub seed: u64,
    /// The seed its data was drawn with.
    pub data_seed: u64,
    /// How often the network was pruned.
    pub level: u32,
    /// The digest of the experiment.
    pub digest: String,
    /// The arm, where it is not `imp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// What was measured at this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<LevelResult>,
}

/// What was measured at a level: with it in the ticket, a finished level is not computed again.
///
/// Each number survives the file bit for bit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LevelResult {
    /// Epochs trained.
    pub epochs: u32,
    /// Loss over the whole train part, after training.
    pub train_loss: f32,
    /// Loss over the whole validation part.
    pub validation_loss: f32,
    /// Loss over the whole test part.
    pub test_loss: f32,
    /// Share of test samples classified rightly, per task, in 0..=1.
    pub accuracy: Vec<f64>,
}
