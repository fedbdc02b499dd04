//! The network in integers, and what it answers.

use tombola::digest::of_bytes;

use super::{Input, Source, Width};
use crate::export::program::Program;

/// What is computed, and nothing else: no float but those that raw inputs may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// What it was made of: tasks, inputs and outputs of each group are those of its groups; rows are not.
    pub program: Program,
    /// Bits of a weight.
    pub width: Width,
    /// How each input of the network becomes an activation.
    pub inputs: Vec<Input>,
    /// Of each group of the program the layers, hidden ones without units that no row reads.
    pub groups: Vec<Vec<Vec<Row>>>,
    /// What a step of each logit is worth.
    pub scales: Vec<f32>,
    /// How many rows of data the ranges were taken from,
    pub calibrated: usize,
    /// and what data.
    pub origin: String,
}

/// A unit: `bias`, then each term, in any order; and if it is hidden, what becomes of the sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// With what makes the shift one to the nearest integer.
    pub bias: i32,
    /// In ascending order of the unit.
    pub terms: Vec<Term>,
    /// By how many bits the sum is shifted right after its ReLU.
    pub shift: u32,
    /// What it is clamped to then, if it could be more: a number of 15 bits.
    pub most: Option<i32>,
}

/// A weight and the unit of the layer before that it is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Not 0, and of the network's width.
    pub weight: i32,
    /// By its index in the layer before; in the first layer, in the group's inputs.
    pub unit: usize,
}

impl Row {
    /// A unit that is always 0.
    pub(super) const ZERO: Self = Self {
        bias: 0,
        terms: vec![],
        shift: 0,
        most: None,
    };

    /// The sum over the activations of the layer before.
    fn sum(&self, before: &[i32]) -> i32 {
        let products = self.terms.iter().map(|term| term.weight * before[term.unit]);
        products.fold(self.bias, |sum, product| sum + product)
    }

    /// The activation of a hidden unit.
    fn activation(&self, before: &[i32]) -> i32 {
        let activation = self.sum(before).max(0) >> self.shift;
        self.most.map_or(activation, |most| activation.min(most))
    }
}

/// What a network answers, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// `(rows, outputs)`: the logits, in steps of [`Network::scales`].
    pub logits: Vec<i32>,
    /// Of each row the first input that is out of the calibrated range, and so was clamped.
    pub clamped: Vec<Option<usize>>,
}

impl Network {
    /// The answers to rows of raw inputs, `(rows, inputs)`.
    pub fn answers(&self, rows: &[f32]) -> Answers {
        let (input_count, output_count) = (self.program.net().input_count(), self.scales.len());
        let mut answers = Answers {
            logits: Vec::with_capacity(rows.len() / input_count * output_count),
            clamped: Vec::with_capacity(rows.len() / input_count),
        };
        for row in rows.chunks_exact(input_count) {
            answers.logits.extend(self.logits(row));
            let mut inputs = self.inputs.iter().zip(row);
            answers
                .clamped
                .push(inputs.position(|(input, &raw)| !input.holds(raw)));
        }
        answers
    }

    /// The logits of one row of raw inputs.
    pub fn logits(&self, row: &[f32]) -> Vec<i32> {
        let inputs = self.inputs.iter().zip(row);
        let activations: Vec<i32> = inputs.map(|(input, &raw)| input.activation(raw)).collect();
        let mut logits = vec![0; self.scales.len()];
        for (group, layers) in self.program.groups.iter().zip(&self.groups) {
            let mut before: Vec<i32> = group.inputs.iter().map(|&input| activations[input]).collect();
            let Some((outputs, hidden)) = layers.split_last() else {
                continue;
            };
            for rows in hidden {
                before = rows.iter().map(|row| row.activation(&before)).collect();
            }
            for (&output, row) in group.outputs.iter().zip(outputs) {
                logits[output] = row.sum(&before);
            }
        }
        logits
    }

    /// The class of each task: as of floats.
    pub fn classes<'a>(&'a self, logits: &'a [i32]) -> impl Iterator<Item = usize> + 'a {
        self.program.tasks.iter().map(|task| match &*task.outputs {
            [output] => usize::from(0 < logits[*output]),
            outputs => {
                let better = |best, class: usize| {
                    if logits[outputs[best]] < logits[outputs[class]] {
                        class
                    } else {
                        best
                    }
                };
                (1..outputs.len()).fold(0, better)
            }
        })
    }

    /// Where inputs arrive as integers, how each is made of a raw one; `None` where they are floats.
    pub fn sensor(&self) -> Option<Vec<Source>> {
        let sources = self.inputs.iter().map(|input| input.source);
        let is_whole = |source: &Source| matches!(source, Source::Whole { .. });
        let sources: Vec<Source> = sources.collect();
        sources.iter().all(is_whole).then_some(sources)
    }

    /// What a logit's integer stands for.
    pub fn value(&self, output: usize, logit: i32) -> f64 {
        f64::from(logit) * f64::from(self.scales[output])
    }

    /// How many weights are left of the active ones: those that are not 0.
    pub fn weight_count(&self) -> usize {
        let rows = self.groups.iter().flatten().flatten();
        rows.map(|row| row.terms.len()).sum()
    }

    /// Identifies the network: two of one digest compute the same.
    pub fn digest(&self) -> u64 {
        let mut numbers = Numbers::default();
        numbers.list(&self.inputs, |numbers, input| {
            numbers.add_all(match input.source {
                Source::Float { power } => [0_i64, power.into(), 0],
                Source::Whole { scale, shift } => [1, scale.to_bits().into(), shift.into()],
            });
            numbers.add_all([input.least, input.most, input.middle]);
        });
        let indices = |numbers: &mut Numbers, indices: &[usize]| {
            numbers.list(indices, |numbers, &index| numbers.add_all([index as i64]));
        };
        let groups = self.program.groups.iter().zip(&self.groups);
        numbers.list(&groups.collect::<Vec<_>>(), |numbers, (group, layers)| {
            indices(numbers, &group.inputs);
            indices(numbers, &group.outputs);
            numbers.list(layers, |numbers, rows| {
                numbers.list(rows, |numbers, row| {
                    numbers.add_all([row.bias.into(), row.shift.into(), row.most.map_or(-1, i64::from)]);
                    numbers.list(&row.terms, |numbers, term| {
                        numbers.add_all([term.weight.into(), term.unit as i64]);
                    });
                });
            });
        });
        numbers.list(&self.program.tasks, |numbers, task| {
            indices(numbers, &task.outputs);
        });
        numbers.list(&self.scales, |numbers, scale| numbers.add_all([scale.to_bits()]));
        of_bytes(&numbers.bytes)
    }
}

/// Numbers in a row, 8 bytes each, and before those of a list how many it has: what differs is written otherwise.
#[derive(Default)]
struct Numbers {
    bytes: Vec<u8>,
}

impl Numbers {
    fn add_all<const N: usize>(&mut self, numbers: [impl Into<i64>; N]) {
        let bytes = numbers.into_iter().flat_map(|number| number.into().to_le_bytes());
        self.bytes.extend(bytes);
    }

    fn list<T>(&mut self, items: &[T], mut add: impl FnMut(&mut Self, &T)) {
        self.add_all([items.len() as i64]);
        for item in items {
            add(self, item);
        }
    }
}
