//! Estimates how much variance data, initial weights and order of samples make, in a design in which each of them meets
//! each of the others once.

use std::collections::BTreeSet;

use itertools::Itertools;
use serde_json::{Value, json};
use tombola::random::{Purpose, stream};

use super::findings::at;
use crate::results::{Replicate, Row};
use crate::statistics::{Shares, bootstrap_shares, variance_shares};
use crate::text::counted;

/// Designs that are drawn for an interval.
const REPEATS: usize = 2000;

/// Shares of variance of one thing that holds of a seed or does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// The estimates.
    pub shares: Shares,
    /// Lower and upper ends of their 95 % intervals.
    pub interval: [Shares; 2],
}

/// Shares of variance at one level, of data, initial weights and order, in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variance {
    /// How many of each there are.
    pub levels: [usize; 3],
    /// Of whether a ticket is independent; none where all are or none is.
    pub independent: Option<Parts>,
    /// Of whether every task is solved on the test part.
    pub solved: Option<Parts>,
}

/// Shares of variance of `imp` at a level; `cell` has the seeds of a replicate's data, initial weights and order. None
/// where the design is not crossed, or a replicate does not have that level.
pub(super) fn variance(
    replicates: &[Replicate],
    cell: impl Fn(u64) -> [u64; 3],
    level: u32,
    is_solved: impl Fn(&Row) -> bool,
) -> Option<Variance> {
    let factors = [0, 1, 2].map(|factor| {
        let values: BTreeSet<u64> = replicates.iter().map(|seed| cell(seed.seed)[factor]).collect();
        values.into_iter().collect_vec()
    });
    let levels = factors.each_ref().map(Vec::len);
    if levels.iter().any(|&count| count < 2) || levels.iter().product::<usize>() != replicates.len() {
        return None;
    }
    let mut rows = vec![None; replicates.len()];
    for seed in replicates {
        let cell = cell(seed.seed);
        let index = (0..3).try_fold(0, |index, factor| {
            let position = factors[factor].binary_search(&cell[factor]).ok()?;
            Some(index * levels[factor] + position)
        })?;
        rows[index] = at(&seed.imp().rows, level);
    }
    // One that is missing leaves a cell empty, and so does one that comes twice.
    let rows: Vec<&Row> = rows.into_iter().collect::<Option<_>>()?;
    let parts = |holds: &dyn Fn(&Row) -> bool| {
        let values = rows
            .iter()
            .map(|row| f64::from(u8::from(holds(row))))
            .collect_vec();
        Some(Parts {
            shares: variance_shares(&values, levels)?,
            interval: bootstrap_shares(&values, levels, REPEATS, &mut stream(0, Purpose::Resampling))?,
        })
    };
    Some(Variance {
        levels,
        independent: parts(&|row| row.independent),
        solved: parts(&is_solved),
    })
}

impl Variance {
    /// As `summary.json` has it.
    pub(super) fn json(&self) -> Value {
        let [data, weights, order] = self.levels;
        let shares = |shares: &Shares| {
            let ([data, weights, order], [data_weights, data_order, weights_order]) =
                (shares.factors, shares.pairs);
            json!({
                "data": data,
                "weights": weights,
                "order": order,
                "data_weights": data_weights,
                "data_order": data_order,
                "weights_order": weights_order,
                "residual": shares.residual,
            })
        };
        let parts = |parts: &Parts| {
            let [low, high] = parts.interval.each_ref().map(shares);
            json!({ "shares": shares(&parts.shares), "low": low, "high": high })
        };
        json!({
            "levels": { "data": data, "weights": weights, "order": order },
            "independent": self.independent.as_ref().map(parts),
            "solved": self.solved.as_ref().map(parts),
        })
    }

    /// What data, weights and order make by themselves.
    pub(super) fn sentence(&self, weights: usize) -> Option<String> {
        let part = |of: &str, parts: &Parts| {
            let [low, high] = parts.interval;
            let shares = ["data", "initial weights", "order of samples"]
                .into_iter()
                .enumerate();
            let shares = shares.map(|(index, name)| {
                let [share, low, high] =
                    [parts.shares, low, high].map(|shares| 100.0 * shares.factors[index]);
                format!("{name} {share:.0}\u{a0}% ({low:.0} to {high:.0})")
            });
            format!("of {of}: {}", shares.format(", "))
        };
        let parts = [
            self.independent
                .as_ref()
                .map(|parts| part("whether a ticket is independent", parts)),
            self.solved
                .as_ref()
                .map(|parts| part("whether it is solved", parts)),
        ];
        let parts = parts.iter().flatten().join("; ");
        (!parts.is_empty()).then(|| {
            format!(
                "Shares of variance at {}, with 95\u{a0}% intervals, the rest being interactions and chance, {parts}",
                counted(weights, "weight")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use tombola::Verdict::{Interconnected, Separated};

    use super::variance;
    use crate::report::testing::{Level, replicate};
    use crate::results::Replicate;

    /// Eight replicates, whose initial weights decide.
    fn replicates() -> Vec<Replicate> {
        let seeds = 0..8;
        let level = |seed: u64| {
            let verdict = if (seed / 2).is_multiple_of(2) {
                Separated
            } else {
                Interconnected
            };
            [Level::of(verdict, [1.0; 2])]
        };
        seeds
            .map(|seed| replicate(seed, &[("imp", &level(seed))]))
            .collect()
    }

    #[test]
    fn what_the_initial_weights_decide_is_their_share() {
        let cell = |seed: u64| [seed / 4, seed / 2 % 2, seed % 2];
        let found = variance(&replicates(), cell, 0, |_| true).unwrap();
        assert_eq!(found.levels, [2, 2, 2]);
        assert_eq!(found.solved, None);
        let parts = found.independent.unwrap();
        assert_eq!(parts.shares.factors, [0.0, 1.0, 0.0]);
        assert_eq!(found.json()["independent"]["shares"]["weights"], 1.0);
        let said = found.sentence(20).unwrap();
        assert!(said.contains("initial weights 100\u{a0}% (100 to 100)"), "{said}");
    }

    #[test]
    fn a_design_that_is_not_crossed_has_no_shares() {
        let replicates = replicates();
        let none = |cell: fn(u64) -> [u64; 3]| variance(&replicates, cell, 0, |_| true).is_none();
        assert!(none(|seed| [seed; 3]));
        assert!(none(|seed| [seed / 4, 0, seed % 4]));
        // As many replicates as cells, but some of them in one.
        assert!(none(|seed| [seed / 4, seed / 2 % 2, u64::from(seed == 7)]));
        assert_eq!(
            variance(
                &replicates,
                |seed| [seed / 4, seed / 2 % 2, seed % 2],
                1,
                |_| true
            ),
            None
        );
    }
}
