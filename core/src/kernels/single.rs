//! The forward pass of one sample through one layer. There are no samples to work on side by side, so a layer works on 16
//! outputs at a time; each sum keeps its order, and the bits are those of a batch.
//!
//! Terms of zero are left out of a sum here and added to one there, and no bit tells, as long as weights and activations
//! are finite:
//!
//! - A sum of two floats, rounded to nearest, is −0 only if both are −0: x + (−x) is +0, and a sum that is not zero never
//!   rounds to zero, because floats below the smallest normal one are added exactly. A sum here starts from `bias + 0.0`,
//!   which is therefore not −0, so by induction no partial sum is.
//! - The product of a finite float and ±0 is ±0. Added to a float that is not −0 it gives that float, bit for bit.
//!
//! So an input of ±0, as the ReLU leaves many, is skipped with all its weights, and a row that has no weight for an input at
//! which others of its 16 have one adds a weight of +0.0.

use crate::kernels::rows::rows;
use crate::lanes::{LANES, Lanes, WINDOW};
use crate::packing::Csr;
use crate::packing::steps::groups;

/// Computes the outputs of a dense layer, 64 at a time, then 32, then 16. `columns` are as [`columns`] wrote them.
///
/// ```text
/// inputs (fan_in), columns (groups of 64, 32 or 16 outputs, 1 + fan_in, 64, 32 or 16) -> outputs (groups, 64, 32 or 16)
/// for each group g:
///     z = columns[g, 0]
///     for i in 0..fan_in if inputs[i] != 0: z += columns[g, 1 + i] · inputs[i]
///     outputs[g] = relu(z) in a hidden layer, else z
/// ```
#[inline(always)]
pub(crate) fn dense<L: Lanes>(
    columns: &[[f32; LANES]],
    inputs: &[f32],
    outputs: &mut [[f32; LANES]],
    is_hidden: bool,
) {
    let (outputs, columns) = tiles::<L, 4>(columns, inputs, outputs, is_hidden);
    let (outputs, columns) = tiles::<L, 2>(columns, inputs, outputs, is_hidden);
    tiles::<L, 1>(columns, inputs, outputs, is_hidden);
}

/// As many `N` times 16 outputs as there are. Returns the other outputs, and their columns.
#[inline(always)]
fn tiles<'c, 'o, L: Lanes, const N: usize>(
    columns: &'c [[f32; LANES]],
    inputs: &[f32],
    outputs: &'o mut [[f32; LANES]],
    is_hidden: bool,
) -> (&'o mut [[f32; LANES]], &'c [[f32; LANES]]) {
    let (tiles, outputs) = outputs.as_chunks_mut::<N>();
    let len = N * (inputs.len() + 1);
    let (now, later) = columns.split_at(tiles.len() * len);
    for (tile_outputs, columns) in tiles.iter_mut().zip(rows(now, len)) {
        tile::<L, N>(columns, inputs, tile_outputs, is_hidden);
    }
    (outputs, later)
}

/// Inputs whose zeros are found at once: one bit of a word for each.
const WORD: usize = u64::BITS as usize;

/// `N` times 16 outputs: their biases, then for each input the weights to them. Inputs that do not fill a vector are not
/// searched for zeros.
#[inline(always)]
fn tile<L: Lanes, const N: usize>(
    columns: &[[f32; LANES]],
    inputs: &[f32],
    outputs: &mut [[f32; LANES]; N],
    is_hidden: bool,
) {
    let Some((biases, columns)) = columns.as_chunks::<N>().0.split_first() else {
        return;
    };
    let mut sums = [L::splat(0.0); N];
    for (sum, biases) in sums.iter_mut().zip(biases) {
        *sum = L::load(biases);
    }
    let (whole, rest) = inputs.split_at(inputs.len() / LANES * LANES);
    let (columns, rest_columns) = columns.split_at(whole.len());
    for (inputs, columns) in whole.chunks(WORD).zip(columns.chunks(WORD)) {
        let mut active = 0;
        for (block, inputs) in inputs.as_chunks().0.iter().enumerate() {
            active |= u64::from(L::load(inputs).nonzero()) << (block * LANES);
        }
        while active != 0 {
            let input = active.trailing_zeros() as usize;
            active &= active - 1;
            add(&mut sums, &columns[input], inputs[input]);
        }
    }
    for (&input, weights) in rest.iter().zip(rest_columns) {
        add(&mut sums, weights, input);
    }
    for (sum, output) in sums.into_iter().zip(outputs) {
        let sum = if is_hidden { sum.relu() } else { sum };
        sum.store(output);
    }
}

