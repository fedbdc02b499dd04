//! Compares statistics with those of numpy, scipy, statsmodels and lifelines.

use std::collections::BTreeMap;

use serde::Deserialize;
use tombola_host::statistics::{
    Cause, Incidence, Observation, cumulative_incidence, equivalence, holm, mcnemar, quantile,
    variance_shares, wilson,
};

use super::{each, read};
use crate::tolerance::assert_statistic;

#[derive(Deserialize)]
struct File {
    quantiles: Vec<Quantiles>,
    wilson: Vec<Wilson>,
    mcnemar: Vec<McNemar>,
    holm: Vec<Holm>,
    competing: Vec<Competing>,
    equivalence: Vec<Paired>,
    variance: Vec<Crossed>,
}

#[derive(Deserialize)]
struct Quantiles {
    values: Vec<f64>,
    shares: Vec<f64>,
    #[serde(rename = "quantiles")]
    at: Vec<f64>,
}

#[derive(Deserialize)]
struct Wilson {
    successes: usize,
    trials: usize,
    interval: [f64; 2],
}

#[derive(Deserialize)]
struct McNemar {
    first: usize,
    second: usize,
    p: f64,
}

#[derive(Deserialize)]
struct Holm {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

/// Of each time, the cause: 0 for none, 1 or 2.
#[derive(Deserialize)]
struct Competing {
    times: Vec<f64>,
    causes: Vec<u8>,
    incidence: [Vec<Step>; 2],
}

/// A time at which the cause has an event. What is not defined there is not given.
#[derive(Deserialize)]
struct Step {
    time: f64,
    share: f64,
    variance: Option<f64>,
    interval: Option<[f64; 2]>,
}

#[derive(Deserialize)]
struct Paired {
    ticket: Vec<f64>,
    dense: Vec<f64>,
    margin: f64,
    difference: f64,
    deviation: f64,
    interval_90: [f64; 2],
    /// Statistic and p value.
    lower: [f64; 2],
    upper: [f64; 2],
    p: f64,
}

/// The last factor runs fastest.
#[derive(Deserialize)]
struct Crossed {
    sizes: [usize; 3],
    values: Vec<f64>,
    shares: Option<BTreeMap<String, f64>>,
}

const NAME: &str = "statistics.json";

fn cases<T>(of: impl Fn(File) -> Vec<T>, check: impl Fn(&T)) {
    each(NAME, &of(read::<File>(NAME)), check);
}

#[test]
fn quantiles_are_those_of_numpy() {
    cases(
        |file| file.quantiles,
        |case| {
            for (&share, &theirs) in case.shares.iter().zip(&case.at) {
                assert_statistic("quantile", quantile(&case.values, share), theirs, 0.0);
            }
        },
    );
}

#[test]
fn intervals_of_shares_are_those_of_statsmodels() {
    cases(
        |file| file.wilson,
        |case| {
            for (ours, theirs) in wilson(case.successes, case.trials).into_iter().zip(case.interval) {
                assert_statistic("end", ours, theirs, 1.0);
            }
        },
    );
}

#[test]
fn paired_shares_are_tested_as_by_scipy() {
    cases(
        |file| file.mcnemar,
        |case| assert_statistic("p", mcnemar(case.first, case.second), case.p, 0.0),
    );
}

#[test]
fn families_of_tests_are_adjusted_as_by_statsmodels() {
    cases(
        |file| file.holm,
        |case| {
            let ours = holm(&case.p);
            assert_eq!(ours.len(), case.adjusted.len());
            for (ours, &theirs) in ours.into_iter().zip(&case.adjusted) {
                assert_statistic("p", ours, theirs, 0.0);
            }
        },
    );
}

#[test]
fn cumulative_incidence_is_that_of_lifelines() {
    cases(
        |file| file.competing,
        |case| {
            let causes = [None, Some(Cause::Separated), Some(Cause::Degraded)];
            let seen = case.times.iter().zip(&case.causes);
            let seen = seen.map(|(&time, &cause)| Observation {
                time,
                cause: causes[usize::from(cause)],
            });
            let steps = cumulative_incidence(&seen.collect::<Vec<_>>());
            let separated = steps.iter().map(|step| (step.time, step.separated));
            let degraded = steps.iter().map(|step| (step.time, step.degraded));
            assert_curve(separated, &case.incidence[0]);
            assert_curve(degraded, &case.incidence[1]);
        },
    );
}

fn assert_curve(ours: impl Iterator<Item = (f64, Incidence)>, theirs: &[Step]) {
    let ours: Vec<_> = ours.filter(|(_, at)| 0 < at.events).collect();
    assert_eq!(ours.len(), theirs.len(), "times of events");
    for ((time, ours), theirs) in ours.into_iter().zip(theirs) {
        assert_eq!(time, theirs.time);
        assert_statistic("incidence", ours.incidence, theirs.share, 0.0);
        if let Some(variance) = theirs.variance {
            assert_statistic("variance", ours.variance, variance, 0.0);
        }
        // Where the last at risk have an event, lifelines divides 0 by 0 and has none; the definition has one, unless all
        // were of the cause, and the share is 1.
        let is_defined = theirs.interval.is_some() || theirs.share < 1.0;
        assert_eq!(ours.interval.is_some(), is_defined, "an interval at {time}");
        let ends = ours.interval.into_iter().zip(theirs.interval);
        for (ours, theirs) in ends.flat_map(|(ours, theirs)| ours.into_iter().zip(theirs)) {
            assert_statistic("end", ours, theirs, 0.0);
        }
        if !is_defined {
            assert_eq!((ours.incidence, ours.variance), (1.0, 0.0));
        }
    }
}

#[test]
fn equivalence_is_tested_as_by_statsmodels() {
    cases(
        |file| file.equivalence,
        |case| {
            let pairs = case.ticket.iter().zip(&case.dense);
            let differences: Vec<f64> = pairs.map(|(ticket, dense)| ticket - dense).collect();
            let ours = equivalence(&differences, case.margin).expect("several pairs");
            assert_eq!(ours.pairs, differences.len());
            assert_statistic("difference", ours.mean, case.difference, 1.0);
            // Accuracies are below 1, and so are the terms of a mean whose differences cancel.
            assert_statistic("deviation", ours.deviation, case.deviation, 1.0);
            for (ours, theirs) in ours.interval_90.into_iter().zip(case.interval_90) {
                assert_statistic("end", ours, theirs, 1.0);
            }
            assert_statistic("lower p", ours.p_lower, case.lower[1], 0.0);
            assert_statistic("upper p", ours.p_upper, case.upper[1], 0.0);
            assert_statistic("p", ours.p, case.p, 0.0);
        },
    );
}

#[test]
fn shares_of_variance_are_those_of_mean_squares_in_numpy() {
    cases(
        |file| file.variance,
        |case| {
            let ours = variance_shares(&case.values, case.sizes);
            assert_eq!(ours.is_some(), case.shares.is_some());
            if let (Some(ours), Some(theirs)) = (ours, &case.shares) {
                let names = ["a", "b", "c", "ab", "ac", "bc", "abc"];
                let values = [&ours.factors[..], &ours.pairs, &[ours.residual]].concat();
                for (name, ours) in names.into_iter().zip(values) {
                    assert_statistic(name, ours, theirs[name], 1.0);
                }
            }
        },
    );
}
