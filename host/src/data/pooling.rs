//! Makes pictures smaller by averages over windows.
//!
//! Adaptive average pooling, as PyTorch's `AdaptiveAvgPool2d` does it: of `length` pixels along a side, the window of output
//! `i` of `size` is ⌊i·length/size⌋ to ⌈(i+1)·length/size⌉. Where `size` divides `length`, windows are tiles; else they
//! overlap.

use std::ops::Range;

/// The windows along one side.
pub(super) fn windows(length: usize, size: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    (0..size).map(move |index| index * length / size..((index + 1) * length).div_ceil(size))
}

/// The mean of each window of a picture, row by row. Sums run in f64 along the rows of a window: those of whole numbers are
/// exact, so that each mean of them is rounded once.
pub(super) fn pooled(
    [height, width]: [usize; 2],
    size: usize,
    pixel: impl Fn(usize) -> f64,
) -> impl Iterator<Item = f64> {
    windows(height, size)
        .flat_map(move |rows| windows(width, size).map(move |columns| (rows.clone(), columns)))
        .map(move |(rows, columns)| {
            let mut sum = 0.0;
            for row in rows.clone() {
                for column in columns.clone() {
                    sum += pixel(row * width + column);
                }
            }
            sum / (rows.len() * columns.len()) as f64
        })
}

#[cfg(test)]
mod tests {
    use super::{pooled, windows};

    #[test]
    fn windows_are_those_of_pytorch() {
        let of = |length, size| windows(length, size).collect::<Vec<_>>();
        assert_eq!(of(4, 2), [0..2, 2..4]);
        assert_eq!(of(5, 3), [0..2, 1..4, 3..5]);
        assert_eq!(of(3, 3), [0..1, 1..2, 2..3]);
        assert_eq!(of(28, 12)[..4], [0..3, 2..5, 4..7, 7..10]);
        assert_eq!(of(28, 12)[11], 25..28);
    }

    /// torch.nn.AdaptiveAvgPool2d(2)(torch.arange(12.).reshape(1, 3, 4))
    #[test]
    fn a_picture_becomes_the_means_of_its_windows() {
        let means: Vec<f64> = pooled([3, 4], 2, |pixel| pixel as f64).collect();
        assert_eq!(means, [2.5, 4.5, 6.5, 8.5]);
    }
}
