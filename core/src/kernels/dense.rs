//! A layer that visits every weight, pruned or not: forward, and backward to its weights and to its inputs.
//!
//! Each kernel works on a tile: a few outputs by a few blocks of 16 samples, whose partial sums stay in registers
//! while the sum runs. How a matrix is cut into tiles changes no bit: every sum has its own order.
//!
//! There is no closure around a vector here: it would be a function of its own, compiled without the vector unit that
//! its caller is compiled for.

use crate::lanes::{LANES, Lanes};

/// Outputs, or inputs, of a tile.
const ROWS: usize = 4;

/// One row of samples, 16 at a time.
#[inline(always)]
pub(super) fn blocks(row: &[f32]) -> &[[f32; LANES]] {
    row.as_chunks().0
}

/// The vectors of `B` blocks.
#[inline(always)]
pub(super) fn load<L: Lanes, const B: usize>(from: &[[f32; LANES]]) -> [L; B] {
    let mut vectors = [L::splat(0.0); B];
    for (vector, from) in vectors.iter_mut().zip(from) {
        *vector = L::load(from);
    }
    vectors
}

/// The sum of one row over all samples, lane by lane.
#[inline(always)]
pub(super) fn total<L: Lanes>(row: &[[f32; LANES]]) -> f32 {
    let zero = L::splat(0.0);
    let mut sum = zero;
    for block in row {
        sum = sum.add(L::load(block));
    }
    let [total, ..] = L::fold([sum, zero, zero, zero]);
    total
}

/// `outputs[o] = activation((biases[o] + 0.0) + Σᵢ weights[o, i] · inputs[i])`, in ascending `i`.
#[inline(always)]
pub(crate) fn forward<L: Lanes>(
    weights: &[f32],
    biases: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
    padded: usize,
    activation: impl Fn(L) -> L,
) {
    let fan_in = inputs.len() / padded;
    let mut weights = weights.chunks(ROWS * fan_in);
    let mut biases = biases.chunks(ROWS);
    for outputs in outputs.chunks_mut(ROWS * padded) {
        let (Some(weights), Some(biases)) = (weights.next(), biases.next()) else {
            return;
        };
        if biases.len() == ROWS {
            forward_rows::<L, ROWS>(weights, biases, inputs, outputs, padded, &activation);
        } else {
            for ((weights, bias), output) in
                weights.chunks(fan_in).zip(biases).zip(outputs.chunks_mut(padded))
            {
                forward_rows::<L, 1>(weights, &[*bias], inputs, output, padded, &activation);
            }
        }
    }
}

/// `O` outputs for all samples.
#[inline(always)]
fn forward_rows<L: Lanes, const O: usize>(
    weights: &[f32],
    biases: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
    padded: usize,
    activation: &impl Fn(L) -> L,
) {
    let count = padded / LANES;
    let mut block = 0;
    while L::BLOCKS == 4 && block + 4 <= count {
        forward_tile::<L, O, 4>(weights, biases, inputs, outputs, padded, block, activation);
        block += 4;
    }
    while block < count {
        forward_tile::<L, O, 1>(weights, biases, inputs, outputs, padded, block, activation);
        block += 1;
    }
}

/// `O` outputs for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn forward_tile<L: Lanes, const O: usize, const B: usize>(
    weights: &[f32],
    biases: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
    padded: usize,
    block: usize,
    activation: &impl Fn(L) -> L,
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
            activation(sum).store(to);
        }
    }
}

