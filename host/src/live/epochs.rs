//! Trains a level again up to an epoch, so that a page can show how it learns.

use anyhow::Context;
use tombola::Rewind;

use super::lotteries::{Lotteries, Unfinished};
use crate::arm::{self, Arm, Common, Own, Resume, Trained};
use crate::bad_input;
use crate::data::Contents;
use crate::experiment::Arms;
use crate::measure::Extent;
use crate::results::Row;
use crate::setup::Setup;
use crate::ticket::Ticket;

/// The first epoch after which a level but the dense network can be shown; none where an arm trains no single network.
pub(super) fn first_epoch(setup: &Setup, arm: &Arm) -> Option<u32> {
    (arm.schedule().own != Own::Networks).then(|| 1 + rewound_to(arm, setup.rewind()))
}

fn rewound_to(arm: &Arm, rewind: Rewind) -> u32 {
    match arm.rewind(rewind) {
        Rewind::Epoch(epoch) => epoch,
        Rewind::Initial | Rewind::Never => 0,
    }
}

impl Lotteries {
    /// A level as it was after so many epochs of its training.
    ///
    /// # Errors
    /// If the arm does not get to the level, has no such epoch there, or trains no single network.
    pub(super) fn after(&mut self, setup: &Setup, wanted: Unfinished) -> anyhow::Result<&(Ticket, Row)> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != wanted) {
            let shown = self.train(setup, &wanted)?;
            self.last = Some((wanted, shown));
        }
        let (_, shown) = self.last.as_ref().context("what was trained just now")?;
        Ok(shown)
    }

    fn train(&mut self, setup: &Setup, wanted: &Unfinished) -> anyhow::Result<(Ticket, Row)> {
        let Unfinished {
            seed,
            ref arm,
            level,
            epoch,
        } = *wanted;
        if arm.schedule().own == Own::Networks {
            return Err(bad_input!(
                "networks side by side are not shown epoch by epoch; choose another arm"
            ));
        }
        self.level(setup, seed, arm, level)?;
        let of_seed = &self.of_seeds[&seed];
        let imp = Arm::imp();
        // Where an arm shares the dense network of imp, that one is trained.
        let digest = |arm: &Arm| Some(of_seed.arms.get(arm)?.rows.first()?.params_digest);
        let arm = if level == 0 && digest(arm) == digest(&imp) {
            &imp
        } else {
            arm
        };
        let shortened = shortened(setup, level, epoch)?;
        let first = rewound_to(arm, shortened.rewind());
        if epoch <= first {
            return Err(bad_input!(
                "this level starts as the dense network was after epoch {first}; its epochs are counted from there"
            ));
        }
        let before = (level.checked_sub(1)).map(|before| &of_seed.arms[arm].tickets[before as usize]);
        let mut shown = None;
        let drawn = of_seed.drawn.as_ref().context("data that was drawn")?;
        let mut keep = |trained: Trained<'_>| {
            if trained.level == level {
                let row = Row::new(seed, arm, &trained, setup, Extent::Basic);
                shown = Some((trained.ticket(setup, arm, seed), row));
            }
            Ok(())
        };
        let imp_levels = of_seed.taken.as_ref().and_then(|taken| taken.imp.as_ref());
        arm::run(
            &Common::new(&shortened, seed, drawn),
            arm,
            imp_levels.filter(|_| !arm.is_imp()),
            before.map(|ticket| Resume::of(level - 1, ticket)).as_ref(),
            level,
            &|| false,
            &mut keep,
        )?;
        shown.context("a level that could be trained before")
    }
}

/// The same experiment, whose levels are trained for so many epochs at most.
fn shortened(setup: &Setup, level: u32, epoch: u32) -> anyhow::Result<Setup> {
    let last = setup.training().epochs;
    if epoch == 0 || last < epoch {
        return Err(bad_input!(
            "there is no epoch {epoch}; they are counted from 1 to {last}"
        ));
    }
    let mut experiment = setup.experiment.clone();
    experiment.training.epochs = epoch;
    // Others may not fit so few epochs, and are not asked for here.
    experiment.arms = Arms::default();
    if level == 0 {
        // Nothing is rewound yet, and the epoch to rewind to may come later.
        experiment.pruning.rewind = Rewind::Never;
    }
    // What was opened reads no files.
    Setup::new(experiment, &Contents::default())
}
