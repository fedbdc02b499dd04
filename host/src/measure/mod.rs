//! Measures one trained network: what its structure, its weights and its answers say about its tasks.
//!
//! [`MEASURES`] has an entry for each measure; the other files compute them. Whatever is one number for a network
//! becomes a column of `levels.csv`, the rest goes to `measures.csv`. A number that is not defined is left out.

mod answers;
mod cuts;
mod decided;
mod flow;
mod graph;
mod jacobian;
mod lanczos;
mod look;
mod measures;
mod modularity;
mod ncut;
mod null;
pub mod rewire;
mod rewirings;
mod surgery;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use cuts::{between_two, cut_between_two};
pub use measures::Measures;
use serde::{Deserialize, Serialize};
pub use table::{MEASURES, Measure};
use tombola::{Data, Mask, Mlp, Structure, Task, Verdict};

use self::look::Look;
use self::measures::Answer;
use self::table::What;
use crate::machine::Machine;
use crate::structure::verdict;
use crate::ticket::TaskPorts;

/// A trained network, and what it was trained on.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its shape.
    pub net: Mlp<'a>,
    /// Its tasks.
    pub tasks: &'a [Task<'a>],
    /// The same, with their names.
    pub names: &'a [TaskPorts],
    /// Which weights survive.
    pub mask: &'a Mask<'a>,
    /// Weights and biases in flat order; pruned weights are +0.0.
    pub params: &'a [f32],
    /// The parts of the data, normalized.
    pub data: &'a Data<'a>,
    /// The seed of the replicate.
    pub seed: u64,
    /// How often the network was pruned.
    pub level: u32,
    /// What computes answers; no number depends on it.
    pub machine: Machine,
    /// The mask whose random rewirings the default measures tell of: that which the arm `rewired` rewired.
    pub rewired: Option<&'a Mask<'a>>,
    /// Epochs until the validation loss was first low enough ([`crate::arm::CONVERGED`]), where that was watched.
    pub epochs_to_loss: Option<u32>,
}

/// The number under which measures draw what is no arm's. No arm has it.
const MEASURES_ARM: u32 = u32::MAX;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// What costs next to nothing.
    // Records of a time have it as the default, which it is.
    #[serde(alias = "default")]
    Basic,
    /// Everything.
    Full,
}

/// Measures a network, whose structure is `structure`.
///
/// # Panics
/// If what is given does not belong together.
pub fn measure(subject: &Subject<'_>, structure: &Structure<'_>, extent: Extent) -> Measures {
    let look = Look::new(subject, structure);
    Measures::of(|measure| {
        (measure.extent <= extent).then(|| match measure.what {
            What::Flag(ask) => Answer::Number(ask(&look).map(|is_so| f64::from(u8::from(is_so)))),
            What::Number(ask) => Answer::Number(ask(&look)),
            What::Entries(ask) => Answer::Entries(ask(&look)),
        })
    })
}

/// Whether no subnetwork touches two tasks and every task has one.
pub(crate) fn side_by_side(structure: &Structure<'_>, task_count: usize) -> bool {
    let has_one = |task| {
        structure
            .subnetworks()
            .any(|subnetwork| structure.touches(subnetwork, task))
    };
    structure.is_independent() && (0..task_count).all(has_one)
}

/// Whether there are two subnetworks or more, each of which has inputs and outputs, and nothing is lost. Which tasks
/// they belong to does not matter.
pub(crate) fn splits(structure: &Structure<'_>, tasks: &[TaskPorts]) -> bool {
    verdict(structure, tasks) != Verdict::Degraded && structure.subnetworks().nth(1).is_some()
}
