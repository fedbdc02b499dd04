//! Draws lotteries level by level as they are asked for, and keeps those that were looked at last.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Context;

use crate::arm::{self, Arm, Common, ImpLevels, Own, Resume, Taken, Trained};
use crate::bad_input;
use crate::data::Drawn;
use crate::measure::Extent;
use crate::results::{ArmResult, End, Replicate, Row};
use crate::setup::Setup;
use crate::ticket::Ticket;

/// What was drawn.
pub(super) struct Lotteries {
    /// Bytes of tickets and data that are kept, about; rows are kept of all seeds.
    most_kept: usize,
    pub(super) of_seeds: BTreeMap<u64, OfSeed>,
    /// What was trained again last.
    pub(super) last: Option<(Unfinished, (Ticket, Row))>,
    /// Counts up, and tells what was looked at last.
    now: u64,
}

/// A network that is not trained to its end.
#[derive(Clone, PartialEq)]
pub(super) struct Unfinished {
    pub(super) seed: u64,
    pub(super) arm: Arm,
    pub(super) level: u32,
    pub(super) epoch: u32,
}

/// The lotteries of one seed.
#[derive(Default)]
pub(super) struct OfSeed {
    pub(super) drawn: Option<Drawn>,
    pub(super) taken: Option<Taken>,
    pub(super) arms: BTreeMap<Arm, OfArm>,
    looked_at: u64,
}

/// The lottery of one arm.
#[derive(Default)]
pub(super) struct OfArm {
    /// From level 0 on; none where they were dropped.
    pub(super) tickets: Vec<Ticket>,
    /// From level 0 on.
    pub(super) rows: Vec<Row>,
    /// Why there are no more.
    end: Option<End>,
}

impl OfArm {
    /// Whether a level is to be drawn: it was not, or its ticket was dropped.
    fn lacks(&self, level: u32) -> bool {
        let is_whole = self.end.is_some() && self.tickets.len() == self.rows.len();
        self.tickets.len() <= level as usize && !is_whole
    }
}

/// A level that was drawn.
pub(super) struct Level<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) row: &'a Row,
}

impl Lotteries {
    /// Nothing yet, of which about so many bytes will be kept.
    pub(super) fn keeping(most_kept: usize) -> Self {
        Self {
            most_kept,
            of_seeds: BTreeMap::new(),
            last: None,
            now: 0,
        }
    }

    /// A level of an arm; what is missing before it is drawn first.
    ///
    /// # Errors
    /// If the arm does not get there, or data cannot be drawn.
    pub(super) fn level(
        &mut self,
        setup: &Setup,
        seed: u64,
        arm: &Arm,
        level: u32,
    ) -> anyhow::Result<Level<'_>> {
        let deepest = setup.trajectory().levels();
        if deepest < level {
            return Err(bad_input!("there is no level {level}; the last one is {deepest}"));
        }
        self.now += 1;
        let of_seed = self.of_seeds.entry(seed).or_default();
        of_seed.looked_at = self.now;
        if of_seed.arms.get(arm).is_none_or(|of_arm| of_arm.lacks(level)) {
            of_seed.draw(setup, seed, arm, level)?;
            self.drop_oldest(seed);
        }
        let of_arm = &self.of_seeds[&seed].arms[arm];
        let ended = || match of_arm.end {
            Some(End::NotFinite { level, epoch }) => bad_input!(
                "the loss or a parameter was not finite at level {level} in epoch {epoch}: this lottery ends there"
            ),
            _ => bad_input!("this arm has no level {level}"),
        };
        let level = level as usize;
        Ok(Level {
            ticket: of_arm.tickets.get(level).ok_or_else(ended)?,
            row: &of_arm.rows[level],
        })
    }

    /// Draws an arm to its end, however deep that is.
    ///
    /// # Errors
    /// If data cannot be drawn.
    pub(super) fn draw(&mut self, setup: &Setup, seed: u64, arm: &Arm) -> anyhow::Result<()> {
        self.now += 1;
        let of_seed = self.of_seeds.entry(seed).or_default();
        of_seed.looked_at = self.now;
        if of_seed.arms.get(arm).is_none_or(|of_arm| of_arm.end.is_none()) {
            of_seed.draw(setup, seed, arm, setup.trajectory().levels())?;
            self.drop_oldest(seed);
        }
        Ok(())
    }

    /// The data of an arm, of which a level was drawn.
    ///
    /// # Errors
    /// If another draw of the data cannot be normalized.
    pub(super) fn drawn_of<'a>(
        &'a self,
        setup: &'a Setup,
        seed: u64,
        arm: &Arm,
    ) -> anyhow::Result<Cow<'a, Drawn>> {
        let drawn = self
            .of_seeds
            .get(&seed)
            .and_then(|of_seed| of_seed.drawn.as_ref());
        let drawn = drawn.context("data that was drawn")?;
        arm::drawn(&Common::new(setup, seed, drawn), arm)
    }

    /// All that was drawn to the last level of this arm, as the rows of a run of it.
    pub(super) fn replicates(&self, arm: &Arm) -> Vec<Replicate> {
        let finished = self.of_seeds.iter().filter_map(|(&seed, of_seed)| {
            let of_arm = of_seed.arms.get(arm)?;
            Some(Replicate {
                seed,
                arms: vec![ArmResult {
                    arm: arm.clone(),
                    rows: of_arm.rows.clone(),
                    end: of_arm.end?,
                }],
            })
        });
        finished.collect()
    }

    /// Drops the tickets and data of seeds that were not looked at for longest, until the others fit.
    fn drop_oldest(&mut self, but: u64) {
        let size = |of_seed: &OfSeed| of_seed.size();
        let mut total: usize = self.of_seeds.values().map(size).sum();
        while self.most_kept < total {
            let others = self.of_seeds.iter_mut().filter(|(seed, _)| **seed != but);
            let Some((_, oldest)) = others
                .filter(|(_, of_seed)| 0 < of_seed.size())
                .min_by_key(|(_, of_seed)| of_seed.looked_at)
            else {
                return;
            };
            total -= oldest.size();
            (oldest.drawn, oldest.taken) = (None, None);
            oldest.arms.values_mut().for_each(|of_arm| of_arm.tickets.clear());
        }
    }
}

