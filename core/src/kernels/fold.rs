//! Folds the lanes of sums over samples, 16 sums at a time: that takes as many steps as to fold one.

use core::mem::take;

use super::has_vectors;
use crate::lanes::{LANES, Lanes};

/// Collects the partial sums of successive entries of a buffer and writes the entries.
pub(super) struct Folder<'a, L> {
    to: &'a mut [f32],
    /// Partial sums of the next `waiting` entries. Not its own: an array that is indexed by a number stays in memory,
    /// and all that is kept beside it would stay there, too.
    sums: &'a mut [L; LANES],
    /// Less than 16.
    waiting: usize,
}

impl<'a, L: Lanes> Folder<'a, L> {
    /// `sums` is scratch.
    #[inline(always)]
    pub(super) fn new(to: &'a mut [f32], sums: &'a mut [L; LANES]) -> Self {
        Self { to, sums, waiting: 0 }
    }

    /// Takes the partial sums of the next entry.
    #[inline(always)]
    pub(super) fn push(&mut self, sum: L) {
        if !has_vectors::<L>() {
            // Nothing is gained by waiting.
            if let Some((to, rest)) = take(&mut self.to).split_first_mut() {
                *to = fold_one(sum);
                self.to = rest;
            }
            return;
        }
        self.sums[self.waiting % LANES] = sum;
        self.waiting += 1;
        if self.waiting == LANES
            && let Some((to, rest)) = take(&mut self.to).split_first_chunk_mut()
        {
            L::fold_all(self.sums).store(to);
            (self.to, self.waiting) = (rest, 0);
        }
    }

    /// The next `count` entries are +0.0 already.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        if has_vectors::<L>() && count < LANES - self.waiting {
            // A sum of zeros costs less than to fold the others before their vector is full.
            self.sums[self.waiting..][..count].fill(L::splat(0.0));
            self.waiting += count;
            return;
        }
        self.flush();
        self.to = &mut take(&mut self.to)[count..];
    }

    /// Writes what is waiting.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        if 0 < self.waiting {
            let (to, rest) = take(&mut self.to).split_at_mut(self.waiting);
            L::fold_all(self.sums).store_first(to);
            (self.to, self.waiting) = (rest, 0);
        }
    }
}

/// The sum of the lanes of one vector.
#[inline(always)]
pub(super) fn fold_one<L: Lanes>(vector: L) -> f32 {
    let zero = L::splat(0.0);
    let [sum, ..] = L::fold([vector, zero, zero, zero]);
    sum
}
