//! Compares trajectories, solved rates and the network extension.

use std::collections::BTreeMap;

use serde::Deserialize;
use tombola::{Mlp, Trajectory, extended_width};

use super::{each, read};
use crate::tolerance::SOLVED_RATE;

#[derive(Deserialize)]
struct File {
    trajectories: Vec<Given>,
    solved_rates: Vec<Solved>,
    network_extension: Extensions,
}

#[derive(Deserialize)]
struct Given {
    parameters: u64,
    rate: f64,
    levels: u32,
    trajectory: Vec<u64>,
}

#[derive(Deserialize)]
struct Solved {
    parameters: u64,
    target: u64,
    levels: u32,
    rate: f64,
}

#[derive(Deserialize)]
struct Extensions {
    rate: f64,
    #[serde(flatten)]
    of: BTreeMap<String, Extension>,
}

/// Level by level, from the base itself on.
#[derive(Deserialize)]
struct Extension {
    base: Vec<usize>,
    widths: Vec<usize>,
    weights: Vec<usize>,
}

const NAME: &str = "trajectory.json";

#[test]
fn trajectories_hold_the_same_counts() {
    each(NAME, &read::<File>(NAME).trajectories, |case| {
        let trajectory = Trajectory::with_levels(case.parameters, case.rate, case.levels).unwrap();
        let counts: Vec<u64> = (0..=trajectory.levels())
            .map(|level| trajectory.weights_left(level))
            .collect();
        assert_eq!(counts, case.trajectory);
        assert_eq!(trajectory.parameters(), case.parameters);
        assert_eq!(Some(&trajectory.target()), case.trajectory.last());
    });
}

#[test]
fn rates_are_solved_alike() {
    each(NAME, &read::<File>(NAME).solved_rates, |case| {
        let trajectory = Trajectory::with_rate_solved(case.parameters, case.levels, case.target).unwrap();
        let difference = (trajectory.rate() - case.rate).abs();
        assert!(
            difference <= SOLVED_RATE,
            "{} is not {}",
            trajectory.rate(),
            case.rate
        );
        assert_eq!(trajectory.weights_left(case.levels), case.target);
    });
}

#[test]
fn extended_networks_have_the_same_widths_and_weights() {
    let Extensions { rate, of } = read::<File>(NAME).network_extension;
    let extensions: Vec<Extension> = of.into_values().collect();
    each(NAME, &extensions, |case| {
        assert_eq!(case.widths.len(), case.weights.len(), "weights of every width");
        assert!(!case.widths.is_empty(), "an extension has a level");
        for (level, (&width, &weights)) in (0..).zip(case.widths.iter().zip(&case.weights)) {
            assert_eq!(
                extended_width(Mlp::new(&case.base), rate, level),
                Some(width),
                "level {level}"
            );
            let mut widths = case.base.clone();
            let hidden = 1..widths.len() - 1;
            widths[hidden].fill(width);
            assert_eq!(Mlp::new(&widths).weight_count(), weights, "level {level}");
        }
    });
}
