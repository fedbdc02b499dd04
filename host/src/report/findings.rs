//! Counts what the seeds of `imp` came to, at each level and over all: shares with intervals, quantiles, the sparsest
//! tickets.
//!
//! Levels and tickets are singled out by the validation part; what is said of them comes from the test part.

use std::collections::BTreeSet;

use serde::Serialize;

use super::criterion::{Criterion, singled_out};
use crate::data::Majority;
use crate::results::{End, Replicate, Row};
use crate::statistics::{quantile, wilson};
use crate::ticket::TaskPorts;

/// A share of seeds, with its 95 % Wilson interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Seeds for which it holds.
    pub count: usize,
    /// Seeds that were asked.
    pub of: usize,
    /// `count / of`; 0 where none were asked.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// `count` of `of`.
    pub fn new(count: usize, of: usize) -> Self {
        let [low, high] = wilson(count, of);
        Self {
            count,
            of,
            share: if of == 0 { 0.0 } else { count as f64 / of as f64 },
            low,
            high,
        }
    }

    pub(super) fn among<T>(rows: &[&T], holds: impl Fn(&T) -> bool) -> Self {
        Self::new(rows.iter().filter(|&&row| holds(row)).count(), rows.len())
    }
}

/// Test accuracy of one task over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// The task.
    pub task: String,
    /// Half of the seeds are at least as good.
    pub median: f64,
    /// Nine of ten seeds are at least as good.
    pub quantile_10: f64,
    /// The accuracy of always answering the most frequent class, in half of the seeds at most; none where it is not known.
    pub majority: Option<f64>,
}

/// How frequent the most frequent class of a task is, in 0..=1: the accuracy of always answering it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MajorityFindings {
    /// The task.
    pub task: String,
    /// In the validation part.
    pub validation: Frequency,
    /// In the test part.
    pub test: Frequency,
}

/// A share of samples over the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Frequency {
    /// In half of the seeds at most this.
    pub median: f64,
    /// In nine of ten seeds at most this.
    pub quantile_90: f64,
}

/// What the seeds came to at one level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelFindings {
    /// From 0, the dense network.
    pub level: u32,
    /// Weights that survive; where seeds differ, as in arm `alone`, the median, rounded down.
    pub weights_left: usize,
    /// Median over the seeds of the weights on a path from an input to an output.
    pub active_weights: f64,
    /// No subnetwork touches two tasks.
    pub independent: Share,
    /// Independent, and no input or output is lost.
    pub separated: Share,
    /// Every task solved on the test part.
    pub solved: Share,
    /// Separated and solved on the test part.
    pub both: Share,
    /// Separated and solved on the validation part.
    pub both_validation: Share,
    /// By task.
    pub accuracy: Vec<Accuracy>,
    /// Paths exist exactly where the truth has them; of tasks by themselves, separated.
    pub reveals: Share,
    /// The same, and solved on the test part.
    pub reveals_and_solved: Share,
    /// The same, and solved on the validation part: what singles out a level.
    pub reveals_and_solved_validation: Share,
}

/// A ticket worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Best {
    /// Its seed.
    pub seed: u64,
    /// Its level.
    pub level: u32,
    /// Weights that survive in it.
    pub weights_left: usize,
    /// Those on a path from an input to an output.
    pub active_weights: usize,
}

/// Weights left at the first level that is separated, or reveals the truth, among the seeds that have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct First {
    /// The most.
    pub earliest: usize,
    /// The most that half of these seeds have come down to.
    pub median: usize,
    /// The fewest.
    pub latest: usize,
}

