//! One seed of a run: what is on disk is read, what is missing is computed, arm by arm.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::directory::records_in;
use super::imp;
use super::records::{Known, Records};
use super::tickets::{check_data, find, measured_again};
use super::waiting::Folders;
use super::{RunDirectory, Watch};
use crate::arm::{self, Arm, Change, Common, ImpLevels, Own, Resume, Survivors, Taken, Trained};
use crate::data::Drawn;
use crate::measure::Extent;
use crate::results::{ArmResult, End, Replicate, Row, ticket_file};
use crate::setup::Setup;
use crate::ticket::Ticket;
use anyhow::Context;

/// What is on disk of a seed.
pub(super) struct Found {
    records: Records,
    /// Of the arms that are asked for: levels whose ticket is on disk.
    tickets: BTreeMap<Arm, Vec<bool>>,
}

impl Found {
    /// Whether nothing is left to be done.
    pub(super) fn is_finished(&self, setup: &Setup) -> bool {
        let is_finished = |arm: &Arm| {
            let known = self.records.of(arm)?;
            known.end?;
            let mut rows = known.rows.iter().zip(&self.tickets[arm]);
            Some(rows.all(|((_, row), &has_ticket)| {
                row.majority.is_some() && is_finished(setup, arm, Some(row), has_ticket)
            }))
        };
        self.records.is_closed() && setup.arms().iter().all(|arm| is_finished(arm) == Some(true))
    }

    /// What could not be finished, and why, as [`Replicate::failures`].
    pub(super) fn failures(&self, setup: &Setup, seed: u64) -> Vec<(String, String)> {
        let arms = setup.arms().iter().filter_map(|arm| {
            Some(ArmResult {
                arm: arm.clone(),
                rows: vec![],
                end: self.records.of(arm)?.end?,
            })
        });
        let replicate = Replicate {
            seed,
            arms: arms.collect(),
        };
        replicate.failures().collect()
    }

    /// The arms that are on record, but are not asked for.
    pub(super) fn other_arms(&self, setup: &Setup) -> impl Iterator<Item = Arm> {
        let arms = self.records.arms();
        arms.filter(|arm| !setup.arms().contains(arm)).cloned()
    }
}

/// The names of the tickets on disk, by arm.
pub(super) type OnDisk = BTreeMap<Arm, BTreeSet<OsString>>;

/// Reads what is on disk of a seed; `on_disk` has what tickets there are, and without it they are looked for one by one.
///
/// # Errors
/// If a file is there that cannot be used: it stays as it is.
pub(super) fn look(
    setup: &Setup,
    directory: &RunDirectory,
    on_disk: Option<&OnDisk>,
    seed: u64,
    watch: &dyn Watch,
) -> anyhow::Result<Found> {
    let names = setup.experiment.task_names();
    let fits = setup.experiment.fits(&names);
    let records = Records::read(directory.records(seed), seed, &setup.digest, &fits)?;
    let mut tickets = BTreeMap::new();
    for arm in setup.arms() {
        let known = records.of(arm);
        let mut of_arm = vec![];
        for level in 0..=setup.trajectory().levels() {
            let row = known.and_then(|known| known.rows.get(&level));
            let path = || directory.ticket(arm.name(), seed, level);
            let is_there = match on_disk {
                Some(names) => names[arm].contains(OsStr::new(&ticket_file(seed, level))),
                // Each question is a journey to a shared file system. Tickets without a record are of runs from before there
                // were records: such levels are trained again.
                None => row.is_some() && setup.keeps(arm) && path().exists(),
            };
            if !is_there {
                of_arm.push(false);
                continue;
            }
            let ticket = find(setup, arm, &path(), (seed, level), row).with_context(|| {
                format!(
                    "level {level} cannot be taken up; move its ticket away to compute it again, or choose another --out"
                )
            })?;
            of_arm.push(ticket.is_some());
        }
        let row = |level| known.and_then(|known| known.rows.get(&level));
        let levels = (0..).zip(&of_arm);
        let finished = levels.filter(|&(level, &has_ticket)| is_finished(setup, arm, row(level), has_ticket));
        finished.for_each(|_| watch.level_finished());
        tickets.insert(arm.clone(), of_arm);
    }
    Ok(Found { records, tickets })
}

