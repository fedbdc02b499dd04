//! Names and numbers as programming languages spell them. Without this module a task named `fn` would break the code,
//! and a weight could come back with other bits.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::program::{Part, Row};

/// Names that mean something else where they would stand: words of Rust and C, and what the generated files define
/// themselves.
const RESERVED: &[&str] = &[
    // Rust, the words to come among them.
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    // Types of Rust that the code names, and what it defines.
    "bool",
    "core",
    "f32",
    "str",
    "u8",
    "u16",
    "usize",
    "logits",
    "classes",
    "greatest",
    "relu",
    "relu_of_half",
    "rows",
    "plain",
    "assembly",
    // What C headers define beside a task's function.
    "task_names",
    "inputs",
];

/// The longest name of a function; one of many tasks would be longer.
const LONGEST: usize = 48;

/// Identifiers of Rust and C, in lower case, no two alike, as near to the names as can be.
pub(super) fn unique_names(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .map(|name| {
            let name = identifier(&name);
            let again = (2..).map(|number| format!("{name}_{number}"));
            let name = std::iter::once(name.clone())
                .chain(again)
                .find(|name| !taken.contains(name))
                .expect("there is always a next number");
            taken.insert(name.clone());
            name
        })
        .collect()
}

fn identifier(name: &str) -> String {
    let mut identifier: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .take(LONGEST)
        .collect();
    // A leading underscore would say that the function is not used, and a name with a double one belongs to the compiler
    // where a header is included from C++.
    while identifier.contains("__") {
        identifier = identifier.replace("__", "_");
    }
    let identifier = identifier.trim_matches('_');
    let starts_well = identifier.starts_with(|c: char| c.is_ascii_lowercase());
    // `h1_0` and the like are the units.
    let is_unit = identifier
        .trim_start_matches(['h', 'x', 'y'])
        .chars()
        .all(|c| c.is_ascii_digit() || c == '_');
    if !starts_well || is_unit || RESERVED.contains(&identifier) {
        format!("task_{identifier}").trim_end_matches('_').to_owned()
    } else {
        identifier.to_owned()
    }
}

/// The shortest decimal that Rust reads as this finite number, digits grouped by threes, without its sign.
pub(super) fn rust_magnitude(value: f32) -> String {
    let value = value.abs();
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    if value == 0.0 || (-5..7).contains(&exponent) {
        let plain = format!("{value:?}");
        // Debug switches to an exponent where Display does not.
        let plain = if plain.contains('e') {
            format!("{value}")
        } else {
            plain
        };
        grouped(&plain)
    } else {
        format!("{}e{exponent}", grouped(mantissa))
    }
}

/// [`rust_magnitude`] with its sign.
pub(super) fn rust_literal(value: f32) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{}", rust_magnitude(value))
}

fn grouped(decimal: &str) -> String {
    let (integer, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let threes = |digits: &str, from: usize| {
        let mut grouped = String::new();
        for (position, digit) in digits.chars().enumerate() {
            if 0 < position && (position + 3 - from).is_multiple_of(3) {
                grouped.push('_');
            }
            grouped.push(digit);
        }
        grouped
    };
    format!(
        "{}.{}",
        // Four digits are grouped only where the fraction is, too.
        if integer.len() < 5 && fraction.len() < 4 {
            integer.to_owned()
        } else {
            threes(integer, integer.len() % 3)
        },
        threes(fraction, 0)
    )
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

/// [`c_magnitude`] with its sign.
pub(super) fn c_literal(value: f32) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    format!("{sign}{}", c_magnitude(value))
}

/// The name of a unit of the layer before `layer`, or of an input.
pub(super) fn unit_name(layer: usize, unit: usize) -> String {
    match layer {
        0 => format!("x{unit}"),
        _ => format!("h{layer}_{unit}"),
    }
}

/// Which units before `layer` it reads: among the inputs, some may be lost.
pub(super) fn is_used(part: &Part, layer: usize) -> Vec<bool> {
    let mut is_used = vec![false; part.fan_in(layer)];
    for unit in part.layers[layer].iter().flat_map(Row::units) {
        is_used[unit] = true;
    }
    is_used
}

/// A statement that ends in a sum, wrapped before its operators.
pub(super) fn statement(start: &str, terms: impl IntoIterator<Item = String>, end: &str) -> String {
    const WIDTH: usize = 110;
    let mut text = format!("    {start}");
    let mut column = text.len();
    for (position, term) in terms.into_iter().enumerate() {
        if 0 < position && WIDTH < column + 1 + term.len() + end.len() {
            text.push_str("\n        ");
            column = 8;
        } else if 0 < position {
            text.push(' ');
            column += 1;
        }
        column += term.len();
        text.push_str(&term);
    }
    text.push_str(end);
    text.push('\n');
    text
}

/// Items in lines of at most `width` columns, each line indented.
pub(super) fn lines(items: impl IntoIterator<Item = String>, indent: usize, width: usize) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for item in items {
        if !line.is_empty() && width < indent + line.len() + 2 + item.len() {
            let _ = writeln!(text, "{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&item);
        line.push(',');
    }
    if !line.is_empty() {
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{c_magnitude, rust_literal, rust_magnitude, unique_names};

    #[test]
    fn names_are_identifiers_and_differ() {
        let names = [
            "moons",
            "Two-Moons",
            "two_moons",
            "fn",
            "7up",
            "---",
            "logits",
            "h1",
            "xy",
            "a--b",
        ];
        assert_eq!(
            unique_names(names.map(String::from).into_iter()),
            [
                "moons",
                "two_moons",
                "two_moons_2",
                "task_fn",
                "task_7up",
                "task",
                "task_logits",
                "task_h1",
                "task_xy",
                "a_b"
            ]
        );
    }

    #[test]
    fn a_number_that_a_name_gets_is_not_taken_either() {
        let names = ["a", "a_2", "A", "a"].map(String::from);
        assert_eq!(unique_names(names.into_iter()), ["a", "a_2", "a_3", "a_4"]);
    }

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
