//! Declares every measure in one table: its name, its extent, its documentation and the function that computes it.

use super::look::Look;
use super::null::z;
use super::{Extent, ncut, surgery};
use crate::IS_WHOLE;

/// A measure of one network.
pub struct Measure {
    /// Its name: a column of `levels.csv`, or the measure of rows of `measures.csv`.
    pub name: &'static str,
    /// When it is measured: [`Extent::Basic`] always, [`Extent::Full`] where all is asked for.
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

    /// Whether that number is `true` or `false`.
    pub fn is_flag(&self) -> bool {
        matches!(self.what, What::Flag(_))
    }
}

/// All measures; those that are columns of `levels.csv` in the order of these.
pub const MEASURES: &[Measure] = &computed(DECLARED);

/// The same, without the functions of those that a build leaves out: nothing else refers to them.
const fn computed<const N: usize>(mut measures: [Measure; N]) -> [Measure; N] {
    let mut place = 0;
    while place < N && !IS_WHOLE {
        let measure = &mut measures[place];
        if matches!(measure.extent, Extent::Full) {
            measure.what = match measure.what {
                What::Flag(_) => What::Flag(|_| None),
                What::Number(_) => What::Number(|_| None),
                What::Entries(_) => What::Entries(|_| vec![]),
            };
        }
        place += 1;
    }
    measures
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of `Look<'_>` is a function of one lifetime, and a measure takes any"
)]
const DECLARED: [Measure; 23] = [
    Measure {
        name: "cut",
        extent: Extent::Basic,
        about: "Weights of the minimum cut between one task's inputs and outputs and the other's in the active \
                graph, undirected, each weight 1; empty unless there are two tasks",
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
        extent: Extent::Basic,
        about: "Weights of the minimum cut between a task's inputs and outputs and those of all others, as in \
                `cut`; of each task, where there are two or more",
        what: What::Entries(|look| {
            look.by_task(look.cuts().weights.iter().map(|cut| cut.map(|cut| cut as f64)))
        }),
    },
    Measure {
        name: "cuts_weight",
        extent: Extent::Basic,
        about: "The same where each weight counts its magnitude: the least Σ|w| that parts a task from all \
                others; of each task, where there are two or more",
        what: What::Entries(|look| look.by_task(look.cuts().magnitudes.iter().copied())),
    },
    Measure {
        name: "decided_from_inputs",
        extent: Extent::Basic,
        about: "The share of a layer's active neurons that inputs of exactly one task reach, in 0..=1; of each \
                layer with an active neuron, 0 the inputs",
        what: What::Entries(|look| look.decided(|task, neuron| look.structure.is_source(task, neuron))),
    },
    Measure {
        name: "decided_from_outputs",
        extent: Extent::Basic,
        about: "The share of a layer's active neurons that reach outputs of exactly one task, in 0..=1; of each \
                layer with an active neuron, 0 the inputs",
        what: What::Entries(|look| look.decided(|task, neuron| look.structure.is_sink(task, neuron))),
    },
    Measure {
        name: "splits",
        extent: Extent::Basic,
        about: "Whether there are two subnetworks or more and no input or output is lost, whatever task they \
                belong to: separated, a ticket must split between the tasks, too",
        what: What::Flag(|look| Some(super::splits(look.structure, look.subject.names))),
    },
    Measure {
        name: "side_by_side",
        extent: Extent::Basic,
        about: "Whether the ticket is independent and every task has a path from its inputs to its outputs: \
                networks side by side, each of which may have lost some inputs; an independent ticket that has \
                lost a whole task is none",
        what: What::Flag(|look| Some(super::side_by_side(look.structure, look.tasks.len()))),
    },
    Measure {
        name: "rewirings_independent",
        extent: Extent::Basic,
        about: "Of 100 random rewirings of imp's mask in which every neuron keeps its degrees, those that are \
                independent; only of the arm `rewired`, from level 1 on, whose own mask is one more",
        what: What::Number(|look| Some(look.rewirings()?.independent.into())),
    },
    Measure {
        name: "rewirings_separated",
        extent: Extent::Basic,
        about: "Those that are separated",
        what: What::Number(|look| Some(look.rewirings()?.separated.into())),
    },
    Measure {
        name: "rewirings_split",
        extent: Extent::Basic,
        about: "Those that split, as in `splits`",
        what: What::Number(|look| Some(look.rewirings()?.split.into())),
    },
    Measure {
        name: "epochs_to_loss",
        extent: Extent::Full,
        about: "Epochs until the validation loss was first at most 0.1 a task; empty if it never was, or the \
                ticket is of an older run and was measured again, without training",
        what: What::Number(|look| look.subject.epochs_to_loss.map(f64::from)),
    },
    Measure {
        name: "q_task",
        extent: Extent::Full,
        about: "Newman's Q of the partition by task of the active graph, undirected, each weight 1: a neuron is \
                in the class of the one task that its inputs and outputs belong to, or in one class more; empty \
                where nothing is active",
        what: What::Number(|look| look.q_task()),
    },
    Measure {
        name: "q_task_z",
        extent: Extent::Full,
        about: "Its distance from the mean of 100 rewirings of the mask, each with its own active graph and \
                partition, in their standard deviations; empty where all are equal",
        what: What::Number(|look| z(look.q_task()?, &look.modularities().by_task)),
    },
    Measure {
        name: "q_best",
        extent: Extent::Full,
        about: "Newman's Q of the best partition that is found (Louvain with refinement, from the partition by \
                task and 30 other starts); empty where nothing is active",
        what: What::Number(|look| look.q_best()),
    },
    Measure {
        name: "q_best_z",
        extent: Extent::Full,
        about: "Its distance from the mean of the rewirings' best, as in `q_task_z`",
        what: What::Number(|look| z(look.q_best()?, &look.modularities().best)),
    },
    Measure {
        name: "ncut",
        extent: Extent::Full,
        about: "The n-cut of the active graph, weights counting their magnitudes, by spectral clustering into \
                as many clusters as tasks; 0 where there are as many subnetworks, empty where nothing is active \
                or there is one task",
        what: What::Number(|look| look.ncut()),
    },
    Measure {
        name: "ncut_z",
        extent: Extent::Full,
        about: "Its distance from the mean of 100 shuffles of each layer's weights between active neurons, \
                pruned ones included, in their standard deviations; empty where all are equal",
        what: What::Number(|look| z(look.ncut()?, &ncut::of_shuffles(look.subject, look.structure))),
    },
    Measure {
        name: "jacobian_cross",
        extent: Extent::Full,
        about: "The cross-task share of the Jacobian of the logits by the inputs, Σ|∂y/∂x| over logits and \
                inputs of different tasks by that over all, on the test part, in 0..=1; 0 where the ticket is \
                independent, empty where nothing flows",
        what: What::Number(|look| look.jacobian().share()),
    },
    Measure {
        name: "jacobian_cross_task",
        extent: Extent::Full,
        about: "The same of one task's logits alone; of each task",
        what: What::Entries(|look| look.by_task(look.jacobian().shares())),
    },
    Measure {
        name: "permuted_accuracy",
        extent: Extent::Full,
        about: "Test accuracy where the inputs that are not the task's own are permuted among the samples, all \
                together; of each task that has others beside it",
        what: What::Entries(|look| look.by_task(surgery::permuted(look.subject, look.structure).into_iter())),
    },
    Measure {
        name: "alone_accuracy",
        extent: Extent::Full,
        about: "Test accuracy of one subnetwork, with the zombies that reach its outputs; of `SUBNETWORK:TASK` \
                for each task with an output in it, subnetworks counted from 0 as `inspect` lists them",
        what: What::Entries(|look| surgery::alone(look.subject, look.structure)),
    },
    Measure {
        name: "without_subnetwork",
        extent: Extent::Full,
        about: "Test accuracy without the weights of one subnetwork; of `SUBNETWORK:TASK`",
        what: What::Entries(|look| surgery::without_subnetwork(look.subject, look.structure)),
    },
    Measure {
        name: "without_neuron",
        extent: Extent::Full,
        about: "Test accuracy without one hidden neuron's outgoing weights; of `LLAYER.UNIT:TASK` for each that \
                is not inactive, layers counted from 1, units from 0",
        what: What::Entries(|look| surgery::without_neuron(look.subject, look.structure)),
    },
];