/// Adds one input to `N` times 16 sums.
#[inline(always)]
fn add<L: Lanes, const N: usize>(sums: &mut [L; N], weights: &[[f32; LANES]; N], input: f32) {
    let input = L::splat(input);
    for (sum, weights) in sums.iter_mut().zip(weights) {
        *sum = sum.add_product(L::load(weights), input);
    }
}

/// Writes a dense layer as [`dense`] reads it: for 64 outputs at a time, then 32, then 16, their biases, then for each
/// input the weights to them; outputs that do not exist have zeros. `columns` holds `(fan_in + 1)` vectors for
/// each 16 outputs.
pub(crate) fn columns(weights: &[f32], biases: &[f32], fan_in: usize, columns: &mut [[f32; LANES]]) {
    let groups = biases.len().div_ceil(LANES);
    let mut columns = columns.iter_mut();
    let mut group = 0;
    while group < groups {
        let count = match groups - group {
            4.. => 4,
            2.. => 2,
            _ => 1,
        };
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

/// Computes the outputs of a compressed layer that have a row, 16 at a time, and takes what it read off `steps`, which are
/// as [`crate::packing::steps::write`] wrote them.
///
/// ```text
/// inputs (fan_in, filled up), groups of 16 rows -> outputs (fan_out)
/// for each group g and row r:
///     z = g.biases[r]
///     for each run of g and each of its steps: z += weights[r] · inputs[start + picks[r]]
///     outputs[g.outputs[r]] = relu(z) in a hidden layer, else z
/// ```
#[inline(always)]
pub(crate) fn sparse<L: Lanes>(
    steps: &mut &[[f32; LANES]],
    inputs: &[f32],
    outputs: &mut [f32],
    is_hidden: bool,
) {
    for group in groups(steps) {
        let mut sum = L::load(group.biases);
        for run in group.runs() {
            let window = inputs[run.start..][..WINDOW].as_array().expect("32 inputs");
            for (weights, picks) in run.steps() {
                sum = sum.add_product(L::load(weights), L::pick(window, picks));
            }
        }
        let sum = if is_hidden { sum.relu() } else { sum };
        // 16 neighbors, as most rows are where few outputs were lost, are stored at once.
        if let Some([first, .., last]) = group.outputs.as_array::<LANES>()
            && let (first, last) = (first.to_bits() as usize, last.to_bits() as usize)
            && last - first == LANES - 1
            && let Some(outputs) = outputs[first..].first_chunk_mut()
        {
            sum.store(outputs);
            continue;
        }
        let mut sums = [0.0; LANES];
        sum.store(&mut sums);
        for (&output, sum) in group.outputs.iter().zip(sums) {
            outputs[output.to_bits() as usize] = sum;
        }
    }
}

/// The same weight by weight, for machines that would spend as much on a step as on 16 weights.
///
/// ```text
/// inputs (fan_in), weights (survivors), biases (fan_out) -> outputs (fan_out)
/// for each row (o, k..l):
///     z = biases[o] + 0.0
///     for w in k..l: z += weights[w] · inputs[csr.inputs[w]]
///     outputs[o] = relu(z) in a hidden layer, else z
/// ```
#[inline(always)]
pub(crate) fn sparse_by_weight(
    csr: Csr<'_>,
    weights: &[f32],
    biases: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
    is_hidden: bool,
) {
    for row in csr.rows() {
        let mut sum = biases[row.output] + 0.0;
        for (weight, &[input, _]) in weights[row.weights].iter().zip(row.entries) {
            sum += weight * inputs[input as usize];
        }
        outputs[row.output] = if is_hidden && sum < 0.0 { 0.0 } else { sum };
    }
}
