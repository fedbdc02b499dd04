//! Finds the minimum cut between each task's inputs and outputs and those of all others, in weights and in Σ|w|.

use tombola::{Mlp, Structure, Task};

use super::flow::{Flow, Role};
use super::graph::Graph;

/// The minimum cuts of each task. `None`: the task shares an input with another.
pub(super) struct Cuts {
    /// Weights in the cut.
    pub(super) weights: Vec<Option<u64>>,
    /// The sum of the magnitudes of the weights in the cut.
    pub(super) magnitudes: Vec<Option<f64>>,
}

impl Cuts {
    /// In the active graph. Empty where there are fewer than two tasks: then there is nothing to cut from.
    pub(super) fn of(net: Mlp<'_>, tasks: &[Task<'_>], graph: &Graph, params: &[f32]) -> Self {
        let magnitude = |edge: usize| f64::from(params[graph.weights[edge] as usize].abs());
        let scale = scale((0..graph.ends.len()).map(magnitude));
        let sum = |flow: &Flow<'_>| {
            let cut = (0..graph.ends.len()).filter(|&edge| flow.is_cut(edge));
            cut.map(magnitude).fold(0.0, |sum, magnitude| sum + magnitude)
        };
        let mut flow = Flow::new(graph);
        let weights = each(net, tasks, |roles| flow.maximum(roles, |_| 1));
        let magnitudes = each(net, tasks, |roles| {
            flow.maximum(roles, |edge| (magnitude(edge) * scale) as u64);
            sum(&flow)
        });
        Self { weights, magnitudes }
    }
}

/// The cut between two tasks, in weights: how many must go until nothing joins one's inputs and outputs to the other's.
/// `None` where there are not two tasks, or they share an input.
pub(crate) fn between_two(net: Mlp<'_>, tasks: &[Task<'_>], structure: &Structure<'_>) -> Option<u64> {
    if tasks.len() != 2 {
        return None;
    }
    let graph = Graph::active(net, structure);
    let mut flow = Flow::new(&graph);
    each(net, tasks, |roles| flow.maximum(roles, |_| 1))[0]
}

/// The weights of that cut, in flat order: of all minimum cuts the one nearest to the first task.
pub(crate) fn cut_between_two(
    net: Mlp<'_>,
    tasks: &[Task<'_>],
    structure: &Structure<'_>,
) -> Option<Vec<usize>> {
    if tasks.len() != 2 {
        return None;
    }
    let graph = Graph::active(net, structure);
    let mut flow = Flow::new(&graph);
    flow.maximum(&roles(net, tasks, 0)?, |_| 1);
    let cut = (0..graph.ends.len()).filter(|&edge| flow.is_cut(edge));
    Some(cut.map(|edge| graph.weights[edge] as usize).collect())
}

/// Asks for the cut of each task. Of two tasks, both have the same, and it is found once.
fn each<T: Copy>(net: Mlp<'_>, tasks: &[Task<'_>], mut cut: impl FnMut(&[Role]) -> T) -> Vec<Option<T>> {
    match tasks.len() {
        0 | 1 => vec![],
        2 => vec![roles(net, tasks, 0).map(|roles| cut(&roles)); 2],
        count => (0..count)
            .map(|task| roles(net, tasks, task).map(|roles| cut(&roles)))
            .collect(),
    }
}

/// One task's inputs and outputs are sources, those of all others are sinks. Those that are not active have no edges,
/// so it does not matter what they are. `None` where one would be both: nothing cuts an input from itself.
fn roles(net: Mlp<'_>, tasks: &[Task<'_>], source: usize) -> Option<Vec<Role>> {
    let first_output = net.first_neuron(net.layer_count());
    let mut roles = vec![Role::Inner; net.neuron_count()];
    for (task, ports) in tasks.iter().enumerate() {
        let role = if task == source { Role::Source } else { Role::Sink };
        let outputs = ports.outputs.iter().map(|output| first_output + output);
        for neuron in ports.inputs.iter().copied().chain(outputs) {
            if roles[neuron] != Role::Inner && roles[neuron] != role {
                return None;
            }
            roles[neuron] = role;
        }
    }
    Some(roles)
}

/// A power of two that makes capacities of magnitudes: as large as their sum lets it be, which must fit a `u64`. What a
/// capacity loses is its part below 2⁻⁶¹ of that sum, so two cuts are mistaken for each other only where they differ
/// by less than that for each weight.
fn scale(magnitudes: impl Iterator<Item = f64>) -> f64 {
    let sum = magnitudes.fold(0.0, |sum, magnitude| sum + magnitude);
    // Weights are normal f64 or 0, and so is their sum: its exponent is that of a power of two at most as large.
    let exponent = (sum.to_bits() >> 52) as i64 - 1023;
    if sum == 0.0 {
        return 1.0;
    }
    f64::from_bits(((1023 + 62 - exponent) as u64) << 52)
}
