//! Adjusts p values for how many there are.

/// The p values of a family of tests, adjusted so that rejecting those of at most α rejects any true hypothesis with a
/// probability of at most α, however the tests depend on each other (Holm 1979, "A simple sequentially rejective
/// multiple test procedure").
///
/// The least is multiplied by their count m, the next by m − 1, and so on; none is adjusted to less than the one before
/// it or to more than 1. In the order of `p_values`.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        let factor = (p_values.len() - rank) as f64;
        least = least.max((factor * p_values[index]).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn adjusted_values_rise_with_the_values_and_stop_at_one() {
        // R 4: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm"), and with the first and last of these exchanged.
        assert_eq!(
            holm(&[0.01, 0.02, 0.03, 0.04, 0.05]),
            [0.05, 0.08, 0.09, 0.09, 0.09]
        );
        assert_eq!(
            holm(&[0.05, 0.02, 0.03, 0.04, 0.01]),
            [0.09, 0.08, 0.09, 0.09, 0.05]
        );
        assert_eq!(holm(&[0.7, 0.5, 1.0]), [1.0, 1.0, 1.0]);
        assert_eq!(holm(&[0.2]), [0.2]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }
}