/// What a whole run comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// When a task is solved.
    pub solves: Criterion,
    /// Level by level; seeds that did not get there are not counted.
    pub levels: Vec<LevelFindings>,
    /// How frequent the most frequent class of each task is, over the seeds that have a level.
    pub majority: Vec<MajorityFindings>,
    /// Whether tasks depend on each other or share inputs, so that a ticket may reveal the truth and not be separated.
    pub is_dialed: bool,
    /// Seeds with a separated ticket at some level.
    pub ever_separated: Share,
    /// Seeds whose sparsest ticket of those that are separated and solve every task on the validation part does so on
    /// the test part, too.
    pub ever_both: Share,
    /// When seeds first have a separated ticket, if any has.
    pub first_separated: Option<First>,
    /// Seeds with a ticket at some level that reveals the truth; of tasks by themselves, a separated one.
    pub ever_reveals: Share,
    /// Seeds whose sparsest ticket of those that reveal it and solve every task on the validation part does so on the test
    /// part, too.
    pub ever_reveals_and_solved: Share,
    /// When seeds first have a ticket that reveals it, if any has.
    pub first_revealing: Option<First>,
    /// Tasks that no ticket that reveals it solves on the validation part.
    pub never_solved: Vec<String>,
    /// Seeds that do not have all levels: their loss was not finite.
    pub unfinished: usize,
    /// The sparsest ticket that reveals the truth (of tasks by themselves: is separated) and solves every task on the validation
    /// part; of equals, that of the lowest seed.
    pub sparsest: Option<Best>,
    /// The sparsest ticket that reveals it, whatever it solves.
    pub sparsest_revealing: Option<Best>,
}

impl Findings {
    /// Gathers the rows of all seeds.
    pub fn new(tasks: &[TaskPorts], replicates: &[Replicate], solves: Criterion) -> Self {
        let imp: Vec<&[Row]> = replicates.iter().map(|seed| &*seed.imp().rows).collect();
        let sparsest = |holds: &dyn Fn(&Row) -> bool| {
            let found = imp.iter().copied().flatten().filter(|row| holds(row));
            found.min_by_key(|row| (row.weights_left, row.seed)).map(best)
        };
        let share = |holds: &dyn Fn(&[Row]) -> bool| {
            let count = imp.iter().filter(|rows| holds(rows)).count();
            Share::new(count, replicates.len())
        };
        let sparsest_holds = |chosen: fn(Criterion, &Row) -> bool, holds: fn(Criterion, &Row) -> bool| {
            share(&|rows| {
                let row = rows.iter().rev().find(|&row| chosen(solves, row));
                row.is_some_and(|row| holds(solves, row))
            })
        };
        Self {
            solves,
            majority: majority(tasks, &imp),
            levels: levels(tasks, &imp, solves),
            is_dialed: imp.iter().copied().flatten().any(|row| row.revealed.is_some()),
            ever_separated: share(&|rows| rows.iter().any(Row::is_separated)),
            ever_both: sparsest_holds(Criterion::both_validation, Criterion::both),
            first_separated: first(replicates, Row::is_separated),
            ever_reveals: share(&|rows| rows.iter().any(Row::reveals)),
            ever_reveals_and_solved: sparsest_holds(Criterion::revealed_validation, Criterion::revealed),
            first_revealing: first(replicates, Row::reveals),
            never_solved: never_solved(tasks, replicates, solves),
            unfinished: replicates
                .iter()
                .filter(|seed| seed.imp().end != End::Finished)
                .count(),
            sparsest: sparsest(&|row| solves.revealed_validation(row)),
            sparsest_revealing: sparsest(&Row::reveals),
        }
    }

    /// Whether some level counts fewer seeds than another.
    pub fn is_uneven(&self) -> bool {
        0 < self.unfinished
    }

    /// The level that validation singles out. Where no seed ever reveals the truth (of tasks by themselves: is separated) and is
    /// solved, that is the last.
    pub fn singled_out(&self) -> Option<&LevelFindings> {
        singled_out(&self.levels, |level| {
            (level.reveals_and_solved_validation.count, level.level)
        })
    }

    /// The level that is singled out, if a seed reveals the truth and is solved there.
    pub fn best_level(&self) -> Option<&LevelFindings> {
        self.singled_out()
            .filter(|level| 0 < level.reveals_and_solved_validation.count)
    }
}

/// What these seeds came to, level by level.
pub(super) fn levels(tasks: &[TaskPorts], seeds: &[&[Row]], solves: Criterion) -> Vec<LevelFindings> {
    let levels: BTreeSet<u32> = seeds.iter().copied().flatten().map(|row| row.level).collect();
    let at_level = |level| {
        let rows = seeds.iter().filter_map(|rows| at(rows, level));
        level_findings(tasks, &rows.collect::<Vec<_>>(), solves)
    };
    levels.into_iter().map(at_level).collect()
}

