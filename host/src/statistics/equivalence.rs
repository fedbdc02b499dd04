//! Tests whether paired values are equal but for a margin.

use serde::Serialize;

use super::SIGNIFICANCE;
use super::student::{critical_value, upper_tail};

/// What two one-sided paired t tests came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Equivalence {
    /// Pairs.
    pub pairs: usize,
    /// Mean of the differences.
    pub mean: f64,
    /// Their standard deviation, with n − 1.
    pub deviation: f64,
    /// The 90 % interval of the mean: within the margin exactly where `p` is below [`SIGNIFICANCE`].
    pub interval_90: [f64; 2],
    /// p value against a mean of −margin or less.
    pub p_lower: f64,
    /// p value against a mean of margin or more.
    pub p_upper: f64,
    /// The greater of the two: small where the mean is within the margin.
    pub p: f64,
}

/// Two one-sided t tests of differences of pairs (Schuirmann 1987, "A comparison of the two one-sided tests procedure
/// and the power approach"): is their mean above −`margin` and below `margin`?
///
/// The statistics are (mean ± margin) / (deviation / √n), with n − 1 degrees of freedom. Where all differences are
/// equal nothing varies: the interval is their value, and a p value 0 where that is within its bound, 1 where it is
/// not. None of fewer than two pairs.
pub fn equivalence(differences: &[f64], margin: f64) -> Option<Equivalence> {
    let &[first, _, ..] = differences else {
        return None;
    };
    let n = differences.len() as f64;
    if differences.iter().all(|&difference| difference == first) {
        let [p_lower, p_upper] =
            [-margin < first, first < margin].map(|within| if within { 0.0 } else { 1.0 });
        return Some(Equivalence {
            pairs: differences.len(),
            mean: first,
            deviation: 0.0,
            interval_90: [first, first],
            p_lower,
            p_upper,
            p: p_lower.max(p_upper),
        });
    }
    let mean = differences.iter().sum::<f64>() / n;
    let squares = differences
        .iter()
        .map(|difference| (difference - mean) * (difference - mean));
    let deviation = (squares.sum::<f64>() / (n - 1.0)).sqrt();
    let (error, freedom) = (deviation / n.sqrt(), differences.len() - 1);
    let half = critical_value(SIGNIFICANCE, freedom) * error;
    let p_lower = upper_tail((mean + margin) / error, freedom);
    let p_upper = upper_tail((margin - mean) / error, freedom);
    Some(Equivalence {
        pairs: differences.len(),
        mean,
        deviation,
        interval_90: [mean - half, mean + half],
        p_lower,
        p_upper,
        p: p_lower.max(p_upper),
    })
}

#[cfg(test)]
mod tests {
    use super::equivalence;

    /// Student's data of 1908 (sleep), the differences of ten patients.
    const SLEEP: [f64; 10] = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];

    #[test]
    fn the_statistics_are_those_of_a_paired_t_test() {
        // R's t.test(extra ~ group, data = sleep, paired = TRUE): t = 4.0621, two-sided p = 0.002833; mean 1.58.
        let test = equivalence(&SLEEP, 0.0).unwrap();
        assert!((test.mean - 1.58).abs() < 1e-15);
        assert!((2.0 * test.p_lower - 0.002_833).abs() < 5e-7, "{test:?}");
        assert!((test.mean / (test.deviation / 10.0_f64.sqrt()) - 4.0621).abs() < 5e-5);
        assert_eq!(test.p, test.p_upper);
    }

    #[test]
    fn the_interval_is_within_the_margin_where_p_is_below_a_twentieth() {
        let interval = equivalence(&SLEEP, 1.0).unwrap().interval_90;
        let end = interval[1];
        assert!(equivalence(&SLEEP, end + 1e-9).unwrap().p < 0.05);
        assert!(0.05 < equivalence(&SLEEP, end - 1e-9).unwrap().p);
    }

    #[test]
    fn equal_differences_are_decided_by_their_value() {
        let p = |value: f64| equivalence(&[value; 3], 0.01).unwrap().p;
        assert_eq!([0.0, 0.009, 0.01, -0.01, -0.2].map(p), [0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(equivalence(&[0.1], 0.01), None);
    }
}
