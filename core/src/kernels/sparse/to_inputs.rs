//! From the deltas of one layer to those of the layer below.

use super::{at, unit_of};
use crate::kernels::{blocks, has_vectors, load};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::packing::{Compressed, Span};

/// As [`crate::kernels::dense::BackwardToInputs`], for the inputs that are visited. `weights` are those that survive.
pub(crate) struct BackwardToInputs<'a> {
    pub(crate) compressed: Compressed<'a>,
    pub(crate) weights: &'a [f32],
    pub(crate) deltas: &'a [f32],
    pub(crate) activations: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Kernel for BackwardToInputs<'_> {
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

/// All units for `B` blocks of samples, of `count`, from block `block` on: the deltas above stay in the cache meanwhile.
/// `ALL`: these are all blocks; that the compiler knows how many is worth an eighth.
#[inline(always)]
fn strip<L: Lanes, const B: usize, const ALL: bool>(
    layer: &mut BackwardToInputs<'_>,
    block: usize,
    count: usize,
) {
    let deltas = blocks(layer.deltas);
    let activations = layer.activations.as_chunks_mut::<LANES>().0;
    for &column in layer.compressed.columns {
        let column = Span::new(column);
        let mut sums = [L::splat(0.0); B];
        let terms = layer.compressed.column_outputs[column.range()]
            .iter()
            .zip(&layer.compressed.column_positions[column.range()]);
        for (&output, &position) in terms {
            let delta = if ALL {
                unit_of::<B>(layer.deltas, output as usize)
            } else {
                at(deltas, output as usize * count + block)
            };
            let delta: [L; B] = load(delta);
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
