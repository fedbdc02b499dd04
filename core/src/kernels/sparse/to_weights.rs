//! From the deltas of one layer, and the activations below, to the gradient of its parameters.

use super::at;
use crate::kernels::fold::Folder;
use crate::kernels::{blocks, load};
use crate::lanes::{LANES, Lanes, Work};
use crate::packing::{Compressed, Span};

/// As [`crate::kernels::dense::BackwardToWeights`], for the outputs that are visited. The gradients of the others are
/// left as they are: +0.0.
pub(crate) struct BackwardToWeights<'a> {
    pub(crate) compressed: Compressed<'a>,
    pub(crate) deltas: &'a [f32],
    pub(crate) inputs: &'a [f32],
    pub(crate) weight_grads: &'a mut [f32],
    pub(crate) bias_grads: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Work for BackwardToWeights<'_> {
    type Answer = ();

    #[inline(always)]
    fn on<L: Lanes>(self) {
        let Self {
            compressed,
            deltas,
            inputs,
            weight_grads,
            bias_grads,
            padded,
        } = self;
        let (mut weight_grads, mut bias_grads) =
            (Folder::<L>::new(weight_grads), Folder::<L>::new(bias_grads));
        let (mut weight, mut unit) = (0, 0);
        for &row in compressed.rows {
            let row = Span::new(row);
            bias_grads.skip(row.unit - unit);
            weight_grads.skip(row.range().start - weight);
            (weight, unit) = (row.range().end, row.unit + 1);
            let delta = blocks(&deltas[row.unit * padded..][..padded]);
            let columns = &compressed.inputs[row.range()];
            bias_grads.push(sum(delta));
            if let Some(delta) = delta.as_array() {
                short::<L, 4>(delta, inputs, columns, &mut weight_grads);
            } else {
                long::<L>(delta, inputs, columns, &mut weight_grads);
            }
        }
        weight_grads.flush();
        bias_grads.flush();
    }
}

#[inline(always)]
fn sum<L: Lanes>(delta: &[[f32; LANES]]) -> L {
    let mut sum = L::splat(0.0);
    for delta in delta {
        sum = sum.add(L::load(delta));
    }
    sum
}

/// One output whose `B` blocks of deltas stay in registers.
#[inline(always)]
fn short<L: Lanes, const B: usize>(
    delta: &[[f32; LANES]; B],
    inputs: &[f32],
    columns: &[u32],
    weight_grads: &mut Folder<'_, L>,
) {
    let delta: [L; B] = load(delta);
    let inputs = blocks(inputs);
    let mut columns = columns;
    while !columns.is_empty() {
        let free = weight_grads.free();
        let (now, later) = columns.split_at(columns.len().min(free.len()));
        for (to, &column) in free.iter_mut().zip(now) {
            let mut sum = L::splat(0.0);
            for (delta, samples) in delta.into_iter().zip(at::<B>(inputs, column as usize * B)) {
                sum = sum.add(delta.mul(L::load(samples)));
            }
            *to = sum;
        }
        weight_grads.filled(now.len());
        columns = later;
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
