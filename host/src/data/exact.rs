//! Fits the normalization of a column read from a file in f64, and refuses what rounding to 32 bits would take from it.
//!
//! What is stored and applied is f32, on every machine the same; so a column keeps its differences there or is refused.

use tombola::data::Normalization;

use crate::experiment::Normalize;

/// The part of a column's spread by which rounding may move a value.
const MOST: f64 = 1e-3;

/// Where a column lies: its values are finite in f32.
struct Extent {
    least: f64,
    range: f64,
    mean: f64,
    /// The population deviation.
    deviation: f64,
}

impl Extent {
    /// Sums go in the order of the values; differences are divided by their range before they are squared, so that none
    /// leaves the range of f64.
    fn of(values: &[f64]) -> Self {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (range, count) = (greatest - least, values.len() as f64);
        let mean = least + values.iter().fold(0.0, |sum, x| sum + (x - least)) / count;
        let squares = values.iter().map(|x| {
            let part = (x - mean) / range;
            part * part
        });
        Self {
            least,
            range,
            mean,
            deviation: range * (squares.sum::<f64>() / count).sqrt(),
        }
    }

    /// What a column is divided by, or would be.
    fn spread(&self, how: Normalize) -> f64 {
        match how {
            Normalize::MinMax => self.range,
            Normalize::Standard | Normalize::None => self.deviation,
        }
    }

    /// What is wrong with values that rounding moves too far, and the remedy.
    fn check(&self, values: &[f64], how: Normalize) -> Result<(), String> {
        let spread = self.spread(how);
        if self.range == 0.0 || moved(values.iter().copied()) <= MOST * spread {
            return Ok(());
        }
        let (what, offset) = (named(how), self.offset());
        let remedy = if moved(values.iter().map(|x| x - offset)) <= MOST * spread {
            format!("subtract {} from the column in the file", plain(offset))
        } else {
            unit(spread)
        };
        Err(format!(
            "loses its digits in 32 bits, which move a value by more than a thousandth of its {what} {spread:.1e}; {remedy}"
        ))
    }

    /// A round number near the values: a multiple of the power of ten below their range.
    fn offset(&self) -> f64 {
        let mut step = 1.0;
        while self.range < step {
            step /= 10.0;
        }
        while step * 10.0 <= self.range {
            step *= 10.0;
        }
        (self.least / step).floor() * step
    }
}

/// Checks a whole column, whatever part its values will be in.
///
/// # Errors
/// What is wrong, and the remedy.
pub(super) fn check(values: &[f64], how: Normalize) -> Result<(), String> {
    Extent::of(values).check(values, how)
}

/// The normalization of a column, fitted on its values in the train part; `None` if it is not to be normalized. A column
/// that is constant there is shifted to 0 and has scale 1.
///
/// # Errors
/// What is wrong, and the remedy.
pub(crate) fn fit(values: &[f64], how: Normalize) -> Result<Option<Normalization>, String> {
    let extent = Extent::of(values);
    let center = match how {
        Normalize::None => return Ok(None),
        Normalize::Standard if extent.range != 0.0 => extent.mean,
        Normalize::Standard | Normalize::MinMax => extent.least,
    };
    let spread = if extent.range == 0.0 {
        1.0
    } else {
        extent.spread(how)
    };
    extent.check(values, how)?;
    let (mut shift, scale) = (center as f32, (1.0 / spread) as f32);
    if extent.range != 0.0 && shift.is_subnormal() && f64::from(shift.abs()) <= MOST * spread {
        shift = 0.0;
    }
    let fitted = Normalization { shift, scale };
    let is_usable = scale.is_normal()
        && (shift == 0.0 || shift.is_normal() || extent.range == 0.0)
        && values.iter().all(|&x| fitted.apply(x as f32).is_finite());
    if is_usable {
        return Ok(Some(fitted));
    }
    let helps = how == Normalize::Standard && matches!(fit(values, Normalize::MinMax), Ok(Some(_)));
    let or = if helps {
        ", or set data.normalize = \"min-max\""
    } else {
        ""
    };
    Err(format!(
        "cannot be normalized in 32 bits, its {} being {spread:.1e}; {}{or}",
        named(how),
        unit(spread)
    ))
}

fn named(how: Normalize) -> &'static str {
    match how {
        Normalize::MinMax => "range",
        Normalize::Standard | Normalize::None => "deviation",
    }
}

/// How far rounding to f32 moves a value at most.
fn moved(values: impl Iterator<Item = f64>) -> f64 {
    values
        .map(|x| (x - f64::from(x as f32)).abs())
        .fold(0.0, f64::max)
}

