//! Joins the directories of shards, or of runs with different seeds, into one, and checks what they have in common.
//!
//! Seed by seed, so that memory does not grow with their number. Whatever stops it, nothing that was read is changed, and
//! what was written is whole: the same again goes on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use anyhow::Context;
use rayon::prelude::*;

use super::directory::{first_difference, records_in, seeds_but, ticket_in};
use super::records::Records;
use super::tickets::find;
use super::{Begun, RunDirectory, locked};
use crate::arm::Arm;
use crate::bad_input;
use crate::experiment::{Arms, Experiment, MOST_SEEDS};
use crate::files::{Folder, read_if_there};
use crate::results::ticket_file;
use crate::setup::Setup;

/// What is not there once all directories are joined.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Seeds of which nothing is on record.
    pub missing: Vec<u64>,
    /// Seeds that are not finished, or lack a ticket.
    pub unfinished: Vec<u64>,
    /// How many other seeds are on record in one of the directories.
    pub other_seeds: usize,
    /// The arms that are on record of these seeds, but were not asked for, in order.
    pub other_arms: Vec<Arm>,
}

/// The experiment of all directories, with the seeds and arms of each. What else may differ between runs of one digest, such as
/// which tickets are kept, is as in the first.
///
/// # Errors
/// Bad input if they are not runs of one experiment.
pub fn experiment_of_all(runs: &[Begun]) -> anyhow::Result<Experiment> {
    let first = runs.first().context("at least one directory")?;
    for run in runs {
        if run.digest != first.digest {
            let [earlier, now] = [first, run].map(|run| run.experiment.canonical());
            return Err(bad_input!(
                "{} and {} are runs of different experiments (digests {} and {}); {}join only directories of one",
                first.place,
                run.place,
                first.digest,
                run.digest,
                // The first line of each is that of the digest.
                first_difference(&format!("\n{earlier}"), &format!("\n{now}"), &run.experiment)
            ));
        }
    }
    let mut experiment = first.experiment.clone();
    let arms: BTreeSet<Arm> = runs.iter().flat_map(|run| run.experiment.chosen_arms()).collect();
    if arms.len() != experiment.chosen_arms().len() {
        experiment.arms = Arms::Named(arms.iter().map(|arm| arm.name().to_owned()).collect());
    }
    let start = |experiment: &Experiment| experiment.first_seed;
    let end = |experiment: &Experiment| experiment.first_seed + u64::from(experiment.seeds);
    let starts = runs.iter().map(|run| start(&run.experiment)).min();
    let ends = runs.iter().map(|run| end(&run.experiment)).max();
    if let (Some(start), Some(end)) = (starts, ends) {
        experiment.first_seed = start;
        let seeds = u32::try_from(end - start)
            .ok()
            .filter(|&seeds| u64::from(seeds) <= MOST_SEEDS);
        experiment.seeds = seeds.ok_or_else(|| {
            bad_input!(
                "the seeds of these directories are {start} to {}, and all from the first to the last are one run, which has at \
                 most {MOST_SEEDS}; join those that are close to each other",
                end - 1
            )
        })?;
    }
    Ok(experiment)
}

