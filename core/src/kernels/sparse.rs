//! A layer that visits only its surviving weights: forward, and backward to its weights and to its inputs. Sums run in
//! the order of the dense kernels, less the terms that are zero, so the bits are the same.

use super::dense::{blocks, load, total};
use crate::lanes::{LANES, Lanes};
use crate::packing::Compressed;

/// Weights whose gradients are folded at once.
const FOLDED: usize = 4;

/// As [`super::dense::forward`]. Dead outputs are +0.0: nobody listens.
#[inline(always)]
pub(crate) fn forward<L: Lanes>(
    compressed: Compressed<'_>,
    weights: &[f32],
    biases: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
    padded: usize,
    activation: impl Fn(L) -> L,
) {
    for (number, (output, &bias)) in outputs.chunks_exact_mut(padded).zip(biases).enumerate() {
        let Some(row) = compressed.row(number) else {
            output.fill(0.0);
            continue;
        };
        let terms = (&weights[row.clone()], compressed.inputs(row));
        let output = output.as_chunks_mut().0;
        let mut block = 0;
        while block + 4 <= output.len() {
            forward_tile::<L, 4>(
                terms,
                bias,
                inputs,
                &mut output[block..block + 4],
                padded,
                block,
                &activation,
            );
            block += 4;
        }
        while block < output.len() {
            forward_tile::<L, 1>(
                terms,
                bias,
                inputs,
                &mut output[block..=block],
                padded,
                block,
                &activation,
            );
            block += 1;
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
    activation: &impl Fn(L) -> L,
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
        activation(sum).store(to);
    }
}

/// As [`super::dense::backward_to_weights`]. The gradients of dead outputs are left as they are: +0.0.
#[inline(always)]
pub(crate) fn backward_to_weights<L: Lanes>(
    compressed: Compressed<'_>,
    deltas: &[f32],
    inputs: &[f32],
    weight_grads: &mut [f32],
    bias_grads: &mut [f32],
    padded: usize,
) {
    for (number, (delta, bias_grad)) in deltas.chunks_exact(padded).zip(bias_grads).enumerate() {
        let Some(row) = compressed.row(number) else {
            continue;
        };
        let (grads, columns) = (&mut weight_grads[row.clone()], compressed.inputs(row));
        let delta = blocks(delta);
        *bias_grad = total::<L>(delta);
        let (groups, rest) = grads.as_chunks_mut::<FOLDED>();
        let (group_columns, rest_columns) = columns.as_chunks::<FOLDED>();
        for (grads, columns) in groups.iter_mut().zip(group_columns) {
            *grads = gradients::<L>(delta, inputs, columns, padded);
        }
        if let Some(&last) = rest_columns.last() {
            // The last is repeated; nobody takes its second sum.
            let mut columns = [last; FOLDED];
            columns[..rest_columns.len()].copy_from_slice(rest_columns);
            for (grad, sum) in rest
                .iter_mut()
                .zip(gradients::<L>(delta, inputs, &columns, padded))
            {
                *grad = sum;
            }
        }
    }
}

/// The gradients of four weights of one output.
#[inline(always)]
fn gradients<L: Lanes>(
    delta: &[[f32; LANES]],
    inputs: &[f32],
    columns: &[u32; FOLDED],
    padded: usize,
) -> [f32; FOLDED] {
    let [a, b, c, d] = *columns;
    let a = blocks(&inputs[a as usize * padded..][..padded]);
    let b = blocks(&inputs[b as usize * padded..][..padded]);
    let c = blocks(&inputs[c as usize * padded..][..padded]);
    let d = blocks(&inputs[d as usize * padded..][..padded]);
    let mut sums = [L::splat(0.0); FOLDED];
    for ((((delta, a), b), c), d) in delta.iter().zip(a).zip(b).zip(c).zip(d) {
        let delta = L::load(delta);
        for (sum, input) in sums.iter_mut().zip([a, b, c, d]) {
            *sum = sum.add(delta.mul(L::load(input)));
        }
    }
    L::fold(sums)
}

/// As [`super::dense::backward_to_inputs`].
#[inline(always)]
pub(crate) fn backward_to_inputs<L: Lanes>(
    compressed: Compressed<'_>,
    weights: &[f32],
    deltas: &[f32],
    activations: &mut [f32],
    padded: usize,
) {
    for (unit, activation) in activations.chunks_exact_mut(padded).enumerate() {
        let (outputs, positions) = compressed.column(unit);
        let activation = activation.as_chunks_mut().0;
        let mut block = 0;
        while block + 4 <= activation.len() {
            backward_tile::<L, 4>(
                weights,
                outputs,
                positions,
                deltas,
                &mut activation[block..block + 4],
                padded,
                block,
            );
            block += 4;
        }
        while block < activation.len() {
            backward_tile::<L, 1>(
                weights,
                outputs,
                positions,
                deltas,
                &mut activation[block..=block],
                padded,
                block,
            );
            block += 1;
        }
    }
}

/// One unit for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn backward_tile<L: Lanes, const B: usize>(
    weights: &[f32],
    outputs: &[u32],
    positions: &[u32],
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
