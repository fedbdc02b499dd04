//! Exponential, logarithm and square root that give the same bits on every machine, which no two C libraries do.
//!
//! `exp`, `ln` and `ln_1p` have no branch and no table, so a loop over 16 lanes becomes vector instructions. Each is
//! within 2 units in the last place; the polynomials are Chebyshev interpolants, fitted in f64 and rounded to f32, and
//! their own error is below a fifth of half a unit.

/// ln 2 in two parts: the first has so few bits that its product with an exponent is exact.
const LN_2: [f32; 2] = [0.693_145_75, 1.428_606_8e-6];
/// 1.5 · 2²³: added to a small number, it pushes the fraction out, and the sum's low bits are the rounded integer.
const ROUND: f32 = 12_582_912.0;

/// `if z < 0 { +0 } else { z }`: a NaN stays a NaN.
#[inline(always)]
pub(crate) fn relu(z: f32) -> f32 {
    if z < 0.0 { 0.0 } else { z }
}

/// `value` where `gate` is greater than 0, else +0: the derivative of the ReLU, applied. Asked the other way around, for a
/// scalar unit then moves a zero where it is due, and never the value.
#[inline(always)]
pub(crate) fn where_positive(value: f32, gate: f32) -> f32 {
    if gate <= 0.0 || gate.is_nan() { 0.0 } else { value }
}

/// Square root, rounded to nearest as IEEE 754 demands, so the bits are the same on every machine.
#[inline(always)]
pub(crate) fn sqrt(x: f32) -> f32 {
    #[cfg(feature = "std")]
    return x.sqrt();
    #[cfg(not(feature = "std"))]
    return libm::sqrtf(x);
}

/// eˣ. Overflows to infinity, underflows gradually to 0, and a NaN stays a NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Beyond this the result is infinite all the same. The comparison leaves a NaN alone.
    let (e, n) = reduced_exp(if x > 89.0 { 89.0 } else { x });
    // 2ⁿ in two halves, because n reaches from -150 to 128 and an exponent only from -126 to 127. The first product
    // is exact, so a subnormal result is rounded once.
    let half = n >> 1;
    e * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// [`exp`] where x is not positive, or a NaN: the same bits in fewer steps.
#[inline(always)]
pub(crate) fn exp_of_negative(x: f32) -> f32 {
    const UP: i32 = 32;
    let (e, n) = reduced_exp(x);
    // n reaches from -150 to 0. Here too, the first product is exact.
    e * power_of_two(n.wrapping_add(UP)) * const { power_of_two(-UP) }
}

/// `(1 + r + r²·Q(r), n)` with eˣ = 2ⁿ times the first, for x up to 89.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2.
#[inline(always)]
fn reduced_exp(x: f32) -> (f32, i32) {
    // Beyond this the result is 0 all the same. The comparison leaves a NaN alone.
    let x = if x < -104.0 { -104.0 } else { x };
    let shifted = x * core::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let q = 1.392_618_4e-3;
    let q = q * r + 8.363_179e-3;
    let q = q * r + 4.166_655_6e-2;
    let q = q * r + 0.166_665_76;
    let q = q * r + 0.5;
    let e = q * r * r + r + 1.0;
    (e, (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32))
}

/// 2ⁿ for -126 ≤ n ≤ 127.
#[inline(always)]
pub(crate) const fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// Natural logarithm of a positive, normal, finite number; of a NaN or an infinity it is a NaN.
///
/// x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; s = f / (2 + f); ln(1 + f) = 2·artanh(s) = f − (h − s·(h + 2·z·R(z))) with
/// h = f² / 2 and z = s².
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    const SQRT_HALF: i32 = 0x3f35_04f3;
    let bits = (x.to_bits() as i32).wrapping_sub(SQRT_HALF);
    let k = (bits >> 23) as f32;
    let f = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SQRT_HALF) as u32) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let h = 0.5 * f * f;
    let tail = f - (h - s * (h + 2.0 * z * artanh_tail(z)));
    // x · 0 is 0, or a NaN where x is one or infinite.
    (k * LN_2[1] + tail) + k * LN_2[0] + (x * 0.0)
}

