//! Prunes the least: of magnitudes or of any scores, of all weights or of a range.

use core::ops::Range;

use super::Mask;

impl Mask<'_> {
    /// Prunes exactly `count` of the surviving weights, those of least magnitude of all layers together, and sets them
    /// to +0.0 in `params`. Of equal magnitudes the one earlier in flat order goes first.
    ///
    /// # Panics
    /// If fewer than `count` weights survive, or `params` is shorter than there are weights.
    pub fn prune(&mut self, params: &mut [f32], count: usize) {
        self.prune_least(&params[..self.weight_count], 0..self.weight_count, count);
        self.apply(params);
    }

    /// Prunes exactly `count` of the weights that survive in a range of flat indices (all weights, or those of one
    /// layer): those of least score. Of equal scores the one earlier in flat order goes first.
    ///
    /// `scores` holds one number for each weight of the network, pruned or not; those of pruned weights do not count.
    /// Signs do not count either, and what is not a number is the greatest. Parameters are the caller's to mask.
    ///
    /// Needs neither a sort nor memory for one: the bits of |score| order as the scores do, so the threshold is found
    /// digit by digit (a radix select), in at most four passes over the survivors.
    ///
    /// # Panics
    /// If `scores` is not as long as there are weights, the range holds other than weights, or fewer than `count` of
    /// them survive.
    pub fn prune_least(&mut self, scores: &[f32], range: Range<usize>, count: usize) {
        assert_same!(scores.len(), self.weight_count, "one score per weight");
        assert!(
            range.start <= range.end && range.end <= self.weight_count,
            "a mask covers weights only"
        );
        let survivors =
            words(range.clone()).map(|(word, inside)| (self.bits[word] & inside).count_ones() as usize);
        let survivors = survivors.sum();
        assert!(count <= survivors, "cannot prune {count} of {survivors} weights");
        let (threshold, mut ties) = if count < survivors {
            self.threshold(scores, range.clone(), count)
        } else {
            // No key is so great.
            (u32::MAX, 0)
        };
        for (word, inside) in words(range) {
            let mut pruned = 0;
            visit_keys(&scores[word * 32..], self.bits[word] & inside, |bit, key| {
                let is_tie = key == threshold && 0 < ties;
                ties -= usize::from(is_tie);
                pruned |= u32::from(key < threshold || is_tie) << bit;
            });
            self.bits[word] &= !pruned;
        }
        self.remaining -= count;
    }

    /// The key below which all survivors of a range are pruned, and how many are pruned that have this very key, where
    /// more than `count` survive.
    fn threshold(&self, scores: &[f32], range: Range<usize>, count: usize) -> (u32, usize) {
        // The digits found so far, and how many weights are pruned of those whose keys begin with them.
        let (mut prefix, mut rest) = (0, count);
        for shift in [24, 16, 8, 0] {
            // A count for each digit; the others go to the last four in turn, since a jump would be guessed wrong.
            let mut counts = [0_usize; 260];
            for (word, inside) in words(range.clone()) {
                visit_keys(&scores[word * 32..], self.bits[word] & inside, |bit, key| {
                    let digit = (key >> shift) ^ (prefix << 8);
                    counts[digit.min(256 + bit % 4) as usize] += 1;
                });
            }
            let mut digit = 0;
            // More begin with the prefix than are pruned of them.
            while counts[digit] <= rest {
                rest -= counts[digit];
                digit += 1;
            }
            prefix = prefix << 8 | digit as u32;
            if rest == 0 {
                return (prefix << shift, 0);
            }
        }
        (prefix, rest)
    }
}

/// The words that hold the bits of a range, and which of their bits lie in it.
#[inline(always)]
fn words(range: Range<usize>) -> impl Iterator<Item = (usize, u32)> {
    (range.start / 32..range.end.div_ceil(32)).map(move |word| {
        let below = |end: usize| (1_u64 << end.saturating_sub(word * 32).min(32)) - 1;
        (word, (below(range.end) & !below(range.start)) as u32)
    })
}

/// Visits the scores whose bit is 1, in order: the place of the bit, and what orders as the scores do.
#[inline(always)]
fn visit_keys(scores: &[f32], mut bits: u32, mut visit: impl FnMut(u32, u32)) {
    // Without the sign, so that the first digit is the exponent, which sets scores farthest apart.
    let key = |score: f32| score.to_bits() << 1;
    match scores.first_chunk::<32>() {
        Some(block) if bits == u32::MAX => (0..).zip(block).for_each(|(bit, &score)| visit(bit, key(score))),
        _ => {
            while bits != 0 {
                let bit = bits.trailing_zeros();
                visit(bit, key(scores[bit as usize]));
                bits &= bits - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Mask, Mlp};

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
    fn the_least_scores_of_a_range_go_and_those_of_pruned_weights_do_not_count() {
        let mut bits = [0; NET.mask_len()];
        let mut mask = Mask::from_fn(NET, &mut bits, |index| index != 35 && index != 41);
        let mut scores = [1.0; 60];
        (scores[2], scores[35], scores[41], scores[44]) = (0.0, 0.0, f32::NAN, 0.5);
        (scores[33], scores[34], scores[45]) = (f32::NAN, f32::INFINITY, 1.0 + f32::EPSILON);
        let mut check = |count, left: &[usize]| {
            mask.prune_least(&scores, 33..46, count);
            assert!(
                (33..46)
                    .filter(|&index| mask.survives(index))
                    .eq(left.iter().copied())
            );
            assert_eq!(mask.remaining(), 47 + left.len());
        };
        check(0, &[33, 34, 36, 37, 38, 39, 40, 42, 43, 44, 45]);
        check(3, &[33, 34, 38, 39, 40, 42, 43, 45]);
        check(6, &[33, 34]);
        check(1, &[33]);
        check(1, &[]);
    }

    #[test]
    #[should_panic(expected = "cannot prune 5 of 4 weights")]
    fn a_range_cannot_lose_more_than_survive_in_it() {
        let mut bits = [0; NET.mask_len()];
        Mask::full(NET, &mut bits).prune_least(&[1.0; 60], 31..35, 5);
    }

    #[test]
    #[should_panic(expected = "cannot prune 61 of 60 weights")]
    fn more_than_survive_cannot_be_pruned() {
        check(&mut [1.0; NET.param_count()], 61, &[]);
    }
}
