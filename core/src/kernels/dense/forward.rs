//! From the activations of one layer to those of the next.

use super::ROWS;
use crate::kernels::{blocks, is_wide, load};
use crate::lanes::{LANES, Lanes, Work};

/// `outputs[o] = activation((biases[o] + 0.0) + Σᵢ weights[o, i] · inputs[i])`, in ascending `i`.
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

impl Work for Forward<'_> {
    type Answer = ();

    #[inline(always)]
    fn on<L: Lanes>(mut self) {
        let count = self.padded / LANES;
        let mut block = 0;
        while is_wide::<L>() && block + 4 <= count {
            strip::<L, 4>(&mut self, block);
            block += 4;
        }
        while block < count {
            strip::<L, 1>(&mut self, block);
            block += 1;
        }
    }
}

/// Inputs whose samples, four blocks each, are copied together: 32 KiB.
const PANEL: usize = 128;

/// All outputs for `B` blocks of samples, from block `block` on: their inputs stay in the cache meanwhile.
#[inline(always)]
fn strip<L: Lanes, const B: usize>(layer: &mut Forward<'_>, block: usize) {
    let (inputs, count) = (blocks(layer.inputs), layer.padded / LANES);
    let fan_in = inputs.len() / count;
    if !is_wide::<L>() || fan_in <= PANEL || count <= 4 {
        let part = Part {
            samples: inputs,
            stride: count,
            block,
            first: 0,
            fan_in,
        };
        rows::<L, B>(layer, part, block);
        return;
    }
    // Where they lie, the rows of a large batch are a power of two apart and push each other out of the cache.
    let mut panel = [[[0.0; LANES]; B]; PANEL];
    for (number, inputs) in inputs.chunks(PANEL * count).enumerate() {
        for (to, row) in panel.iter_mut().zip(inputs.chunks_exact(count)) {
            to.copy_from_slice(&row[block..block + B]);
        }
        let part = Part {
            samples: panel[..inputs.len() / count].as_flattened(),
            stride: B,
            block: 0,
            first: number * PANEL,
            fan_in,
        };
        rows::<L, B>(layer, part, block);
    }
}

/// The samples of some inputs of a layer.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// Input after input, `stride` blocks each.
    samples: &'a [[f32; LANES]],
    stride: usize,
    /// Which of these blocks comes first.
    block: usize,
    /// The first of these inputs.
    first: usize,
    /// All inputs of the layer.
    fan_in: usize,
}

/// What a part of the inputs adds to all outputs for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn rows<L: Lanes, const B: usize>(layer: &mut Forward<'_>, part: Part<'_>, block: usize) {
    let (padded, is_hidden) = (layer.padded, layer.is_hidden);
    let mut weights = layer.weights.chunks(ROWS * part.fan_in);
    let mut biases = layer.biases.chunks(ROWS);
    for outputs in layer.outputs.chunks_mut(ROWS * padded) {
        let (Some(weights), Some(biases)) = (weights.next(), biases.next()) else {
            return;
        };
        if biases.len() == ROWS {
            tile::<L, ROWS, B>(weights, biases, part, outputs, padded, block, is_hidden);
            continue;
        }
        let rows = weights.chunks(part.fan_in).zip(biases);
        for ((weights, bias), output) in rows.zip(outputs.chunks_mut(padded)) {
            tile::<L, 1, B>(weights, &[*bias], part, output, padded, block, is_hidden);
        }
    }
}

/// `O` outputs for `B` blocks of samples, from block `block` on. Their sums begin with the biases, or with what earlier
/// parts of the inputs left.
#[inline(always)]
fn tile<L: Lanes, const O: usize, const B: usize>(
    weights: &[f32],
    biases: &[f32],
    part: Part<'_>,
    outputs: &mut [f32],
    padded: usize,
    block: usize,
    is_hidden: bool,
) {
    let mut sums = [[L::splat(0.0); B]; O];
    if part.first == 0 {
        for (sums, &bias) in sums.iter_mut().zip(biases) {
            // The sum turns a bias of −0 into +0, so that no order of zeros shows.
            *sums = [L::splat(bias + 0.0); B];
        }
    } else {
        for (sums, output) in sums.iter_mut().zip(outputs.chunks_exact(padded)) {
            *sums = load(&blocks(output)[block..block + B]);
        }
    }
    let mut end = part.first;
    for samples in part.samples.chunks_exact(part.stride) {
        let samples: [L; B] = load(&samples[part.block..part.block + B]);
        for (row, sums) in sums.iter_mut().enumerate() {
            let weight = L::splat(weights[row * part.fan_in + end]);
            for (sum, samples) in sums.iter_mut().zip(samples) {
                *sum = sum.add(weight.mul(samples));
            }
        }
        end += 1;
    }
    let is_rectified = is_hidden && end == part.fan_in;
    for (sums, output) in sums.into_iter().zip(outputs.chunks_exact_mut(padded)) {
        for (sum, to) in sums
            .into_iter()
            .zip(&mut output.as_chunks_mut().0[block..block + B])
        {
            let output = if is_rectified { sum.relu() } else { sum };
            output.store(to);
        }
    }
}
