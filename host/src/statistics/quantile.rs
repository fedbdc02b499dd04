//! Gives quantiles of a sample.

use statrs::statistics::{Data, OrderStatistics};

/// A quantile, `q` in `0..=1`, interpolated as in statrs (Hyndman and Fan 1996, definition 8, whose estimate is
/// median-unbiased whatever the distribution). NaN where there is no value.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    Data::new(values.to_vec()).quantile(q)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0], 0.1), 1.0);
    }
}
