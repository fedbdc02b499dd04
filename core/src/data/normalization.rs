//! Inputs on one scale, fitted on the train part alone: what the other parts look like must not leak into training.

use crate::lanes::{LANES, fold};
use crate::math::sqrt;

/// `normalized = (x − shift)·scale`, for one input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    /// What is subtracted.
    pub shift: f32,
    /// What the difference is multiplied by.
    pub scale: f32,
}

impl Normalization {
    /// Mean 0 and population deviation 1. A constant column is shifted to 0 and has scale 1.
    ///
    /// `column` is one input of every sample; its sums go to 16 lanes, as those of a batch do.
    pub fn standard(column: impl ExactSizeIterator<Item = f32> + Clone) -> Self {
        let count = column.len() as f32;
        if let Some(constant) = constant(column.clone()) {
            return constant;
        }
        let shift = sum(column.clone()) / count;
        let variance = sum(column.map(|x| (x - shift) * (x - shift))) / count;
        Self {
            shift,
            scale: 1.0 / sqrt(variance),
        }
    }

    /// The least value to 0 and the greatest to 1. A constant column is shifted to 0 and has scale 1.
    pub fn min_max(column: impl ExactSizeIterator<Item = f32> + Clone) -> Self {
        if let Some(constant) = constant(column.clone()) {
            return constant;
        }
        let (least, greatest) = range(column);
        Self {
            shift: least,
            scale: 1.0 / (greatest - least),
        }
    }

    /// Normalizes one value.
    pub fn apply(self, x: f32) -> f32 {
        (x - self.shift) * self.scale
    }

    /// Whether values of the column's size can be normalized: those near the limits of f32 cannot.
    pub fn is_usable(self) -> bool {
        self.shift.is_finite() && self.scale.is_finite() && self.scale != 0.0
    }
}

/// The normalization of a column that is all one value: its mean need not be that value, once rounded.
fn constant(column: impl Iterator<Item = f32>) -> Option<Normalization> {
    let (least, greatest) = range(column);
    (least == greatest).then_some(Normalization {
        shift: least,
        scale: 1.0,
    })
}

/// The least and the greatest. Compared, not by `f32::min`, which leaves open which of two zeros it takes.
fn range(column: impl Iterator<Item = f32>) -> (f32, f32) {
    column.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, greatest), x| {
        (
            if x < least { x } else { least },
            if greatest < x { x } else { greatest },
        )
    })
}

fn sum(column: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0.0; LANES];
    column
        .enumerate()
        .for_each(|(sample, x)| lanes[sample % LANES] += x);
    fold(lanes)
}

#[cfg(test)]
mod tests {
    use super::Normalization;

    #[test]
    fn standard_uses_the_population_deviation() {
        let column = [1.0, 3.0, 1.0, 3.0];
        assert_eq!(
            Normalization::standard(column.into_iter()),
            Normalization {
                shift: 2.0,
                scale: 1.0
            }
        );
    }

    #[test]
    fn a_constant_column_becomes_zero() {
        // The mean of ten times 0.1 is not 0.1 in f32.
        let column = [0.1; 10];
        for normalization in [
            Normalization::standard(column.into_iter()),
            Normalization::min_max(column.into_iter()),
        ] {
            assert_eq!(
                normalization,
                Normalization {
                    shift: 0.1,
                    scale: 1.0
                }
            );
            assert_eq!(normalization.apply(0.1).to_bits(), 0);
        }
    }

    #[test]
    fn min_max_spans_zero_to_one() {
        let normalization = Normalization::min_max([3.0, -1.0, 2.0].into_iter());
        assert_eq!([-1.0, 3.0].map(|x| normalization.apply(x)), [0.0, 1.0]);
    }

    #[test]
    fn values_at_the_limits_cannot_be_normalized() {
        assert!(!Normalization::standard([f32::MAX, f32::MIN, 0.0].into_iter()).is_usable());
        assert!(!Normalization::min_max([f32::MAX, f32::MIN].into_iter()).is_usable());
        assert!(!Normalization::standard([1e-30, -1e-30].into_iter()).is_usable());
    }
}
