//! The walk of a kernel over the blocks of a batch.

use crate::lanes::Lanes;

/// A kernel that computes all units for a strip of blocks before it goes on to the next: what it reads of a strip stays
/// in the cache meanwhile.
pub(super) trait Strips {
    /// All units for `B` blocks of samples, from block `block` on.
    fn strip<L: Lanes, const B: usize>(&mut self, block: usize);
}

/// Strips of four blocks where there are `registers` for the sums of several, and then what is left of `count`.
#[inline(always)]
pub(super) fn walk<L: Lanes>(kernel: &mut impl Strips, count: usize, registers: bool) {
    let mut block = 0;
    while registers && block + 4 <= count {
        kernel.strip::<L, 4>(block);
        block += 4;
    }
    // The last batch of an epoch is rarely whole.
    match count - block {
        3 if registers => kernel.strip::<L, 3>(block),
        2 if registers => kernel.strip::<L, 2>(block),
        rest => {
            for block in block..block + rest {
                kernel.strip::<L, 1>(block);
            }
        }
    }
}
