//! What a ticket computes, as lists of sums. Without this module every format would decide for itself what is dead
//! and in which order the rest is added, and one of them would get it wrong.
//!
//! The core computes `z = (b + 0.0) + Σ w·x` over all inputs in ascending order, each product and each sum rounded.
//! What is left out here changes no bit of that:
//!
//! - The sum begins at anything but −0, and in round to nearest a sum is −0 only if both of its terms are. So no
//!   partial sum is ever −0, adding ±0 changes none of them, and a pruned weight's product, ±0 for any finite input,
//!   can be left out. For the same reason a ReLU never meets −0.
//! - A unit that reaches no output is asked by nobody.
//! - A zombie, which no input reaches, is a constant, and so is its product with a weight. A constant that leads its
//!   row is added to the bias, as the sum would; any other stays at its place, unless it is ±0.

use std::collections::BTreeMap;

use tombola::{Mlp, State, Structure};

use super::words::unique_names;
use crate::bad_input;
use crate::structure::{ports, with_structure};
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
    pub verdict: &'static str,
    /// The tasks, in the ticket's order.
    pub tasks: Vec<Task>,
    /// The experiment that the ticket comes from.
    pub origin: Option<Origin>,
    /// How raw inputs become the network's, one per input.
    pub normalization: Option<Normalization>,
    /// What can be computed without the rest, in the order of its first task.
    pub parts: Vec<Part>,
}

/// A task: what its class is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// As in the ticket.
    pub name: String,
    /// Outputs of the network, in the order of the classes; one output is a logistic task.
    pub outputs: Vec<usize>,
    /// What the classes are called, where they are not 0, 1, …
    pub classes: Option<Vec<String>>,
}

/// Tasks that hang together, alone: one task where no subnetwork touches two.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The name of its function: its tasks', as an identifier that Rust and C accept.
    pub name: String,
    /// Its tasks, as indices into [`Program::tasks`].
    pub tasks: Vec<usize>,
    /// The inputs of its tasks, ascending, as indices into those of the network.
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

/// One addend of a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Term {
    /// A weight times a unit of the layer before.
    Product {
        /// Finite.
        weight: f32,
        /// Its index in the layer before.
        unit: usize,
    },
    /// What a zombie adds; not ±0.
    Constant(f32),
}

impl Row {
    /// The units that the row reads, ascending.
    pub fn units(&self) -> impl Iterator<Item = usize> {
        self.terms.iter().filter_map(|term| match *term {
            Term::Product { unit, .. } => Some(unit),
            Term::Constant(_) => None,
        })
    }

    /// Whether a zombie's constant stands among the terms.
    pub fn has_constant(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Constant(_)))
    }
}

impl Part {
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
        let part_of_task = parts_of_tasks(ticket, structure);
        let part_count = part_of_task.iter().max().map_or(0, |last| last + 1);
        let part_of_task = &part_of_task;
        let in_part = |part: usize| (0..ticket.tasks.len()).filter(move |&task| part_of_task[task] == part);
        let collect = |part: usize, ports: fn(&TaskPorts) -> &[usize]| {
            let mut all: Vec<usize> = in_part(part)
                .flat_map(|task| ports(&ticket.tasks[task]))
                .copied()
                .collect();
            all.sort_unstable();
            all
        };
        let name = |part| {
            let names: Vec<_> = in_part(part).map(|task| &*ticket.tasks[task].name).collect();
            names.join("_")
        };
        let names = unique_names((0..part_count).map(name));
        let mut parts: Vec<Part> = names
            .into_iter()
            .enumerate()
            .map(|(part, name)| Part {
                name,
                tasks: in_part(part).collect(),
                inputs: collect(part, |task| &task.inputs),
                outputs: collect(part, |task| &task.outputs),
                layers: vec![],
            })
            .collect();

        let mut neurons = Neurons::of_inputs(net, &parts);
        let first_of_part: BTreeMap<usize, usize> = ticket
            .tasks
            .iter()
            .zip(part_of_task)
            .flat_map(|(task, &part)| ports(net, task).map(move |neuron| (neuron, part)))
            .filter_map(|(neuron, part)| Some((structure.subnetwork_of(neuron)?, part)))
            .collect();
        for layer in 0..net.layer_count() {
            let is_output = layer + 1 == net.layer_count();
            let rows = neurons.rows(ticket, structure, layer)?;
            let first = net.first_neuron(layer + 1);
            for part in &mut parts {
                part.layers.push(vec![]);
            }
            for (unit, row) in rows.into_iter().enumerate() {
                let Some(row) = row else { continue };
                let neuron = first + unit;
                let part = if is_output {
                    // An output is asked for even where it is constant.
                    parts
                        .iter()
                        .position(|part| part.outputs.binary_search(&unit).is_ok())
                } else {
                    structure
                        .subnetwork_of(neuron)
                        .and_then(|subnetwork| first_of_part.get(&subnetwork).copied())
                };
                match part {
                    Some(part) => {
                        let rows = &mut parts[part].layers[layer];
                        neurons.known[neuron] = Known::Unit(rows.len());
                        rows.push(row);
                    }
                    None => neurons.known[neuron] = Known::Constant(relu(row.bias)),
                }
            }
        }

