//! Intervals for shares of variance in a crossed design, by resampling the levels of its factors.

use rand_core::Rng;
use tombola::random::below;

use super::quantile::quantile;
use super::variance::{ALL, PAIRS, Shares, variance_shares};

/// The one of two numbers that lies further out.
type Outer = fn(f64, f64) -> f64;

/// 95 % intervals of the shares: percentiles over `repeats` designs whose levels of each factor are drawn from its
/// levels with replacement (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13; levels and not
/// cells are what was sampled). A level that is drawn twice counts twice and stays one level: were it two, the cells of
/// both would agree, and chance would look like interaction. Designs in which nothing varies, or a factor is left with
/// one level, have no shares and are left out. An interval is widened to its share: one of 0 or 1, where components are
/// cut off at 0, is hardly reached by resampled designs. Lower ends, then upper ones; none where there is no design or no share to
/// begin with.
///
/// # Panics
/// If there is not one value for each cell.
pub fn bootstrap_shares(
    values: &[f64],
    levels: [usize; 3],
    repeats: usize,
    rng: &mut impl Rng,
) -> Option<[Shares; 2]> {
    let shares = variance_shares(values, levels)?;
    let mut designs = vec![];
    for _ in 0..repeats {
        let counts = levels.map(|count| {
            let mut counts = vec![0.0; count];
            (0..count).for_each(|_| counts[below(count as u32, rng) as usize] += 1.0);
            counts
        });
        designs.extend(weighted_shares(values, &counts));
    }
    if designs.is_empty() {
        return None;
    }
    let ends: [(f64, Outer); 2] = [(0.025, f64::min), (0.975, f64::max)];
    Some(ends.map(|(q, outer)| {
        let over = |share: &dyn Fn(&Shares) -> f64| {
            let drawn: Vec<_> = designs.iter().map(share).collect();
            outer(quantile(&drawn, q), share(&shares))
        };
        Shares {
            factors: [0, 1, 2].map(|index| over(&|shares| shares.factors[index])),
            pairs: [0, 1, 2].map(|index| over(&|shares| shares.pairs[index])),
            residual: over(&|shares| shares.residual),
        }
    }))
}

/// The shares where each level of a factor counts so many times. Half the mean squared difference of two different cells
/// that share the levels of just the factors S is expected to be the sum of the components of all sets of factors that are
/// not within S (Koch 1967, "A general approach to the estimation of variance components"): for a design in which all
/// levels count once, the components are those of the analysis of variance.
fn weighted_shares(values: &[f64], counts: &[Vec<f64>; 3]) -> Option<Shares> {
    let (mut pairs, mut squares) = ([0.0; ALL + 1], [0.0; ALL + 1]);
    for set in (0..=ALL).rev() {
        [pairs[set], squares[set]] = sharing(values, counts, set);
        // Those that share more are not among those that share just these.
        for larger in set + 1..=ALL {
            if larger & set == set {
                pairs[set] -= pairs[larger];
                squares[set] -= squares[larger];
            }
        }
    }
    if pairs[..ALL].iter().any(|&pairs| pairs <= 0.0) {
        return None;
    }
    let half = |set: usize| squares[set] / pairs[set];
    let factors = [0, 1, 2].map(|factor| half(0) - half(1 << factor));
    let within = |pair: usize| {
        [0, 1, 2].map(|factor| {
            if pair & (1 << factor) == 0 {
                0.0
            } else {
                factors[factor]
            }
        })
    };
    let of_pairs = PAIRS.map(|pair| half(0) - half(pair) - within(pair).iter().sum::<f64>());
    let residual = half(0) - factors.iter().sum::<f64>() - of_pairs.iter().sum::<f64>();
    let [factors, pairs] =
        [factors, of_pairs].map(|components| components.map(|component| component.max(0.0)));
    let residual = residual.max(0.0);
    let total = factors.iter().sum::<f64>() + pairs.iter().sum::<f64>() + residual;
    (0.0 < total).then(|| Shares {
        factors: factors.map(|component| component / total),
        pairs: pairs.map(|component| component / total),
        residual: residual / total,
    })
}

