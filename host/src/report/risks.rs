//! Estimates what comes first for a seed, separation or the loss of an input or output, as competing risks.

use serde::Serialize;
use tombola::Verdict;

use crate::results::{Replicate, Row};
use crate::statistics::{Cause, Incidence, Observation, Step, cumulative_incidence};

/// Cumulative incidence of both, over the weights that are gone or inactive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Risks {
    /// Seeds that have a level.
    pub seeds: usize,
    /// Seeds of which neither happened by their last level.
    pub censored: usize,
    /// Separated first, at each time at which something happens to a seed.
    pub separated: Vec<Point>,
    /// Degraded first, at the same times.
    pub degraded: Vec<Point>,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Weights of the dense network less active weights.
    pub time: u64,
    /// Seeds to which nothing had happened before.
    pub at_risk: usize,
    /// Seeds to which it happened now.
    pub events: usize,
    /// Estimate of the share of seeds to which it has happened first by now.
    pub incidence: f64,
    /// Variance of the estimate.
    pub variance: f64,
    /// 95 % interval; none where the estimate is 0 or 1.
    pub interval: Option<[f64; 2]>,
}

/// The curves of `imp`. Time is the weights of the dense network less the active ones, at the first level where a seed
/// is separated or degraded; degraded if both at once, which its verdict says; else censored at its last level.
pub(super) fn risks(weight_count: usize, replicates: &[Replicate]) -> Risks {
    let seen = replicates
        .iter()
        .filter_map(|seed| observation(weight_count, &seed.imp().rows));
    let seen: Vec<_> = seen.collect();
    let steps = cumulative_incidence(&seen);
    let curve = |of: fn(&Step) -> Incidence| {
        let point = |step: &Step| {
            let incidence = of(step);
            Point {
                time: step.time as u64,
                at_risk: step.at_risk,
                events: incidence.events,
                incidence: incidence.incidence,
                variance: incidence.variance,
                interval: incidence.interval,
            }
        };
        steps.iter().map(point).collect()
    };
    Risks {
        seeds: seen.len(),
        censored: seen.iter().filter(|seen| seen.cause.is_none()).count(),
        separated: curve(|step| step.separated),
        degraded: curve(|step| step.degraded),
    }
}

fn observation(weight_count: usize, rows: &[Row]) -> Option<Observation> {
    let cause = |row: &Row| match row.verdict {
        Verdict::Separated => Some(Cause::Separated),
        Verdict::Degraded => Some(Cause::Degraded),
        Verdict::Interconnected => None,
    };
    let first = rows.iter().find(|row| cause(row).is_some());
    let row = first.or(rows.last())?;
    Some(Observation {
        time: (weight_count - row.active_weights) as f64,
        cause: cause(row),
    })
}

impl Risks {
    /// What came first, by the last level.
    pub(super) fn sentence(&self, lost: &str) -> Option<String> {
        let (separated, degraded) = (self.separated.last()?, self.degraded.last()?);
        let share = |point: &Point| {
            let interval = point.interval.map(|[low, high]| {
                format!(
                    " (95\u{a0}% interval {:.0} to {:.0}\u{a0}%)",
                    100.0 * low,
                    100.0 * high
                )
            });
            format!(
                "{:.0}\u{a0}%{}",
                100.0 * point.incidence,
                interval.unwrap_or_default()
            )
        };
        Some(format!(
            "As competing risks: {} of seeds separate before an {lost} is lost, {} lose one first",
            share(separated),
            share(degraded)
        ))
    }
}

#[cfg(test)]
mod tests {
    use tombola::Verdict::{Degraded, Interconnected, Separated};

    use super::risks;
    use crate::report::testing::{Level, replicate};

    const JOINED: Level = Level::of(Interconnected, [1.0; 2]);
    const GOOD: Level = Level::of(Separated, [1.0; 2]);
    const LOST: Level = Level::of(Degraded, [1.0; 2]);

    #[test]
    fn the_first_level_that_is_separated_or_degraded_counts() {
        let seeds = [
            [JOINED, GOOD, LOST],
            [JOINED, LOST, GOOD],
            [JOINED, JOINED, GOOD],
            [JOINED, JOINED, JOINED],
        ];
        let seeds: Vec<_> = (0..)
            .zip(&seeds)
            .map(|(seed, levels)| replicate(seed, &[("imp", levels)]))
            .collect();
        let found = risks(40, &seeds);
        assert_eq!((found.seeds, found.censored), (4, 1));
        let points: Vec<_> = found
            .separated
            .iter()
            .map(|at| (at.time, at.at_risk, at.events, at.incidence))
            .collect();
        assert_eq!(points, [(25, 4, 1, 0.25), (33, 2, 1, 0.5)]);
        assert_eq!(found.degraded.last().unwrap().incidence, 0.25);
        let sentence = found.sentence("input or output").unwrap();
        assert!(
            sentence.contains("50\u{a0}% (95\u{a0}% interval 6 to 84\u{a0}%) of seeds separate"),
            "{sentence}"
        );
    }
}