impl OfSeed {
    /// Bytes, about.
    fn size(&self) -> usize {
        let tickets = self.arms.values().flat_map(|of_arm| &of_arm.tickets);
        let of_tickets: usize = tickets.map(|ticket| 12 * ticket.params.len()).sum();
        let parts = self
            .drawn
            .iter()
            .flat_map(|drawn| [&drawn.train, &drawn.validation, &drawn.test]);
        of_tickets + parts.map(|part| 4 * part.inputs.len()).sum::<usize>()
    }

    /// Draws an arm down to a level, and before it what it takes of `imp`.
    fn draw(&mut self, setup: &Setup, seed: u64, arm: &Arm, level: u32) -> anyhow::Result<()> {
        let deepest = setup.trajectory().levels();
        if !arm.is_imp() {
            let needed = if arm.schedule().own == Own::Networks {
                deepest
            } else {
                level
            };
            let of_imp = self.arms.get(&Arm::imp());
            if of_imp.is_none_or(|of_imp| of_imp.lacks(needed)) {
                self.draw(setup, seed, &Arm::imp(), needed)?;
            }
        }
        if self.drawn.is_none() {
            self.drawn = Some(setup.source().draw(setup.data_seed(seed))?);
        }
        let drawn = self.drawn.as_ref().context("data that was drawn")?;
        let mut of_arm = self.arms.remove(arm).unwrap_or_default();
        let is_whole = arm.schedule().own == Own::Networks;
        if is_whole {
            of_arm.tickets.clear();
        }
        if of_arm.tickets.is_empty() && arm.is_imp() {
            // It was dropped, or is new.
            self.taken = None;
        }
        let taken = self.taken.get_or_insert_with(|| Taken::new(setup.rewind()));
        let before = of_arm.tickets.last().cloned();
        let before = (of_arm.tickets.len() as u32).checked_sub(1).zip(before.as_ref());
        let nothing = ImpLevels::nothing();
        let imp = (!arm.is_imp()).then(|| taken.imp.take().unwrap_or(nothing));
        let mut keep = |trained: Trained<'_>| {
            if arm.is_imp() {
                taken.add(&trained);
            }
            if of_arm.rows.len() == of_arm.tickets.len() {
                of_arm
                    .rows
                    .push(Row::new(seed, arm, &trained, setup, Extent::Basic));
            }
            of_arm.tickets.push(trained.ticket(setup, arm, seed));
            Ok(())
        };
        let ran = arm::run(
            &Common::new(setup, seed, drawn),
            arm,
            imp.as_ref(),
            before.map(|(level, ticket)| Resume::of(level, ticket)).as_ref(),
            level,
            &|| false,
            &mut keep,
        );
        if let Some(imp) = imp {
            taken.imp = Some(imp);
        }
        let end = ran?;
        // An arm that was asked for fewer levels than there are goes on from here.
        let is_short = of_arm.tickets.len() <= level as usize;
        if end != End::Finished || is_short || level == deepest || is_whole {
            of_arm.end = Some(end);
        }
        self.arms.insert(arm.clone(), of_arm);
        Ok(())
    }
}
