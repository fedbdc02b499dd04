//! From the activations of one layer to those of the next.

use super::at;
use crate::kernels::{blocks, load};
use crate::lanes::{LANES, Lanes, Work};
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

impl Work for Forward<'_> {
    type Answer = ();

    #[inline(always)]
    fn on<L: Lanes>(mut self) {
        let count = self.padded / LANES;
        if count == 4 {
            // A usual batch. That the compiler knows its length is worth an eighth.
            strip::<L, 4>(&mut self, 0, 4);
            return;
        }
        let mut block = 0;
        while block + 4 <= count {
            strip::<L, 4>(&mut self, block, count);
            block += 4;
        }
        while block < count {
            strip::<L, 1>(&mut self, block, count);
            block += 1;
        }
    }
}

/// All outputs for `B` blocks of samples, of `count`, from block `block` on: their inputs stay in the cache meanwhile.
#[inline(always)]
fn strip<L: Lanes, const B: usize>(layer: &mut Forward<'_>, block: usize, count: usize) {
    let inputs = blocks(layer.inputs);
    let outputs = layer.outputs.as_chunks_mut::<LANES>().0;
    for &row in layer.compressed.rows {
        let row = Span::new(row);
        // The sum turns a bias of −0 into +0, so that no order of zeros shows.
        let mut sums = [L::splat(layer.biases[row.unit] + 0.0); B];
        let terms = layer.weights[row.range()]
            .iter()
            .zip(&layer.compressed.inputs[row.range()]);
        for (&weight, &input) in terms {
            let samples: [L; B] = load(at::<B>(inputs, input as usize * count + block));
            let weight = L::splat(weight);
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
