//! Finite numbers as literals of Rust and C that read back to the same bits.

use itertools::Itertools;

/// The shortest decimal that Rust reads as this finite number, digits grouped by threes, without its sign.
pub(super) fn rust_magnitude(value: f32) -> String {
    let value = value.abs();
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    if (-5..7).contains(&exponent) {
        grouped(&value.to_string())
    } else {
        format!("{}e{exponent}", grouped(mantissa))
    }
}

/// [`rust_magnitude`] with its sign.
pub(super) fn rust_literal(value: f32) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{}", rust_magnitude(value))
}

/// An integer with its digits grouped by threes.
pub(super) fn grouped_integer(value: i32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = value.unsigned_abs().to_string();
    if digits.len() < 5 {
        return format!("{sign}{digits}");
    }
    let digits = digits.chars().collect_vec();
    let three = |digits: &[char]| String::from_iter(digits);
    format!("{sign}{}", digits.rchunks(3).rev().map(three).join("_"))
}

fn grouped(decimal: &str) -> String {
    let (integer, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let (integer_digits, fraction_digits) = (integer.chars().collect_vec(), fraction.chars().collect_vec());
    let three = |digits: &[char]| String::from_iter(digits);
    // Four digits are grouped only where the fraction is, too.
    let integer = if integer.len() < 5 && fraction.len() < 4 {
        integer.to_owned()
    } else {
        integer_digits.rchunks(3).rev().map(three).join("_")
    };
    format!("{integer}.{}", fraction_digits.chunks(3).map(three).join("_"))
}

/// The finite number as a decimal constant of C, without its sign: nine significant digits, or fewer where those are
/// zeros.
///
/// Hexadecimal constants would be exact by their form, but C++ has them from C++17 on. Nine digits lie so near to the
/// number that a compiler that reads a double first, and rounds twice, reads the same bits.
pub(super) fn c_magnitude(value: f32) -> String {
    if value == 0.0 {
        return "0.0f".to_owned();
    }
    let scientific = format!("{:.8e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    let split = |at: usize| {
        let (integer, fraction) = digits.split_at(at.min(digits.len()));
        let fraction = if fraction.is_empty() { "0" } else { fraction };
        format!("{integer:0<at$}.{fraction}")
    };
    match exponent {
        0..9 => format!("{}f", split(exponent as usize + 1)),
        -5..0 => format!("0.{}{digits}f", "0".repeat((-exponent - 1) as usize)),
        _ => format!("{}e{exponent}f", split(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{c_magnitude, rust_literal, rust_magnitude};

    fn awkward() -> impl Iterator<Item = f32> {
        let some = [
            0.0,
            0.1,
            1.0,
            10.0,
            16_777_216.0,
            123_456.79,
            1e7,
            1e-5,
            1.234_567_9e-5,
            9.999_999e-6,
            f32::MAX,
            f32::MIN_POSITIVE,
            f32::from_bits(1),
            f32::from_bits(0x7f_ffff),
            1.0 + f32::EPSILON,
        ];
        let spread = (0..0x7f80_0000_u32).step_by(9973).map(f32::from_bits);
        some.into_iter().chain(spread)
    }

    #[test]
    fn a_literal_of_rust_reads_back_to_its_bits() {
        for value in awkward() {
            for value in [value, -value] {
                let back: f32 = rust_literal(value).replace('_', "").parse().unwrap();
                assert_eq!(back.to_bits(), value.to_bits());
            }
        }
        assert_eq!(rust_magnitude(-0.123_456_79), "0.123_456_79");
        assert_eq!(rust_magnitude(16_777_216.0), "1.677_721_6e7");
        assert_eq!(rust_magnitude(123_456.8), "123_456.8");
        assert_eq!(rust_magnitude(1496.5), "1496.5");
        assert_eq!(rust_magnitude(1496.5068), "1_496.506_8");
        assert_eq!(rust_magnitude(1.5e-9), "1.5e-9");
        assert_eq!(rust_magnitude(3e-9), "3.0e-9");
        assert_eq!(rust_magnitude(0.000_012), "0.000_012");
    }

    #[test]
    fn a_constant_of_c_reads_back_to_its_bits_by_way_of_a_double_too() {
        for value in awkward().map(f32::abs) {
            let text = c_magnitude(value);
            let text = text.strip_suffix('f').unwrap();
            assert_eq!(text.parse::<f32>().unwrap().to_bits(), value.to_bits(), "{text}");
            let twice = text.parse::<f64>().unwrap() as f32;
            assert_eq!(twice.to_bits(), value.to_bits(), "{text}");
            assert!(text.contains('.'), "{text}");
        }
        assert_eq!(c_magnitude(1.5), "1.5f");
        assert_eq!(c_magnitude(-2.0), "2.0f");
        assert_eq!(c_magnitude(0.1), "0.100000001f");
        assert_eq!(c_magnitude(16_777_216.0), "16777216.0f");
        assert_eq!(c_magnitude(100_000_000.0), "100000000.0f");
        assert_eq!(c_magnitude(0.000_012), "0.0000120000004f");
        assert_eq!(c_magnitude(1e-6), "9.99999997e-7f");
        assert_eq!(c_magnitude(1e10), "1.0e10f");
        assert_eq!(c_magnitude(f32::from_bits(1)), "1.40129846e-45f");
    }
}
