//! Lowers sums to operations, in the order that the arithmetic contract demands.
//!
//! Each operation makes one value from others, and rounds once. What depends on what is all that says their order: a sum
//! begins with its bias and takes its terms in turn.

use tombola::data::Normalization;

use crate::export::halves::{halved, provable};
use crate::export::names::unit_name;
use crate::export::program::{Group, Program, Row};

/// What an operation makes, by its index.
pub(super) type Value = usize;

/// An operation on two floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Subtract,
    Multiply,
    Add,
}

/// An operation on values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operation {
    /// A raw input.
    Input(usize),
    /// A constant. Each is used once, but for the zero of [`Operation::Clamp`].
    Constant(f32),
    /// Of two values, rounded.
    Binary(Binary, Value, Value),
    /// Without its sign.
    Absolute(Value),
    /// The first, or the second, which is 0, where that is less than 0. A NaN stays one.
    Clamp(Value, Value),
}

impl Operation {
    /// What it reads.
    pub(super) fn operands(self) -> impl Iterator<Item = Value> {
        let (first, second) = match self {
            Self::Input(_) | Self::Constant(_) => (None, None),
            Self::Absolute(a) => (Some(a), None),
            Self::Binary(_, a, b) | Self::Clamp(a, b) => (Some(a), Some(b)),
        };
        first.into_iter().chain(second)
    }
}

/// What makes one unit: products, which may come early, and the chain that takes them in turn.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    /// What the unit is called.
    pub(super) name: String,
    /// In the order of their terms.
    pub(super) products: Vec<Value>,
    /// Each needs the one before.
    pub(super) chain: Vec<Value>,
    /// How many products each link and those before it take.
    pub(super) taken: Vec<usize>,
    /// The sums whose units it reads.
    pub(super) reads: Vec<usize>,
    /// Whether its unit is an output.
    pub(super) is_output: bool,
}

/// All operations of a kernel.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub(super) operations: Vec<Operation>,
    /// In an order that they can be computed in.
    pub(super) sums: Vec<Sum>,
    /// One for each output of the kernel.
    pub(super) outputs: Vec<Value>,
}

impl Graph {
    /// The operations of these groups. Inputs and outputs are counted by `input` and `output`, from those of the network.
    pub(super) fn of(
        program: &Program,
        groups: &[&Group],
        input: impl Fn(usize) -> usize,
        output: impl Fn(usize) -> usize,
    ) -> Self {
        let mut graph = Self::default();
        let output_count = groups.iter().map(|group| group.outputs.len()).sum();
        graph.outputs = vec![0; output_count];
        let mut zero = None;
        for group in groups {
            // Of each unit before, its value and the sum that makes it.
            let by = program.normalization_of(group);
            let mut units = graph.inputs(group, by.as_deref(), &input);
            let halves = provable(group, by.as_deref());
            for (layer, rows) in group.layers.iter().enumerate() {
                let is_output = group.is_output(layer);
                let of_row = |(unit, row): (usize, &Row)| {
                    let name = if is_output {
                        format!("y{}", group.outputs[unit])
                    } else {
                        unit_name(layer + 1, unit)
                    };
                    if is_output {
                        graph.sum(name, row, &units, true)
                    } else if halves[layer][unit] {
                        let (half, sum) = graph.sum(name, &halved(row), &units, false);
                        let magnitude = graph.chained(sum, Operation::Absolute(half));
                        (
                            graph.chained(sum, Operation::Binary(Binary::Add, half, magnitude)),
                            sum,
                        )
                    } else {
                        let zero = *zero.get_or_insert_with(|| {
                            graph.operations.push(Operation::Constant(0.0));
                            graph.operations.len() - 1
                        });
                        let (z, sum) = graph.sum(name, row, &units, false);
                        (graph.chained(sum, Operation::Clamp(z, zero)), sum)
                    }
                };
                let made: Vec<(Value, usize)> = rows.iter().enumerate().map(of_row).collect();
                if is_output {
                    for (&place, &(value, _)) in group.outputs.iter().zip(&made) {
                        graph.outputs[output(place)] = value;
                    }
                }
                units = made
                    .into_iter()
                    .map(|(value, sum)| Some((value, Some(sum))))
                    .collect();
            }
        }
        graph
    }

    /// The inputs of a group, normalized, those that are read.
    fn inputs(
        &mut self,
        group: &Group,
        by: Option<&[Normalization]>,
        place: impl Fn(usize) -> usize,
    ) -> Vec<Option<(Value, Option<usize>)>> {
        let of_input = |(unit, (&input, is_used)): (usize, (&usize, bool))| {
            if !is_used {
                return None;
            }
            let raw = self.push(Operation::Input(place(input)));
            let Some(by) = by else {
                return Some((raw, None));
            };
            let sum = self.sums.len();
            self.sums.push(Sum {
                name: unit_name(0, unit),
                ..Sum::default()
            });
            let shift = self.push(Operation::Constant(by[unit].shift));
            let difference = self.chained(sum, Operation::Binary(Binary::Subtract, raw, shift));
            let scale = self.push(Operation::Constant(by[unit].scale));
            Some((
                self.chained(sum, Operation::Binary(Binary::Multiply, difference, scale)),
                Some(sum),
            ))
        };
        let is_used = group.is_read(0);
        group
            .inputs
            .iter()
            .zip(is_used)
            .enumerate()
            .map(of_input)
            .collect()
    }

    /// The sum of a row, without its ReLU.
    fn sum(
        &mut self,
        name: String,
        row: &Row,
        units: &[Option<(Value, Option<usize>)>],
        is_output: bool,
    ) -> (Value, usize) {
        let sum = self.sums.len();
        self.sums.push(Sum {
            name,
            is_output,
            ..Sum::default()
        });
        let mut value = self.push(Operation::Constant(row.bias));
        for term in &row.terms {
            let mut addend = self.push(Operation::Constant(term.factor));
            if let Some(unit) = term.unit {
                let (unit, from) = units[unit].expect("a unit that is read is there");
                self.sums[sum].reads.extend(from);
                addend = self.push(Operation::Binary(Binary::Multiply, addend, unit));
                self.sums[sum].products.push(addend);
            }
            value = self.chained(sum, Operation::Binary(Binary::Add, value, addend));
        }
        (value, sum)
    }

    fn chained(&mut self, sum: usize, operation: Operation) -> Value {
        let value = self.push(operation);
        let sum = &mut self.sums[sum];
        sum.chain.push(value);
        // A product is taken by the link that comes next.
        sum.taken.push(sum.products.len());
        value
    }

    fn push(&mut self, operation: Operation) -> Value {
        self.operations.push(operation);
        self.operations.len() - 1
    }
}
