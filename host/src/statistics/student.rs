//! Gives tails of Student's t distribution, with the same bits on every machine.
//!
//! statrs has this distribution, but takes logarithms and exponentials from the machine, and for many degrees of freedom
//! differences of large logarithms of the gamma function.

use std::f64::consts::PI;

/// P(T > t) for T with so many degrees of freedom: ½·I(ν/2, ½; ν/(ν + t²)) for t ≥ 0, where I is the regularized
/// incomplete beta function (Abramowitz and Stegun 1964, 26.7.1 and 26.5.27). The error is below 10⁻¹² of the value
/// for up to 10,000 degrees. NaN where `t` is.
///
/// # Panics
/// If there is no degree of freedom.
pub fn upper_tail(t: f64, freedom: usize) -> f64 {
    assert!(0 < freedom, "a t distribution has a degree of freedom");
    if t.is_nan() {
        return t;
    }
    if t < 0.0 {
        return 1.0 - upper_tail(-t, freedom);
    }
    let nu = freedom as f64;
    let (a, b) = (nu / 2.0, 0.5);
    let square = t * t / nu;
    // x and 1 − x, each without cancellation; t may be infinite.
    let (x, rest) = (1.0 / (1.0 + square), 1.0 / (1.0 + 1.0 / square));
    // xᵃ·(1 − x)ᵇ / B(a, b), with B(ν/2, ½) = √π·Γ(ν/2) / Γ((ν + 1)/2).
    let front = libm::exp(-a * libm::log1p(square)) * rest.sqrt() * gamma_ratio(freedom) / PI.sqrt();
    // The fraction converges fast on the side of the mean where it is taken.
    let beta = if x < (a + 1.0) / (a + b + 2.0) {
        front / a * beta_fraction(a, b, x)
    } else {
        1.0 - front / b * beta_fraction(b, a, rest)
    };
    0.5 * beta
}

/// The t above which a share `tail` of the distribution lies, by bisection of [`upper_tail`] down to two neighbors.
///
/// # Panics
/// If `tail` is not above 0 and at most ½, or there is no degree of freedom.
pub fn critical_value(tail: f64, freedom: usize) -> f64 {
    assert!(0.0 < tail && tail <= 0.5, "a tail above 0 and at most a half");
    let (mut low, mut high) = (0.0, 1.0);
    while tail < upper_tail(high, freedom) {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || high <= middle {
            return high;
        }
        if tail < upper_tail(middle, freedom) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Γ((ν + 1)/2) / Γ(ν/2): 1/√π for ν = 1, √π/2 for ν = 2, and two steps on (ν + 1)/ν times as much.
fn gamma_ratio(freedom: usize) -> f64 {
    let (first, start) = if freedom.is_multiple_of(2) {
        (2, PI.sqrt() / 2.0)
    } else {
        (1, 1.0 / PI.sqrt())
    };
    (first..freedom)
        .step_by(2)
        .fold(start, |ratio, nu| ratio * (nu as f64 + 1.0) / nu as f64)
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by the method of Lentz as
/// Thompson and Barnett 1986 modified it: I(a, b; x) = xᵃ·(1 − x)ᵇ / (a·B(a, b)) times it.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let nonzero = |value: f64| {
        if value.abs() < f64::MIN_POSITIVE {
            f64::MIN_POSITIVE
        } else {
            value
        }
    };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    // Below √max(a, b) terms are needed.
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / nonzero(1.0 + term * d);
            c = nonzero(1.0 + term / c);
            fraction *= d * c;
        }
        if (fraction - before).abs() <= f64::EPSILON * fraction.abs() {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, StudentsT};

    use super::{critical_value, upper_tail};

    #[test]
    fn one_and_two_degrees_of_freedom_have_closed_forms() {
        for t in [-3.0_f64, -0.5, 0.0, 0.1, 1.0, 2.5, 40.0] {
            let one = 0.5 - libm::atan(t) / std::f64::consts::PI;
            let two = 0.5 - t / (2.0 * (2.0 + t * t).sqrt());
            // They cancel: half a unit of 0.5, twice.
            assert!((upper_tail(t, 1) - one).abs() < 2e-16, "{t}");
            assert!((upper_tail(t, 2) - two).abs() < 2e-16, "{t}");
        }
    }

    #[test]
    fn tails_are_right_to_a_dozen_digits() {
        // mpmath 1.3, half the regularized incomplete beta function with 40 digits.
        for (t, freedom, exact) in [
            (1.0, 63, 0.160_568_015_791_312_8),
            (5.0, 9, 3.694_839_549_016_214e-4),
            (2.0, 999, 0.022_885_308_486_878_5),
            (20.0, 999, 2.083_692_246_521_499e-75),
            (30.0, 99_999, 3.689_342_422_217_524e-197),
        ] {
            let ours = upper_tail(t, freedom);
            assert!(
                (ours / exact - 1.0).abs() < 1e-12,
                "{t}, {freedom}: {ours} is not {exact}"
            );
        }
    }

    #[test]
    fn statrs_has_the_same_tails() {
        for freedom in [1, 2, 3, 9, 63, 999] {
            let theirs = StudentsT::new(0.0, 1.0, freedom as f64).unwrap();
            for t in [-2.0, 0.0, 0.01, 0.7, 1.0, 1.5, 2.0, 5.0, 20.0] {
                let (ours, theirs) = (upper_tail(t, freedom), theirs.sf(t));
                // Differences of ln Γ, up to ν/2·ln ν, each within 1e-14 of itself.
                assert!(
                    (ours / theirs - 1.0).abs() <= 1e-10,
                    "{freedom}, {t}: {ours} is not {theirs}"
                );
            }
        }
    }

    #[test]
    fn far_tails_vanish_gradually() {
        assert_eq!(upper_tail(f64::INFINITY, 5), 0.0);
        assert_eq!(upper_tail(f64::NEG_INFINITY, 5), 1.0);
        assert!(upper_tail(f64::NAN, 5).is_nan());
        assert!(0.0 < upper_tail(36.0, 63));
        assert_eq!(upper_tail(0.0, 100_000), 0.5);
    }

    #[test]
    fn critical_values_are_those_of_the_tables() {
        for (tail, freedom, published) in [
            (0.05, 1, 6.314),
            (0.05, 10, 1.812),
            (0.025, 30, 2.042),
            (0.05, 120, 1.658),
        ] {
            let rounded = (critical_value(tail, freedom) * 1e3).round() / 1e3;
            assert_eq!(rounded, published, "{tail}, {freedom}");
        }
        assert_eq!(critical_value(0.5, 4), f64::from_bits(1));
    }
}