/// What is on record of a seed in a run directory; `None` if one of the arms is not.
///
/// # Errors
/// If the records cannot be used.
pub(super) fn recorded(setup: &Setup, path: &Path, seed: u64) -> anyhow::Result<Option<Replicate>> {
    let names = setup.experiment.task_names();
    let fits = setup.experiment.fits(&names);
    let records = Records::read(records_in(path, seed), seed, &setup.digest, &fits)?;
    let of_arm = |arm: &Arm| {
        let known = records.of(arm)?;
        Some(ArmResult {
            arm: arm.clone(),
            rows: known.rows.values().map(|row| row.up_to(setup.extent())).collect(),
            end: known.end?,
        })
    };
    let arms = setup.arms().iter().map(of_arm).collect::<Option<_>>();
    Ok(arms.map(|arms| Replicate { seed, arms }))
}

/// Whether a level need not be trained: a ticket without a record, as in an older run, is measured again; where a record
/// tells too little, training tells what a ticket cannot.
fn is_finished(setup: &Setup, arm: &Arm, row: Option<&Row>, has_ticket: bool) -> bool {
    match row {
        Some(row) => setup.asked(arm).is_met(row.extent, has_ticket),
        None => has_ticket,
    }
}

/// Computes what was not found of a seed.
///
/// # Errors
/// If data cannot be drawn, memory is short, or a file cannot be written.
pub(super) fn finish(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    found: Found,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<Replicate> {
    let Found { mut records, tickets } = found;
    records.begin();
    let kept = setup.arms().iter().filter(|arm| setup.keeps(arm));
    let folders = &directory.make_room(seed, kept)?;
    let work = Work {
        setup,
        directory,
        folders,
        seed,
        stop,
        watch,
        drawn: OnceCell::new(),
        imp: OnceCell::new(),
    };
    let arms = work.finish_all(tickets, &mut records);
    // Whatever went wrong, what was finished before is kept.
    let saved = match &arms {
        Ok(arms) if !arms.iter().any(|arm| arm.end == End::Stopped) => records.close(folders),
        _ => records.save(folders),
    };
    let replicate = Replicate { seed, arms: arms? };
    saved?;
    Ok(replicate)
}

/// The ticket of a level of `imp`, from disk if it is there, else trained again and written.
///
/// # Errors
/// As [`finish`].
pub(super) fn ticket_of_imp(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    level: u32,
) -> anyhow::Result<Ticket> {
    let imp = Arm::imp();
    let path = directory.ticket(imp.name(), seed, level);
    if let Some(ticket) = find(setup, &imp, &path, (seed, level), None)? {
        return Ok(ticket);
    }
    let drawn = setup.source().draw(setup.data_seed(seed))?;
    let common = common(setup, seed, &drawn);
    let mut made = None;
    let mut keep = |trained: Trained<'_>| {
        made = (trained.level == level).then(|| trained.ticket(setup, &imp, seed));
        Ok(())
    };
    arm::run(&common, &imp, None, None, level, &|| false, &mut keep)?;
    let mut made = made.context("a level that was finished before is finished again")?;
    if !setup.keeps(&imp) {
        // The seed's first ticket, which would hold the initial weights for all others, is not there.
        made.initial_seed = None;
    }
    directory.make_room(seed, [&imp].into_iter())?;
    made.write(&path)?;
    Ok(made)
}

fn common<'a>(setup: &'a Setup, seed: u64, drawn: &'a Drawn) -> Common<'a> {
    Common {
        wants_curve: setup.extent() == Extent::Full,
        ..Common::new(setup, seed, drawn)
    }
}

/// The arms of a seed as they are worked off.
struct Work<'a> {
    setup: &'a Setup,
    directory: &'a RunDirectory,
    folders: &'a Folders,
    seed: u64,
    stop: &'a AtomicBool,
    watch: &'a dyn Watch,
    /// The seed's data, once it is needed.
    drawn: OnceCell<Drawn>,
    /// What other arms take from `imp`, once it is needed.
    imp: OnceCell<ImpLevels>,
}