/// `weight_grads[o, i] = Σₛ deltas[o, s] · inputs[i, s]` and `bias_grads[o] = Σₛ deltas[o, s]`, lane by lane.
#[inline(always)]
pub(crate) fn backward_to_weights<L: Lanes>(
    deltas: &[f32],
    inputs: &[f32],
    weight_grads: &mut [f32],
    bias_grads: &mut [f32],
    padded: usize,
) {
    let fan_in = inputs.len() / padded;
    let zero = L::splat(0.0);
    let rows = weight_grads.chunks_exact_mut(fan_in).zip(bias_grads);
    for ((row, bias_grad), delta) in rows.zip(deltas.chunks_exact(padded)) {
        let delta = blocks(delta);
        *bias_grad = total::<L>(delta);
        let (groups, rest) = row.as_chunks_mut::<ROWS>();
        let (group_inputs, rest_inputs) = inputs.split_at(groups.len() * ROWS * padded);
        for (grads, inputs) in groups.iter_mut().zip(group_inputs.chunks_exact(ROWS * padded)) {
            let inputs = blocks(inputs);
            let mut sums = [zero; ROWS];
            for (block, delta) in delta.iter().enumerate() {
                let delta = L::load(delta);
                for (sum, input) in sums.iter_mut().zip(inputs.chunks_exact(padded / LANES)) {
                    *sum = sum.add(delta.mul(L::load(&input[block])));
                }
            }
            *grads = L::fold(sums);
        }
        for (grad, input) in rest.iter_mut().zip(rest_inputs.chunks_exact(padded)) {
            let mut sum = zero;
            for (delta, input) in delta.iter().zip(blocks(input)) {
                sum = sum.add(L::load(delta).mul(L::load(input)));
            }
            [*grad, ..] = L::fold([sum, zero, zero, zero]);
        }
    }
}

/// Turns the activations of a hidden layer into its deltas, in place: for each unit `i`,
/// `Σₒ weights[o, i] · deltas[o]`, from +0.0 in ascending `o`, where the activation is positive, else +0.0.
#[inline(always)]
pub(crate) fn backward_to_inputs<L: Lanes>(
    weights: &[f32],
    deltas: &[f32],
    activations: &mut [f32],
    padded: usize,
) {
    let fan_in = activations.len() / padded;
    for (group, activations) in activations.chunks_mut(ROWS * padded).enumerate() {
        let unit = group * ROWS;
        if activations.len() == ROWS * padded {
            backward_rows::<L, ROWS>(weights, fan_in, unit, deltas, activations, padded);
        } else {
            for (unit, activation) in (unit..).zip(activations.chunks_mut(padded)) {
                backward_rows::<L, 1>(weights, fan_in, unit, deltas, activation, padded);
            }
        }
    }
}

/// `I` units from `unit` on, for all samples.
#[inline(always)]
fn backward_rows<L: Lanes, const I: usize>(
    weights: &[f32],
    fan_in: usize,
    unit: usize,
    deltas: &[f32],
    activations: &mut [f32],
    padded: usize,
) {
    let count = padded / LANES;
    let mut block = 0;
    while L::BLOCKS == 4 && block + 4 <= count {
        backward_tile::<L, I, 4>(weights, fan_in, unit, deltas, activations, padded, block);
        block += 4;
    }
    while block < count {
        backward_tile::<L, I, 1>(weights, fan_in, unit, deltas, activations, padded, block);
        block += 1;
    }
}

/// `I` units for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn backward_tile<L: Lanes, const I: usize, const B: usize>(
    weights: &[f32],
    fan_in: usize,
    unit: usize,
    deltas: &[f32],
    activations: &mut [f32],
    padded: usize,
    block: usize,
) {
    let mut sums = [[L::splat(0.0); B]; I];
    for (row, delta) in weights.chunks_exact(fan_in).zip(deltas.chunks_exact(padded)) {
        let (row, delta) = (&row[unit..unit + I], &blocks(delta)[block..block + B]);
        let delta: [L; B] = load(delta);
        for (sums, &weight) in sums.iter_mut().zip(row) {
            let weight = L::splat(weight);
            for (sum, delta) in sums.iter_mut().zip(delta) {
                *sum = sum.add(weight.mul(delta));
            }
        }
    }
    for (sums, activation) in sums.into_iter().zip(activations.chunks_exact_mut(padded)) {
        for (sum, to) in sums
            .into_iter()
            .zip(&mut activation.as_chunks_mut().0[block..block + B])
        {
            sum.where_positive(L::load(to)).store(to);
        }
    }
}
