//! The forward pass of a dense layer.

use core::slice::ChunksExact;

use super::ROWS;
use crate::kernels::rows::{rows, rows_mut};
use crate::kernels::strips::{Strips, walk};
use crate::kernels::{blocks, has_room, is_wide, load, takes_fours};
use crate::lanes::{Kernel, LANES, Lanes};

/// Computes the outputs of a layer from its inputs.
///
/// ```text
/// inputs (fan_in, padded), weights (fan_out, fan_in), biases (fan_out) -> outputs (fan_out, padded)
/// for each output o and sample s:
///     z = biases[o] + 0.0
///     for i in 0..fan_in: z += weights[o, i] · inputs[i, s]
///     outputs[o, s] = relu(z) in a hidden layer, else z
/// ```
pub(crate) struct Forward<'a> {
    /// `(outputs, inputs)`.
    pub(crate) weights: &'a [f32],
    pub(crate) biases: &'a [f32],
    pub(crate) inputs: &'a [f32],
    pub(crate) outputs: &'a mut [f32],
    pub(crate) padded: usize,
    /// Whether the activation is the ReLU; else there is none.
    pub(crate) is_hidden: bool,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let count = self.padded / LANES;
        walk::<L>(&mut self, count, takes_fours::<L>());
    }
}

/// Inputs whose samples, four blocks each, are copied together: 16 KiB, half of a small cache of the first level.
const PANEL: usize = 64;
/// Inputs whose samples may stay where they are.
const NEAR: usize = 32;

impl Strips for Forward<'_> {
    #[inline(always)]
    fn strip<L: Lanes, const B: usize>(&mut self, block: usize) {
        let (inputs, count) = (blocks(self.inputs), self.padded / LANES);
        let fan_in = inputs.len() / count;
        if !is_wide::<L>() || fan_in <= NEAR || count <= 4 {
            let panel = Panel {
                samples: inputs.chunks_exact(count),
                block,
                first: 0,
                count: fan_in,
                fan_in,
            };
            outputs::<L, B>(self, &panel, block);
            return;
        }
        // Where they lie, the rows of a large batch are a power of two apart and push each other out of the cache.
        let mut panel = [[[0.0; LANES]; B]; PANEL];
        for (number, inputs) in inputs.chunks(PANEL * count).enumerate() {
            for (to, row) in panel.iter_mut().zip(inputs.chunks_exact(count)) {
                to.copy_from_slice(&row[block..block + B]);
            }
            let panel = Panel {
                samples: panel.as_flattened().chunks_exact(B),
                block: 0,
                first: number * PANEL,
                count: inputs.len() / count,
                fan_in,
            };
            outputs::<L, B>(self, &panel, block);
        }
    }
}

/// The samples of some inputs of a layer.
struct Panel<'a> {
    /// Input after input, some blocks each. Counted once for all tiles: that takes a division.
    samples: ChunksExact<'a, [f32; LANES]>,
    /// Which of these blocks comes first.
    block: usize,
    /// The first of these inputs.
    first: usize,
    /// How many these are.
    count: usize,
    /// All inputs of the layer.
    fan_in: usize,
}

/// What a panel of the inputs adds to all outputs for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn outputs<L: Lanes, const B: usize>(layer: &mut Forward<'_>, panel: &Panel<'_>, block: usize) {
    let (padded, is_hidden) = (layer.padded, layer.is_hidden);
    let (mut weights, mut biases, mut outputs) = (layer.weights, layer.biases, &mut *layer.outputs);
    while has_room::<L>()
        && let Some((now, later)) = biases.split_at_checked(ROWS)
    {
        let to;
        (to, outputs) = outputs.split_at_mut(ROWS * padded);
        tile::<L, ROWS, B>(weights, now, panel, to, padded, block, is_hidden);
        (weights, biases) = (&weights[ROWS * panel.fan_in..], later);
    }
    let rest = rows(weights, panel.fan_in).zip(biases.as_chunks::<1>().0);
    for ((weights, bias), output) in rest.zip(rows_mut(outputs, padded)) {
        tile::<L, 1, B>(weights, bias, panel, output, padded, block, is_hidden);
    }
}

/// `O` outputs for `B` blocks of samples, from block `block` on. Their sums begin with the biases, or with what earlier
/// parts of the inputs left.
#[inline(always)]
fn tile<L: Lanes, const O: usize, const B: usize>(
    weights: &[f32],
    biases: &[f32],
    panel: &Panel<'_>,
    outputs: &mut [f32],
    padded: usize,
    block: usize,
    is_hidden: bool,
) {
    let mut sums = [[L::splat(0.0); B]; O];
    if panel.first == 0 {
        for (sums, &bias) in sums.iter_mut().zip(biases) {
            // The sum turns a bias of −0 into +0, so that no order of zeros shows.
            *sums = [L::splat(bias + 0.0); B];
        }
    } else {
        for (sums, output) in sums.iter_mut().zip(rows(outputs, padded)) {
            *sums = load(&blocks(output)[block..block + B]);
        }
    }
    // Cut to the same length, so that no weight is looked for beyond its row.
    let mut weight_rows = [&[][..]; O];
    for (row, weights) in weight_rows.iter_mut().zip(rows(weights, panel.fan_in)) {
        *row = &weights[panel.first..][..panel.count];
    }
    for (input, samples) in panel.samples.clone().enumerate() {
        if input == panel.count {
            break;
        }
        let samples: [L; B] = load(&samples[panel.block..panel.block + B]);
        for (sums, row) in sums.iter_mut().zip(weight_rows) {
            let weight = L::splat(row[input]);
            for (sum, samples) in sums.iter_mut().zip(samples) {
                *sum = sum.add_product(weight, samples);
            }
        }
    }
    let is_rectified = is_hidden && panel.first + panel.count == panel.fan_in;
    for (sums, output) in sums.into_iter().zip(rows_mut(outputs, padded)) {
        for (sum, to) in sums
            .into_iter()
            .zip(&mut output.as_chunks_mut().0[block..block + B])
        {
            let output = if is_rectified { sum.relu() } else { sum };
            output.store(to);
        }
    }
}
