//! The table of measures: one entry is all that is written of a measure but for how it is computed.

use super::Extent;
use super::look::Look;

/// A measure of one network.
pub struct Measure {
    /// Its name: a column of `levels.csv`, or the measure of rows of `measures.csv`.
    pub name: &'static str,
    /// When it is measured: [`Extent::Default`] always, [`Extent::Full`] where all is asked for.
    pub extent: Extent,
    /// What it is, with its unit, and when it is empty.
    pub about: &'static str,
    /// What it says of a network.
    pub(super) what: What,
}

/// What a measure says of a network, and so where it is written.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// A column of `levels.csv`: true or false.
    Flag(fn(&Look<'_>) -> Option<bool>),
    /// A column of `levels.csv`.
    Number(fn(&Look<'_>) -> Option<f64>),
    /// Rows of `measures.csv`: what each number is of, and the number.
    Entries(fn(&Look<'_>) -> Vec<(String, f64)>),
}

impl Measure {
    /// Whether it is one number for a network, a column of `levels.csv`; else it has rows in `measures.csv`.
    pub fn is_scalar(&self) -> bool {
        !matches!(self.what, What::Entries(_))
    }
}

/// All measures; those that are columns of `levels.csv` in the order of these.
pub const MEASURES: &[Measure] = &[
    Measure {
        name: "cut",
        extent: Extent::Default,
        about: "Weights of the minimum cut between one task's inputs and outputs and the other's in the active graph, \
                undirected, each weight 1; empty unless there are two tasks",
        what: What::Number(|look| {
            if look.tasks.len() == 2 {
                look.cuts().weights[0].map(|cut| cut as f64)
            } else {
                None
            }
        }),
    },
    Measure {
        name: "cuts",
        extent: Extent::Default,
        about: "Weights of the minimum cut between a task's inputs and outputs and those of all others, as in `cut`; of \
                each task, where there are two or more",
        what: What::Entries(|look| {
            look.by_task(look.cuts().weights.iter().map(|cut| cut.map(|cut| cut as f64)))
        }),
    },
    Measure {
        name: "cuts_weight",
        extent: Extent::Default,
        about: "The same where each weight counts its magnitude: the least Σ|w| that parts a task from all others; of \
                each task, where there are two or more",
        what: What::Entries(|look| look.by_task(look.cuts().magnitudes.iter().copied())),
    },
    Measure {
        name: "decided_from_inputs",
        extent: Extent::Default,
        about: "The share of a layer's active neurons that inputs of exactly one task reach, in 0..=1; of each layer with \
                an active neuron, 0 the inputs",
        what: What::Entries(|look| look.decided(|task, neuron| look.structure.is_source(task, neuron))),
    },
    Measure {
        name: "decided_from_outputs",
        extent: Extent::Default,
        about: "The share of a layer's active neurons that reach outputs of exactly one task, in 0..=1; of each layer \
                with an active neuron, 0 the inputs",
        what: What::Entries(|look| look.decided(|task, neuron| look.structure.is_sink(task, neuron))),
    },
    Measure {
        name: "splits",
        extent: Extent::Default,
        about: "Whether there are two subnetworks or more and no input or output is lost, whatever task they belong to: \
                separated, a ticket must split between the tasks, too",
        what: What::Flag(|look| Some(super::splits(look.structure))),
    },
    Measure {
        name: "side_by_side",
        extent: Extent::Default,
        about: "Whether the ticket is independent and every task has a path from its inputs to its outputs: networks side by \
                side, each of which may have lost some inputs; an independent ticket that has lost a whole task is none",
        what: What::Flag(|look| Some(super::side_by_side(look.structure, look.tasks.len()))),
    },
    Measure {
        name: "rewirings_independent",
        extent: Extent::Default,
        about: "Of 100 random rewirings of the mask in which every neuron keeps its degrees, those that are independent; \
                only of the arm `rewired`, from level 1 on",
        what: What::Number(|look| Some(look.rewirings()?.independent.into())),
    },
    Measure {
        name: "rewirings_separated",
        extent: Extent::Default,
        about: "Those that are separated",
        what: What::Number(|look| Some(look.rewirings()?.separated.into())),
    },
    Measure {
        name: "rewirings_split",
        extent: Extent::Default,
        about: "Those that split, as in `splits`",
        what: What::Number(|look| Some(look.rewirings()?.split.into())),
    },
    Measure {
        name: "epochs_to_loss",
        extent: Extent::Full,
        about: "Epochs until the validation loss was first at most 0.1 a task; empty if it never was, or the ticket is of a \
                run that did not watch it",
        what: What::Number(|look| look.subject.epochs_to_loss.map(f64::from)),
    },
];