/// The change of unit that brings a spread near 1.
fn unit(spread: f64) -> String {
    let (mut left, mut power) = (spread, 0);
    while 0.0 < left && left < 1.0 {
        left *= 10.0;
        power += 1;
    }
    while 10.0 <= left {
        left /= 10.0;
        power -= 1;
    }
    if power < 0 {
        format!("change its unit in the file: divide by 1e{}", -power)
    } else {
        format!("change its unit in the file: multiply by 1e{power}")
    }
}

/// A number as people write it.
fn plain(number: f64) -> String {
    if number == 0.0 || (1e-6..1e17).contains(&number.abs()) {
        format!("{number}")
    } else {
        format!("{number:e}")
    }
}

#[cfg(test)]
mod tests {
    use tombola::data::Normalization;

    use super::{Normalize, check, fit};

    const ALL: [Normalize; 3] = [Normalize::Standard, Normalize::MinMax, Normalize::None];

    #[track_caller]
    fn refused(values: &[f64], how: Normalize, fragments: &[&str]) {
        let what = check(values, how).and_then(|()| fit(values, how)).unwrap_err();
        for fragment in fragments {
            assert!(what.contains(fragment), "no '{fragment}' in: {what}");
        }
    }

    fn fitted(values: &[f64], how: Normalize) -> Normalization {
        check(values, how).unwrap();
        fit(values, how).unwrap().unwrap()
    }

    #[test]
    fn mean_and_population_deviation_or_least_and_range() {
        let values = [1.0, 3.0, 1.0, 3.0];
        let normalization = |shift, scale| Normalization { shift, scale };
        assert_eq!(fitted(&values, Normalize::Standard), normalization(2.0, 1.0));
        assert_eq!(fitted(&values, Normalize::MinMax), normalization(1.0, 0.5));
        assert_eq!(fit(&values, Normalize::None), Ok(None));
    }

    #[test]
    fn a_constant_column_becomes_zero_whatever_it_is() {
        for constant in [0.1, 1_700_000_000.1, 0.0, 3e38, 1e-40, 1e-310] {
            let fitted = fitted(&[constant; 3], Normalize::Standard);
            assert_eq!(fitted.scale, 1.0);
            assert_eq!(fitted.apply(constant as f32), 0.0);
        }
    }

    #[test]
    fn digits_that_32_bits_lose_are_refused_with_what_to_subtract() {
        let stamps: Vec<f64> = (0..9).map(|row| 1_700_000_000.1 + f64::from(row)).collect();
        for how in ALL {
            refused(
                &stamps,
                how,
                &["loses its digits", "subtract 1700000000 from the column"],
            );
            let shifted: Vec<f64> = stamps.iter().map(|x| x - 1_700_000_000.0).collect();
            assert_eq!(check(&shifted, how), Ok(()));
        }
        refused(
            &[16_777_217.0, 16_777_219.0],
            Normalize::MinMax,
            &["its range", "subtract 16777217"],
        );
        refused(
            &[-5e9, -5e9 + 1.0],
            Normalize::None,
            &["its deviation", "subtract -5000000000"],
        );
        // Years and pressures lose nothing.
        assert!(
            ALL.iter()
                .all(|&how| check(&[1998.0, 2003.5], how).is_ok() && check(&[1013.25, 1014.5], how).is_ok())
        );
        // An outlier makes the deviation.
        let outlier: Vec<f64> = (0..100).map(|row| f64::from(row) * 0.01).chain([1e30]).collect();
        assert!(ALL.iter().all(|&how| check(&outlier, how).is_ok()));
    }

    #[test]
    fn extreme_scales_are_right_or_told_what_helps() {
        for size in [1e19, 1e30, 1e37, 1e-22, 1e-30, 1e-36] {
            let values = [1.0, 3.0, 1.0, 3.0].map(|x: f64| x * size);
            for (how, expected) in [
                (Normalize::Standard, [-1.0, 1.0]),
                (Normalize::MinMax, [0.0, 1.0]),
            ] {
                let fitted = fitted(&values, how);
                for (x, expected) in values.iter().zip(expected) {
                    // Value, shift, scale and the two results are rounded, each by 2^-24 of itself or of 3 deviations.
                    assert!(
                        (fitted.apply(*x as f32) - expected).abs() <= 9.0 * f32::EPSILON,
                        "{size} {how:?}"
                    );
                }
            }
        }
        refused(
            &[1.0, 3e38, -3e38],
            Normalize::Standard,
            &["cannot be normalized", "divide by 1e38"],
        );
        refused(
            &[1e-310, 9e-310, 5e-310],
            Normalize::Standard,
            &["multiply by 1e310"],
        );
        refused(
            &[0.0, 5e-39, 0.0, 0.0],
            Normalize::Standard,
            &["multiply by 1e39", "\"min-max\""],
        );
        refused(&[2e-39, 2.1e-39], Normalize::Standard, &["multiply by 1e41"]);
    }
}
