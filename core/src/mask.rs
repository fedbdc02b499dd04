//! Masks: which weights survive, pruning by magnitude, and rewinding.

use core::ops::Range;

use crate::Mlp;
use crate::lanes::{Kernel, LANES, Lanes, Portable};

/// One bit per weight, in flat order: 1 survives, 0 is pruned. Bits are only ever cleared.
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
    pub fn from_fn(net: Mlp<'_>, bits: &'a mut [u32], mut survives: impl FnMut(usize) -> bool) -> Self {
        assert_same!(bits.len(), net.mask_len(), "one bit per weight");
        bits.fill(0);
        let mut remaining = 0;
        for index in (0..net.weight_count()).filter(|&index| survives(index)) {
            bits[index / 32] |= 1 << (index % 32);
            remaining += 1;
        }
        Self {
            bits,
            weight_count: net.weight_count(),
            remaining,
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

    /// Prunes exactly `count` of the surviving weights, those of least magnitude of all layers together, and sets them
    /// to +0.0 in `params`. Of equal magnitudes the one earlier in flat order goes first.
    ///
    /// Needs neither scratch memory nor a sort: the bits of |w| order as the magnitudes do, so the threshold is found
    /// by bisection on them, in 32 passes.
    ///
    /// # Panics
    /// If fewer than `count` weights survive, or `params` is shorter than there are weights.
    pub fn prune(&mut self, params: &mut [f32], count: usize) {
        assert!(
            count <= self.remaining,
            "cannot prune {count} of {} weights",
            self.remaining
        );
        self.apply(params);
        let weights = &params[..self.weight_count];
        // The greatest threshold below which at most `count` magnitudes lie.
        let (mut low, mut high) = (0_u32, 1 << 31);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.count_below(weights, middle) <= count {
                low = middle;
            } else {
                high = middle;
            }
        }
        let threshold = low;
        let mut ties = count - self.count_below(weights, threshold);
        for (index, weight) in weights.iter().enumerate() {
            let magnitude = weight.abs().to_bits();
            if !self.survives(index) || magnitude > threshold {
                continue;
            }
            if magnitude == threshold {
                if ties == 0 {
                    continue;
                }
                ties -= 1;
            }
            self.bits[index / 32] &= !(1 << (index % 32));
        }
        self.remaining -= count;
        self.apply(params);
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

    /// Surviving weights whose magnitude, as bits, is below `threshold`. Pruned weights must be +0.0: then all are
    /// counted alike, and the mask need not be asked.
    fn count_below(&self, weights: &[f32], threshold: u32) -> usize {
        if threshold == 0 {
            return 0;
        }
        let is_below = |weight: &f32| u32::from(weight.abs().to_bits() < threshold);
        weights.iter().map(is_below).sum::<u32>() as usize - (self.weight_count - self.remaining)
    }
}

/// Sets pruned weights to +0.0; `start` is the flat index of the first.
struct Apply<'a> {
    bits: &'a [u32],
    start: usize,
    weights: &'a mut [f32],
}

impl Kernel for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let word = |index: usize| u64::from(self.bits.get(index).copied().unwrap_or(0));
        // The survival of 16 weights from a flat index on, a bit each.
        let survivors = |start: usize| (word(start / 32 + 1) << 32 | word(start / 32)) >> (start % 32);
        let (blocks, rest) = self.weights.as_chunks_mut::<LANES>();
        let rest_start = self.start + blocks.len() * LANES;
        for (start, block) in (self.start..).step_by(LANES).zip(blocks) {
            keep(block, survivors(start) as u32);
        }
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        keep(&mut last, survivors(rest_start) as u32);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// Sets to +0.0 the values whose bit is 0.
#[inline(always)]
fn keep(values: &mut [f32; LANES], survivors: u32) {
    for (bit, value) in (0_u32..).zip(values) {
        // All ones or all zeros: a selection that vector instructions know.
        let all = (survivors >> bit & 1).wrapping_neg();
        *value = f32::from_bits(value.to_bits() & all);
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;
    use crate::Mlp;

    const NET: Mlp<'_> = Mlp::new(&[4, 10, 2]);

    /// Prunes and returns the flat indices that survive.
    fn check(params: &mut [f32; NET.param_count()], count: usize, pruned: &[usize]) {
        let mut bits = [0; NET.mask_len()];
        let mut mask = Mask::full(NET, &mut bits);
        mask.prune(params, count);
        assert_eq!(mask.remaining(), 60 - count);
        for (index, weight) in params[..60].iter().enumerate() {
            assert_eq!(mask.survives(index), !pruned.contains(&index), "weight {index}");
            assert!(mask.survives(index) || weight.to_bits() == 0);
        }
    }

    #[test]
    fn of_equal_magnitudes_the_earlier_goes_first() {
        let mut params = [0.5; NET.param_count()];
        params[7] = -0.25;
        params[50] = 0.25;
        check(&mut params.clone(), 1, &[7]);
        check(&mut params.clone(), 2, &[7, 50]);
        check(&mut params.clone(), 4, &[0, 1, 7, 50]);
        check(&mut params, 0, &[]);
    }

    #[test]
    fn both_zeros_are_the_least_and_not_a_number_is_the_greatest() {
        let mut params = [1.0; NET.param_count()];
        (params[3], params[9], params[20], params[0]) = (-0.0, 0.0, f32::NAN, f32::INFINITY);
        check(&mut params.clone(), 2, &[3, 9]);
        let all_but_two: [usize; 58] = core::array::from_fn(|index| index + 1 + usize::from(index >= 19));
        check(&mut params, 58, &all_but_two);
    }

    #[test]
    fn all_can_be_pruned_and_biases_stay() {
        let mut params = [-0.125; NET.param_count()];
        let everything: [usize; 60] = core::array::from_fn(|index| index);
        check(&mut params, 60, &everything);
        assert!(params[60..].iter().all(|&bias| bias == -0.125));
    }

    #[test]
    #[should_panic(expected = "cannot prune 61 of 60 weights")]
    fn more_than_survive_cannot_be_pruned() {
        check(&mut [1.0; NET.param_count()], 61, &[]);
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
