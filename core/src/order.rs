//! The order of the training samples in an epoch: [`shuffle`] with its draws made side by side.
//!
//! A shuffle takes its draws one after the other from a stream of ChaCha8, but a block of that stream depends on nothing but
//! the stream's key and the number of the block. So a vector unit computes one block in each lane, and turns all their
//! words into draws at once.

use crate::kernels::{has_room, has_vectors, is_wide};
use crate::lanes::{Kernel, Lanes};
use crate::random::{Purpose, Seed, key, shuffle, stream};

/// Writes the numbers from 0 on to `order`, in the order that [`shuffle`] puts them into with this stream.
pub(crate) fn shuffled<L: Lanes>(order: &mut [u32], seed: Seed, purpose: Purpose) {
    let key = key(seed, purpose);
    let left = L::run(Shuffled {
        key,
        order: &mut *order,
    });
    if 1 < left {
        let mut rng = stream(seed, purpose);
        rng.set_word_pos((order.len() - left) as u128);
        shuffle(&mut order[..left], &mut rng);
    }
}

/// [`shuffled`], as a kernel; returns how many numbers are still to be shuffled.
struct Shuffled<'a> {
    key: [u32; 8],
    order: &'a mut [u32],
}

impl Kernel for Shuffled<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<L: Lanes>(self) -> usize {
        let Self { key, order } = self;
        order
            .iter_mut()
            .zip(0..)
            .for_each(|(entry, sample)| *entry = sample);
        // As many blocks as there are lanes in a register, or in the two of which a vector consists.
        match () {
            () if is_wide::<L>() => blocks::<16>(key, order),
            () if has_room::<L>() => blocks::<8>(key, order),
            () if has_vectors::<L>() => blocks::<4>(key, order),
            () => blocks::<1>(key, order),
        }
    }
}

/// Shuffles with draws of `N` blocks at a time:
///
/// ```text
/// for last in order.len() - 1 down to 1, and the next word of the stream:
///     swap order[last] with order[word · (last + 1) / 2³²]
/// ```
///
/// Before a draw that might be rejected (with a thousand samples, one of eight million) it stops, and returns how many numbers
/// are still to be shuffled, at the front.
#[inline(always)]
fn blocks<const N: usize>(key: [u32; 8], order: &mut [u32]) -> usize {
    let mut left = order.len();
    // One more than the greatest place of each draw; 0 or 1 after the last draw.
    let mut bounds = [[0; N]; 16];
    for (word, bounds) in bounds.iter_mut().enumerate() {
        for (block, bound) in bounds.iter_mut().enumerate() {
            *bound = (left as u32).saturating_sub((16 * block + word) as u32);
        }
    }
    for first in (0..).step_by(N) {
        // Words first, then the places that they draw.
        let mut places = chacha8::<N>(key, first);
        let mut is_doubtful = false;
        for (place, bound) in places
            .as_flattened_mut()
            .iter_mut()
            .zip(bounds.as_flattened_mut())
        {
            let product = u64::from(*place) * u64::from(*bound);
            is_doubtful |= (product as u32) < *bound;
            *place = (product >> 32) as u32;
            *bound = bound.saturating_sub(16 * N as u32);
        }
        if is_doubtful {
            break;
        }
        for draw in 0..(16 * N).min(left.saturating_sub(1)) {
            left -= 1;
            order.swap(left, places[draw % 16][draw / 16] as usize);
        }
        if left < 2 {
            break;
        }
    }
    left
}

/// Words of a stream, `(16, N)`: of `N` blocks from block `first` on, each with its words below each other (Bernstein 2008,
/// with 8 rounds).
#[inline(always)]
fn chacha8<const N: usize>(key: [u32; 8], first: u32) -> [[u32; N]; 16] {
    let mut start = [[0; N]; 16];
    let constants = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
    for (row, word) in start.iter_mut().zip(constants.into_iter().chain(key)) {
        *row = [word; N];
    }
    for (number, block) in start[12].iter_mut().zip(first..) {
        *number = block;
    }
    let mut state = start;
    for _ in 0..4 {
        quarter_round(&mut state, 0, 4, 8, 12);
        quarter_round(&mut state, 1, 5, 9, 13);
        quarter_round(&mut state, 2, 6, 10, 14);
        quarter_round(&mut state, 3, 7, 11, 15);
        quarter_round(&mut state, 0, 5, 10, 15);
        quarter_round(&mut state, 1, 6, 11, 12);
        quarter_round(&mut state, 2, 7, 8, 13);
        quarter_round(&mut state, 3, 4, 9, 14);
    }
    for (word, start) in state.as_flattened_mut().iter_mut().zip(start.as_flattened()) {
        *word = word.wrapping_add(*start);
    }
    state
}

