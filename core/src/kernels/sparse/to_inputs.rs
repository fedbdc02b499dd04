//! From the deltas of one layer to those of the layer below.

use super::at;
use crate::kernels::{blocks, load};
use crate::lanes::{LANES, Lanes, Work};
use crate::packing::{Compressed, Span};

/// As [`crate::kernels::dense::BackwardToInputs`], for the inputs that are visited. `weights` are those that survive.
pub(crate) struct BackwardToInputs<'a> {
    pub(crate) compressed: Compressed<'a>,
    pub(crate) weights: &'a [f32],
    pub(crate) deltas: &'a [f32],
    pub(crate) activations: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Work for BackwardToInputs<'_> {
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

/// All units for `B` blocks of samples, of `count`, from block `block` on: the deltas above stay in the cache meanwhile.
#[inline(always)]
fn strip<L: Lanes, const B: usize>(layer: &mut BackwardToInputs<'_>, block: usize, count: usize) {
    let deltas = blocks(layer.deltas);
    let activations = layer.activations.as_chunks_mut::<LANES>().0;
    for &column in layer.compressed.columns {
        let column = Span::new(column);
        let mut sums = [L::splat(0.0); B];
        let terms = layer.compressed.column_outputs[column.range()]
            .iter()
            .zip(&layer.compressed.column_positions[column.range()]);
        for (&output, &position) in terms {
            let delta: [L; B] = load(at::<B>(deltas, output as usize * count + block));
            let weight = L::splat(layer.weights[position as usize]);
            for (sum, delta) in sums.iter_mut().zip(delta) {
                *sum = sum.add(weight.mul(delta));
            }
        }
        let activations = &mut activations[column.unit * count + block..][..B];
        for (sum, to) in sums.into_iter().zip(activations) {
            sum.where_positive(L::load(to)).store(to);
        }
    }
}
