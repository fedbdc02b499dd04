//! Gathers what is found of a run beside the counts of `imp`: comparisons of arms, competing risks, equivalence with the
//! dense network, shares of variance and overlaps of masks.

use super::answer::losable;
use super::arms::{ArmFindings, arms, controls};
use super::crossed::{Variance, variance};
use super::dense::{TaskEquivalence, beside_dense, sentence};
use super::findings::Findings;
use super::overlaps::{Overlaps, overlaps};
use super::risks::{Risks, risks};
use super::truth::{TaskTruth, in_words, truths};
use crate::results::Replicate;
use crate::setup::Setup;
use crate::ticket::TaskPorts;

/// All of it, at the level that validation singles out for `imp`, but for the risks, which are over all levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Every arm, `imp` first.
    pub arms: Vec<ArmFindings>,
    /// What comes first, separation or a loss.
    pub risks: Risks,
    /// Tickets beside dense networks, by task.
    pub equivalence: Vec<TaskEquivalence>,
    /// Where variance comes from, if the design is crossed.
    pub variance: Option<Variance>,
    /// Which inputs the outputs of each task depend on, where not on its own alone.
    pub truth: Option<Vec<TaskTruth>>,
    /// How much masks overlap; none where no level is finished.
    pub overlaps: Option<Overlaps>,
}

impl Evidence {
    /// Gathers the rows of all seeds and arms.
    pub fn new(setup: &Setup, replicates: &[Replicate], findings: &Findings) -> Self {
        let level = findings.singled_out().map(|level| level.level);
        let solves = findings.solves;
        let cell = |seed| {
            [
                setup.data_seed(seed),
                setup.network_seed(seed),
                setup.training_seed(seed),
            ]
        };
        Self {
            arms: arms(setup.ports(), setup.arms(), replicates, findings),
            risks: risks(setup.net().weight_count(), replicates),
            equivalence: level.map_or_else(Vec::new, |level| beside_dense(setup.ports(), replicates, level)),
            variance: level.and_then(|level| variance(replicates, cell, level, |row| solves.solved(row))),
            truth: setup.truth().map(|truth| truths(setup.ports(), truth)),
            overlaps: level.map(|level| overlaps(setup.net(), setup.arms(), replicates, level)),
        }
    }

    /// What the other arms say, in sentences.
    pub(super) fn controls(&self, findings: &Findings) -> Vec<String> {
        controls(&self.arms, findings)
    }

    /// What the tests say of `imp`, in sentences.
    pub(super) fn of_imp(&self, findings: &Findings, tasks: &[TaskPorts]) -> Vec<String> {
        let best = findings.best_level();
        let equivalence = best.and_then(|best| sentence(&self.equivalence, best.weights_left));
        // One task is never interconnected: nothing comes first.
        let risks = self
            .risks
            .sentence(losable(tasks))
            .filter(|_| 1 < tasks.len() && findings.first_separated.is_some());
        let level = findings.singled_out();
        let variance = level.and_then(|level| self.variance?.sentence(level.weights_left));
        let truth = self.truth.as_ref().map(|truths| in_words(truths));
        [truth, equivalence, risks, variance]
            .into_iter()
            .flatten()
            .collect()
    }
}