#[inline(always)]
fn quarter_round<const N: usize>(state: &mut [[u32; N]; 16], a: usize, b: usize, c: usize, d: usize) {
    #[expect(clippy::needless_range_loop, reason = "it indexes four rows")]
    for lane in 0..N {
        let [mut p, mut q, mut r, mut s] = [a, b, c, d].map(|row| state[row][lane]);
        for turns in [[16, 12], [8, 7]] {
            p = p.wrapping_add(q);
            s = (s ^ p).rotate_left(turns[0]);
            r = r.wrapping_add(s);
            q = (q ^ r).rotate_left(turns[1]);
        }
        (state[a][lane], state[b][lane], state[c][lane], state[d][lane]) = (p, q, r, s);
    }
}

#[cfg(test)]
mod tests {
    use super::{blocks, shuffled};
    use crate::lanes::Portable;
    use crate::random::{Purpose, Seed, key, shuffle, stream};

    const SEED: Seed = Seed { seed: 5, arm: 2 };

    /// What a shuffle does, draw by draw.
    fn expected<const COUNT: usize>(purpose: Purpose) -> [u32; COUNT] {
        let mut order = core::array::from_fn(|sample| sample as u32);
        shuffle(&mut order, &mut stream(SEED, purpose));
        order
    }

    /// Shuffles with `N` blocks at a time; returns how many are left.
    fn with_blocks<const N: usize, const COUNT: usize>(purpose: Purpose) -> ([u32; COUNT], usize) {
        let mut order = core::array::from_fn(|sample| sample as u32);
        let left = blocks::<N>(key(SEED, purpose), &mut order);
        (order, left)
    }

    fn check<const COUNT: usize>() {
        let purpose = Purpose::Order {
            level: 3,
            epoch: COUNT as u32,
        };
        let order = expected::<COUNT>(purpose);
        let left = COUNT.min(1);
        assert_eq!(with_blocks::<1, COUNT>(purpose), (order, left));
        assert_eq!(with_blocks::<4, COUNT>(purpose), (order, left));
        assert_eq!(with_blocks::<16, COUNT>(purpose), (order, left));
        let mut whole = [7; COUNT];
        shuffled::<Portable>(&mut whole, SEED, purpose);
        assert_eq!(whole, order);
    }

    #[test]
    fn draws_side_by_side_make_the_order_of_a_shuffle() {
        check::<0>();
        check::<1>();
        check::<2>();
        // The draws of a block and one less and more, and the same of 4 and 16 blocks.
        check::<16>();
        check::<17>();
        check::<18>();
        check::<64>();
        check::<65>();
        check::<66>();
        check::<257>();
        check::<600>();
    }

    #[test]
    fn from_a_draw_that_might_be_rejected_on_they_are_made_one_by_one() {
        // The first is among the first draws, the second is rejected. With 3999 draws a stream is at word 4000 where one was
        // rejected.
        let cases = [(13376, 4000, 3999), (678, 1440, 4000), (1803, 3488, 3999)];
        for (epoch, left, end) in cases.into_iter().take(if cfg!(miri) { 1 } else { 3 }) {
            let purpose = Purpose::Order { level: 0, epoch };
            assert_eq!(with_blocks::<16, 4000>(purpose).1, left);
            let (mut order, mut rng) = ([7; 4000], stream(SEED, purpose));
            shuffled::<Portable>(&mut order, SEED, purpose);
            assert_eq!(order, expected(purpose));
            shuffle(&mut order, &mut rng);
            assert_eq!(rng.get_word_pos(), end);
        }
    }
}
