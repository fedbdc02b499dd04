//! The backward pass of a compressed layer to its inputs.

use super::{at, unit_of};
use crate::kernels::strips::{Strips, walk};
use crate::kernels::{blocks, has_vectors, load};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::packing::Csc;

/// Turns the activations that have a column into deltas, as [`crate::kernels::dense::BackwardToInputs`] does.
///
/// ```text
/// deltas (fan_out, padded), weights (survivors) -> activations (fan_in, padded)
/// for each column (i, k..l) and sample s:
///     d = +0.0
///     for e in k..l: d += weights[csc.weights[e]] · deltas[csc.outputs[e], s]
///     activations[i, s] = d where activations[i, s] > 0, else +0.0
/// ```
pub(crate) struct BackwardToInputs<'a> {
    pub(crate) csc: Csc<'a>,
    pub(crate) weights: &'a [f32],
    pub(crate) deltas: &'a [f32],
    pub(crate) activations: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Kernel for BackwardToInputs<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let count = self.padded / LANES;
        walk::<L>(&mut self, count, has_vectors::<L>());
    }
}

impl Strips for BackwardToInputs<'_> {
    #[inline(always)]
    fn strip<L: Lanes, const B: usize>(&mut self, block: usize) {
        if 1 < B && self.padded == B * LANES {
            strip::<L, B, true>(self, block);
        } else {
            strip::<L, B, false>(self, block);
        }
    }
}

/// `ALL`: these `B` blocks are all; that the compiler knows how many is worth an eighth.
#[inline(always)]
fn strip<L: Lanes, const B: usize, const ALL: bool>(layer: &mut BackwardToInputs<'_>, block: usize) {
    let (deltas, count) = (blocks(layer.deltas), layer.padded / LANES);
    let activations = layer.activations.as_chunks_mut::<LANES>().0;
    for column in layer.csc.columns() {
        let mut sums = [L::splat(0.0); B];
        for (&output, &weight) in column.outputs.iter().zip(column.weights) {
            let delta = if ALL {
                unit_of::<B>(layer.deltas, output as usize)
            } else {
                at(deltas, output as usize * count + block)
            };
            let delta: [L; B] = load(delta);
            let weight = L::splat(layer.weights[weight as usize]);
            for (sum, delta) in sums.iter_mut().zip(delta) {
                *sum = sum.add(weight.mul(delta));
            }
        }
        let activations = &mut activations[column.input * count + block..][..B];
        for (sum, to) in sums.into_iter().zip(activations) {
            sum.where_positive(L::load(to)).store(to);
        }
    }
}
