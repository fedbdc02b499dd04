//! The backward pass of a compressed layer whose inputs are hidden units: to its parameters and to these units.

use super::at;
use super::backward::ByColumn;
use super::to_weights::{long_column, short_column};
use crate::kernels::fold::Folder;
use crate::kernels::strips::{Strips, walk};
use crate::kernels::{has_vectors, load};
use crate::lanes::{LANES, Lanes};
use crate::math::where_positive;
use crate::packing::Column;

/// Computes the gradient of the parameters, as [`super::ToWeights`] does, and turns the activations that have a column
/// into deltas, as [`crate::kernels::dense::BackwardToInputs`] does. Column by column: so a delta that was loaded serves
/// both, and what becomes of an activation is written when nobody wants it any more.
///
/// ```text
/// deltas (fan_out, padded), weights (survivors) -> weight_grads (survivors), activations (fan_in, padded)
/// for the column (i, k..l):
///     d[s] = +0.0
///     for w in k..l:
///         d[s] += weights[w] · deltas[csc.outputs[w], s]
///         weight_grads[w] = Σₛ deltas[csc.outputs[w], s] · activations[i, s]
///     activations[i, s] = d[s] where activations[i, s] > 0, else +0.0
/// ```
pub(crate) struct ToInputs<'a> {
    pub(crate) weights: &'a [f32],
    pub(crate) activations: &'a mut [f32],
}

impl ByColumn for ToInputs<'_> {
    #[inline(always)]
    fn short<L: Lanes, const B: usize>(
        &mut self,
        column: Column<'_>,
        deltas: &[[[f32; LANES]; B]],
        grads: &mut Folder<'_, L>,
    ) {
        let activations: &mut [[[f32; LANES]; B]] = self.activations.as_chunks_mut().0.as_chunks_mut().0;
        let weights = &self.weights[column.weights];
        let activation = &mut activations[column.input];
        let samples: [L; B] = load(activation);
        // Samples and sums, a weight, a delta, and the sum of a gradient.
        let below = if 2 * B + 3 <= L::REGISTERS {
            at_once(weights, column.outputs, deltas, samples, grads)
        } else {
            short_column(samples, column.outputs, deltas, grads);
            below(weights, column.outputs, deltas)
        };
        for ((below, samples), to) in below.into_iter().zip(samples).zip(activation) {
            below.where_positive(samples).store(to);
        }
    }

    #[inline(always)]
    fn long<L: Lanes>(
        &mut self,
        column: Column<'_>,
        deltas: &[[f32; LANES]],
        count: usize,
        grads: &mut Folder<'_, L>,
    ) {
        let activation = &mut self.activations.as_chunks_mut().0[column.input * count..][..count];
        let weights = &self.weights[column.weights.clone()];
        if !has_vectors::<L>()
            && let (&[weight], &[output]) = (weights, column.outputs)
        {
            let deltas = &deltas[output as usize * count..][..count];
            grads.push(lane_by_lane::<L>(weight, deltas, activation));
            return;
        }
        long_column(activation, column.outputs, deltas, grads);
        let mut column = Below {
            column,
            weights,
            deltas,
            activation,
        };
        walk::<L>(&mut column, count, has_vectors::<L>());
    }
}

/// One column in one pass. Returns the deltas of its input, before they are cut off.
#[inline(always)]
fn at_once<L: Lanes, const B: usize>(
    weights: &[f32],
    outputs: &[u32],
    deltas: &[[[f32; LANES]; B]],
    samples: [L; B],
    grads: &mut Folder<'_, L>,
) -> [L; B] {
    let mut below = [L::splat(0.0); B];
    for (&weight, &output) in weights.iter().zip(outputs) {
        let delta: [L; B] = load(&deltas[output as usize]);
        let weight = L::splat(weight);
        let mut grad = L::splat(0.0);
        for ((below, samples), delta) in below.iter_mut().zip(samples).zip(delta) {
            *below = below.add_product(weight, delta);
            grad = grad.add_product(delta, samples);
        }
        grads.push(grad);
    }
    below
}

/// The same without the gradients.
#[inline(always)]
fn below<L: Lanes, const B: usize>(weights: &[f32], outputs: &[u32], deltas: &[[[f32; LANES]; B]]) -> [L; B] {
    let mut below = [L::splat(0.0); B];
    for (&weight, &output) in weights.iter().zip(outputs) {
        let delta: [L; B] = load(&deltas[output as usize]);
        let weight = L::splat(weight);
        for (below, delta) in below.iter_mut().zip(delta) {
            *below = below.add_product(weight, delta);
        }
    }
    below
}

/// A column of one weight, in one pass without vectors. Returns the partial sums of its gradient.
#[inline(always)]
fn lane_by_lane<L: Lanes>(weight: f32, deltas: &[[f32; LANES]], activation: &mut [[f32; LANES]]) -> L {
    let mut grad = [0.0; LANES];
    for (deltas, activation) in deltas.iter().zip(activation) {
        for ((grad, delta), activation) in grad.iter_mut().zip(deltas).zip(activation) {
            *grad += delta * *activation;
            *activation = where_positive(0.0 + weight * delta, *activation);
        }
    }
    L::load(&grad)
}

/// One column of any number of blocks.
struct Below<'a> {
    column: Column<'a>,
    weights: &'a [f32],
    deltas: &'a [[f32; LANES]],
    activation: &'a mut [[f32; LANES]],
}

impl Strips for Below<'_> {
    #[inline(always)]
    fn strip<L: Lanes, const B: usize>(&mut self, block: usize) {
        let count = self.activation.len();
        let mut below = [L::splat(0.0); B];
        let mut add = |weight: f32, output: u32| {
            let delta: [L; B] = load(at::<B>(self.deltas, output as usize * count + block));
            let weight = L::splat(weight);
            for (below, delta) in below.iter_mut().zip(delta) {
                *below = below.add_product(weight, delta);
            }
        };
        let mut entries = self.weights.iter().zip(self.column.outputs);
        // Without vectors it takes as long to set 16 sums to zero as to add to them.
        if !has_vectors::<L>() {
            let Some((&weight, &output)) = entries.next() else {
                self.activation[block..block + B].fill([0.0; LANES]);
                return;
            };
            add(weight, output);
        }
        for (&weight, &output) in entries {
            add(weight, output);
        }
        for (below, to) in below.into_iter().zip(&mut self.activation[block..block + B]) {
            below.where_positive(L::load(to)).store(to);
        }
    }
}
