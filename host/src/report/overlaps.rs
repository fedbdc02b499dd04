//! Measures how much masks overlap: between arms of a seed, and between seeds.

use std::ops::Range;

use itertools::Itertools;
use serde::Serialize;
use tombola::Mlp;

use super::arms::rows_of;
use super::findings::at;
use crate::arm::{Arm, Own, survives};
use crate::results::{Replicate, Row};

/// Overlaps of the masks at one level: intersection over union.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlaps {
    /// The level.
    pub level: u32,
    /// Of two arms of a seed, for each two arms.
    pub arms: Vec<BetweenArms>,
    /// Of two seeds, for each arm.
    pub seeds: Vec<BetweenSeeds>,
}

/// Two arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BetweenArms {
    /// Their names.
    pub arms: [String; 2],
    /// Seeds that have the level in both.
    pub seeds: usize,
    /// Mean over these seeds.
    pub mean: f64,
}

/// Seeds of one arm. Hidden units are exchangeable, so that only chance is to be expected between seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BetweenSeeds {
    /// The arm's name.
    pub arm: String,
    /// Pairs of seeds.
    pub pairs: usize,
    /// Mean over these pairs.
    pub mean: f64,
    /// What two masks with as many weights in each layer, in random places, have on average.
    pub chance: f64,
}

/// Each seed is compared with so many that come after it: a hundred thousand pairs would say nothing new.
const NEIGHBORS: usize = 16;

/// A mask, and how many weights it has in each layer.
struct Counted<'a> {
    mask: &'a [u32],
    layers: Vec<usize>,
}

/// Overlaps at a level. Arm `alone` has networks of its own, whose weights are not those of the others.
pub(super) fn overlaps(net: Mlp<'_>, arms: &[Arm], replicates: &[Replicate], level: u32) -> Overlaps {
    let arms = arms.iter().filter(|arm| arm.schedule().own != Own::Networks);
    let arms = arms.map(|arm| {
        let rows = replicates
            .iter()
            .map(|seed| at(rows_of(seed, arm.name())?, level));
        (arm.name(), rows.collect_vec())
    });
    let arms: Vec<(&str, Vec<Option<&Row>>)> = arms.collect();
    let of_arms = arms
        .iter()
        .tuple_combinations()
        .filter_map(|((one, ones), (other, others))| {
            let both = ones
                .iter()
                .zip(others)
                .filter_map(|(one, other)| Some((one.as_ref()?, other.as_ref()?)));
            let found = both
                .map(|(one, other)| overlap(&one.mask, &other.mask))
                .collect_vec();
            Some(BetweenArms {
                arms: [(*one).to_owned(), (*other).to_owned()],
                seeds: found.len(),
                mean: mean(&found)?,
            })
        });
    let of_seeds = arms.iter().filter_map(|(arm, rows)| {
        let masks = rows
            .iter()
            .flatten()
            .map(|row| count(net, &row.mask))
            .collect_vec();
        let pairs = masks.iter().enumerate().flat_map(|(index, one)| {
            let others = masks[index + 1..].iter().take(NEIGHBORS);
            others.map(move |other| (one, other))
        });
        let (found, chance): (Vec<_>, Vec<_>) = pairs
            .map(|(one, other)| {
                (
                    overlap(one.mask, other.mask),
                    chance(net, &one.layers, &other.layers),
                )
            })
            .unzip();
        Some(BetweenSeeds {
            arm: (*arm).to_owned(),
            pairs: found.len(),
            mean: mean(&found)?,
            chance: mean(&chance)?,
        })
    });
    Overlaps {
        level,
        arms: of_arms.collect(),
        seeds: of_seeds.collect(),
    }
}

/// Weights in both over weights in either; 1 where there is none in either.
fn overlap(one: &[u32], other: &[u32]) -> f64 {
    let ones = |of: fn(u32, u32) -> u32| {
        let words = one.iter().zip(other);
        words
            .map(|(&one, &other)| u64::from(of(one, other).count_ones()))
            .sum::<u64>()
    };
    match ones(|one, other| one | other) {
        0 => 1.0,
        either => ones(|one, other| one & other) as f64 / either as f64,
    }
}

fn count<'a>(net: Mlp<'_>, mask: &'a [u32]) -> Counted<'a> {
    let count = |weights: Range<usize>| weights.filter(|&weight| survives(mask, weight)).count();
    let layers = net.layers().map(|layer| count(layer.weights));
    Counted {
        mask,
        layers: layers.collect(),
    }
}

/// The expected overlap of two masks that have so many weights in each layer, at random places.
///
/// The intersection I is a sum of hypergeometric numbers, one a layer of N weights, with means k·m/N and variances
/// k·m·(N − k)·(N − m)/(N²·(N − 1)). With s = Σ(k + m) the overlap is I/(s − I), whose expectation is, to second order,
/// that of the mean μ, μ/(s − μ), plus s/(s − μ)³ times the variance.
fn chance(net: Mlp<'_>, one: &[usize], other: &[usize]) -> f64 {
    let (mut mean, mut variance, mut sum) = (0.0, 0.0, 0.0);
    for ((layer, &k), &m) in net.layers().zip(one).zip(other) {
        let [n, k, m] = [layer.weights.len(), k, m].map(|count| count as f64);
        mean += k * m / n;
        sum += k + m;
        if 1.0 < n {
            variance += k * m * (n - k) * (n - m) / (n * n * (n - 1.0));
        }
    }
    let rest = sum - mean;
    if rest == 0.0 {
        return 1.0;
    }
    mean / rest + sum / (rest * rest * rest) * variance
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use tombola::Mlp;
    use tombola::random::{Purpose, shuffle, stream};

    use super::{chance, overlap};

    #[test]
    fn overlap_is_what_both_have_of_what_either_has() {
        assert_eq!(overlap(&[0b1100, 1], &[0b1010, 1]), 0.5);
        assert_eq!(overlap(&[0], &[0]), 1.0);
        assert_eq!(overlap(&[1], &[2]), 0.0);
    }

    #[test]
    fn chance_is_the_mean_overlap_of_random_masks() {
        let widths = [4, 32, 32, 2];
        let net = Mlp::new(&widths);
        let (one, other) = ([10, 25, 8], [12, 24, 7]);
        let mut rng = stream(0, Purpose::Weights);
        let mut draw = |counts: &[usize]| {
            let mut words = vec![0_u32; net.weight_count().div_ceil(32)];
            for (layer, &count) in net.layers().zip(counts) {
                let mut places: Vec<usize> = layer.weights.collect();
                shuffle(&mut places, &mut rng);
                places[..count]
                    .iter()
                    .for_each(|place| words[place / 32] |= 1 << (place % 32));
            }
            words
        };
        let repeats = 4000;
        let sum: f64 = (0..repeats).map(|_| overlap(&draw(&one), &draw(&other))).sum();
        let (mean, expected) = (sum / f64::from(repeats), chance(net, &one, &other));
        // Standard deviation below 0.02 each: four standard errors.
        assert!(
            (mean - expected).abs() < 4.0 * 0.02 / f64::from(repeats).sqrt(),
            "{mean} is not {expected}"
        );
    }
}
