//! From the activations of one layer to those of the next.

use super::ROWS;
use crate::kernels::{blocks, is_wide, load};
use crate::lanes::{LANES, Lanes, Work};

/// `outputs[o] = activation((biases[o] + 0.0) + Σᵢ weights[o, i] · inputs[i])`, in ascending `i`.
pub(crate) struct Forward<'a> {
    /// `(outputs, inputs)`.
    pub(crate) weights: &'a [f32],
    pub(crate) biases: &'a [f32],
    pub(crate) inputs: &'a [f32],
    pub(crate) outputs: &'a mut [f32],
    pub(crate) padded: usize,
    /// Whether the activation is the ReLU; else there is none.
    pub(crate) is_hidden: bool,
}

impl Work for Forward<'_> {
    type Answer = ();

    #[inline(always)]
    fn on<L: Lanes>(mut self) {
        let count = self.padded / LANES;
        let mut block = 0;
        while is_wide::<L>() && block + 4 <= count {
            strip::<L, 4>(&mut self, block);
            block += 4;
        }
        while block < count {
            strip::<L, 1>(&mut self, block);
            block += 1;
        }
    }
}

/// All outputs for `B` blocks of samples, from block `block` on: their inputs stay in the cache meanwhile.
#[inline(always)]
fn strip<L: Lanes, const B: usize>(layer: &mut Forward<'_>, block: usize) {
    let Forward {
        weights,
        biases,
        inputs,
        ref mut outputs,
        padded,
        is_hidden,
    } = *layer;
    let fan_in = inputs.len() / padded;
    let mut weights = weights.chunks(ROWS * fan_in);
    let mut biases = biases.chunks(ROWS);
    for outputs in outputs.chunks_mut(ROWS * padded) {
        let (Some(weights), Some(biases)) = (weights.next(), biases.next()) else {
            return;
        };
        if biases.len() == ROWS {
            tile::<L, ROWS, B>(weights, biases, inputs, outputs, padded, block, is_hidden);
            continue;
        }
        for ((weights, bias), output) in weights.chunks(fan_in).zip(biases).zip(outputs.chunks_mut(padded)) {
            tile::<L, 1, B>(weights, &[*bias], inputs, output, padded, block, is_hidden);
        }
    }
}

/// `O` outputs for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn tile<L: Lanes, const O: usize, const B: usize>(
    weights: &[f32],
    biases: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
    padded: usize,
    block: usize,
    is_hidden: bool,
) {
    let fan_in = inputs.len() / padded;
    let mut sums = [[L::splat(0.0); B]; O];
    for (sums, &bias) in sums.iter_mut().zip(biases) {
        // The sum turns a bias of −0 into +0, so that no order of zeros shows.
        *sums = [L::splat(bias + 0.0); B];
    }
    for (input, samples) in inputs.chunks_exact(padded).enumerate() {
        let samples = &blocks(samples)[block..block + B];
        let samples: [L; B] = load(samples);
        for (row, sums) in sums.iter_mut().enumerate() {
            let weight = L::splat(weights[row * fan_in + input]);
            for (sum, samples) in sums.iter_mut().zip(samples) {
                *sum = sum.add(weight.mul(samples));
            }
        }
    }
    for (sums, output) in sums.into_iter().zip(outputs.chunks_exact_mut(padded)) {
        for (sum, to) in sums
            .into_iter()
            .zip(&mut output.as_chunks_mut().0[block..block + B])
        {
            let output = if is_hidden { sum.relu() } else { sum };
            output.store(to);
        }
    }
}
