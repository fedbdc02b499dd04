//! A layer that visits only its surviving weights: forward, and backward to its weights and to its inputs. Sums run in
//! the order of the dense kernels, less the terms that are zero, so the bits are the same.

use super::fold::Folder;
use super::{blocks, load};
use crate::lanes::{LANES, Lanes, Work};
use crate::packing::{Compressed, Span};

/// Weights of one output whose gradients are summed side by side.
const GROUP: usize = 4;

/// As [`super::dense::Forward`], for the outputs that are visited. `weights` are those that survive.
pub(crate) struct Forward<'a> {
    pub(crate) compressed: Compressed<'a>,
    pub(crate) weights: &'a [f32],
    pub(crate) biases: &'a [f32],
    pub(crate) inputs: &'a [f32],
    pub(crate) outputs: &'a mut [f32],
    pub(crate) padded: usize,
    pub(crate) is_hidden: bool,
}

impl Work for Forward<'_> {
    type Answer = ();

    #[inline(always)]
    fn on<L: Lanes>(self) {
        let Self {
            compressed,
            weights,
            biases,
            inputs,
            outputs,
            padded,
            is_hidden,
        } = self;
        for &row in compressed.rows {
            let row = Span::new(row);
            let terms = (&weights[row.range()], &compressed.inputs[row.range()]);
            let (bias, output) = (biases[row.unit], &mut outputs[row.unit * padded..][..padded]);
            let output = output.as_chunks_mut().0;
            let mut block = 0;
            while block + 4 <= output.len() {
                let output = &mut output[block..block + 4];
                forward_tile::<L, 4>(terms, bias, inputs, output, padded, block, is_hidden);
                block += 4;
            }
            while block < output.len() {
                let output = &mut output[block..=block];
                forward_tile::<L, 1>(terms, bias, inputs, output, padded, block, is_hidden);
                block += 1;
            }
        }
    }
}

/// One output for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn forward_tile<L: Lanes, const B: usize>(
    (weights, columns): (&[f32], &[u32]),
    bias: f32,
    inputs: &[f32],
    output: &mut [[f32; LANES]],
    padded: usize,
    block: usize,
    is_hidden: bool,
) {
    // The sum turns a bias of −0 into +0, so that no order of zeros shows.
    let mut sums = [L::splat(bias + 0.0); B];
    for (&weight, &column) in weights.iter().zip(columns) {
        let samples: [L; B] = load(&blocks(&inputs[column as usize * padded..][..padded])[block..block + B]);
        let weight = L::splat(weight);
        for (sum, samples) in sums.iter_mut().zip(samples) {
            *sum = sum.add(weight.mul(samples));
        }
    }
    for (sum, to) in sums.into_iter().zip(output) {
        let output = if is_hidden { sum.relu() } else { sum };
        output.store(to);
    }
}

/// As [`super::dense::BackwardToWeights`], for the outputs that are visited. The gradients of the others are left as
/// they are: +0.0.
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
            if let Some(delta) = delta.as_array() {
                short::<L, 4>(delta, inputs, columns, &mut weight_grads, &mut bias_grads);
            } else {
                long::<L>(delta, inputs, columns, &mut weight_grads, &mut bias_grads);
            }
        }
        weight_grads.flush();
        bias_grads.flush();
    }
}

/// One output whose `B` blocks of deltas stay in registers.
#[inline(always)]
fn short<L: Lanes, const B: usize>(
    delta: &[[f32; LANES]; B],
    inputs: &[f32],
    columns: &[u32],
    weight_grads: &mut Folder<'_, L>,
    bias_grads: &mut Folder<'_, L>,
) {
    let padded = B * LANES;
    let delta: [L; B] = load(delta);
    let mut sum = L::splat(0.0);
    for delta in delta {
        sum = sum.add(delta);
    }
    bias_grads.push(sum);
    for &column in columns {
        let samples = &inputs[column as usize * padded..][..padded];
        let mut sum = L::splat(0.0);
        for (delta, samples) in delta.into_iter().zip(blocks(samples)) {
            sum = sum.add(delta.mul(L::load(samples)));
        }
        weight_grads.push(sum);
    }
}

/// One output with any number of blocks.
#[inline(always)]
fn long<L: Lanes>(
    delta: &[[f32; LANES]],
    inputs: &[f32],
    columns: &[u32],
    weight_grads: &mut Folder<'_, L>,
    bias_grads: &mut Folder<'_, L>,
) {
    let padded = delta.len() * LANES;
    let mut sum = L::splat(0.0);
    for delta in delta {
        sum = sum.add(L::load(delta));
    }
    bias_grads.push(sum);
    let row = |column: u32| blocks(&inputs[column as usize * padded..][..padded]);
    let (groups, rest) = columns.as_chunks::<GROUP>();
    for columns in groups {
        let mut sums = [L::splat(0.0); GROUP];
        let rows = columns.map(row);
        for (block, delta) in delta.iter().enumerate() {
            let delta = L::load(delta);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = sum.add(delta.mul(L::load(&row[block])));
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

/// As [`super::dense::BackwardToInputs`], for the inputs that are visited. `weights` are those that survive.
pub(crate) struct BackwardToInputs<'a> {
    pub(crate) compressed: Compressed<'a>,
    pub(crate) weights: &'a [f32],
    pub(crate) deltas: &'a [f32],
    pub(crate) activations: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Work for BackwardToInputs<'_> {
    type Answer = ();

    #[inline(always)]
    fn on<L: Lanes>(self) {
        let Self {
            compressed,
            weights,
            deltas,
            activations,
            padded,
        } = self;
        for &column in compressed.columns {
            let column = Span::new(column);
            let terms = (
                &compressed.column_outputs[column.range()],
                &compressed.column_positions[column.range()],
            );
            let activation = &mut activations[column.unit * padded..][..padded];
            let activation = activation.as_chunks_mut().0;
            let mut block = 0;
            while block + 4 <= activation.len() {
                let activation = &mut activation[block..block + 4];
                backward_tile::<L, 4>(weights, terms, deltas, activation, padded, block);
                block += 4;
            }
            while block < activation.len() {
                let activation = &mut activation[block..=block];
                backward_tile::<L, 1>(weights, terms, deltas, activation, padded, block);
                block += 1;
            }
        }
    }
}

/// One unit for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn backward_tile<L: Lanes, const B: usize>(
    weights: &[f32],
    (outputs, positions): (&[u32], &[u32]),
    deltas: &[f32],
    activation: &mut [[f32; LANES]],
    padded: usize,
    block: usize,
) {
    let mut sums = [L::splat(0.0); B];
    for (&output, &position) in outputs.iter().zip(positions) {
        let delta: [L; B] = load(&blocks(&deltas[output as usize * padded..][..padded])[block..block + B]);
        let weight = L::splat(weights[position as usize]);
        for (sum, delta) in sums.iter_mut().zip(delta) {
            *sum = sum.add(weight.mul(delta));
        }
    }
    for (sum, to) in sums.into_iter().zip(activation) {
        sum.where_positive(L::load(to)).store(to);
    }
}