/// Joins what is on record of each seed into `out`, whose own records are among what is joined, and the tickets that are kept.
///
/// # Errors
/// Bad input if a file is damaged, or two directories have different things of one seed; another error if a file cannot be
/// read or written.
pub fn join(setup: &Setup, runs: &[PathBuf], out: &RunDirectory) -> anyhow::Result<Joined> {
    let mut places: Vec<&Path> = runs.iter().map(PathBuf::as_path).collect();
    places.push(out.path());
    // Records without an experiment would be taken for something else, should this be killed. Where there is one, it and its
    // tables stay until all is joined.
    if out.is_new() {
        out.begin()?;
    }
    let others = Mutex::new(BTreeSet::new());
    let one = |seed: u64| {
        let (state, arms) = of_seed(setup, &places, out, seed).with_context(|| format!("seed {seed}"))?;
        if !arms.is_empty() {
            locked(&others).extend(arms);
        }
        Ok((seed, state))
    };
    let seeds: Vec<u64> = setup.seeds().collect();
    let found = seeds.par_iter().map(|&seed| one(seed));
    let found = found.collect::<anyhow::Result<Vec<_>>>()?;
    let those = |state| {
        found
            .iter()
            .filter(move |(_, is)| *is == state)
            .map(|&(seed, _)| seed)
            .collect()
    };
    let mut other_seeds = BTreeSet::new();
    for place in places {
        other_seeds.extend(seeds_but(place, &setup.seeds())?);
    }
    Ok(Joined {
        missing: those(State::Missing),
        unfinished: those(State::Unfinished),
        other_seeds: other_seeds.len(),
        other_arms: others
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .into_iter()
            .collect(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Missing,
    Unfinished,
    Finished,
}

/// How far a seed is, and which of its arms on record are not asked for.
fn of_seed(
    setup: &Setup,
    places: &[&Path],
    out: &RunDirectory,
    seed: u64,
) -> anyhow::Result<(State, Vec<Arm>)> {
    let names = setup.experiment.task_names();
    let fits = setup.experiment.fits(&names);
    let mut joined: Option<Records> = None;
    for place in places {
        let path = records_in(place, seed);
        if !path.exists() {
            continue;
        }
        let records = Records::read(path, seed, &setup.digest, &fits)?;
        match &mut joined {
            None => joined = Some(records),
            Some(joined) => joined.join(records)?,
        }
    }
    let Some(records) = joined else {
        return Ok((State::Missing, vec![]));
    };
    let kept = || setup.arms().iter().filter(|arm| setup.keeps(arm));
    let folders = out.make_room(seed, kept())?;
    write(&out.records(seed), &records.ordered())?;
    let mut is_finished = true;
    for arm in setup.arms() {
        let Some(known) = records.of(arm) else {
            is_finished = false;
            continue;
        };
        is_finished &= known.end.is_some();
        for (&level, row) in &known.rows {
            let folder = folders.get(arm);
            if folder.is_none() {
                is_finished &= setup.asked(arm).is_met(row.extent, false);
                continue;
            }
            let mut found: Option<(PathBuf, Vec<u8>)> = None;
            for place in places {
                let path = ticket_in(place, arm.name(), seed, level);
                let is_there = path.exists();
                if find(setup, arm, &path, (seed, level), Some(row))?.is_none() {
                    if is_there && *place == out.path() {
                        // One that a crash of the machine cut short: `status` sees no more than its name.
                        remove_if_there(&path)?;
                    }
                    continue;
                }
                let bytes = read_if_there(&path)?.with_context(|| format!("{} is gone", path.display()))?;
                match &found {
                    Some((other, theirs)) if *theirs != bytes => {
                        return Err(bad_input!(
                            "{} and {} are not the same, but are to be one ticket; move the one away that is not to be trusted",
                            other.display(),
                            path.display()
                        ));
                    }
                    Some(_) => {}
                    None => found = Some((path, bytes)),
                }
            }
            is_finished &= setup.asked(arm).is_met(row.extent, found.is_some());
            if let (Some((path, bytes)), Some(folder)) = (found, folder)
                && path != out.ticket(arm.name(), seed, level)
            {
                copy(folder, &ticket_file(seed, level), &bytes)?;
            }
        }
    }
    let others = records.arms().filter(|arm| !setup.arms().contains(arm));
    let state = if is_finished {
        State::Finished
    } else {
        State::Unfinished
    };
    Ok((state, others.cloned().collect()))
}

fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Writes a file, unless it has these bytes.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = Folder::open(path.parent().map(Path::to_owned).unwrap_or_default())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    copy(&folder, &name, bytes)
}

fn copy(folder: &Folder, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    if read_if_there(&folder.path().join(name))?.is_some_and(|there| there == bytes) {
        return Ok(());
    }
    folder.write(name, bytes)
}
