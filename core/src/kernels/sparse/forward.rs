//! From the activations of one layer to those of the next.

use super::{at, unit_of};
use crate::kernels::{blocks, has_vectors, load};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::packing::{Compressed, Span};

/// As [`crate::kernels::dense::Forward`], for the outputs that are visited. `weights` are those that survive.
pub(crate) struct Forward<'a> {
    pub(crate) compressed: Compressed<'a>,
    pub(crate) weights: &'a [f32],
    pub(crate) biases: &'a [f32],
    pub(crate) inputs: &'a [f32],
    pub(crate) outputs: &'a mut [f32],
    pub(crate) padded: usize,
    pub(crate) is_hidden: bool,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let count = self.padded / LANES;
        match count {
            _ if !has_vectors::<L>() => {}
            4 => return strip::<L, 4, true>(&mut self, 0, 4),
            // The last batch of an epoch is rarely whole.
            3 => return strip::<L, 3, true>(&mut self, 0, 3),
            2 => return strip::<L, 2, true>(&mut self, 0, 2),
            _ => {}
        }
        let mut block = 0;
        while has_vectors::<L>() && block + 4 <= count {
            strip::<L, 4, false>(&mut self, block, count);
            block += 4;
        }
        while block < count {
            strip::<L, 1, false>(&mut self, block, count);
            block += 1;
        }
    }
}

/// All outputs for `B` blocks of samples, of `count`, from block `block` on: their inputs stay in the cache meanwhile.
/// `ALL`: these are all blocks; that the compiler knows how many is worth an eighth.
#[inline(always)]
fn strip<L: Lanes, const B: usize, const ALL: bool>(layer: &mut Forward<'_>, block: usize, count: usize) {
    let inputs = blocks(layer.inputs);
    let outputs = layer.outputs.as_chunks_mut::<LANES>().0;
    for &row in layer.compressed.rows {
        let row = Span::new(row);
        // The sum turns a bias of −0 into +0, so that no order of zeros shows.
        let mut sums = [L::splat(layer.biases[row.unit] + 0.0); B];
        let terms = layer.weights[row.range()]
            .iter()
            .zip(&layer.compressed.inputs[row.range()]);
        for (weight, &input) in terms {
            let samples = if ALL {
                unit_of::<B>(layer.inputs, input as usize)
            } else {
                at(inputs, input as usize * count + block)
            };
            let samples: [L; B] = load(samples);
            let weight = L::splat(*weight);
            for (sum, samples) in sums.iter_mut().zip(samples) {
                *sum = sum.add(weight.mul(samples));
            }
        }
        let outputs = &mut outputs[row.unit * count + block..][..B];
        for (sum, to) in sums.into_iter().zip(outputs) {
            let output = if layer.is_hidden { sum.relu() } else { sum };
            output.store(to);
        }
    }
}
