//! The backward pass of a compressed layer to its parameters.

use super::units;
use crate::kernels::fold::{Folder, Sums};
use crate::kernels::{blocks, has_vectors, load};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::packing::{Csc, Csr};

/// Computes the gradient of the parameters of outputs that have a row, as [`crate::kernels::dense::BackwardToWeights`]
/// does. The gradients of the others are left as they are: +0.0.
///
/// ```text
/// deltas (fan_out, padded), inputs (fan_in, padded) -> weight_grads (survivors), bias_grads (fan_out)
/// for each row o:
///     bias_grads[o] = Σₛ deltas[o, s]
/// for each column (i, k..l) and w in k..l:
///     weight_grads[w] = Σₛ deltas[csc.outputs[w], s] · inputs[i, s]
/// ```
pub(crate) struct BackwardToWeights<'a> {
    pub(crate) csr: Csr<'a>,
    pub(crate) csc: Csc<'a>,
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
        let padded = self.padded;
        choose::<L>(self, padded);
    }
}

impl ByColumn for BackwardToWeights<'_> {
    #[inline(always)]
    fn short<L: Lanes, const B: usize>(self, sums: &mut Sums<L>) {
        let Self {
            csr,
            csc,
            weight_grads,
            ..
        } = self;
        let (inputs, deltas) = (units::<B>(self.inputs), units::<B>(self.deltas));
        bias_grads(csr, |output| &deltas[output], self.bias_grads, sums);
        let mut grads = Folder::new(weight_grads, sums);
        for column in csc.columns() {
            short_column(load(&inputs[column.input]), column.outputs, deltas, &mut grads);
        }
        grads.flush();
    }

    #[inline(always)]
    fn long<L: Lanes>(self, sums: &mut Sums<L>) {
        let Self {
            csr,
            csc,
            weight_grads,
            ..
        } = self;
        let (inputs, deltas, count) = (blocks(self.inputs), blocks(self.deltas), self.padded / LANES);
        bias_grads(
            csr,
            |output| &deltas[output * count..][..count],
            self.bias_grads,
            sums,
        );
        let mut grads = Folder::new(weight_grads, sums);
        for column in csc.columns() {
            let samples = &inputs[column.input * count..][..count];
            long_column(samples, column.outputs, deltas, &mut grads);
        }
        grads.flush();
    }
}

/// A backward pass that goes column by column.
pub(super) trait ByColumn {
    /// With `B` blocks, which stay in registers.
    fn short<L: Lanes, const B: usize>(self, sums: &mut Sums<L>);
    /// With any number of blocks.
    fn long<L: Lanes>(self, sums: &mut Sums<L>);
}

/// Runs a pass over so many samples.
#[inline(always)]
pub(super) fn choose<L: Lanes>(pass: impl ByColumn, padded: usize) {
    let mut sums = Sums::<L>::new();
    match padded / LANES {
        _ if !has_vectors::<L>() => pass.long::<L>(&mut sums),
        4 => pass.short::<L, 4>(&mut sums),
        // The last batch of an epoch is rarely whole.
        3 => pass.short::<L, 3>(&mut sums),
        2 => pass.short::<L, 2>(&mut sums),
        1 => pass.short::<L, 1>(&mut sums),
        _ => pass.long::<L>(&mut sums),
    }
}

/// The gradients of the biases of all outputs that have a row. `delta` finds the blocks of an output.
#[inline(always)]
pub(super) fn bias_grads<'d, L: Lanes>(
    csr: Csr<'_>,
    delta: impl Fn(usize) -> &'d [[f32; LANES]],
    grads: &mut [f32],
    sums: &mut Sums<L>,
) {
    let mut grads = Folder::new(grads, sums);
    let mut next = 0;
    for output in csr.outputs() {
        grads.skip(output - next);
        next = output + 1;
        let mut sum = L::splat(0.0);
        for delta in delta(output) {
            sum = sum.add(L::load(delta));
        }
        grads.push(sum);
    }
    grads.flush();
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
