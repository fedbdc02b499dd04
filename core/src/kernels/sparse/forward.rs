//! The forward pass of a compressed layer.

use super::{at, units};
use crate::kernels::strips::{Strips, walk};
use crate::kernels::{blocks, has_vectors, load};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::packing::Csr;

/// Computes the outputs of a layer that have a row, as [`crate::kernels::dense::Forward`] does.
///
/// ```text
/// inputs (fan_in, padded), weights (survivors), biases (fan_out) -> outputs (fan_out, padded)
/// for each row (o, entries) and sample s:
///     z = biases[o] + 0.0
///     for (i, w) in entries: z += weights[w] · inputs[i, s]
///     outputs[o, s] = relu(z) in a hidden layer, else z
/// ```
pub(crate) struct Forward<'a> {
    pub(crate) csr: Csr<'a>,
    pub(crate) weights: &'a [f32],
    pub(crate) biases: &'a [f32],
    pub(crate) inputs: &'a [f32],
    pub(crate) outputs: &'a mut [f32],
    pub(crate) padded: usize,
    pub(crate) is_hidden: bool,
}

/// A [`Forward`] whose weights are row by row if `ROWS`, so that the place of each need not be read.
pub(crate) struct Ordered<'a, const ROWS: bool>(pub(crate) Forward<'a>);

impl<const ROWS: bool> Kernel for Ordered<'_, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        if has_vectors::<L>() {
            let count = self.0.padded / LANES;
            walk::<L>(&mut self, count, true);
        } else {
            row_by_row::<L, ROWS>(&mut self.0);
        }
    }
}

impl<const ROWS: bool> Strips for Ordered<'_, ROWS> {
    #[inline(always)]
    fn strip<L: Lanes, const B: usize>(&mut self, block: usize) {
        if 1 < B && self.0.padded == B * LANES {
            strip::<L, B, true, ROWS>(&mut self.0, block);
        } else {
            strip::<L, B, false, ROWS>(&mut self.0, block);
        }
    }
}

/// `ALL`: these `B` blocks are all; that the compiler knows how many is worth an eighth. `ROWS`: the weights are row by row.
#[inline(always)]
fn strip<L: Lanes, const B: usize, const ALL: bool, const ROWS: bool>(layer: &mut Forward<'_>, block: usize) {
    let (inputs, count) = (blocks(layer.inputs), layer.padded / LANES);
    let outputs = layer.outputs.as_chunks_mut::<LANES>().0;
    for row in layer.csr.rows() {
        // The sum turns a bias of −0 into +0, so that no order of zeros shows.
        let mut sums = [L::splat(layer.biases[row.output] + 0.0); B];
        let weights = if ROWS {
            &layer.weights[row.weights]
        } else {
            layer.weights
        };
        for (entry, &[input, place]) in row.entries.iter().enumerate() {
            let samples = if ALL {
                &units::<B>(layer.inputs)[input as usize]
            } else {
                at(inputs, input as usize * count + block)
            };
            let samples: [L; B] = load(samples);
            let weight = L::splat(weights[if ROWS { entry } else { place as usize }]);
            for (sum, samples) in sums.iter_mut().zip(samples) {
                *sum = sum.add_product(weight, samples);
            }
        }
        let outputs = &mut outputs[row.output * count + block..][..B];
        for (sum, to) in sums.into_iter().zip(outputs) {
            let output = if layer.is_hidden { sum.relu() } else { sum };
            output.store(to);
        }
    }
}

/// All blocks of a row before the next row: without vectors to find a row takes as long as to add a weight.
#[inline(always)]
fn row_by_row<L: Lanes, const ROWS: bool>(layer: &mut Forward<'_>) {
    let (inputs, count) = (blocks(layer.inputs), layer.padded / LANES);
    let outputs = layer.outputs.as_chunks_mut::<LANES>().0;
    for row in layer.csr.rows() {
        let bias = layer.biases[row.output] + 0.0;
        let weights = if ROWS {
            &layer.weights[row.weights]
        } else {
            layer.weights
        };
        let activate = |sum: L| if layer.is_hidden { sum.relu() } else { sum };
        let row_outputs = &mut outputs[row.output * count..][..count];
        let Some((first, rest)) = row.entries.split_first() else {
            for to in row_outputs {
                activate(L::splat(bias)).store(to);
            }
            continue;
        };
        for (block, to) in row_outputs.iter_mut().enumerate() {
            let add = |sum: L, (entry, &[input, place]): (usize, &[u32; 2])| {
                let samples = L::load(&inputs[input as usize * count + block]);
                let weight = L::splat(weights[if ROWS { entry } else { place as usize }]);
                sum.add_product(weight, samples)
            };
            // The first is added to the bias as it is, before 16 lanes hold it.
            let first = add(L::splat(bias), (0, first));
            activate((1..).zip(rest).fold(first, add)).store(to);
        }
    }
}
