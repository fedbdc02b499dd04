//! The sums that a ticket computes: its active units alone, renumbered, in the order of the arithmetic contract.
//!
//! The core computes `z = (b + 0.0) + Σ w·x` over all inputs in ascending order, each product and each sum rounded.
//! What is left out here changes no bit of that:
//!
//! - The sum begins at anything but −0, and in round to nearest a sum is −0 only if both of its terms are. So no
//!   partial sum is ever −0, adding ±0 changes none of them, and a pruned weight's product, ±0 for any finite input,
//!   can be left out. For the same reason a ReLU never meets −0.
//! - A unit that reaches no output is not computed.
//! - A zombie, which no input reaches, is a constant, and so is its product with a weight. A constant that leads its
//!   row is added to the bias, as the sum would; any other stays at its place, unless it is ±0.

use std::collections::BTreeMap;

use itertools::Itertools;
use petgraph::unionfind::UnionFind;
use tombola::{Mlp, State, Structure, Verdict};

use super::names::unique_names;
use crate::bad_input;
use crate::structure::{ports, verdict, with_structure};
use crate::ticket::{Normalization, Origin, TaskPorts, Ticket};

/// The active part of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Neurons per layer of the network that the ticket was drawn from.
    pub widths: Vec<usize>,
    /// Weights that survived pruning.
    pub weights_left: usize,
    /// Those of them on a path from an input to an output: the weights of this program.
    pub weights_active: usize,
    /// `degraded`, `separated` or `interconnected`.
    pub verdict: Verdict,
    /// The tasks, in the ticket's order.
    pub tasks: Vec<TaskPorts>,
    /// The experiment that the ticket comes from.
    pub origin: Option<Origin>,
    /// How raw inputs become the network's, one per input.
    pub normalization: Option<Normalization>,
    /// Groups that share nothing with each other, in the order of their first tasks.
    pub groups: Vec<Group>,
}

/// Tasks whose subnetworks are connected or that share an input, with their units: one task where tasks are independent.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The name of its function: its tasks', as an identifier that Rust and C accept.
    pub name: String,
    /// Its tasks, as indices into [`Program::tasks`].
    pub tasks: Vec<usize>,
    /// The inputs of its tasks, ascending, each once, as indices into those of the network.
    pub inputs: Vec<usize>,
    /// The outputs of its tasks, ascending, as indices into those of the network.
    pub outputs: Vec<usize>,
    /// Hidden layers of active units, in ascending order, then all of `outputs`. A layer's terms count the units of
    /// the layer before, the first layer's those of `inputs`.
    pub layers: Vec<Vec<Row>>,
}

/// The sum of one unit: `bias`, then each term, in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Not −0.
    pub bias: f32,
    /// In ascending order of the unit, with constants at their places.
    pub terms: Vec<Term>,
}

/// One addend of a sum: a weight times a unit of the layer before, or a constant, which is what a zombie adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The weight or the constant: finite, and a constant is not ±0.
    pub factor: f32,
    /// The unit that it is multiplied with, by its index in the layer before; none for a constant.
    pub unit: Option<usize>,
}

impl Row {
    /// The units that the row reads, ascending.
    pub fn units(&self) -> impl Iterator<Item = usize> {
        self.terms.iter().filter_map(|term| term.unit)
    }

    /// Whether a zombie's constant stands among the terms.
    pub fn has_constant(&self) -> bool {
        self.terms.iter().any(|term| term.unit.is_none())
    }
}

impl Group {
    /// Whether the layer is that of the outputs, which have no ReLU.
    pub fn is_output(&self, layer: usize) -> bool {
        layer + 1 == self.layers.len()
    }

    /// How many units a layer reads from.
    pub fn fan_in(&self, layer: usize) -> usize {
        layer
            .checked_sub(1)
            .map_or(self.inputs.len(), |before| self.layers[before].len())
    }

    /// Which of the units that a layer may read from it does read.
    pub fn is_read(&self, layer: usize) -> Vec<bool> {
        let mut is_read = vec![false; self.fan_in(layer)];
        for unit in self.layers[layer].iter().flat_map(Row::units) {
            is_read[unit] = true;
        }
        is_read
    }
}

impl Program {
    /// What `ticket` computes.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one whose answer is not finite whatever
    /// its inputs.
    pub fn of(ticket: &Ticket) -> anyhow::Result<Program> {
        ticket.check()?;
        with_structure(ticket, |structure| Self::with(ticket, structure))
    }

    fn with(ticket: &Ticket, structure: &Structure<'_>) -> anyhow::Result<Program> {
        let net = Mlp::new(&ticket.widths);
        let mut groups = groups(ticket, structure);
        let mut known = vec![Known::Inactive; net.neuron_count()];
        let mut group_of_subnetwork = BTreeMap::new();
        for (index, group) in groups.iter().enumerate() {
            for (unit, &input) in group.inputs.iter().enumerate() {
                known[input] = Known::Unit(unit);
            }
            for neuron in group
                .tasks
                .iter()
                .flat_map(|&task| ports(net, &ticket.tasks[task]))
            {
                group_of_subnetwork.extend(structure.subnetwork_of(neuron).map(|name| (name, index)));
            }
        }
        for layer in 0..net.layer_count() {
            let is_output = layer + 1 == net.layer_count();
            let rows = rows(ticket, structure, &known, layer)?;
            let first = net.first_neuron(layer + 1);
            for (unit, row) in rows.into_iter().enumerate() {
                let Some(row) = row else { continue };
                let neuron = first + unit;
                let group = if is_output {
                    // An output is computed even where it is constant.
                    groups
                        .iter()
                        .position(|group| group.outputs.binary_search(&unit).is_ok())
                } else {
                    structure
                        .subnetwork_of(neuron)
                        .and_then(|subnetwork| group_of_subnetwork.get(&subnetwork).copied())
                };
                match group {
                    Some(group) => {
                        let rows = &mut groups[group].layers[layer];
                        known[neuron] = Known::Unit(rows.len());
                        rows.push(row);
                    }
                    None => known[neuron] = Known::Constant(relu(row.bias)),
                }
            }
        }

        let counts = structure.weight_counts();
        Ok(Program {
            widths: ticket.widths.clone(),
            weights_left: counts.active + counts.inactive + counts.zombie,
            weights_active: counts.active,
            verdict: verdict(structure, &ticket.tasks),
            tasks: ticket.tasks.clone(),
            origin: ticket.origin.clone(),
            normalization: ticket.normalization.clone(),
            groups,
        })
    }

