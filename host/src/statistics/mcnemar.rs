//! Tests whether two paired shares differ.

/// The two-sided p value of McNemar's exact test (McNemar 1947, "Note on the sampling error of the difference between
/// correlated proportions"): of pairs of which something holds for one member only, how likely is it that it holds for
/// the same member so often, were both equally likely? `only_first` and `only_second` count these pairs.
///
/// min(1, 2·P(X ≤ min)) with X binomial, of all these pairs and ½; 1 where there is no such pair. The error is below
/// 10⁻¹² of the value for up to 100,000 pairs, where a binomial distribution made of logarithms of the gamma function,
/// such as that of statrs, keeps about 10 digits: the tail is added up from binomial coefficients relative to the middle
/// one, and divided by all of them.
pub fn mcnemar(only_first: usize, only_second: usize) -> f64 {
    let (pairs, least) = (only_first + only_second, only_first.min(only_second));
    let middle = pairs / 2;
    let (mut below, mut tail) = (0.0, 0.0);
    let mut coefficient = 1.0;
    for index in (0..=middle).rev() {
        below += coefficient;
        if index <= least {
            tail += coefficient;
        }
        coefficient = coefficient * index as f64 / (pairs - index + 1) as f64;
        // What is left would not change a sum.
        if coefficient == 0.0 {
            break;
        }
    }
    // The coefficients above the middle mirror those below it; an even count has a middle one.
    let all = if pairs.is_multiple_of(2) {
        2.0 * below - 1.0
    } else {
        2.0 * below
    };
    (2.0 * tail / all).min(1.0)
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{Binomial, DiscreteCDF};

    use super::mcnemar;

    /// A product, a quotient and a sum for each of the pairs, each rounded; most of it cancels.
    #[track_caller]
    fn assert_close(ours: f64, theirs: f64) {
        assert!((ours / theirs - 1.0).abs() < 1e-13, "{ours} is not {theirs}");
    }

    #[test]
    fn small_counts_have_the_value_of_the_sum_by_hand() {
        assert_eq!(mcnemar(0, 0), 1.0);
        assert_eq!(mcnemar(1, 0), 1.0);
        assert_close(mcnemar(0, 5), 2.0 / 32.0);
        assert_close(mcnemar(1, 5), 14.0 / 64.0);
        assert_eq!(mcnemar(5, 1), mcnemar(1, 5));
        assert_eq!(mcnemar(3, 3), 1.0);
        assert_eq!(mcnemar(4, 3), 1.0);
    }

    #[test]
    fn many_pairs_have_the_value_of_the_sum_in_whole_numbers() {
        // Binomial coefficients as integers of Python; (150, 86) is the example of Agresti 1990, "Categorical Data
        // Analysis", table 10.1.
        assert_close(mcnemar(150, 86), 3.715_936_139_571_442e-5);
        assert_close(mcnemar(480, 520), 0.217_448_293_204_140_94);
        assert_close(mcnemar(4_900, 5_100), 0.046_585_527_704_947_39);
        assert_close(mcnemar(49_500, 50_500), 0.001_582_359_878_851_595_6);
        assert_close(mcnemar(0, 1000), 2.0 * libm::ldexp(1.0, -1000));
        assert_eq!(mcnemar(0, 100_000), 0.0);
    }

    #[test]
    fn statrs_has_the_same_tail() {
        for (least, pairs) in [(3, 20), (40, 100), (480, 1000)] {
            let theirs = 2.0 * Binomial::new(0.5, pairs).unwrap().cdf(least);
            let ours = mcnemar(least as usize, (pairs - least) as usize);
            // Differences of ln Γ, up to n·ln n, each within 1e-14 of itself.
            assert!((ours / theirs - 1.0).abs() < 1e-10, "{ours} is not {theirs}");
        }
    }
}