        let counts = structure.weight_counts();
        Ok(Program {
            widths: ticket.widths.clone(),
            weights_left: counts.active + counts.inactive + counts.zombie,
            weights_active: counts.active,
            verdict: structure.verdict().name(),
            tasks: ticket
                .tasks
                .iter()
                .map(|task| Task {
                    name: task.name.clone(),
                    outputs: task.outputs.clone(),
                    classes: task.classes.clone(),
                })
                .collect(),
            origin: ticket.origin.clone(),
            normalization: ticket.normalization.clone(),
            parts,
        })
    }

    /// Refuses a task with more classes than generated code counts.
    pub(super) fn check_class_counts(&self) -> anyhow::Result<()> {
        match self
            .tasks
            .iter()
            .find(|task| usize::from(u16::MAX) < task.outputs.len())
        {
            None => Ok(()),
            Some(task) => Err(bad_input!(
                "task '{}' has {} classes, and generated code counts {} at most; export it with --format onnx",
                task.name,
                task.outputs.len(),
                u16::MAX
            )),
        }
    }

    /// How many weights the network had before it was pruned.
    pub fn weight_count(&self) -> usize {
        self.widths
            .iter()
            .zip(&self.widths[1..])
            .map(|(from, to)| from * to)
            .sum()
    }

    /// How many inputs the network has.
    pub fn input_count(&self) -> usize {
        self.widths[0]
    }

    /// How many outputs the network has.
    pub fn output_count(&self) -> usize {
        self.widths[self.widths.len() - 1]
    }
}

/// The part of each task: tasks share one if a subnetwork touches both, at once or over others. Parts are counted in
/// the order of their first tasks.
fn parts_of_tasks(ticket: &Ticket, structure: &Structure<'_>) -> Vec<usize> {
    let net = Mlp::new(&ticket.widths);
    // Each task points to an earlier one of its part, or to itself.
    let mut leader: Vec<usize> = (0..ticket.tasks.len()).collect();
    let find = |leader: &[usize], mut task: usize| {
        while leader[task] != task {
            task = leader[task];
        }
        task
    };
    let mut owner = BTreeMap::new();
    for (task, task_ports) in ticket.tasks.iter().enumerate() {
        for subnetwork in ports(net, task_ports).filter_map(|neuron| structure.subnetwork_of(neuron)) {
            let other = *owner.entry(subnetwork).or_insert(task);
            let (a, b) = (find(&leader, task), find(&leader, other));
            leader[a.max(b)] = a.min(b);
        }
    }
    let leaders: Vec<usize> = (0..leader.len()).map(|task| find(&leader, task)).collect();
    let mut number = BTreeMap::new();
    leaders
        .iter()
        .map(|leader| {
            let next = number.len();
            *number.entry(leader).or_insert(next)
        })
        .collect()
}

/// What is known of each neuron of the network while its layers are walked.
struct Neurons {
    known: Vec<Known>,
}

#[derive(Clone, Copy)]
enum Known {
    /// Asked by nobody.
    Nothing,
    /// A unit of a part, by its index in the layer.
    Unit(usize),
    /// A zombie's activation.
    Constant(f32),
}

impl Neurons {
    fn of_inputs(net: Mlp<'_>, parts: &[Part]) -> Self {
        let mut known = vec![Known::Nothing; net.neuron_count()];
        for part in parts {
            for (unit, &input) in part.inputs.iter().enumerate() {
                known[input] = Known::Unit(unit);
            }
        }
        Self { known }
    }

    /// The row of each unit that `layer` leads to, `None` where it reaches no output.
    fn rows(
        &self,
        ticket: &Ticket,
        structure: &Structure<'_>,
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
            match self.known[edge.from] {
                Known::Nothing => {}
                Known::Unit(unit) => row.terms.push(Term::Product { weight, unit }),
                Known::Constant(value) => {
                    let constant = weight * value;
                    if row.terms.is_empty() {
                        row.bias += constant;
                    } else if constant != 0.0 {
                        row.terms.push(Term::Constant(constant));
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
}

/// As the core has it.
fn relu(z: f32) -> f32 {
    if z < 0.0 { 0.0 } else { z }
}
