//! Puts the surviving weights of a layer from row by row to column by column and back, in place.
//!
//! Where a weight goes is listed in the index, and nothing is written down on the way: each cycle of the permutation is
//! moved from its least place on. Whether a place is the least of its cycle shows after a few steps (Fich, Munro and
//! Poblete 1995): for all of `n` that takes about `n log n`, unless the permutation is a rotation, as of weights along a
//! diagonal, and then there are few.

use core::mem::swap;

/// Moves value `k` to place `to(k)`, for all `k`. `to` is a permutation.
pub(super) fn scatter(values: &mut [f32], to: impl Fn(usize) -> usize) {
    for start in (0..values.len()).filter(|&start| is_least(start, &to)) {
        let (mut value, mut place) = (values[start], to(start));
        while place != start {
            swap(&mut value, &mut values[place]);
            place = to(place);
        }
        values[start] = value;
    }
}

/// Undoes [`scatter`]: moves the value at place `to(k)` to place `k`.
pub(super) fn gather(values: &mut [f32], to: impl Fn(usize) -> usize) {
    for start in (0..values.len()).filter(|&start| is_least(start, &to)) {
        let (first, mut place) = (values[start], start);
        while to(place) != start {
            values[place] = values[to(place)];
            place = to(place);
        }
        values[place] = first;
    }
}

/// Whether no place of the same cycle comes before this one.
fn is_least(start: usize, to: impl Fn(usize) -> usize) -> bool {
    let mut place = to(start);
    while start < place {
        place = to(place);
    }
    place == start
}

#[cfg(test)]
mod tests {
    use super::{gather, scatter};

    #[test]
    fn every_value_goes_to_its_place_and_comes_back() {
        // A product of primes and what is coprime to it: permutations of one long cycle and of many short ones.
        for factor in [1, 2, 3, 16, 57, 113] {
            let to = |k: usize| (k * factor + 40) % 115;
            let values: [f32; 115] = core::array::from_fn(|k| k as f32);
            let mut moved = values;
            scatter(&mut moved, to);
            assert!((0..115).all(|k| moved[to(k)] == k as f32), "{factor}");
            gather(&mut moved, to);
            assert_eq!(moved, values);
        }
        scatter(&mut [], |_| 0);
    }
}
