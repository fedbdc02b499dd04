//! Tells how much of what varies comes from each of three crossed factors.

use serde::Serialize;

/// Shares of the variance of one observation: they add up to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Shares {
    /// Of each factor by itself: the first, the second, the third.
    pub factors: [f64; 3],
    /// Of the interaction of two: first and second, first and third, second and third.
    pub pairs: [f64; 3],
    /// Of the interaction of all three, which one observation a cell cannot tell from noise.
    pub residual: f64,
}

/// Shares of variance in a fully crossed design with one observation a cell, all factors random (Searle, Casella and
/// McCulloch 1992, "Variance Components", section 4.4): mean squares of the analysis of variance are set equal to their
/// expectations, with the interaction of all three as residual, and negative components to 0.
///
/// `values` are those of the cells, the last factor varying fastest; `levels` says how many each factor has. None where
/// a factor has fewer than two levels or nothing varies.
///
/// # Panics
/// If there is not one value for each cell.
pub fn variance_shares(values: &[f64], levels: [usize; 3]) -> Option<Shares> {
    assert_eq!(
        values.len(),
        levels.iter().product::<usize>(),
        "one value for each cell"
    );
    if levels.iter().any(|&count| count < 2) || values.iter().all(|&value| value == values[0]) {
        return None;
    }
    let sizes = levels.map(|count| count as f64);
    let squares = mean_squares(values, levels);
    let residual = squares[ALL];
    // Expected mean squares: of two factors, residual + (levels of the third)·theirs; of one, residual + its two pairs',
    // each times the levels of the factor left out, + (levels of both others)·its own.
    let pairs = PAIRS.map(|pair| ((squares[pair] - residual) / sizes[left_out(pair)]).max(0.0));
    let factors = [0, 1, 2].map(|factor| {
        let within = PAIRS.iter().filter(|&&pair| pair & (1 << factor) != 0);
        let within: f64 = within.map(|&pair| squares[pair]).sum();
        let others = values.len() as f64 / sizes[factor];
        ((squares[1 << factor] - within + residual) / others).max(0.0)
    });
    let total = factors.iter().sum::<f64>() + pairs.iter().sum::<f64>() + residual;
    Some(Shares {
        factors: factors.map(|component| component / total),
        pairs: pairs.map(|component| component / total),
        residual: residual / total,
    })
}

/// All three factors, as a set of bits.
pub(super) const ALL: usize = 0b111;
/// First and second, first and third, second and third.
pub(super) const PAIRS: [usize; 3] = [0b011, 0b101, 0b110];

/// The factor that a pair does not have.
fn left_out(pair: usize) -> usize {
    (ALL & !pair).trailing_zeros() as usize
}

/// The mean square of each set of factors: its sum of squares over its degrees of freedom. Nothing stands for no factor.
fn mean_squares(values: &[f64], levels: [usize; 3]) -> [f64; 8] {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let mut squares = [0.0; 8];
    for set in 1..=ALL {
        let subsets = (1..set).filter(|subset| subset & set == *subset);
        let explained: f64 = subsets.map(|subset| squares[subset]).sum();
        squares[set] = between(values, mean, levels, set) - explained;
    }
    for (set, square) in squares.iter_mut().enumerate() {
        let freedom = (0..3).filter(|factor| set & (1 << factor) != 0);
        let freedom: f64 = freedom.map(|factor| levels[factor] as f64 - 1.0).product();
        // Rounding may leave less than nothing.
        *square = (*square / freedom).max(0.0);
    }
    squares
}

/// The sum of squares between the groups of cells that share the levels of a set of factors.
fn between(values: &[f64], mean: f64, levels: [usize; 3], set: usize) -> f64 {
    let groups = [0, 1, 2].map(|factor| {
        if set & (1 << factor) == 0 {
            1
        } else {
            levels[factor]
        }
    });
    let mut sums = vec![0.0; groups.iter().product()];
    for (cell, value) in values.iter().enumerate() {
        let at = [
            cell / (levels[1] * levels[2]),
            cell / levels[2] % levels[1],
            cell % levels[2],
        ];
        // A factor that is not in the set has one group, 0.
        let [i, j, k] = [0, 1, 2].map(|factor| at[factor] % groups[factor]);
        sums[(i * groups[1] + j) * groups[2] + k] += value - mean;
    }
    let cells_per_group = values.len() as f64 / sums.len() as f64;
    sums.iter().map(|sum| sum * sum / cells_per_group).sum()
}

#[cfg(test)]
mod tests {
    use super::{mean_squares, variance_shares};

    /// Factors of 2, 3 and 4 levels, with a value made of what they add.
    fn design(value: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
        (0..24)
            .map(|cell| value(cell / 12, cell / 4 % 3, cell % 4))
            .collect()
    }
    const LEVELS: [usize; 3] = [2, 3, 4];

    #[test]
    fn what_one_factor_adds_is_its_share() {
        for (factor, values) in [
            design(|i, _, _| i as f64),
            design(|_, j, _| j as f64),
            design(|_, _, k| k as f64),
        ]
        .iter()
        .enumerate()
        {
            let shares = variance_shares(values, LEVELS).unwrap();
            assert!((shares.factors[factor] - 1.0).abs() < 1e-14, "{shares:?}");
            assert_eq!(shares.pairs, [0.0; 3]);
        }
        assert_eq!(variance_shares(&[0.1; 24], LEVELS), None);
        assert_eq!(variance_shares(&[0.0, 1.0, 0.0, 1.0], [1, 2, 2]), None);
    }

    #[test]
    fn what_two_factors_make_together_is_the_share_of_the_pair() {
        // No row or column of these sums to anything but 0, so that no factor by itself explains a thing. Its expected
        // share is negative, and set to 0.
        let sign = [1.0, -1.0];
        let wave = [1.0, -2.0, 1.0];
        let shares = variance_shares(&design(|i, j, _| sign[i] * wave[j]), LEVELS).unwrap();
        assert!((shares.pairs[0] - 1.0).abs() < 1e-14, "{shares:?}");
        assert_eq!(shares.factors, [0.0; 3]);
    }

    #[test]
    fn mean_squares_are_those_of_the_analysis_of_variance() {
        // By hand, in a 2×2×2 design with a single 1: the mean is 1/8, every effect is ±1/8 in all 8 cells, so that
        // every sum of squares is 8/64, with one degree of freedom.
        let mut values = [0.0; 8];
        values[5] = 1.0;
        assert_eq!(mean_squares(&values, [2; 3])[1..], [0.125; 7]);
    }
}
