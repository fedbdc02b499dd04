//! Masks: which weights survive, pruning by magnitude and by scores, and rewinding.

mod apply;
mod prune;

use core::ops::Range;

use apply::Apply;

use crate::Mlp;
use crate::lanes::{Lanes, Portable};

/// One bit per weight, in flat order: 1 survives, 0 is pruned. Whatever prunes only clears bits; [`Mask::replace`] alone
/// sets them all anew.
///
/// The caller owns the bits ([`Mlp::mask_len`] words). Biases are never pruned.
#[derive(Debug)]
pub struct Mask<'a> {
    bits: &'a mut [u32],
    weight_count: usize,
    remaining: usize,
}

impl Mlp<'_> {
    /// Length, in words, of the bits of a [`crate::Mask`].
    pub const fn mask_len(self) -> usize {
        self.weight_count().div_ceil(u32::BITS as usize)
    }
}

impl<'a> Mask<'a> {
    /// A mask under which every weight survives.
    ///
    /// # Panics
    /// If `bits` is not `net.mask_len()` long.
    pub fn full(net: Mlp<'_>, bits: &'a mut [u32]) -> Self {
        Self::from_fn(net, bits, |_| true)
    }

    /// A mask under which the weight at flat index `i` survives where `survives(i)`.
    ///
    /// # Panics
    /// If `bits` is not `net.mask_len()` long.
    pub fn from_fn(net: Mlp<'_>, bits: &'a mut [u32], survives: impl FnMut(usize) -> bool) -> Self {
        assert_same!(bits.len(), net.mask_len(), "one bit per weight");
        let mut mask = Self {
            bits,
            weight_count: net.weight_count(),
            remaining: 0,
        };
        mask.replace(survives);
        mask
    }

    /// Puts another mask in the place of this one: the weight at flat index `i` survives where `survives(i)`, whether it
    /// did before or not. Parameters are the caller's to mask or to rewind.
    pub fn replace(&mut self, mut survives: impl FnMut(usize) -> bool) {
        self.bits.fill(0);
        self.remaining = 0;
        for index in (0..self.weight_count).filter(|&index| survives(index)) {
            self.bits[index / 32] |= 1 << (index % 32);
            self.remaining += 1;
        }
    }

    /// Whether the weight at this flat index survives.
    ///
    /// # Panics
    /// If there is no such weight.
    pub fn survives(&self, index: usize) -> bool {
        assert!(index < self.weight_count, "a mask covers weights only");
        self.bits[index / 32] >> (index % 32) & 1 == 1
    }

    /// The bits, those behind the last weight 0.
    pub fn words(&self) -> &[u32] {
        self.bits
    }

    /// Weights, pruned ones included.
    pub fn weight_count(&self) -> usize {
        self.weight_count
    }

    /// Weights that survive.
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// The fraction of weights pruned, in `0..=1`.
    pub fn sparsity(&self) -> f64 {
        (self.weight_count - self.remaining) as f64 / self.weight_count as f64
    }

    /// The fraction of weights that survive, in `0..=1`.
    pub fn density(&self) -> f64 {
        self.remaining as f64 / self.weight_count as f64
    }

    /// Sets every pruned entry of a flat buffer to +0.0, whatever it was. Biases are left alone.
    ///
    /// # Panics
    /// If `buffer` is shorter than there are weights.
    pub fn apply(&self, buffer: &mut [f32]) {
        self.apply_range::<Portable>(0..self.weight_count, &mut buffer[..self.weight_count]);
    }

    /// The same for the weights of a range alone.
    pub(crate) fn apply_range<L: Lanes>(&self, range: Range<usize>, weights: &mut [f32]) {
        assert!(
            range.end <= self.weight_count && range.len() == weights.len(),
            "a mask covers weights only"
        );
        L::run(Apply {
            bits: self.bits,
            start: range.start,
            weights,
        });
    }

    /// Prunes every surviving weight for which `survives` is false, wherever it lies: for a mask that was found before.
    pub fn shrink(&mut self, mut survives: impl FnMut(usize) -> bool) {
        for index in 0..self.weight_count {
            if self.survives(index) && !survives(index) {
                self.bits[index / 32] &= !(1 << (index % 32));
                self.remaining -= 1;
            }
        }
    }

    /// Puts the surviving weights and all biases back to what they were, and the pruned weights to +0.0.
    ///
    /// # Panics
    /// If the two buffers differ in length or are shorter than there are weights.
    pub fn rewind(&self, params: &mut [f32], to: &[f32]) {
        params.copy_from_slice(to);
        self.apply(params);
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;
    use crate::Mlp;

    const NET: Mlp<'_> = Mlp::new(&[4, 10, 2]);

    #[test]
    fn a_mask_can_be_replaced_by_one_that_is_no_part_of_it() {
        let mut bits = [0; NET.mask_len()];
        let mut mask = Mask::from_fn(NET, &mut bits, |index| index % 2 == 0);
        mask.replace(|index| index % 3 == 1);
        assert!((0..60).all(|index| mask.survives(index) == (index % 3 == 1)));
        assert_eq!(mask.remaining(), 20);
    }

    #[test]
    fn rewinding_restores_bits_and_leaves_pruned_weights_at_plus_zero() {
        let initial: [f32; NET.param_count()] = core::array::from_fn(|index| (index as f32 - 30.5) * 1e-3);
        let mut bits = [0; NET.mask_len()];
        let mut mask = Mask::full(NET, &mut bits);
        let mut params = initial.map(|value| value * 3.0);
        mask.prune(&mut params, 17);
        mask.rewind(&mut params, &initial);
        for (index, (now, then)) in params.iter().zip(initial).enumerate() {
            let survives = index >= 60 || mask.survives(index);
            assert_eq!(now.to_bits(), if survives { then.to_bits() } else { 0 });
        }
        assert_eq!((mask.sparsity(), mask.density()), (17.0 / 60.0, 43.0 / 60.0));
    }
}
