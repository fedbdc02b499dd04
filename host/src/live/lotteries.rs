//! Draws lotteries level by level as they are asked for, and keeps those that were looked at last.

use std::collections::BTreeMap;

use anyhow::Context;

use crate::arm::{self, Arm, Common, ImpLevels, Own, Resume, Taken, Trained};
use crate::bad_input;
use crate::data::Drawn;
use crate::measure::Extent;
use crate::results::{ArmResult, End, Replicate, Row};
use crate::setup::Setup;
use crate::ticket::Ticket;

/// Bytes of tickets that are kept, about; rows are kept of all seeds.
const MOST_KEPT: usize = 64 << 20;

/// What was drawn.
#[derive(Default)]
pub(super) struct Lotteries {
    of_seeds: BTreeMap<u64, OfSeed>,
    /// Counts up, and tells what was looked at last.
    now: u64,
}

/// The lotteries of one seed.
#[derive(Default)]
struct OfSeed {
    drawn: Option<Drawn>,
    taken: Option<Taken>,
    arms: BTreeMap<Arm, OfArm>,
    looked_at: u64,
}

/// The lottery of one arm.
#[derive(Default)]
struct OfArm {
    /// From level 0 on; none where they were dropped.
    tickets: Vec<Ticket>,
    /// From level 0 on.
    rows: Vec<Row>,
    /// Why there are no more.
    end: Option<End>,
}

/// A level that was drawn.
pub(super) struct Level<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) row: &'a Row,
}

impl Lotteries {
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
        if of_seed.arms.get(arm).is_none_or(|of_arm| {
            of_arm.tickets.len() <= level as usize && of_arm.end.is_none() || of_arm.tickets.is_empty()
        }) {
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

    /// A level as it was after so many epochs of its training, which are trained again.
    ///
    /// # Errors
    /// As [`Lotteries::level`], or if the arm trains no single network.
    pub(super) fn after(
        &mut self,
        setup: &Setup,
        shortened: &Setup,
        seed: u64,
        arm: &Arm,
        level: u32,
    ) -> anyhow::Result<(Ticket, Row)> {
        if arm.schedule().own == Own::Networks {
            return Err(bad_input!(
                "networks side by side are not shown epoch by epoch; choose another arm"
            ));
        }
        self.level(setup, seed, arm, level)?;
        let of_seed = &self.of_seeds[&seed];
        let imp = Arm::imp();
        // Where an arm shares the dense network of imp, that one is trained.
        let of_arm = &of_seed.arms[arm];
        let arm = if level == 0 && of_arm.rows[0].params_digest == of_seed.arms[&imp].rows[0].params_digest {
            &imp
        } else {
            arm
        };
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
            &common(shortened, seed, drawn),
            arm,
            imp_levels.filter(|_| !arm.is_imp()),
            before.map(|ticket| resume(level - 1, ticket)).as_ref(),
            level,
            &|| false,
            &mut keep,
        )?;
        shown.context("a level that could be trained before")
    }

    /// The data of an arm, of which a level was drawn.
    ///
    /// # Errors
    /// If another draw of the data cannot be normalized.
    pub(super) fn drawn_of(&self, setup: &Setup, seed: u64, arm: &Arm) -> anyhow::Result<Drawn> {
        let drawn = self
            .of_seeds
            .get(&seed)
            .and_then(|of_seed| of_seed.drawn.as_ref());
        let drawn = drawn.context("data that was drawn")?;
        Ok(arm::drawn(&common(setup, seed, drawn), arm)?.into_owned())
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
        while MOST_KEPT < total {
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
            let is_there = of_imp.is_some_and(|of_imp| {
                !of_imp.tickets.is_empty()
                    && ((needed as usize) < of_imp.tickets.len() || of_imp.end.is_some())
            });
            if !is_there {
                self.draw(setup, seed, &Arm::imp(), needed)?;
            }
        }
        if self.drawn.is_none() {
            self.drawn = Some(setup.source().draw(setup.data_seed(seed))?);
        }
        let drawn = self.drawn.as_ref().context("data that was drawn")?;
        let mut of_arm = self.arms.remove(arm).unwrap_or_default();
        if of_arm.tickets.is_empty() {
            // It was dropped, or is new.
            of_arm = OfArm::default();
            if arm.is_imp() {
                self.taken = None;
            }
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
            of_arm
                .rows
                .push(Row::new(seed, arm, &trained, setup, Extent::Basic));
            of_arm.tickets.push(trained.ticket(setup, arm, seed));
            Ok(())
        };
        let ran = arm::run(
            &common(setup, seed, drawn),
            arm,
            imp.as_ref(),
            before.map(|(level, ticket)| resume(level, ticket)).as_ref(),
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
        if end != End::Finished || is_short || level == deepest {
            of_arm.end = Some(end);
        }
        self.arms.insert(arm.clone(), of_arm);
        Ok(())
    }
}

fn common<'a>(setup: &'a Setup, seed: u64, drawn: &'a Drawn) -> Common<'a> {
    Common {
        setup,
        seed,
        drawn,
        wants_curve: false,
    }
}

fn resume(level: u32, ticket: &Ticket) -> Resume<'_> {
    Resume {
        level,
        params: &ticket.params,
        rewind_point: ticket.rewind.as_deref(),
        mask: &ticket.mask,
    }
}
