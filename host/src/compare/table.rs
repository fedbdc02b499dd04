//! Sorts the rows of a run by arm and level, counts them, and compares its arms.

use std::collections::{BTreeMap, BTreeSet};

use itertools::Itertools;

use super::{ArmFindings, Run, RunFindings};
use crate::arm::IMP_NAME;
use crate::bad_input;
use crate::report::{ArmShares, Criterion, Difference, Holds, Share, TicketRow, correct, singled_out};
use crate::results::Recorded;

/// The level that validation singles out.
pub(super) struct SingledOut {
    pub(super) level: u32,
    pub(super) weights_left: usize,
    /// Of its seeds, those that reveal the truth (of tasks by themselves: are separated) and are solved on the validation part.
    pub(super) validated: Share,
}

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
            .range((IMP_NAME, 0)..=(IMP_NAME, u32::MAX))
            .map(|((_, level), rows)| (*level, &**rows))
    }

    /// The rows of an arm at a level.
    fn at(&self, arm: &'a str, level: u32) -> &[&'a Recorded] {
        self.levels.get(&(arm, level)).map_or(&[], |rows| rows)
    }

    /// One for all rows.
    fn criterion(&self) -> Criterion {
        let is_known = self.run.rows.iter().all(|row| row.majority().is_some());
        let solves = self.run.solves;
        Criterion {
            samples: solves.samples.filter(|_| is_known),
            ..solves
        }
    }

    /// Whether seeds reveal the truth (of tasks by themselves: are separated) and are solved on the test part.
    pub(super) fn both(&self, arm: &'a str, level: u32) -> Holds {
        self.criterion().holds(self.at(arm, level))
    }

    /// The level that validation singles out for `imp`; none if no seed of it has any, which is known of each.
    pub(super) fn singled_out(&self) -> anyhow::Result<Option<SingledOut>> {
        let refused = |what: &str| bad_input!("{}: {what}; {}", self.run.place, self.run.remedy);
        let of_level = |(level, rows): (u32, &[&Recorded])| {
            if rows.iter().any(|row| row.validation_accuracy.is_none()) {
                return Err(refused(
                    "the accuracy on the validation part, which singles out a level, is not known of every row",
                ));
            }
            let solves = self.criterion();
            let count = rows
                .iter()
                .filter(|&&row| solves.revealed_validation(row))
                .count();
            Ok(SingledOut {
                level,
                weights_left: rows[0].weights_left,
                validated: Share::new(count, rows.len()),
            })
        };
        let levels = self.of_imp().map(of_level).collect::<anyhow::Result<Vec<_>>>()?;
        let found = singled_out(levels, |found| (found.validated.count, found.level));
        if found.is_none() && self.run.not_finite.is_empty() {
            return Err(refused("there are no rows of imp, with which arms are compared"));
        }
        Ok(found)
    }

    pub(super) fn findings(&self) -> anyhow::Result<RunFindings> {
        let found = self.singled_out()?;
        let level = found.as_ref().map(|found| found.level);
        let at = |arm| level.map_or(&[][..], |level| self.at(arm, level));
        let holds = |arm| self.criterion().holds(at(arm));
        let imp = holds(IMP_NAME);
        let arm = |&arm: &&'a str| ArmFindings {
            arm: arm.to_owned(),
            shares: ArmShares::of(at(arm), self.criterion()),
            against_imp: (arm != IMP_NAME).then(|| Difference::paired(&holds(arm), &imp)),
            against_first: None,
        };
        let own = (!self.arms.contains(&IMP_NAME)).then_some(IMP_NAME);
        let mut arms: Vec<_> = own.iter().chain(&self.arms).map(arm).collect();
        correct(arms.iter_mut().filter_map(|arm| arm.against_imp.as_mut()));
        Ok(RunFindings {
            run: self.run.place.to_owned(),
            name: self.run.name.to_owned(),
            digest: self.run.digest.to_owned(),
            solved_from: self.run.solves.solved_from,
            seeds: self.seeds.len(),
            level,
            validated: found.as_ref().map(|found| found.validated),
            weights_left: found.map(|found| found.weights_left),
            compared_at: None,
            pairs: None,
            arms,
            stops_on_test: self.run.solves.stops_on_test,
            majority_known: self.criterion().samples.is_some(),
            cell: self.run.cell.map(str::to_owned),
            is_dialed: self.run.is_dialed,
            first_at: None,
            not_finite: self.run.not_finite.to_vec(),
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
