//! Sets arms and runs beside each other: shares of seeds at one level of each run, and tests of their differences.
//!
//! The level of a run is the one that validation singles out for its `imp`: that at which most seeds are separated and
//! solved on the validation part; of equals, the sparsest. What is then counted is counted on the test part, over the seeds
//! that have the level: where a loss was not finite, or no weight was left, there is none.

mod table;

use std::collections::BTreeSet;

use serde::Serialize;
use table::Table;

use crate::bad_input;
use crate::experiment::SeedRule;
use crate::report::{ArmShares, Criterion, Difference, NotFinite, Share, correct};
use crate::results::Recorded;
use crate::text::listed;

/// A run to be compared.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What messages call it.
    pub place: &'a str,
    /// What its sweep calls it, if it is a cell of one.
    pub cell: Option<&'a str>,
    /// The name of its experiment.
    pub name: &'a str,
    /// The digest of its experiment.
    pub digest: &'a str,
    /// The names of its tasks.
    pub tasks: &'a [&'a str],
    /// Whether its tasks depend on each other or share inputs.
    pub is_dialed: bool,
    /// When a task is solved.
    pub solves: Criterion,
    /// Which seed a replicate's data, initial weights and order come from.
    pub seeds: [SeedRule; 3],
    /// Its rows.
    pub rows: &'a [Recorded],
    /// Seeds whose `imp` did not stay finite, as far as they are known.
    pub not_finite: &'a [NotFinite],
    /// What is to be done where something is not known of its rows.
    pub remedy: &'a str,
}

/// Runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// In the order in which they were given.
    pub runs: Vec<RunFindings>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunFindings {
    /// The run, as it was named.
    pub run: String,
    /// The name of its experiment.
    pub name: String,
    /// The digest of its experiment.
    pub digest: String,
    /// The accuracy from which on a task is solved.
    pub solved_from: f64,
    /// Its seeds.
    pub seeds: usize,
    /// The level that validation singles out for `imp`; the last, where there no seed reveals the truth (of tasks by
    /// themselves: is separated) and is solved at any; `None` where `imp` has none.
    pub level: Option<u32>,
    /// The seeds of `imp` that reveal it and are solved there on the validation part.
    pub validated: Option<Share>,
    /// The weights left there.
    pub weights_left: Option<usize>,
    /// The weights left at the level at which it is compared with the first run; `None` of the first itself, and where there
    /// is nothing to compare.
    pub compared_at: Option<usize>,
    /// Its seeds that the first run has, too, with the same seeds of data, weights and order; `None` where it is not compared,
    /// 0 where no size is in both runs.
    pub pairs: Option<usize>,
    /// Its arms, in the order of their rows.
    pub arms: Vec<ArmFindings>,
    /// Whether its training stopped by the loss on the test part, so that accuracies there are too good.
    pub stops_on_test: bool,
    /// Whether its rows say how frequent the most frequent classes are; where they do not, a task is solved by its accuracy
    /// alone.
    pub majority_known: bool,
    /// What its sweep calls it, if it is a cell of one.
    pub cell: Option<String>,
    /// Whether its tasks depend on each other or share inputs.
    pub is_dialed: bool,
    /// The weights that the first run has left where it is compared with this one: as many as this, or else those at the
    /// level that is singled out for each.
    pub first_at: Option<usize>,
    /// Seeds whose `imp` did not stay finite.
    pub not_finite: Vec<NotFinite>,
}

/// What an arm came to at the run's level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmFindings {
    /// The arm.
    pub arm: String,
    /// What its seeds came to.
    #[serde(flatten)]
    pub shares: ArmShares,
    /// How `reveals_and_solved` differs from that of `imp`, for other arms.
    pub against_imp: Option<Difference>,
    /// How `reveals_and_solved` differs from that of the same arm in the first run, for other runs that have it.
    pub against_first: Option<Difference>,
}

/// Compares runs of the same tasks.
///
/// # Errors
/// Bad input if there are other tasks (but for cells of a sweep, which are not compared then), or validation accuracies are
/// not known.
pub fn compare(runs: &[Run<'_>]) -> anyhow::Result<Comparison> {
    let tables: Vec<Table<'_>> = runs.iter().map(Table::new).collect();
    let mut runs = tables
        .iter()
        .map(Table::findings)
        .collect::<anyhow::Result<Vec<_>>>()?;
    for (table, run) in tables.iter().zip(&mut runs).skip(1) {
        against_first(&tables[0], table, run)?;
    }
    let arms = runs.iter_mut().flat_map(|run| &mut run.arms);
    correct(arms.filter_map(|arm| arm.against_first.as_mut()));
    Ok(Comparison { runs })
}

/// Compares a run with the first, arm by arm, where `imp` has equally many weights left in both: as many as at the level
/// that is singled out in the first, or, of the numbers that both have, the nearest to it. Where no number is in both, as of
/// networks of other sizes, each is taken at the level that is singled out for it, and nothing is paired.
fn against_first(first: &Table<'_>, other: &Table<'_>, findings: &mut RunFindings) -> anyhow::Result<()> {
    let (tasks, of_first) = (other.run.tasks, first.run.tasks);
    if tasks != of_first && other.run.cell.is_some() {
        return Ok(());
    }
    if tasks != of_first {
        return Err(bad_input!(
            "{}: its tasks are {}, but those of {} are {}, so there is nothing to compare; name runs of the same tasks",
            other.run.place,
            listed(tasks, "and"),
            first.run.place,
            listed(of_first, "and"),
        ));
    }
    let (Some(singled_out), Some(own)) = (first.singled_out()?, other.singled_out()?) else {
        return Ok(());
    };
    let wanted = singled_out.weights_left;
    let (sizes, of_first) = (other.sizes(), first.sizes());
    let common = sizes
        .iter()
        .filter_map(|(size, level)| Some((*size, *level, *of_first.get(size)?)));
    let nearest = common.min_by_key(|&(size, ..)| (size.abs_diff(wanted), size));
    let (is_common, size, level, level_of_first) = match nearest {
        Some((size, level, of_first)) => (true, size, level, of_first),
        None => (false, own.weights_left, own.level, singled_out.level),
    };
    let same = |&&seed: &&u64| {
        let mut rules = first.run.seeds.iter().zip(&other.run.seeds);
        rules.all(|(one, other)| one.of(seed) == other.of(seed))
    };
    let pairs: BTreeSet<u64> = first
        .seeds
        .intersection(&other.seeds)
        .filter(|seed| is_common && same(seed))
        .copied()
        .collect();
    for arm in &mut findings.arms {
        // The name as it stands in the rows of the first, if it has this arm.
        let Some(name) = first.arms.iter().find(|name| **name == arm.arm) else {
            continue;
        };
        let (mut here, there) = (other.both(name, level), first.both(name, level_of_first));
        arm.against_first = Some(if pairs.is_empty() {
            Difference::unpaired(&here, &there)
        } else {
            here.retain(|seed, _| pairs.contains(seed));
            Difference::paired(&here, &there)
        });
    }
    findings.compared_at = Some(size);
    findings.first_at = Some(if is_common { size } else { wanted });
    findings.pairs = Some(pairs.len());
    Ok(())
}

#[cfg(test)]
mod tests;
