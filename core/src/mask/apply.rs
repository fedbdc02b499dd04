//! Sets what is pruned to +0.0, by selection and never by multiplication.

use crate::lanes::{Kernel, LANES, Lanes};

/// Sets pruned weights to +0.0; `start` is the flat index of the first.
pub(super) struct Apply<'a> {
    pub(super) bits: &'a [u32],
    pub(super) start: usize,
    pub(super) weights: &'a mut [f32],
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
