//! Watches what rounding to 32 bits does to a column of numbers: how far it moves a value, and how much the values vary.

/// The part of a column's deviation by which rounding may move a value.
const MOST: f64 = 1e-3;

/// What is known of a column, value by value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rounding {
    count: f64,
    first: f64,
    /// Sums of the differences from the first value, and of their squares.
    sum: f64,
    squares: f64,
    /// The furthest that a value was moved.
    moved: f64,
}

impl Rounding {
    /// The nearest f32, which is infinite if the value is too large for one.
    pub(super) fn round(&mut self, value: f64) -> f32 {
        let rounded = value as f32;
        if self.count == 0.0 {
            self.first = value;
        }
        let difference = value - self.first;
        self.count += 1.0;
        self.sum += difference;
        self.squares += difference * difference;
        self.moved = self.moved.max((value - f64::from(rounded)).abs());
        rounded
    }

    /// Whether rounding moved a value by more than a thousandth of the column's deviation. That of a constant column tells
    /// nothing and loses nothing.
    pub(super) fn loses_digits(self) -> bool {
        let mean = self.sum / self.count;
        let variance = (self.squares / self.count - mean * mean).max(0.0);
        self.squares != 0.0 && MOST * variance.sqrt() < self.moved
    }
}

#[cfg(test)]
mod tests {
    use super::Rounding;

    #[track_caller]
    fn check(values: &[f64], loses_digits: bool) {
        let mut rounding = Rounding::default();
        for &value in values {
            rounding.round(value);
        }
        assert_eq!(rounding.loses_digits(), loses_digits, "{values:?}");
    }

    #[test]
    fn time_stamps_lose_digits_and_small_numbers_do_not() {
        check(&[1_700_000_000.1, 1_700_000_000.9, 1_700_000_001.5], true);
        check(&[0.1, 0.9, 1.5], false);
        // Between two floats of 32 bits: 2^24 is the last that all whole numbers reach.
        check(&[16_777_217.0, 16_777_219.0, 16_777_225.0], true);
        check(&[16_777_217.0, 16_777_219.0, 26_777_225.0], false);
    }

    #[test]
    fn a_constant_column_loses_nothing() {
        check(&[0.1; 9], false);
        check(&[1e300; 2], false);
    }

    #[test]
    fn numbers_that_32_bits_hold_lose_nothing() {
        check(&[0.5, 0.25, 1e10], false);
        check(&[f64::from(f32::MIN_POSITIVE), 0.0], false);
    }
}
