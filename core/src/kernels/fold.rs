//! Sums over samples, 16 at a time: the lanes of one vector are added up in as many steps as those of sixteen.

use crate::lanes::{LANES, Lanes};

/// Collects the partial sums of successive entries of a buffer and writes the entries.
pub(super) struct Folder<'a, L> {
    to: &'a mut [f32],
    /// Partial sums of the next `waiting` entries.
    sums: [L; LANES],
    waiting: usize,
}

impl<'a, L: Lanes> Folder<'a, L> {
    #[inline(always)]
    pub(super) fn new(to: &'a mut [f32]) -> Self {
        Self {
            to,
            sums: [L::splat(0.0); LANES],
            waiting: 0,
        }
    }

    /// Takes the partial sums of the next entry.
    #[inline(always)]
    pub(super) fn push(&mut self, sum: L) {
        self.free()[0] = sum;
        self.filled(1);
    }

    /// Room for the partial sums of the next entries, at least one. A loop that fills it keeps its place in a
    /// register, where one that pushes would keep it in memory and wait for it.
    #[inline(always)]
    pub(super) fn free(&mut self) -> &mut [L] {
        &mut self.sums[self.waiting..]
    }

    /// Takes what was put into the first `count` places of the room.
    #[inline(always)]
    pub(super) fn filled(&mut self, count: usize) {
        self.waiting += count;
        if self.waiting == LANES {
            self.flush();
        }
    }

    /// Leaves the next `count` entries as they are.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: usize) {
        if 0 < count {
            self.flush();
            self.advance(count);
        }
    }

    /// Writes what is waiting.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        if self.waiting == 0 {
            return;
        }
        let folded = L::fold_all(self.sums);
        if let Some(to) = self.to.first_chunk_mut().filter(|_| self.waiting == LANES) {
            folded.store(to);
        } else {
            let mut sums = [0.0; LANES];
            folded.store(&mut sums);
            self.to[..self.waiting].copy_from_slice(&sums[..self.waiting]);
        }
        self.advance(self.waiting);
        self.waiting = 0;
    }

    #[inline(always)]
    fn advance(&mut self, count: usize) {
        self.to = &mut core::mem::take(&mut self.to)[count..];
    }
}