/// Over all ordered pairs of cells that share the levels of these factors at least: how often they count, and the sum of
/// half their squared differences.
fn sharing(values: &[f64], counts: &[Vec<f64>; 3], set: usize) -> [f64; 2] {
    let [first, second, third] = counts;
    let groups = [0, 1, 2].map(|factor| {
        if set & (1 << factor) == 0 {
            1
        } else {
            counts[factor].len()
        }
    });
    let mut sums = vec![[0.0; 3]; groups.iter().product()];
    let mut values = values.iter();
    for (i, first) in first.iter().enumerate() {
        for (j, second) in second.iter().enumerate() {
            for (k, (third, value)) in third.iter().zip(&mut values).enumerate() {
                // A factor that is not in the set has one group, 0.
                let at = [i % groups[0], j % groups[1], k % groups[2]];
                let sum = &mut sums[(at[0] * groups[1] + at[1]) * groups[2] + at[2]];
                let count = first * second * third;
                *sum = [
                    sum[0] + count,
                    sum[1] + count * value,
                    sum[2] + count * value * value,
                ];
            }
        }
    }
    sums.iter()
        .fold([0.0; 2], |[pairs, squares], [count, sum, square]| {
            [pairs + count * count, squares + (count * square - sum * sum)]
        })
}

#[cfg(test)]
mod tests {
    use tombola::random::{Purpose, stream, uniform};

    use super::{bootstrap_shares, variance_shares, weighted_shares};

    /// A value for each cell, 1 in about `share` of them.
    fn noise(seed: u64, cells: usize, share: f32) -> Vec<f64> {
        let mut rng = stream(seed, Purpose::Weights);
        (0..cells)
            .map(|_| f64::from(u8::from(uniform(&mut rng) < share)))
            .collect()
    }

    #[test]
    fn where_each_level_counts_once_the_shares_are_those_of_mean_squares() {
        for (seed, levels) in [[2, 3, 4], [8, 8, 8], [5, 2, 2]].into_iter().enumerate() {
            let values = noise(seed as u64, levels.iter().product(), 0.4);
            let ours = weighted_shares(&values, &levels.map(|count| vec![1.0; count])).unwrap();
            let theirs = variance_shares(&values, levels).unwrap();
            // Sums of at most 512 products, each rounded by 2^-53 of at most 512² / 4 pairs; nothing cancels by more than
            // their ratio to the least count of pairs, 2: far below 1e-10.
            let parts = [ours.factors, ours.pairs].concat();
            for (ours, theirs) in parts.iter().zip([theirs.factors, theirs.pairs].concat()) {
                assert!((ours - theirs).abs() < 1e-10, "{ours} {theirs}");
            }
        }
    }

    #[test]
    fn a_level_counts_as_often_as_it_was_drawn_and_stays_one_level() {
        // A level that is never drawn is as one that is not there.
        let values = noise(3, 4 * 4 * 4, 0.5);
        let counts = [vec![1.0; 4], vec![1.0; 4], vec![1.0, 1.0, 1.0, 0.0]];
        let without: Vec<_> = values.chunks(4).flat_map(|row| &row[..3]).copied().collect();
        let [all, less] = [
            weighted_shares(&values, &counts),
            weighted_shares(&without, &[vec![1.0; 4], vec![1.0; 4], vec![1.0; 3]]),
        ];
        assert_eq!(all, less);
        // With one level of a factor left there is nothing to compare.
        let one = [vec![1.0; 4], vec![1.0; 4], vec![0.0, 4.0, 0.0, 0.0]];
        assert_eq!(weighted_shares(&values, &one), None);
    }

    #[test]
    fn of_noise_alone_resampled_designs_show_no_interaction_that_is_not_there() {
        for seed in 0..10 {
            let values = noise(seed, 512, 0.7);
            let mut rng = stream(seed, Purpose::Resampling);
            let [low, high] = bootstrap_shares(&values, [8; 3], 400, &mut rng).unwrap();
            // All variance is the residual's. Where a level that is drawn twice is two, the upper end is 0.8 to 0.9.
            assert!(0.95 < high.residual, "{high:?}");
            let parts = [low.factors, low.pairs].concat();
            assert!(parts.iter().all(|&share| share == 0.0), "{low:?}");
        }
    }
}
