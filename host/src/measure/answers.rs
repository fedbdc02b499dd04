//! Computes the answers of a network, whole or in part, on the test part.

use tombola::lanes::padded;
use tombola::{Mask, Packing, State, Structure};

use super::Subject;
use crate::memory::{Aligned, aligned};
use crate::predict::{Ask, CHUNK, Ready};

/// Computes the answers of a network of which weights are left out.
pub(super) struct Answers<'s> {
    subject: &'s Subject<'s>,
    /// Whether each weight survives and reaches an output. The others change no answer.
    reaching: Vec<bool>,
    inputs: Aligned<f32>,
    units: Aligned<f32>,
    bits: Vec<u32>,
    params: Vec<f32>,
    index: Vec<u32>,
}

/// Some samples, and what the network makes of them.
pub(super) struct Chunk<'a> {
    /// Index of the first sample.
    pub(super) start: usize,
    /// How many samples there are.
    pub(super) count: usize,
    /// That, filled up to whole lanes.
    pub(super) padded: usize,
    /// The activations of each unit but the inputs, `(units, padded)`: of hidden units after the ReLU, of outputs the
    /// logits. Those of units that reach no output are of no meaning.
    pub(super) units: &'a [f32],
}

impl<'s> Answers<'s> {
    /// Memory for this network.
    pub(super) fn new(subject: &'s Subject<'s>, structure: &Structure<'_>) -> Self {
        let net = subject.net;
        let mut reaching = vec![false; net.weight_count()];
        for edge in (0..net.layer_count()).flat_map(|layer| structure.edges(layer)) {
            reaching[edge.weight] = structure.edge_state(edge) != State::Inactive;
        }
        let memory = |len| aligned(len).expect("memory for a batch");
        Self {
            subject,
            reaching,
            inputs: memory(net.batch_len(CHUNK)),
            units: memory(net.workspace_len(CHUNK)),
            bits: vec![0; net.mask_len()],
            params: vec![],
            index: vec![0; Packing::index_len(net)],
        }
    }

    /// Computes the activations of all units for `rows`, `(samples, inputs)`, from the weights that `stays` keeps, and
    /// shows them chunk by chunk.
    pub(super) fn each_chunk(
        &mut self,
        rows: &[f32],
        stays: impl Fn(usize) -> bool,
        mut look: impl FnMut(&Chunk<'_>),
    ) {
        let Subject { net, machine, .. } = *self.subject;
        let is_kept = |weight: usize| self.reaching[weight] && stays(weight);
        self.params.clear();
        self.params.extend_from_slice(self.subject.params);
        let mask = Mask::from_fn(net, &mut self.bits, is_kept);
        mask.apply(&mut self.params);
        let predictor = machine.run(Ready {
            net,
            mask,
            params: &mut self.params,
            index: &mut self.index,
        });
        let input_count = net.input_count();
        for (number, rows) in rows.chunks(CHUNK * input_count).enumerate() {
            let count = rows.len() / input_count;
            let padded = padded(count);
            let inputs = &mut self.inputs[..net.batch_len(count)];
            let units = &mut self.units[..net.workspace_len(count)];
            for (input, column) in inputs.chunks_exact_mut(padded).enumerate() {
                column[count..].fill(0.0);
                let values = rows.iter().skip(input).step_by(input_count);
                column.iter_mut().zip(values).for_each(|(to, &value)| *to = value);
            }
            machine.run(Ask {
                predictor,
                inputs,
                count,
                units,
            });
            look(&Chunk {
                start: number * CHUNK,
                count,
                padded,
                units,
            });
        }
    }

    /// The share of test samples that each task gets right, in 0..=1, where their inputs are `rows` and `stays` says
    /// which weights are left.
    pub(super) fn accuracies(&mut self, rows: &[f32], stays: impl Fn(usize) -> bool) -> Vec<f64> {
        let Subject { net, tasks, data, .. } = *self.subject;
        let classes = data.test.classes();
        let mut correct = vec![0_u32; tasks.len()];
        self.each_chunk(rows, stays, |chunk| {
            let logits = chunk.logits(net.output_count());
            for (number, (task, correct)) in tasks.iter().zip(&mut correct).enumerate() {
                for sample in 0..chunk.count {
                    let answer = task.class_of(|output| logits[output * chunk.padded + sample]);
                    let class = classes[(chunk.start + sample) * tasks.len() + number];
                    *correct += u32::from(answer == usize::from(class));
                }
            }
        });
        let count = data.test.sample_count() as f64;
        correct
            .into_iter()
            .map(|correct| f64::from(correct) / count)
            .collect()
    }

    /// The bits of the logits of every test sample, `(samples, outputs)`.
    pub(super) fn logits(&mut self, stays: impl Fn(usize) -> bool) -> Vec<u32> {
        let Subject { net, data, .. } = *self.subject;
        let mut bits = vec![];
        self.each_chunk(data.test.inputs(), stays, |chunk| {
            let logits = chunk.logits(net.output_count());
            for sample in 0..chunk.count {
                bits.extend(
                    logits
                        .iter()
                        .skip(sample)
                        .step_by(chunk.padded)
                        .map(|logit| logit.to_bits()),
                );
            }
        });
        bits
    }
}

impl Chunk<'_> {
    /// The logits, `(outputs, padded)`.
    fn logits(&self, output_count: usize) -> &[f32] {
        &self.units[self.units.len() - output_count * self.padded..]
    }
}
