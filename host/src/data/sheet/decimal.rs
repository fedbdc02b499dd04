//! Numbers as they are written, exactly: what an f64 would round to one, as identifiers of 64 bits, stays two.

use std::cmp::Ordering;
use std::fmt;

/// A finite decimal number: equal where the values are, however they are written.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    /// The power of ten of the first digit.
    exponent: i64,
    /// Without zeros in front and behind; empty for zero.
    digits: String,
}

impl Decimal {
    /// The number that `text` writes with a decimal point: digits with a sign, a point and an exponent, where there are any.
    pub(super) fn of(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (number, power) = match unsigned.split_once(['e', 'E']) {
            Some((number, power)) => (number, power.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = [whole, decimals].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self {
                is_negative: false,
                exponent: 0,
                digits: String::new(),
            });
        }
        let zeros = (digits.len() - significant.len()) as i64;
        Some(Self {
            is_negative: text.starts_with('-'),
            exponent: i64::from(power) + whole.len() as i64 - 1 - zeros,
            digits: significant.trim_end_matches('0').to_owned(),
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (&*number.digits, number.is_negative) {
            ("", _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        let size = |number: &Self| (number.exponent, number.digits.clone());
        sign(self).cmp(&sign(other)).then_with(|| {
            let by_size = size(self).cmp(&size(other));
            if self.is_negative {
                by_size.reverse()
            } else {
                by_size
            }
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// In plain digits, or with an exponent where that would take more than 20 zeros.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, exponent) = (&*self.digits, self.exponent);
        if self.is_negative {
            write!(f, "-")?;
        }
        let count = digits.len() as i64;
        match exponent {
            _ if digits.is_empty() => write!(f, "0"),
            -20..0 => write!(f, "0.{}{digits}", "0".repeat((-exponent - 1) as usize)),
            0.. if count <= exponent + 1 && exponent + 1 - count <= 20 => {
                write!(f, "{digits}{}", "0".repeat((exponent + 1 - count) as usize))
            }
            0.. if exponent + 1 < count => {
                let (whole, decimals) = digits.split_at((exponent + 1) as usize);
                write!(f, "{whole}.{decimals}")
            }
            _ => {
                let (first, rest) = digits.split_at(1);
                let point = if rest.is_empty() { "" } else { "." };
                write!(f, "{first}{point}{rest}e{exponent}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn number(text: &str) -> Decimal {
        Decimal::of(text).unwrap()
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        for (one, other, plain) in [
            ("1", "1.0", "1"),
            ("1", "+1", "1"),
            ("1", "1e0", "1"),
            ("1", "001.", "1"),
            ("10", "1E+1", "10"),
            ("0", "-0.0", "0"),
            ("0", "0e99", "0"),
            ("-0.5", "-.50", "-0.5"),
            ("123.25", "12325e-2", "123.25"),
            ("0.001", "1e-3", "0.001"),
            ("9007199254740993", "9007199254740993.0", "9007199254740993"),
            ("1e400", "10e399", "1e400"),
            ("1.5e-30", "15e-31", "1.5e-30"),
        ] {
            assert_eq!(number(one), number(other), "{one}");
            assert_eq!(number(other).to_string(), plain);
        }
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
        assert_ne!(number("1"), number("-1"));
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let ascending = [
            "-1e30", "-10", "-9.5", "-9", "-0.1", "0", "1e-300", "0.1", "0.15", "0.2", "1", "1.5", "9", "10",
            "1e400",
        ];
        for (index, one) in ascending.iter().enumerate() {
            for (other_index, other) in ascending.iter().enumerate() {
                assert_eq!(
                    number(one).cmp(&number(other)),
                    index.cmp(&other_index),
                    "{one} {other}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_finite_or_no_number_is_none() {
        for text in [
            "",
            ".",
            "+",
            "1e",
            "1e1.5",
            "nan",
            "inf",
            "0x1",
            "1,5",
            "--1",
            "1_0",
            "1e99999999999",
        ] {
            assert_eq!(Decimal::of(text), None, "{text}");
        }
    }
}
