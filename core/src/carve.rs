//! Parts of a slice, each starting at a multiple of 16, so that its vectors are aligned wherever the slice is.

use core::mem::take;

use crate::lanes::padded;

/// Length of parts that are carved from one slice: each is filled up to whole lanes.
pub(crate) const fn total<const N: usize>(lens: [usize; N]) -> usize {
    let (mut total, mut part) = (0, 0);
    while part < N {
        total += padded(lens[part]);
        part += 1;
    }
    total
}

/// Parts of these lengths, one after the other, each starting at a multiple of 16.
///
/// # Panics
/// If the slice is shorter than [`total`].
pub(crate) fn carve<T, const N: usize>(mut from: &mut [T], lens: [usize; N]) -> [&mut [T]; N] {
    assert!(
        total(lens) <= from.len(),
        "memory is at least as long as float_count and word_count say"
    );
    lens.map(|len| {
        let (part, rest) = take(&mut from).split_at_mut(padded(len));
        from = rest;
        &mut part[..len]
    })
}

#[cfg(test)]
mod tests {
    use super::{carve, total};

    #[test]
    fn parts_follow_each_other_at_multiples_of_sixteen() {
        let mut words: [usize; 80] = core::array::from_fn(|at| at);
        let lens = [1, 0, 16, 17];
        assert_eq!(total(lens), 64);
        let parts = carve(&mut words, lens).map(|part| (part.len(), part.first().copied()));
        assert_eq!(parts, [(1, Some(0)), (0, None), (16, Some(16)), (17, Some(32))]);
    }

    #[test]
    #[should_panic(expected = "at least as long")]
    fn memory_that_is_too_short_is_refused() {
        carve(&mut [0.0; 63], [1, 16, 17]);
    }
}
