//! Folds the lanes of sums over samples, 16 sums at a time: that takes as many steps as to fold one.

use core::array;
use core::mem::take;

use super::{has_room, has_vectors};
use crate::lanes::{LANES, Lanes};

/// Up to 16 partial sums that are not folded yet.
pub(super) struct Sums<L> {
    whole: [L; LANES],
    /// In place of `whole` where a machine has few registers: less to store, and the compiler keeps four lanes together. Of
    /// a fold of 16 whole vectors it makes loads of single lanes.
    quarters: [[f32; 4]; LANES],
}

impl<L: Lanes> Sums<L> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self {
            whole: [L::splat(0.0); LANES],
            quarters: [[0.0; 4]; LANES],
        }
    }

    #[inline(always)]
    fn put(&mut self, place: usize, sum: L) {
        if has_room::<L>() {
            self.whole[place % LANES] = sum;
        } else {
            self.quarters[place % LANES] = quarter(sum);
        }
    }

    #[inline(always)]
    fn fold(&self) -> L {
        if has_room::<L>() {
            L::fold_all(&self.whole)
        } else {
            fold_quarters(&self.quarters)
        }
    }
}

/// The first half of a fold: lane `j` += lane `j + 8` for `j < 8`, then lane `j + 4` for `j < 4`.
#[inline(always)]
fn quarter<L: Lanes>(vector: L) -> [f32; 4] {
    let mut lanes = [0.0; LANES];
    vector.store(&mut lanes);
    let half: [f32; 8] = array::from_fn(|lane| lanes[lane] + lanes[lane + 8]);
    array::from_fn(|lane| half[lane] + half[lane + 4])
}

/// The second half, with 2 and 1: lane `k` of the result is the sum of vector `k`.
#[inline(always)]
fn fold_quarters<L: Lanes>(quarters: &[[f32; 4]; LANES]) -> L {
    L::load(&quarters.map(|[a, b, c, d]| (a + c) + (b + d)))
}

/// Collects the partial sums of successive entries of a buffer and writes the entries.
pub(crate) struct Folder<'a, L> {
    to: &'a mut [f32],
    /// Partial sums of the next `waiting` entries. Not its own: an array that is indexed by a number stays in memory,
    /// and all that is kept beside it would stay there, too.
    sums: &'a mut Sums<L>,
    /// Less than 16.
    waiting: usize,
}

impl<'a, L: Lanes> Folder<'a, L> {
    /// `sums` is scratch.
    #[inline(always)]
    pub(super) fn new(to: &'a mut [f32], sums: &'a mut Sums<L>) -> Self {
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
        self.sums.put(self.waiting, sum);
        self.waiting += 1;
        if self.waiting == LANES
            && let Some((to, rest)) = take(&mut self.to).split_first_chunk_mut()
        {
            self.sums.fold().store(to);
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
            for place in self.waiting..self.waiting + count {
                self.sums.put(place, L::splat(0.0));
            }
            self.waiting += count;
            return;
        }
        self.flush();
        self.to = &mut take(&mut self.to)[count..];
    }

    /// Writes what is waiting.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        if has_vectors::<L>() && 0 < self.waiting {
            let (to, rest) = take(&mut self.to).split_at_mut(self.waiting);
            self.sums.fold().store_first(to);
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