impl Work<'_> {
    /// Finishes every arm that is asked for. `tickets` says which levels have one.
    fn finish_all(
        &self,
        mut tickets: BTreeMap<Arm, Vec<bool>>,
        records: &mut Records,
    ) -> anyhow::Result<Vec<ArmResult>> {
        let mut arms = vec![];
        for arm in self.setup.arms() {
            let has_ticket = tickets.remove(arm).unwrap_or_default();
            let end = self.finish(arm, &has_ticket, records)?;
            let rows = records.of(arm).into_iter().flat_map(|known| known.rows.values());
            arms.push(ArmResult {
                arm: arm.clone(),
                rows: rows.map(|row| row.up_to(self.setup.extent())).collect(),
                end,
            });
        }
        Ok(arms)
    }

    /// Finishes an arm: measures what is there again, where it must be, and trains what is missing. `has_ticket` says so
    /// of each level.
    fn finish(&self, arm: &Arm, has_ticket: &[bool], records: &mut Records) -> anyhow::Result<End> {
        if !self.measure_again(arm, has_ticket, records)? || !self.complete(arm, records)? {
            return Ok(End::Stopped);
        }
        let nothing = Known::default();
        let known = records.of(arm).unwrap_or(&nothing);
        let deepest = self.setup.trajectory().levels();
        // Where it is known how the arm ended, there is nothing behind its last row.
        let last = match known.end {
            Some(_) => known.rows.keys().next_back().copied(),
            None => Some(deepest),
        };
        let levels = last.map_or(0..0, |last| 0..last + 1);
        let is_missing = |&level: &u32| {
            !is_finished(
                self.setup,
                arm,
                known.rows.get(&level),
                has_ticket[level as usize],
            )
        };
        let missing: Vec<u32> = levels.filter(is_missing).collect();
        let (Some(&first), Some(&last)) = (missing.first(), missing.last()) else {
            let end = known.end.unwrap_or(End::Finished);
            return Ok(self.ended(arm, end, records));
        };
        if self.stop.load(Ordering::Relaxed) {
            return Ok(End::Stopped);
        }
        let resumed = self.before(arm, first, has_ticket)?;
        let resume = resumed.as_ref().map(|(level, ticket)| Resume::of(*level, ticket));
        let known_end = known.end;
        let imp = if arm.is_imp() {
            None
        } else {
            match self.imp(records)? {
                Some(imp) => Some(imp),
                None => return Ok(End::Stopped),
            }
        };
        let dense = records
            .of(&Arm::imp())
            .and_then(|known| known.rows.get(&0))
            .cloned();
        let mut taken = Taken::new(self.setup.rewind());
        let mut keep = |trained: Trained<'_>| {
            taken.add(&trained);
            if !missing.contains(&trained.level) {
                return Ok(());
            }
            let shared = dense
                .as_ref()
                .filter(|row| trained.is_shared && row.extent == self.setup.extent());
            let row = match shared {
                Some(row) => row.of_arm(arm),
                None => Row::new(self.seed, arm, &trained, self.setup, self.setup.extent()),
            };
            records.add(arm, row);
            if self.setup.keeps(arm) && !has_ticket[trained.level as usize] {
                let ticket = trained.ticket(self.setup, arm, self.seed);
                records.add_ticket(arm, ticket_file(self.seed, trained.level), ticket.to_bytes()?);
            }
            self.watch.level_finished();
            records.save_if_due(self.folders)
        };
        let stop = || self.stop.load(Ordering::Relaxed);
        let end = arm::run(&self.common()?, arm, imp, resume.as_ref(), last, &stop, &mut keep)?;
        if arm.is_imp()
            && end != End::Stopped
            && last == deepest
            && let Some(taken) = taken.imp
        {
            let _ = self.imp.set(taken);
        }
        if end == End::Stopped {
            return Ok(end);
        }
        Ok(self.ended(arm, known_end.unwrap_or(end), records))
    }

    /// Notes how an arm ended, and that what it has no level of is not to be waited for.
    fn ended(&self, arm: &Arm, end: End, records: &mut Records) -> End {
        let known = records.of(arm);
        let rows = known.map_or(0, |known| known.rows.len() as u32);
        let lost = self.setup.trajectory().levels() + 1 - rows;
        if 0 < lost {
            self.watch.levels_lost(lost);
        }
        if known.is_none_or(|known| known.end.is_none()) {
            records.add_end(arm, end);
        }
        end
    }

    /// Measures the levels again that have a ticket, but no record; `false` if that was stopped.
    fn measure_again(&self, arm: &Arm, has_ticket: &[bool], records: &mut Records) -> anyhow::Result<bool> {
        let is_recorded = |level| {
            records
                .of(arm)
                .is_some_and(|known| known.rows.contains_key(&level))
        };
        let levels = (0..).zip(has_ticket);
        let levels = levels.filter(|&(level, &has_ticket)| has_ticket && !is_recorded(level));
        let levels: Vec<u32> = levels.map(|(level, _)| level).collect();
        if levels.is_empty() {
            return Ok(true);
        }
        let common = self.common()?;
        let drawn = arm::drawn(&common, arm)?;
        for level in levels {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let path = self.directory.ticket(arm.name(), self.seed, level);
            let ticket = find(self.setup, arm, &path, (self.seed, level), None)?;
            let ticket = ticket.with_context(|| format!("{} is gone", path.display()))?;
            check_data(&path, &ticket, &drawn)?;
            let imp = records.of(&Arm::imp()).and_then(|known| known.rows.get(&level));
            let rewires = arm.schedule().mask == Survivors::Imp(Change::Rewired) && 0 < level;
            let rewired = imp.filter(|_| rewires).map(|row| &*row.mask);
            let again = measured_again(&common, arm, &drawn, &ticket, rewired)?;
            records.add(arm, again);
            records.save_if_due(self.folders)?;
        }
        Ok(true)
    }

    /// Adds to what an older run recorded what follows from the data alone; `false` if that was stopped.
    fn complete(&self, arm: &Arm, records: &mut Records) -> anyhow::Result<bool> {
        let rows = records.of(arm).into_iter().flat_map(|known| known.rows.values());
        let rows: Vec<Row> = rows.filter(|row| row.majority.is_none()).cloned().collect();
        if rows.is_empty() {
            return Ok(true);
        }
        if self.stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let majority = Some(arm::drawn(&self.common()?, arm)?.majority());
        for row in rows {
            let majority = majority.clone();
            records.add(arm, Row { majority, ..row });
        }
        Ok(true)
    }

    /// The last ticket before a level, to go on from.
    fn before(&self, arm: &Arm, level: u32, has_ticket: &[bool]) -> anyhow::Result<Option<(u32, Ticket)>> {
        let before = (0..level).rev().find(|&level| has_ticket[level as usize]);
        // Networks side by side are not taken apart again.
        let Some(before) = before.filter(|_| arm.schedule().own != Own::Networks) else {
            return Ok(None);
        };
        let path = self.directory.ticket(arm.name(), self.seed, before);
        let ticket = Ticket::read(&path)?;
        let drawn = arm::drawn(&self.common()?, arm)?;
        check_data(&path, &ticket, &drawn)?;
        Ok(Some((before, ticket)))
    }

    /// The seed's data, and what is wanted of it.
    fn common(&self) -> anyhow::Result<Common<'_>> {
        if self.drawn.get().is_none() {
            let drawn = self.setup.source().draw(self.setup.data_seed(self.seed))?;
            let _ = self.drawn.set(drawn);
        }
        let drawn = self.drawn.get().context("data that was drawn")?;
        Ok(common(self.setup, self.seed, drawn))
    }

    /// What other arms take from `imp`: read from its tickets, or trained again where they are not kept. `None` if that was
    /// stopped.
    fn imp(&self, records: &mut Records) -> anyhow::Result<Option<&ImpLevels>> {
        if self.imp.get().is_none() {
            // Some of them may be new.
            records.save(self.folders)?;
            let imp = if let Some(imp) = imp::read(self.setup, self.directory, self.seed, records)? {
                imp
            } else {
                let mut taken = Taken::new(self.setup.rewind());
                let last = self.setup.trajectory().levels();
                let mut keep = |trained: Trained<'_>| {
                    taken.add(&trained);
                    Ok(())
                };
                arm::run(
                    &self.common()?,
                    &Arm::imp(),
                    None,
                    None,
                    last,
                    &|| false,
                    &mut keep,
                )?;
                taken.imp.unwrap_or_else(ImpLevels::nothing)
            };
            let _ = self.imp.set(imp);
        }
        Ok(self.imp.get())
    }
}
