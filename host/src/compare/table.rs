//! The rows of a run, sorted so that arms can be counted and compared.

use std::collections::{BTreeMap, BTreeSet};

use itertools::Itertools;
use tombola::Verdict;

use super::difference::{Difference, Holds, adjust};
use super::{ArmFindings, Run, RunFindings};
use crate::bad_input;
use crate::report::Share;
use crate::results::Recorded;

/// The arm with which the others are compared.
const MAIN: &str = "imp";

/// The rows of a run, by arm, level and seed.
pub(super) struct Table<'a> {
    pub(super) run: &'a Run<'a>,
    /// In the order of their rows.
    pub(super) arms: Vec<&'a str>,
    pub(super) seeds: BTreeSet<u64>,
    /// By arm and level.
    levels: BTreeMap<(&'a str, u32), Vec<&'a Recorded>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(run: &'a Run<'a>) -> Self {
        let mut levels = BTreeMap::<_, Vec<_>>::new();
        for row in run.rows {
            levels.entry((&*row.arm, row.level)).or_default().push(row);
        }
        Self {
            run,
            arms: run.rows.iter().map(|row| &*row.arm).unique().collect(),
            seeds: run.rows.iter().map(|row| row.seed).collect(),
            levels,
        }
    }

    /// The levels of `imp`, and its rows there.
    fn of_imp(&self) -> impl Iterator<Item = (u32, &[&'a Recorded])> {
        self.levels
            .range((MAIN, 0)..=(MAIN, u32::MAX))
            .map(|((_, level), rows)| (*level, &**rows))
    }

    /// Whether something holds for the seeds that have a row at a level of an arm.
    fn holds(&self, arm: &str, level: u32, holds: impl Fn(&Recorded) -> bool) -> Holds {
        let rows = self.levels.get(&(arm, level)).into_iter().flatten();
        rows.map(|row| (row.seed, holds(row))).collect()
    }

    fn is_solved(&self, accuracy: &[f64]) -> bool {
        accuracy.iter().all(|&accuracy| self.run.solved <= accuracy)
    }

    /// Whether seeds are separated and solved on the test part.
    pub(super) fn both(&self, arm: &str, level: u32) -> Holds {
        self.holds(arm, level, |row| {
            is_separated(row) && self.is_solved(&row.accuracy)
        })
    }

    /// The level that validation singles out: how many of its seeds are separated and solved on the validation part, the
    /// level, the weights left there, and its seeds.
    pub(super) fn singled_out(&self) -> anyhow::Result<(usize, u32, usize, usize)> {
        let refused = |what: &str| bad_input!("{}: {what}; {}", self.run.place, self.run.remedy);
        let mut best = None;
        for (level, rows) in self.of_imp() {
            let mut count = 0;
            for row in rows {
                let accuracy = row.validation_accuracy.as_ref().ok_or_else(|| {
                    refused("the accuracy on the validation part, which singles out a level, is not known of every row")
                })?;
                count += usize::from(is_separated(row) && self.is_solved(accuracy));
            }
            best = best.max(Some((count, level, rows[0].weights_left, rows.len())));
        }
        best.ok_or_else(|| refused("there are no rows of imp, with which arms are compared"))
    }

    pub(super) fn findings(&self) -> anyhow::Result<RunFindings> {
        let (validated, level, weights_left, of) = self.singled_out()?;
        let share = |holds: &Holds| {
            let count = holds.values().filter(|holds| **holds).count();
            Share::new(count, holds.len())
        };
        let imp = self.both(MAIN, level);
        let arm = |&arm: &&str| {
            let both = self.both(arm, level);
            ArmFindings {
                arm: arm.to_owned(),
                independent: share(&self.holds(arm, level, |row| row.independent)),
                solved: share(&self.holds(arm, level, |row| self.is_solved(&row.accuracy))),
                both: share(&both),
                against_imp: (arm != MAIN).then(|| Difference::paired(&both, &imp)),
                against_first: None,
            }
        };
        let mut arms: Vec<_> = self.arms.iter().map(arm).collect();
        adjust(arms.iter_mut().filter_map(|arm| arm.against_imp.as_mut()));
        Ok(RunFindings {
            run: self.run.place.to_owned(),
            name: self.run.name.to_owned(),
            digest: self.run.digest.to_owned(),
            solved_from: self.run.solved,
            seeds: self.seeds.len(),
            level,
            validated: Share::new(validated, of),
            weights_left,
            compared_at: None,
            pairs: None,
            arms,
        })
    }

    /// By weights left: the level of `imp`, of those that are pruned.
    pub(super) fn sizes(&self) -> BTreeMap<usize, u32> {
        let pruned = self.of_imp().filter(|&(level, _)| 0 < level);
        pruned
            .map(|(level, rows)| (rows[0].weights_left, level))
            .collect()
    }
}

fn is_separated(row: &Recorded) -> bool {
    row.verdict == Verdict::Separated
}
