//! A layer that visits every weight, pruned or not: forward, and backward to its weights and to its inputs.

use crate::lanes::{LANES, Lanes};

/// One row of samples, 16 at a time.
#[inline(always)]
fn blocks(row: &[f32]) -> &[[f32; LANES]] {
    row.as_chunks().0
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
    for ((row, &bias), output) in weights
        .chunks_exact(fan_in)
        .zip(biases)
        .zip(outputs.chunks_exact_mut(padded))
    {
        for (block, to) in output.as_chunks_mut().0.iter_mut().enumerate() {
            // The sum turns a bias of −0 into +0, so that no order of zeros shows.
            let mut z = L::splat(bias + 0.0);
            for (&weight, input) in row.iter().zip(inputs.chunks_exact(padded)) {
                z = z.add(L::splat(weight).mul(L::load(&blocks(input)[block])));
            }
            activation(z).store(to);
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
    let rows = weight_grads.chunks_exact_mut(fan_in).zip(bias_grads);
    for ((row, bias_grad), delta) in rows.zip(deltas.chunks_exact(padded)) {
        let sum = blocks(delta)
            .iter()
            .fold(L::splat(0.0), |sum, delta| sum.add(L::load(delta)));
        [*bias_grad] = L::fold([sum]);
        for (weight_grad, input) in row.iter_mut().zip(inputs.chunks_exact(padded)) {
            let mut sum = L::splat(0.0);
            for (delta, input) in blocks(delta).iter().zip(blocks(input)) {
                sum = sum.add(L::load(delta).mul(L::load(input)));
            }
            [*weight_grad] = L::fold([sum]);
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
    for (unit, activation) in activations.chunks_exact_mut(padded).enumerate() {
        for (block, to) in activation.as_chunks_mut().0.iter_mut().enumerate() {
            let mut sum = L::splat(0.0);
            for (row, delta) in weights.chunks_exact(fan_in).zip(deltas.chunks_exact(padded)) {
                sum = sum.add(L::splat(row[unit]).mul(L::load(&blocks(delta)[block])));
            }
            sum.where_positive(L::load(to)).store(to);
        }
    }
}
