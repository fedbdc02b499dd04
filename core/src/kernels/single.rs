//! The forward pass of one sample through one layer. There are no samples to work on side by side, so a dense layer works
//! on outputs; each sum keeps its order, and the bits are those of a batch.

use crate::lanes::{LANES, Lanes};
use crate::packing::Csr;

/// Computes the outputs of a dense layer, 64 at a time, and then 16 at a time. `columns` are as [`columns`] wrote them.
///
/// ```text
/// inputs (fan_in), columns (groups of 64 or 16 outputs, 1 + fan_in, 64 or 16) -> outputs (groups, 64 or 16)
/// for each group g:
///     z = columns[g, 0]
///     for i in 0..fan_in: z += columns[g, 1 + i] · inputs[i]
///     outputs[g] = relu(z) in a hidden layer, else z
/// ```
#[inline(always)]
pub(crate) fn dense<L: Lanes>(
    columns: &[[f32; LANES]],
    inputs: &[f32],
    outputs: &mut [[f32; LANES]],
    is_hidden: bool,
) {
    let len = inputs.len() + 1;
    let (fours, ones) = outputs.as_chunks_mut::<4>();
    let (four_columns, one_columns) = columns.split_at(fours.len() * 4 * len);
    for (outputs, columns) in fours.iter_mut().zip(four_columns.chunks_exact(4 * len)) {
        tile::<L, 4>(columns, inputs, outputs, is_hidden);
    }
    for (output, columns) in ones.iter_mut().zip(one_columns.chunks_exact(len)) {
        tile::<L, 1>(columns, inputs, core::array::from_mut(output), is_hidden);
    }
}

/// `N` times 16 outputs: their biases, then for each input the weights to them.
#[inline(always)]
fn tile<L: Lanes, const N: usize>(
    columns: &[[f32; LANES]],
    inputs: &[f32],
    outputs: &mut [[f32; LANES]; N],
    is_hidden: bool,
) {
    let mut columns = columns.as_chunks::<N>().0.iter();
    let mut sums = [L::splat(0.0); N];
    if let Some(biases) = columns.next() {
        for (sum, biases) in sums.iter_mut().zip(biases) {
            *sum = L::load(biases);
        }
    }
    for (&input, weights) in inputs.iter().zip(columns) {
        let input = L::splat(input);
        for (sum, weights) in sums.iter_mut().zip(weights) {
            *sum = sum.add(L::load(weights).mul(input));
        }
    }
    for (sum, output) in sums.into_iter().zip(outputs) {
        let sum = if is_hidden { sum.relu() } else { sum };
        sum.store(output);
    }
}

/// Writes a dense layer as [`dense`] reads it: for 64 outputs at a time, and then 16 at a time, their biases, then for
/// each input the weights to them; outputs that do not exist have zeros. `columns` holds `(fan_in + 1)` vectors for
/// each 16 outputs.
pub(crate) fn columns(weights: &[f32], biases: &[f32], fan_in: usize, columns: &mut [[f32; LANES]]) {
    let groups = biases.len().div_ceil(LANES);
    let mut columns = columns.iter_mut();
    let mut group = 0;
    while group < groups {
        let count = if groups - group < 4 { 1 } else { 4 };
        for row in 0..=fan_in {
            for group in group..group + count {
                let Some(column) = columns.next() else { return };
                for (output, value) in (group * LANES..).zip(column) {
                    *value = match (biases.get(output), row.checked_sub(1)) {
                        (None, _) => 0.0,
                        // The sum turns a bias of −0 into +0, so that no order of zeros shows.
                        (Some(bias), None) => bias + 0.0,
                        (Some(_), Some(input)) => weights[output * fan_in + input],
                    };
                }
            }
        }
        group += count;
    }
}

/// Computes the outputs of a compressed layer that have a row, weight by weight.
///
/// ```text
/// inputs (fan_in), weights (survivors), biases (fan_out) -> outputs (fan_out)
/// for each row (o, k..l):
///     z = biases[o] + 0.0
///     for w in k..l: z += weights[w] · inputs[csr.inputs[w]]
///     outputs[o] = relu(z) in a hidden layer, else z
/// ```
#[inline(always)]
pub(crate) fn sparse(
    csr: Csr<'_>,
    weights: &[f32],
    biases: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
    is_hidden: bool,
) {
    for row in csr.rows() {
        let mut sum = biases[row.output] + 0.0;
        for (weight, &input) in weights[row.weights].iter().zip(row.inputs) {
            sum += weight * inputs[input as usize];
        }
        outputs[row.output] = if is_hidden && sum < 0.0 { 0.0 } else { sum };
    }
}
