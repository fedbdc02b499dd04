//! Compares the distributions of moons and circles with scikit-learn's.
//!
//! Both programs space the angles evenly and add normal noise. What chance moves is therefore the noise alone; what
//! the number of points moves is bounded by Koksma: the mean of a function over `n` evenly spaced points is within
//! its variation divided by `n` of the integral. Every bound below is the sum of those two, for our points and for
//! the reference's, and of [`ROUNDING`]. Five standard errors are passed by chance once in 1.7 million checks.

use std::collections::BTreeMap;

use serde::Deserialize;
use tombola::data::{Circles, Columns, Kind, Moons, Synthetic};
use tombola::random::Part;

use super::{Within, check_file};

#[derive(Deserialize)]
struct Case {
    name: String,
    noise: f32,
    factor: Option<f32>,
    samples: usize,
    classes: Vec<Class>,
}

#[derive(Deserialize)]
struct Class {
    label: u16,
    share: f64,
    mean: [f64; 2],
    std: [f64; 2],
    quantiles: BTreeMap<String, [f64; 2]>,
}

const POINTS: usize = 100_000;
/// Greatest variation of a coordinate: cosine and sine over a whole turn, of a radius of 1 at most.
const VARIATION: f64 = 4.0;
/// What variance can differ by, times the points: the variation of the square (4 on a circle, 2 on a moon) and, on a
/// moon, twice the mean of sine (2/π) times its variation (2). A shift of the moon changes no variance.
const SQUARE_VARIATION: f64 = 5.0;
/// An angle up to 2π has four roundings of 2⁻²⁴ of itself behind it (π, product, count, quotient); cosine, radius and
/// the sums with shift and noise add four of 2⁻²⁴ of up to 2: together below 2e-6.
const ROUNDING: f64 = 2e-6;

#[test]
fn points_come_from_the_same_distribution() {
    check_file("datasets.json", check);
}

fn check(case: &Case) {
    for seed in 0..3 {
        let (points, classes) = draw(case, seed);
        let total: f64 = case.classes.iter().map(|class| class.share).sum();
        assert!((total - 1.0).abs() < 1e-9, "the classes are all there");
        for class in &case.classes {
            let own = points.chunks_exact(2).zip(&classes);
            let own: Vec<&[f32]> = own
                .filter(|&(_, &label)| label == class.label)
                .map(|(point, _)| point)
                .collect();
            // Halves are equal but for one point in each of the two sets.
            let share = own.len() as f64 / POINTS as f64;
            let one_each = 1.0 / POINTS as f64 + 1.0 / case.samples as f64;
            assert!((share - class.share).abs() <= one_each, "share {share}");
            for axis in 0..2 {
                let _within = Within(format!(
                    "{} seed {seed} class {} axis {axis}",
                    case.name, class.label
                ));
                let column: Vec<f64> = own.iter().map(|point| f64::from(point[axis])).collect();
                check_column(case, class, axis, &column);
            }
        }
    }
}

fn check_column(case: &Case, class: &Class, axis: usize, column: &[f64]) {
    let n = column.len() as f64;
    let inverse_counts = 1.0 / n + 1.0 / (case.samples as f64 * class.share);
    let noise = f64::from(case.noise);

    let mean = column.iter().sum::<f64>() / n;
    let mean_bound = 5.0 * noise * inverse_counts.sqrt() + VARIATION * inverse_counts + ROUNDING;
    assert!((mean - class.mean[axis]).abs() <= mean_bound, "mean {mean}");

    // With f the noiseless coordinate, s² = var f + σ²: the variance of Σ(f + ε)²/n is (4·var f·σ² + 2σ⁴)/n, at most
    // 4s²σ²/n, and that of its root a (2s)²-th of it: the standard error of s is at most σ/√n, like the mean's.
    let std = (column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
    let std_bound =
        5.0 * noise * inverse_counts.sqrt() + SQUARE_VARIATION * inverse_counts / class.std[axis] + ROUNDING;
    assert!((std - class.std[axis]).abs() <= std_bound, "deviation {std}");

    // The share below the reference's quantile is binomial (or less spread, as the angles are spaced), and the angles
    // below any value fill at most two intervals, each good for one point at either end.
    for (quantile, values) in &class.quantiles {
        let q: f64 = quantile.parse().expect("a quantile is a number");
        let chance = if case.noise > 0.0 {
            5.0 * (q * (1.0 - q) * inverse_counts).sqrt()
        } else {
            0.0
        };
        let bound = chance + 4.0 * inverse_counts;
        let share = |value: f64| column.iter().filter(|&&x| x < value).count() as f64 / n;
        let (below, up_to) = (share(values[axis] - ROUNDING), share(values[axis] + ROUNDING));
        assert!(
            below <= q + bound && q - bound <= up_to,
            "quantile {q}: {below} to {up_to}"
        );
    }
}

/// Points, two coordinates each, and their classes.
fn draw(case: &Case, seed: u64) -> (Vec<f32>, Vec<u16>) {
    let (mut inputs, mut classes, mut order) = (vec![0.0; 2 * POINTS], vec![0; POINTS], vec![0; POINTS]);
    let noise = case.noise;
    let kind = match (&*case.name, case.factor) {
        ("moons", None) => Synthetic::from(Moons { noise }),
        ("circles", Some(factor)) => Circles { noise, factor }.into(),
        (name, factor) => panic!("no generator for {name} with factor {factor:?}"),
    };
    let columns = Columns::of_synthetic(0, 1);
    kind.draw(
        &columns,
        (seed, Part::Train),
        &mut inputs,
        &mut classes,
        &mut order,
    );
    (inputs, classes)
}
