//! The backward pass of a compressed layer to its parameters.

use super::backward::ByColumn;
use super::units;
use crate::kernels::fold::Folder;
use crate::kernels::{blocks, has_vectors, load};
use crate::lanes::{LANES, Lanes};
use crate::packing::Column;

/// Computes the gradient of the parameters, as [`crate::kernels::dense::BackwardToWeights`] does.
///
/// ```text
/// deltas (fan_out, padded), inputs (fan_in, padded) -> weight_grads (survivors)
/// for the column (i, k..l) and w in k..l:
///     weight_grads[w] = Σₛ deltas[csc.outputs[w], s] · inputs[i, s]
/// ```
pub(crate) struct ToWeights<'a> {
    pub(crate) inputs: &'a [f32],
}

impl ByColumn for ToWeights<'_> {
    #[inline(always)]
    fn short<L: Lanes, const B: usize>(
        &mut self,
        column: Column<'_>,
        deltas: &[[[f32; LANES]; B]],
        grads: &mut Folder<'_, L>,
    ) {
        let samples = load(&units::<B>(self.inputs)[column.input]);
        short_column(samples, column.outputs, deltas, grads);
    }

    #[inline(always)]
    fn long<L: Lanes>(
        &mut self,
        column: Column<'_>,
        deltas: &[[f32; LANES]],
        count: usize,
        grads: &mut Folder<'_, L>,
    ) {
        let samples = &blocks(self.inputs)[column.input * count..][..count];
        long_column(samples, column.outputs, deltas, grads);
    }
}

/// The weights of one input whose `B` blocks stay in registers.
#[inline(always)]
pub(super) fn short_column<L: Lanes, const B: usize>(
    samples: [L; B],
    outputs: &[u32],
    deltas: &[[[f32; LANES]; B]],
    grads: &mut Folder<'_, L>,
) {
    for &output in outputs {
        let mut sum = L::splat(0.0);
        for (samples, delta) in samples.into_iter().zip(&deltas[output as usize]) {
            sum = sum.add_product(L::load(delta), samples);
        }
        grads.push(sum);
    }
}

/// Weights of one input whose gradients are summed side by side.
const GROUP: usize = 4;

/// The weights of one input with any number of blocks.
#[inline(always)]
pub(super) fn long_column<L: Lanes>(
    samples: &[[f32; LANES]],
    outputs: &[u32],
    deltas: &[[f32; LANES]],
    grads: &mut Folder<'_, L>,
) {
    let row = |output: u32| &deltas[output as usize * samples.len()..][..samples.len()];
    let (groups, rest) = if has_vectors::<L>() {
        outputs.as_chunks::<GROUP>()
    } else {
        (&[][..], outputs)
    };
    for &[a, b, c, d] in groups {
        let mut sums = [L::splat(0.0); GROUP];
        let rows = samples.iter().zip(row(a)).zip(row(b)).zip(row(c)).zip(row(d));
        for ((((samples, a), b), c), d) in rows {
            let samples = L::load(samples);
            for (sum, delta) in sums.iter_mut().zip([a, b, c, d]) {
                *sum = sum.add_product(L::load(delta), samples);
            }
        }
        for sum in sums {
            grads.push(sum);
        }
    }
    for &output in rest {
        let add = |sum: L, (samples, delta)| sum.add_product(L::load(delta), L::load(samples));
        let mut blocks = samples.iter().zip(row(output));
        // Without vectors it takes as long to set 16 sums to zero as to add to them.
        let sum = match blocks.next() {
            Some(first) if !has_vectors::<L>() => blocks.fold(add(L::splat(0.0), first), add),
            _ => samples.iter().zip(row(output)).fold(L::splat(0.0), add),
        };
        grads.push(sum);
    }
}
