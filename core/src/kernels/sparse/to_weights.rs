//! The backward pass of a compressed layer to its parameters.

use super::unit_of;
use crate::kernels::fold::Folder;
use crate::kernels::{blocks, has_vectors, load};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::packing::Csr;

/// Computes the gradient of the parameters of outputs that have a row, as [`crate::kernels::dense::BackwardToWeights`]
/// does. The gradients of the others are left as they are: +0.0.
///
/// ```text
/// deltas (fan_out, padded), inputs (fan_in, padded) -> weight_grads (survivors), bias_grads (fan_out)
/// for each row (o, k..l):
///     bias_grads[o] = Σₛ deltas[o, s]
///     for w in k..l: weight_grads[w] = Σₛ deltas[o, s] · inputs[csr.inputs[w], s]
/// ```
pub(crate) struct BackwardToWeights<'a> {
    pub(crate) csr: Csr<'a>,
    pub(crate) deltas: &'a [f32],
    pub(crate) inputs: &'a [f32],
    pub(crate) weight_grads: &'a mut [f32],
    pub(crate) bias_grads: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Kernel for BackwardToWeights<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        match self.padded / LANES {
            _ if !has_vectors::<L>() => all::<L, 0>(self),
            4 => all::<L, 4>(self),
            // The last batch of an epoch is rarely whole.
            3 => all::<L, 3>(self),
            2 => all::<L, 2>(self),
            _ => all::<L, 0>(self),
        }
    }
}

/// All outputs, for `B` blocks of samples, or, where that is 0, for any number of them.
#[inline(always)]
fn all<L: Lanes, const B: usize>(layer: BackwardToWeights<'_>) {
    let BackwardToWeights {
        csr,
        deltas,
        inputs,
        weight_grads,
        bias_grads,
        padded,
    } = layer;
    let (mut weight_sums, mut bias_sums) = ([L::splat(0.0); LANES], [L::splat(0.0); LANES]);
    let mut weight_grads = Folder::new(weight_grads, &mut weight_sums);
    let mut bias_grads = Folder::new(bias_grads, &mut bias_sums);
    let (mut weight, mut output) = (0, 0);
    for row in csr.rows() {
        bias_grads.skip(row.output - output);
        weight_grads.skip(row.weights.start - weight);
        (weight, output) = (row.weights.end, row.output + 1);
        if B == 0 {
            let delta = blocks(&deltas[row.output * padded..][..padded]);
            let mut sum = L::splat(0.0);
            for delta in delta {
                sum = sum.add(L::load(delta));
            }
            bias_grads.push(sum);
            long(delta, inputs, row.inputs, &mut weight_grads);
        } else {
            let delta = load(unit_of::<B>(deltas, row.output));
            bias_grads.push(sum::<L, B>(delta));
            short(delta, inputs, row.inputs, &mut weight_grads);
        }
    }
    weight_grads.flush();
    bias_grads.flush();
}

#[inline(always)]
fn sum<L: Lanes, const B: usize>(delta: [L; B]) -> L {
    let mut sum = L::splat(0.0);
    for delta in delta {
        sum = sum.add(delta);
    }
    sum
}

/// One output whose `B` blocks of deltas stay in registers.
#[inline(always)]
fn short<L: Lanes, const B: usize>(
    delta: [L; B],
    inputs: &[f32],
    columns: &[u32],
    weight_grads: &mut Folder<'_, L>,
) {
    for &column in columns {
        let mut sum = L::splat(0.0);
        for (delta, samples) in delta.into_iter().zip(unit_of::<B>(inputs, column as usize)) {
            sum = sum.add(delta.mul(L::load(samples)));
        }
        weight_grads.push(sum);
    }
}

/// Weights of one output whose gradients are summed side by side.
const GROUP: usize = 4;

/// One output with any number of blocks.
#[inline(always)]
fn long<L: Lanes>(delta: &[[f32; LANES]], inputs: &[f32], columns: &[u32], weight_grads: &mut Folder<'_, L>) {
    let inputs = blocks(inputs);
    let row = |column: u32| &inputs[column as usize * delta.len()..][..delta.len()];
    let (groups, rest) = columns.as_chunks::<GROUP>();
    for &[a, b, c, d] in groups {
        let mut sums = [L::splat(0.0); GROUP];
        let rows = delta.iter().zip(row(a)).zip(row(b)).zip(row(c)).zip(row(d));
        for ((((delta, a), b), c), d) in rows {
            let delta = L::load(delta);
            for (sum, samples) in sums.iter_mut().zip([a, b, c, d]) {
                *sum = sum.add(delta.mul(L::load(samples)));
            }
        }
        for sum in sums {
            weight_grads.push(sum);
        }
    }
    for &column in rest {
        let mut sum = L::splat(0.0);
        for (delta, samples) in delta.iter().zip(row(column)) {
            sum = sum.add(L::load(delta).mul(L::load(samples)));
        }
        weight_grads.push(sum);
    }
}
