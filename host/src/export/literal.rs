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

/// The finite number as a hexadecimal constant of C99, exact by its form, without its sign.
pub(super) fn c_magnitude(value: f32) -> String {
    let bits = value.abs().to_bits();
    let (exponent, fraction) = (bits >> 23, bits & 0x7f_ffff);
    if bits == 0 {
        return "0.0f".to_owned();
    }
    // 23 bits fill six hexadecimal digits but for the last bit.
    let digits = format!("{:06x}", fraction << 1);
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    match exponent {
        0 => format!("0x0.{digits}p-126f"),
        _ => format!("0x1{point}{digits}p{}f", exponent as i32 - 127),
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

    /// Reads `0xH.HHHHHHp±E`, in double precision, which holds each of them.
    fn read_hexadecimal(text: &str) -> f32 {
        let text = text.strip_suffix('f').unwrap();
        let Some(text) = text.strip_prefix("0x") else {
            return text.parse().unwrap();
        };
        let (digits, exponent) = text.split_once('p').unwrap();
        let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa = u32::from_str_radix(&format!("{integer}{fraction}"), 16).unwrap();
        let exponent: i32 = exponent.parse::<i32>().unwrap() - 4 * fraction.len() as i32;
        // Two steps, since 2^-150 and below have no f32 but 2^-75 twice has.
        let half = |exponent: i32| f64::from_bits(((1023 + exponent) as u64) << 52);
        (f64::from(mantissa) * half(exponent / 2) * half(exponent - exponent / 2)) as f32
    }

    #[test]
    fn a_hexadecimal_constant_has_the_bits() {
        for value in awkward() {
            assert_eq!(read_hexadecimal(&c_magnitude(value)).to_bits(), value.to_bits());
        }
        assert_eq!(c_magnitude(1.5), "0x1.8p0f");
        assert_eq!(c_magnitude(-2.0), "0x1p1f");
        assert_eq!(c_magnitude(f32::from_bits(1)), "0x0.000002p-126f");
    }
}
