//! What a ticket's structure says about its tasks, as data that outlives the ticket and as JSON.

mod cut;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use tombola::{Mask, Mlp, State, StateCounts, Structure, Verdict};

pub use cut::cut;
pub(crate) use verdict::verdict;

use crate::ticket::{TaskPorts, Ticket};

/// The structure of a ticket. As JSON its keys are promised, in this order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Anatomy {
    /// Neurons per layer, inputs and outputs included.
    pub widths: Vec<usize>,
    /// Names of the tasks.
    pub tasks: Vec<String>,
    /// Weights that survive pruning.
    pub weights_left: usize,
    /// Surviving weights on a path from some input to some output.
    pub active_weights: usize,
    /// Surviving weights that reach no output.
    pub inactive_weights: usize,
    /// Surviving weights that reach an output, but that no input reaches.
    pub zombie_weights: usize,
    /// The fraction of weights pruned, in 0..=1.
    pub sparsity: f64,
    /// What the ticket makes of its tasks.
    #[serde(serialize_with = "name")]
    pub verdict: Verdict,
    /// Whether no subnetwork touches two tasks and no two tasks share an input.
    pub independent: bool,
    /// The connected parts of what is active, by their first neurons.
    pub subnetworks: Vec<Subnetwork>,
    /// See [`cut()`].
    pub cut: Option<usize>,
    /// What became of the neurons of each layer, inputs and outputs included.
    #[serde(serialize_with = "counts")]
    pub layers: Vec<StateCounts>,
}

/// A weakly connected component of the active part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Subnetwork {
    /// Names of the tasks that own one of its inputs or outputs.
    pub tasks: Vec<String>,
    /// Its neurons, `[layer, unit]`, ascending; layer 0 holds the inputs.
    pub neurons: Vec<[usize; 2]>,
    /// How many weights it has.
    pub weights: usize,
}

/// The structure of `ticket`.
///
/// # Panics
///
/// If the fields make no ticket: one that was read always does.
pub fn anatomy(ticket: &Ticket) -> Anatomy {
    with_structure(ticket, |structure| {
        let weights = structure.weight_counts();
        let weights_left = weights.total();
        let weight_count = ticket.mask.len();
        Anatomy {
            widths: ticket.widths.clone(),
            tasks: ticket.tasks.iter().map(|task| task.name.clone()).collect(),
            weights_left,
            active_weights: weights.active,
            inactive_weights: weights.inactive,
            zombie_weights: weights.zombie,
            sparsity: (weight_count - weights_left) as f64 / weight_count as f64,
            verdict: verdict(structure, &ticket.tasks),
            independent: structure.is_independent(),
            subnetworks: subnetworks(ticket, structure),
            cut: cut::of_structure(ticket, structure),
            layers: (0..ticket.widths.len())
                .map(|layer| structure.neuron_counts(layer))
                .collect(),
        }
    })
}

/// The core has no serde.
#[derive(Serialize)]
#[serde(remote = "StateCounts")]
struct Counts {
    active: usize,
    inactive: usize,
    zombie: usize,
}

fn counts<S: Serializer>(layers: &[StateCounts], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Layer<'a>(#[serde(with = "Counts")] &'a StateCounts);
    serializer.collect_seq(layers.iter().map(Layer))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn name<S: Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(verdict.name())
}

/// Gives the core's view of the structure of `ticket` to `look`.
pub(crate) fn with_structure<T>(ticket: &Ticket, look: impl FnOnce(&Structure<'_>) -> T) -> T {
    let net = Mlp::new(&ticket.widths);
    let tasks: Vec<_> = ticket.tasks.iter().map(TaskPorts::as_task).collect();
    let mut bits = vec![0; net.mask_len()];
    let mask = Mask::from_fn(net, &mut bits, |weight| ticket.mask[weight]);
    let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
    look(&Structure::of(net, &tasks, &mask, &mut memory))
}

fn subnetworks(ticket: &Ticket, structure: &Structure<'_>) -> Vec<Subnetwork> {
    let net = Mlp::new(&ticket.widths);
    let mut subnetworks = BTreeMap::<usize, Subnetwork>::new();
    let mut neuron = 0;
    for (layer, &width) in ticket.widths.iter().enumerate() {
        for unit in 0..width {
            if let Some(subnetwork) = structure.subnetwork_of(neuron) {
                subnetworks
                    .entry(subnetwork)
                    .or_default()
                    .neurons
                    .push([layer, unit]);
            }
            neuron += 1;
        }
    }
    for edge in (0..net.layer_count()).flat_map(|layer| structure.edges(layer)) {
        if structure.edge_state(edge) == State::Active
            && let Some(subnetwork) = structure.subnetwork_of(edge.from)
        {
            subnetworks.entry(subnetwork).or_default().weights += 1;
        }
    }
    for task in &ticket.tasks {
        for neuron in ports(net, task) {
            if let Some(subnetwork) = structure.subnetwork_of(neuron) {
                let tasks = &mut subnetworks.entry(subnetwork).or_default().tasks;
                if tasks.last() != Some(&task.name) {
                    tasks.push(task.name.clone());
                }
            }
        }
    }
    subnetworks.into_values().collect()
}

/// The input and output neurons of a task, counted from the inputs on.
pub(crate) fn ports(net: Mlp<'_>, task: &TaskPorts) -> impl Iterator<Item = usize> {
    let first_output = net.first_neuron(net.layer_count());
    let outputs = task.outputs.iter().map(move |output| first_output + output);
    task.inputs.iter().copied().chain(outputs)
}
