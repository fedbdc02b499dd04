//! Joins the directories of shards, or of runs with different seeds, into one, and checks what they have in common.
//!
//! Seed by seed, so that memory does not grow with their number. Whatever stops it, nothing that was read is changed, and
//! what was written is whole: the same again goes on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rayon::prelude::*;

use super::directory::{first_difference, records_in, ticket_in};
use super::records::Records;
use super::tickets::find;
use super::{Begun, RunDirectory};
use crate::arm::Arm;
use crate::bad_input;
use crate::experiment::{Arms, Experiment};
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
        experiment.seeds = u32::try_from(end - start).map_err(|_| {
            bad_input!(
                "the seeds of these directories are {start} to {}, which are too many to join; join fewer",
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
    out.begin()?;
    let one = |seed: u64| of_seed(setup, &places, out, seed).with_context(|| format!("seed {seed}"));
    let seeds: Vec<u64> = setup.seeds().collect();
    let found = seeds.par_iter().map(|&seed| Ok((seed, one(seed)?)));
    let found = found.collect::<anyhow::Result<Vec<_>>>()?;
    let those = |state| {
        found
            .iter()
            .filter(move |(_, is)| *is == state)
            .map(|&(seed, _)| seed)
            .collect()
    };
    Ok(Joined {
        missing: those(State::Missing),
        unfinished: those(State::Unfinished),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Missing,
    Unfinished,
    Finished,
}

fn of_seed(setup: &Setup, places: &[&Path], out: &RunDirectory, seed: u64) -> anyhow::Result<State> {
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
        return Ok(State::Missing);
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
        let is_measured = known.rows.values().all(|row| setup.extent() <= row.extent);
        is_finished &= known.end.is_some() && is_measured;
    }
    for arm in kept() {
        let Some(known) = records.of(arm) else { continue };
        for (&level, row) in &known.rows {
            let mut found: Option<(PathBuf, Vec<u8>)> = None;
            for place in places {
                let path = ticket_in(place, arm.name(), seed, level);
                if find(setup, arm, &path, (seed, level), Some(row))?.is_none() {
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
            match (found, folders.get(arm)) {
                (Some((path, bytes)), Some(folder)) if path != out.ticket(arm.name(), seed, level) => {
                    copy(folder, &ticket_file(seed, level), &bytes)?;
                }
                (Some(_), _) => {}
                (None, _) => is_finished = false,
            }
        }
    }
    Ok(if is_finished {
        State::Finished
    } else {
        State::Unfinished
    })
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
