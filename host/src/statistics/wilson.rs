//! Gives the interval of a share.

use super::Z;

/// The 95 % interval of a share of `hits` in `count` (Wilson 1927, "Probable inference"): it stays within 0 and 1 and
/// holds its level for few counts and for shares near 0 and 1, where the textbook interval collapses.
///
/// Nothing is known about a share of none: the interval is everything.
pub fn wilson(hits: usize, count: usize) -> [f64; 2] {
    if count == 0 {
        return [0.0, 1.0];
    }
    let (n, share) = (count as f64, hits as f64 / count as f64);
    let center = share + Z * Z / (2.0 * n);
    let margin = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    // Exactly 0 and 1 at the ends, where rounding would leave a speck.
    let low = if hits == 0 { 0.0 } else { (center - margin) / scale };
    let high = if hits == count {
        1.0
    } else {
        (center + margin) / scale
    };
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn wilson_intervals_are_the_published_ones() {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        for (hits, count, published) in [
            (81, 263, [0.2553, 0.3662]),
            (15, 148, [0.0624, 0.1605]),
            (0, 20, [0.0, 0.1611]),
            (1, 29, [0.0061, 0.1718]),
        ] {
            let rounded = wilson(hits, count).map(|bound| (bound * 1e4).round() / 1e4);
            assert_eq!(rounded, published, "{hits} of {count}");
        }
        assert_eq!(wilson(20, 20)[1], 1.0);
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
    }
}
