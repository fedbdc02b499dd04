//! Says which neurons and weights of a ticket are drawn, and which task and subnetwork each belongs to.

use std::collections::BTreeMap;

use itertools::Itertools;
use tombola::{Mlp, State, Structure, Verdict};

use super::Look;
use crate::measure::cut_between_two;
use crate::structure::{ports, verdict};
use crate::ticket::{TaskPorts, Ticket};

/// The color of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Paint {
    /// On no path from an input to an output.
    Dead,
    /// It serves several tasks.
    Several,
    /// It serves this task alone.
    Task(usize),
}

/// A neuron that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) layer: usize,
    pub(super) unit: usize,
    pub(super) state: State,
    pub(super) paint: Paint,
    /// The tasks of an input or output, ascending: several where they share an input.
    pub(super) tasks: Vec<usize>,
    /// Subnetworks have a band each, in the order of their tasks; the last band is that of the dead.
    pub(super) band: usize,
    /// None of an input.
    pub(super) bias: Option<f32>,
    /// Surviving weights that lead to it, and that lead on from it.
    pub(super) weights: [usize; 2],
    /// Whether it is taken out.
    pub(super) is_removed: bool,
}

/// A surviving weight, between two nodes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) weight: f32,
    pub(super) paint: Paint,
    /// Whether it leads on from a neuron that is taken out.
    pub(super) is_removed: bool,
    /// Whether it is in the minimum cut.
    pub(super) is_cut: bool,
}

/// All that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    /// Layer by layer, by unit.
    pub(super) nodes: Vec<Node>,
    /// In flat order.
    pub(super) lines: Vec<Line>,
    pub(super) layer_count: usize,
    pub(super) band_count: usize,
    pub(super) verdict: Verdict,
}

impl Scene {
    pub(super) fn of(ticket: &Ticket, structure: &Structure<'_>, look: &Look<'_>) -> Scene {
        let net = Mlp::new(&ticket.widths);
        let last = ticket.widths.len() - 1;
        let mut owners = vec![vec![]; net.neuron_count()];
        for (task, task_ports) in ticket.tasks.iter().enumerate() {
            ports(net, task_ports).for_each(|neuron| owners[neuron].push(task));
        }
        let edges: Vec<_> = (0..net.layer_count())
            .flat_map(|layer| structure.edges(layer))
            .collect();
        // Of an image, pixels that nothing reads are left out like hidden neurons.
        let spare = |&task: &usize| ticket.tasks[task].spare_inputs;
        let mut is_drawn: Vec<_> = owners.iter().map(|tasks| !tasks.is_empty()).collect();
        for input in 0..net.input_count() {
            is_drawn[input] = !owners[input].iter().all(spare);
        }
        let mut weights = vec![[0, 0]; net.neuron_count()];
        for edge in &edges {
            (is_drawn[edge.from], is_drawn[edge.to]) = (true, true);
            weights[edge.to][0] += 1;
            weights[edge.from][1] += 1;
        }
        let cut = if look.cut {
            cut(ticket, net, structure)
        } else {
            vec![]
        };

        let bands = bands(structure, &owners);
        let band_count = bands.len() + 1;
        let mut nodes = Vec::new();
        let mut node_of = vec![0; net.neuron_count()];
        for layer in 0..=last {
            for unit in 0..ticket.widths[layer] {
                let neuron = net.first_neuron(layer) + unit;
                if !is_drawn[neuron] {
                    continue;
                }
                node_of[neuron] = nodes.len();
                let state = structure.neuron_state(neuron);
                nodes.push(Node {
                    layer,
                    unit,
                    state,
                    paint: match (state, &*owners[neuron]) {
                        (State::Active, &[task]) => Paint::Task(task),
                        _ => paint(structure, state, ticket.tasks.len(), neuron, neuron),
                    },
                    tasks: owners[neuron].clone(),
                    band: structure
                        .subnetwork_of(neuron)
                        .map_or(band_count - 1, |name| bands[&name]),
                    bias: (layer.checked_sub(1))
                        .map(|below| ticket.params[net.layer(below).biases.start + unit]),
                    weights: weights[neuron],
                    is_removed: look.removed.contains(&format!("{layer}.{unit}")),
                });
            }
        }
        let line = |edge: tombola::Edge| Line {
            from: node_of[edge.from],
            to: node_of[edge.to],
            weight: ticket.params[edge.weight],
            paint: paint(
                structure,
                structure.edge_state(edge),
                ticket.tasks.len(),
                edge.from,
                edge.to,
            ),
            is_removed: nodes[node_of[edge.from]].is_removed,
            is_cut: cut.binary_search(&edge.weight).is_ok(),
        };
        Scene {
            lines: edges.into_iter().map(line).collect(),
            nodes,
            layer_count: last + 1,
            band_count,
            verdict: verdict(structure, &ticket.tasks),
        }
    }

    /// The greatest magnitude of a weight.
    pub(super) fn greatest(&self) -> f32 {
        self.lines
            .iter()
            .fold(0.0, |greatest, line| line.weight.abs().max(greatest))
    }

    /// Whether anything has this paint.
    pub(super) fn has(&self, paint: Paint) -> bool {
        self.nodes.iter().any(|node| node.paint == paint) || self.lines.iter().any(|line| line.paint == paint)
    }
}

/// The weights of a minimum cut between two tasks, ascending.
fn cut(ticket: &Ticket, net: Mlp<'_>, structure: &Structure<'_>) -> Vec<usize> {
    let tasks: Vec<_> = ticket.tasks.iter().map(TaskPorts::as_task).collect();
    cut_between_two(net, &tasks, structure).unwrap_or_default()
}

/// The paint of what inputs reach at one neuron and what reaches outputs from another.
pub(super) fn paint(
    structure: &Structure<'_>,
    state: State,
    task_count: usize,
    from: usize,
    to: usize,
) -> Paint {
    if state != State::Active {
        return Paint::Dead;
    }
    let mut tasks =
        (0..task_count).filter(|&task| structure.is_source(task, from) || structure.is_sink(task, to));
    match (tasks.next(), tasks.next()) {
        (Some(task), None) => Paint::Task(task),
        _ => Paint::Several,
    }
}

/// The band of each subnetwork, by its name, ordered by the first task that it touches.
fn bands(structure: &Structure<'_>, owners: &[Vec<usize>]) -> BTreeMap<usize, usize> {
    let mut first_tasks = BTreeMap::new();
    for (neuron, tasks) in owners.iter().enumerate() {
        if let (Some(&task), Some(subnetwork)) = (tasks.first(), structure.subnetwork_of(neuron)) {
            let first = first_tasks.entry(subnetwork).or_insert(task);
            *first = task.min(*first);
        }
    }
    let order = first_tasks
        .into_iter()
        .sorted_by_key(|&(name, task)| (task, name));
    order.enumerate().map(|(band, (name, _))| (name, band)).collect()
}
