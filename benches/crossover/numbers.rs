//! Formats ratios, times and shares in about two digits.

/// A ratio: `0.62`, `1.3`, `12`.
pub(super) fn ratio(ratio: f64) -> String {
    match ratio {
        ..0.995 => format!("{ratio:.2}"),
        ..9.95 => format!("{ratio:.1}"),
        _ => format!("{ratio:.0}"),
    }
}

/// A time that is given in nanoseconds, with its unit.
pub(super) fn time(nanoseconds: f64) -> String {
    let (time, unit) = match nanoseconds {
        ..1e3 => (nanoseconds, "ns"),
        ..1e6 => (nanoseconds / 1e3, "µs"),
        _ => (nanoseconds / 1e6, "ms"),
    };
    match time {
        ..9.95 => format!("{time:.1} {unit}"),
        _ => format!("{time:.0} {unit}"),
    }
}

/// A share: `5 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::{percent, ratio, time};

    #[test]
    fn numbers_are_as_long_as_they_are_known() {
        assert_eq!(
            [0.621, 0.9949, 0.996, 1.26, 9.94, 9.96, 31.4].map(ratio),
            ["0.62", "0.99", "1.0", "1.3", "9.9", "10", "31"]
        );
        assert_eq!(
            [81.3, 2_310.0, 45_600.0, 40.2e6].map(time),
            ["81 ns", "2.3 µs", "46 µs", "40 ms"]
        );
        assert_eq!([1.0, 0.02].map(percent), ["100 %", "2 %"]);
    }
}
