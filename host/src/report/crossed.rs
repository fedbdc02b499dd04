//! Where variance comes from, in a design in which each data, each initial weights and each order meet each other once.

use std::collections::BTreeSet;

use itertools::Itertools;
use serde_json::{Value, json};
use tombola::random::{Purpose, stream};

use super::findings::at;
use crate::results::{Replicate, Row};
use crate::setup::Setup;
use crate::statistics::{Shares, bootstrap_shares, variance_shares};

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

/// Shares of variance of `imp` at a level. None where the design is not crossed, or a seed does not have that level.
pub(super) fn variance(
    setup: &Setup,
    replicates: &[Replicate],
    level: u32,
    is_solved: impl Fn(&Row) -> bool,
) -> Option<Variance> {
    let cell = |seed: u64| {
        [
            setup.data_seed(seed),
            setup.network_seed(seed),
            setup.training_seed(seed),
        ]
    };
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
                "Shares of variance at {weights} weights, with 95\u{a0}% intervals, the rest being interactions and chance, \
                 {parts}"
            )
        })
    }
}