    /// The network that the ticket was drawn from.
    pub fn net(&self) -> Mlp<'_> {
        Mlp::new(&self.widths)
    }

    /// How the inputs of a group are normalized, if they are.
    pub(super) fn normalization_of(&self, group: &Group) -> Option<Vec<tombola::data::Normalization>> {
        let normalization = self.normalization.as_ref()?;
        let of_input = |&input: &usize| normalization.column(input);
        Some(group.inputs.iter().map(of_input).collect())
    }
}

/// The groups, without their units: tasks share one if a subnetwork touches both, at once or over others, or if an input
/// belongs to both, so that each input is in one group.
fn groups(ticket: &Ticket, structure: &Structure<'_>) -> Vec<Group> {
    let net = Mlp::new(&ticket.widths);
    let mut connected = UnionFind::new(ticket.tasks.len());
    let mut owner = BTreeMap::new();
    for (task, task_ports) in ticket.tasks.iter().enumerate() {
        for subnetwork in ports(net, task_ports).filter_map(|neuron| structure.subnetwork_of(neuron)) {
            connected.union(task, *owner.entry(subnetwork).or_insert(task));
        }
    }
    let mut first_task = BTreeMap::new();
    for (task, task_ports) in ticket.tasks.iter().enumerate() {
        for &input in &task_ports.inputs {
            connected.union(task, *first_task.entry(input).or_insert(task));
        }
    }
    let group_of_task: Vec<usize> = connected.into_labeling();
    let members = |group: &usize| {
        group_of_task
            .iter()
            .positions(|other| other == group)
            .collect_vec()
    };
    let groups = group_of_task.iter().unique().map(members).collect_vec();
    let name = |tasks: &Vec<usize>| tasks.iter().map(|&task| &ticket.tasks[task].name).join("_");
    let names = unique_names(groups.iter().map(name));
    let all = |tasks: &[usize], ports: fn(&TaskPorts) -> &[usize]| {
        let all = tasks.iter().flat_map(|&task| ports(&ticket.tasks[task]));
        all.copied().sorted_unstable().dedup().collect()
    };
    let group = |(name, tasks): (String, Vec<usize>)| Group {
        name,
        inputs: all(&tasks, |task| &task.inputs),
        outputs: all(&tasks, |task| &task.outputs),
        tasks,
        layers: vec![vec![]; net.layer_count()],
    };
    names.into_iter().zip(groups).map(group).collect()
}

/// What is known of a neuron of the network while its layers are walked.
#[derive(Clone, Copy)]
enum Known {
    /// It reaches no output.
    Inactive,
    /// A unit of a group, by its index in the layer.
    Unit(usize),
    /// A zombie's activation.
    Constant(f32),
}

/// The row of each unit that `layer` leads to, `None` where it reaches no output.
fn rows(
    ticket: &Ticket,
    structure: &Structure<'_>,
    known: &[Known],
    layer: usize,
) -> anyhow::Result<Vec<Option<Row>>> {
    let net = Mlp::new(&ticket.widths);
    let (first, shape) = (net.first_neuron(layer + 1), net.layer(layer));
    let mut rows: Vec<Option<Row>> = (0..shape.fan_out)
        .map(|unit| {
            let reaches = structure.neuron_state(first + unit) != State::Inactive;
            reaches.then(|| Row {
                // The +0.0 turns a −0.0 read from a file into +0.0.
                bias: ticket.params[shape.biases.start + unit] + 0.0,
                terms: vec![],
            })
        })
        .collect();
    for edge in structure.edges(layer) {
        let Some(row) = &mut rows[edge.to - first] else {
            continue;
        };
        let weight = ticket.params[edge.weight];
        match known[edge.from] {
            Known::Inactive => {}
            Known::Unit(unit) => row.terms.push(Term {
                factor: weight,
                unit: Some(unit),
            }),
            Known::Constant(value) => {
                let constant = weight * value;
                if row.terms.is_empty() {
                    row.bias += constant;
                } else if constant != 0.0 {
                    row.terms.push(Term {
                        factor: constant,
                        unit: None,
                    });
                }
                if !constant.is_finite() || !row.bias.is_finite() {
                    return Err(bad_input!(
                        "unit {} of layer {} is not finite, whatever the inputs: biases alone are too large for \
                         32 bits; train the network again with a lower rate",
                        edge.to - first,
                        layer + 1
                    ));
                }
            }
        }
    }
    Ok(rows)
}

/// As the core has it.
fn relu(z: f32) -> f32 {
    if z < 0.0 { 0.0 } else { z }
}