/// A seed's row at a level, of its rows in order.
pub(super) fn at(rows: &[Row], level: u32) -> Option<&Row> {
    let index = rows.binary_search_by_key(&level, |row| row.level);
    index.ok().map(|index| &rows[index])
}

fn level_findings(tasks: &[TaskPorts], rows: &[&Row], solves: Criterion) -> LevelFindings {
    let over_seeds = |value: &dyn Fn(&Row) -> f64| rows.iter().map(|row| value(row)).collect::<Vec<_>>();
    let accuracy = tasks.iter().enumerate().map(|(index, task)| {
        let values = over_seeds(&|row| row.result.accuracy[index]);
        Accuracy {
            task: task.name.clone(),
            median: quantile(&values, 0.5),
            quantile_10: quantile(&values, 0.1),
            majority: frequency(rows, |majority| majority.test[index]).map(|share| share.median),
        }
    });
    LevelFindings {
        level: rows[0].level,
        weights_left: quantile(&over_seeds(&|row| row.weights_left as f64), 0.5) as usize,
        active_weights: quantile(&over_seeds(&|row| row.active_weights as f64), 0.5),
        independent: Share::among(rows, |row| row.independent),
        separated: Share::among(rows, Row::is_separated),
        solved: Share::among(rows, |row| solves.solved(row)),
        both: Share::among(rows, |row| solves.both(row)),
        both_validation: Share::among(rows, |row| solves.both_validation(row)),
        accuracy: accuracy.collect(),
        reveals: Share::among(rows, Row::reveals),
        reveals_and_solved: Share::among(rows, |row| solves.revealed(row)),
        reveals_and_solved_validation: Share::among(rows, |row| solves.revealed_validation(row)),
    }
}

/// A share over the rows of seeds; none where a row does not have it, or there is no row.
fn frequency(rows: &[&Row], share: impl Fn(&Majority) -> f64) -> Option<Frequency> {
    let shares = rows.iter().map(|row| row.majority.as_ref().map(&share));
    let shares: Vec<f64> = shares.collect::<Option<_>>()?;
    (!shares.is_empty()).then(|| Frequency {
        median: quantile(&shares, 0.5),
        quantile_90: quantile(&shares, 0.9),
    })
}

/// By task, of these seeds, whose levels have the same samples; none where it is not known.
fn majority(tasks: &[TaskPorts], seeds: &[&[Row]]) -> Vec<MajorityFindings> {
    let rows: Vec<&Row> = seeds.iter().filter_map(|rows| rows.first()).collect();
    let of_task = |(index, task): (usize, &TaskPorts)| {
        Some(MajorityFindings {
            task: task.name.clone(),
            validation: frequency(&rows, |majority| majority.validation[index])?,
            test: frequency(&rows, |majority| majority.test[index])?,
        })
    };
    tasks.iter().enumerate().filter_map(of_task).collect()
}

fn best(row: &Row) -> Best {
    Best {
        seed: row.seed,
        level: row.level,
        weights_left: row.weights_left,
        active_weights: row.active_weights,
    }
}

fn first(replicates: &[Replicate], holds: fn(&Row) -> bool) -> Option<First> {
    let first = |replicate: &Replicate| {
        let row = replicate.imp().rows.iter().find(|row| holds(row));
        row.map(|row| row.weights_left)
    };
    let mut weights: Vec<usize> = replicates.iter().filter_map(first).collect();
    weights.sort_unstable_by(|one, other| other.cmp(one));
    Some(First {
        earliest: *weights.first()?,
        median: weights[weights.len().div_ceil(2) - 1],
        latest: *weights.last()?,
    })
}

/// The tasks that no ticket that reveals the truth solves on the validation part.
fn never_solved(tasks: &[TaskPorts], replicates: &[Replicate], solves: Criterion) -> Vec<String> {
    let rows = || replicates.iter().flat_map(|replicate| &replicate.imp().rows);
    let solved = |row: &Row, task: usize| row.reveals() && solves.task_validation(row, task);
    let tasks = tasks.iter().enumerate();
    let never = tasks.filter(|&(index, _)| !rows().any(|row| solved(row, index)));
    never.map(|(_, task)| task.name.clone()).collect()
}
