//! The backward pass of a compressed layer: the gradients of its biases, then column by column what a [`ByColumn`] does.

use super::units;
use crate::kernels::fold::{Folder, Sums};
use crate::kernels::{blocks, has_vectors};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::packing::{Column, Csc, Csr};

/// Computes the gradient of the biases of outputs that have a row, and leaves each column to `pass`. The gradients of the
/// other outputs are left as they are: +0.0.
///
/// ```text
/// deltas (fan_out, padded) -> bias_grads (fan_out)
/// for each row o:
///     bias_grads[o] = Σₛ deltas[o, s]
/// for each column (i, k..l):
///     pass
/// ```
pub(crate) struct Backward<'a, P> {
    pub(crate) layer: Columns<'a>,
    pub(crate) pass: P,
}

/// A layer, column by column, and its gradients.
pub(crate) struct Columns<'a> {
    pub(crate) csr: Csr<'a>,
    pub(crate) csc: Csc<'a>,
    pub(crate) deltas: &'a [f32],
    /// `(survivors)`, which the pass writes in the order of the columns.
    pub(crate) weight_grads: &'a mut [f32],
    pub(crate) bias_grads: &'a mut [f32],
    pub(crate) padded: usize,
}

/// What is done with one column: the sums of the gradients of its weights are pushed, in their order.
pub(crate) trait ByColumn {
    /// With the `B` blocks of each output, which stay in registers.
    fn short<L: Lanes, const B: usize>(
        &mut self,
        column: Column<'_>,
        deltas: &[[[f32; LANES]; B]],
        grads: &mut Folder<'_, L>,
    );
    /// With any number of blocks for each output, `count`.
    fn long<L: Lanes>(
        &mut self,
        column: Column<'_>,
        deltas: &[[f32; LANES]],
        count: usize,
        grads: &mut Folder<'_, L>,
    );
}

impl<P: ByColumn> Kernel for Backward<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut sums = Sums::<L>::new();
        match self.layer.padded / LANES {
            _ if !has_vectors::<L>() => self.long::<L>(&mut sums),
            4 => self.short::<L, 4>(&mut sums),
            // The last batch of an epoch is rarely whole.
            3 => self.short::<L, 3>(&mut sums),
            2 => self.short::<L, 2>(&mut sums),
            1 => self.short::<L, 1>(&mut sums),
            _ => self.long::<L>(&mut sums),
        }
    }
}

impl<P: ByColumn> Backward<'_, P> {
    #[inline(always)]
    fn short<L: Lanes, const B: usize>(self, sums: &mut Sums<L>) {
        let Self { layer, mut pass } = self;
        let deltas = units::<B>(layer.deltas);
        bias_grads(layer.csr, |output| &deltas[output], layer.bias_grads, sums);
        let mut grads = Folder::new(layer.weight_grads, sums);
        for column in layer.csc.columns() {
            pass.short(column, deltas, &mut grads);
        }
        grads.flush();
    }

    #[inline(always)]
    fn long<L: Lanes>(self, sums: &mut Sums<L>) {
        let Self { layer, mut pass } = self;
        let (deltas, count) = (blocks(layer.deltas), layer.padded / LANES);
        let delta = |output: usize| &deltas[output * count..][..count];
        bias_grads(layer.csr, delta, layer.bias_grads, sums);
        let mut grads = Folder::new(layer.weight_grads, sums);
        for column in layer.csc.columns() {
            pass.long(column, deltas, count, &mut grads);
        }
        grads.flush();
    }
}

/// The gradients of the biases of all outputs that have a row. `delta` finds the blocks of an output.
#[inline(always)]
fn bias_grads<'d, L: Lanes>(
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
