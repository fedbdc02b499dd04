//! Magnitudes turned round, so that the greatest is pruned first.

/// Bits of the greatest finite number.
const MAX: u32 = f32::MAX.to_bits();

/// A score that falls as the magnitude of a weight grows. What is not finite scores 0, as the greatest number does.
///
/// No two finite magnitudes get the same score, which a quotient or a difference would round together: the bits of
/// magnitudes order as these do, so they are subtracted.
///
/// ```
/// use tombola::inverted;
///
/// assert!(inverted(0.0) > inverted(1e-45) && inverted(1.0) > inverted(-1.000_000_1));
/// ```
pub const fn inverted(weight: f32) -> f32 {
    f32::from_bits(MAX.saturating_sub(weight.abs().to_bits()))
}

#[cfg(test)]
mod tests {
    use super::inverted;

    #[test]
    fn neighbors_stay_apart_and_change_places() {
        for bits in [0, 1, 0x007f_ffff, 0x3f80_0000, f32::MAX.to_bits() - 1] {
            let (less, more) = (f32::from_bits(bits), f32::from_bits(bits + 1));
            assert!(inverted(less) > inverted(more), "{less} and {more}");
            assert_eq!(inverted(-less), inverted(less));
            assert_eq!(inverted(inverted(less)), less);
        }
        assert_eq!([f32::MAX, f32::INFINITY, f32::NAN].map(inverted), [0.0; 3]);
    }
}