/// ln(1 + x) for 0 ≤ x ≤ 1, precise for the smallest x too; a NaN stays a NaN.
///
/// ln(1 + x) = 2·artanh(s), s = x / (2 + x).
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let z = s * s;
    2.0 * s + 2.0 * s * z * artanh_tail(z)
}

/// R(z) with artanh(s) = s + s·z·R(z), z = s² ≤ 1/9.
#[inline(always)]
fn artanh_tail(z: f32) -> f32 {
    let r = 0.116_121_65;
    let r = r * z + 0.108_532_876;
    let r = r * z + 0.142_961_79;
    let r = r * z + 0.199_998_53;
    r * z + 0.333_333_34
}

#[cfg(test)]
mod tests {
    use super::{exp, exp_of_negative, ln, ln_1p, sqrt};

    /// The distance of `value` from `exact`, in units in the last place of an f32 of that size.
    fn ulps(value: f32, exact: f64) -> f64 {
        let size = (exact as f32).abs().max(f32::MIN_POSITIVE);
        let unit = f64::from(f32::from_bits(size.to_bits() + 1)) - f64::from(size);
        (f64::from(value) - exact).abs() / unit
    }

    /// Bit patterns from `from` to `to`, thinned out so that Miri gets through them too.
    fn sample(from: f32, to: f32) -> impl Iterator<Item = f32> {
        let step = if cfg!(miri) { 10_000_019 } else { 997 };
        (from.to_bits()..=to.to_bits()).step_by(step).map(f32::from_bits)
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for x in sample(1e-8, 104.0).flat_map(|x| [x, -x]).filter(|&x| x < 88.7) {
            assert!(ulps(exp(x), libm::exp(f64::from(x))) < 2.0, "{x:e} {:e}", exp(x));
        }
    }

    #[test]
    fn exp_of_a_negative_number_is_exp() {
        let edges = [0.0, -0.0, -1e30, f32::NEG_INFINITY, f32::NAN];
        // Subnormal results among them.
        let numbers = sample(1e-45, 110.0).map(|x| -x);
        for x in numbers.chain(edges) {
            assert_eq!(exp_of_negative(x).to_bits(), exp(x).to_bits(), "{x:e}");
        }
    }

    #[test]
    fn exp_at_the_edges() {
        assert_eq!(
            [0.0, -0.0, 100.0, f32::INFINITY].map(exp),
            [1.0, 1.0, f32::INFINITY, f32::INFINITY]
        );
        assert_eq!(
            [-104.0, -1e30, f32::NEG_INFINITY].map(|x| exp(x).to_bits()),
            [0; 3]
        );
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn ln_is_within_two_units_in_the_last_place() {
        for x in sample(f32::MIN_POSITIVE, f32::MAX) {
            assert!(ulps(ln(x), libm::log(f64::from(x))) < 2.0, "{x:e}");
        }
        assert_eq!(ln(1.0).to_bits(), 0);
        assert!(ln(f32::NAN).is_nan());
        assert!(ln(f32::INFINITY).is_nan());
    }

    #[test]
    fn ln_1p_is_within_two_units_in_the_last_place() {
        for x in sample(1e-37, 1.0) {
            assert!(ulps(ln_1p(x), libm::log1p(f64::from(x))) < 2.0, "{x:e}");
        }
        assert_eq!(ln_1p(0.0).to_bits(), 0);
        assert!(ln_1p(f32::NAN).is_nan());
    }

    #[test]
    fn the_square_root_is_that_of_libm() {
        for x in sample(1e-45, f32::MAX) {
            assert_eq!(sqrt(x).to_bits(), libm::sqrtf(x).to_bits());
        }
    }
}
