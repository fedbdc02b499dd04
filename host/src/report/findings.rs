//! What is found at each level, and over all levels: counts, shares with intervals, quantiles.

use serde::Serialize;

use crate::results::{End, Replicate, Row};
use crate::statistics::{quantile, wilson};
use crate::ticket::TaskPorts;

/// A task counts as solved from this test accuracy on.
pub const SOLVED: f64 = 0.97;

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
    fn new(count: usize, of: usize) -> Self {
        let [low, high] = wilson(count, of);
        Self {
            count,
            of,
            share: if of == 0 { 0.0 } else { count as f64 / of as f64 },
            low,
            high,
        }
    }

    fn among(rows: &[&Row], holds: impl Fn(&Row) -> bool) -> Self {
        Self::new(rows.iter().filter(|row| holds(row)).count(), rows.len())
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
}

/// What the seeds came to at one level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelFindings {
    /// From 0, the dense network.
    pub level: u32,
    /// Weights that survive.
    pub weights_left: usize,
    /// Median over the seeds of the weights on a path from an input to an output.
    pub active_weights: f64,
    /// No subnetwork touches two tasks.
    pub independent: Share,
    /// Independent, and no input or output is lost.
    pub separated: Share,
    /// Every task at or above [`SOLVED`].
    pub solved: Share,
    /// Separated and solved.
    pub both: Share,
    /// By task.
    pub accuracy: Vec<Accuracy>,
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

/// Weights left at the first separated level, among the seeds that have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FirstSeparated {
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
    /// Level by level; seeds that did not get there are not counted.
    pub levels: Vec<LevelFindings>,
    /// Seeds with a separated ticket at some level.
    pub ever_separated: Share,
    /// Seeds with a ticket at some level that is separated and solves every task. Optimistic: the level is chosen by
    /// the test part.
    pub ever_both: Share,
    /// When seeds first have a separated ticket, if any has.
    pub first_separated: Option<FirstSeparated>,
    /// Tasks that no separated ticket solves.
    pub never_solved: Vec<String>,
    /// Seeds that do not have all levels: their loss was not finite.
    pub unfinished: usize,
    /// The sparsest ticket that is separated and solves every task; of equals, that of the lowest seed.
    pub sparsest: Option<Best>,
    /// The sparsest separated ticket, whatever it solves.
    pub sparsest_separated: Option<Best>,
}

impl Findings {
    /// Gathers the rows of all seeds.
    pub fn new(tasks: &[TaskPorts], replicates: &[Replicate]) -> Self {
        let deepest = replicates
            .iter()
            .map(|seed| seed.imp().rows.len())
            .max()
            .unwrap_or(0);
        let at_level = |level| {
            let rows = replicates.iter().filter_map(|seed| seed.imp().rows.get(level));
            level_findings(tasks, &rows.collect::<Vec<_>>())
        };
        let ever = |holds: fn(&Row) -> bool| {
            let seeds = replicates.iter().filter(|seed| seed.imp().rows.iter().any(holds));
            Share::new(seeds.count(), replicates.len())
        };
        let rows = replicates.iter().flat_map(|replicate| &replicate.imp().rows);
        let sparsest = |holds: fn(&Row) -> bool| {
            let row = rows
                .clone()
                .filter(|row| holds(row))
                .min_by_key(|row| (row.weights_left, row.seed))?;
            Some(Best {
                seed: row.seed,
                level: row.level,
                weights_left: row.weights_left,
                active_weights: row.active_weights,
            })
        };
        Self {
            levels: (0..deepest).map(at_level).collect(),
            ever_separated: ever(Row::is_separated),
            ever_both: ever(is_both),
            first_separated: first_separated(replicates),
            never_solved: never_solved(tasks, replicates),
            unfinished: replicates
                .iter()
                .filter(|seed| seed.imp().end != End::Finished)
                .count(),
            sparsest: sparsest(is_both),
            sparsest_separated: sparsest(Row::is_separated),
        }
    }

    /// Whether some level counts fewer seeds than another.
    pub fn is_uneven(&self) -> bool {
        0 < self.unfinished
    }

    /// The level at which most seeds are separated and solved; of equals, the sparsest.
    pub fn best_level(&self) -> Option<&LevelFindings> {
        self.levels
            .iter()
            .filter(|level| 0 < level.both.count)
            .max_by_key(|level| (level.both.count, level.level))
    }
}

fn level_findings(tasks: &[TaskPorts], rows: &[&Row]) -> LevelFindings {
    let over_seeds = |value: &dyn Fn(&Row) -> f64| rows.iter().map(|row| value(row)).collect::<Vec<_>>();
    let accuracy = tasks.iter().enumerate().map(|(index, task)| {
        let values = over_seeds(&|row| row.result.accuracy[index]);
        Accuracy {
            task: task.name.clone(),
            median: quantile(&values, 0.5),
            quantile_10: quantile(&values, 0.1),
        }
    });
    LevelFindings {
        level: rows[0].level,
        weights_left: rows[0].weights_left,
        active_weights: quantile(&over_seeds(&|row| row.active_weights as f64), 0.5),
        independent: Share::among(rows, |row| row.independent),
        separated: Share::among(rows, Row::is_separated),
        solved: Share::among(rows, is_solved),
        both: Share::among(rows, is_both),
        accuracy: accuracy.collect(),
    }
}

fn is_solved(row: &Row) -> bool {
    row.result.accuracy.iter().all(|&accuracy| SOLVED <= accuracy)
}

fn is_both(row: &Row) -> bool {
    row.is_separated() && is_solved(row)
}

fn first_separated(replicates: &[Replicate]) -> Option<FirstSeparated> {
    let first = |replicate: &Replicate| {
        let row = replicate.imp().rows.iter().find(|row| row.is_separated());
        row.map(|row| row.weights_left)
    };
    let mut weights: Vec<usize> = replicates.iter().filter_map(first).collect();
    weights.sort_unstable_by(|one, other| other.cmp(one));
    Some(FirstSeparated {
        earliest: *weights.first()?,
        median: weights[weights.len().div_ceil(2) - 1],
        latest: *weights.last()?,
    })
}

/// The tasks that no separated ticket solves.
fn never_solved(tasks: &[TaskPorts], replicates: &[Replicate]) -> Vec<String> {
    let rows = || replicates.iter().flat_map(|replicate| &replicate.imp().rows);
    let solves = |row: &Row, task: usize| row.is_separated() && SOLVED <= row.result.accuracy[task];
    let tasks = tasks.iter().enumerate();
    let never = tasks.filter(|&(index, _)| !rows().any(|row| solves(row, index)));
    never.map(|(_, task)| task.name.clone()).collect()
}
