//! Says when a level is finished: the one measure for what a run computes, a merge lacks, and `status` tells.

use crate::arm::Arm;
use crate::experiment::{Experiment, Keep};
use crate::measure::Extent;
use crate::setup::Setup;

/// What is asked of each level of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How much is to be measured.
    pub(super) extent: Extent,
    /// Whether its ticket is to be on disk.
    pub(super) has_ticket: bool,
}

impl Asked {
    /// What an experiment asks of an arm.
    pub fn of(experiment: &Experiment, arm: &Arm) -> Self {
        Self {
            extent: experiment.measure,
            has_ticket: match experiment.keep {
                Keep::Named => false,
                Keep::Imp => arm.is_imp(),
                Keep::All => true,
            },
        }
    }

    /// Whether a level is finished of which so much is on record, and whose ticket is on disk or not.
    pub(super) fn is_met(self, extent: Extent, has_ticket: bool) -> bool {
        self.extent <= extent && (has_ticket || !self.has_ticket)
    }

    /// Whether what meets the other meets this, too.
    pub fn is_met_by(self, other: Self) -> bool {
        self.is_met(other.extent, other.has_ticket)
    }
}

impl Setup {
    /// What this run asks of the levels of an arm.
    pub(crate) fn asked(&self, arm: &Arm) -> Asked {
        Asked::of(&self.experiment, arm)
    }

    /// Whether the tickets of an arm stay on disk.
    pub(super) fn keeps(&self, arm: &Arm) -> bool {
        self.asked(arm).has_ticket
    }
}
