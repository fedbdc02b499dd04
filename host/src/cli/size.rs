//! Sizes of memory as command lines take them: `8192`, `8K`, `1M`.

use crate::text::quoted;

/// Bytes from a number and, if it has one, a unit. K and M are powers of 1024, as linker scripts have them.
///
/// # Errors
///
/// Says what works.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let factor = match &*unit.to_ascii_lowercase() {
        "" | "b" => Some(1),
        "k" | "kb" | "kib" => Some(1 << 10),
        "m" | "mb" | "mib" => Some(1 << 20),
        _ => None,
    };
    let count: Option<u32> = number.parse().ok();
    count
        .zip(factor)
        .and_then(|(count, factor)| count.checked_mul(factor))
        .filter(|&bytes| 0 < bytes)
        .map(|bytes| bytes as usize)
        .ok_or_else(|| {
            let text = quoted(text);
            format!("{text} is no size; give bytes, KiB or MiB from 1 to below 4096M, such as 8192, 8K or 1M")
        })
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_size_is_bytes_or_has_a_unit() {
        for (text, expected) in [
            ("1", 1),
            ("8192", 8192),
            ("8K", 8192),
            ("8k", 8192),
            ("8KiB", 8192),
            ("8kb", 8192),
            ("1M", 1 << 20),
            ("4294967295", u32::MAX as usize),
            ("4095M", 4095 << 20),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_told_what_is() {
        for text in [
            "",
            "0",
            "0K",
            "K",
            "-1",
            "8 K",
            "8.5K",
            "1e3",
            "1G",
            "many",
            "4096M",
            "99999999999",
        ] {
            let message = bytes(text).unwrap_err();
            assert!(message.starts_with(&format!("'{text}'")), "{message}");
            assert!(message.ends_with("such as 8192, 8K or 1M"), "{message}");
        }
    }
}
