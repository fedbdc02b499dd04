//! Reads the directory of a run, finished or not, and writes nothing into it.

use std::path::{Path, PathBuf};

use super::directory::{DIGEST, EXPERIMENT, LEVELS};
use super::{recorded_at, recorded_of};
use crate::arm::IMP_NAME;
use crate::bad_input;
use crate::experiment::Experiment;
use crate::files::read_if_there;
use crate::report::NotFinite;
use crate::results::{Recorded, Replicate, levels_csv, recorded};
use crate::setup::Setup;
use crate::sweep::{SWEEP, is_cell, is_sweep};
use crate::text::shown;

/// A run that was begun, as its directory has it.
pub struct Begun {
    /// The directory.
    pub path: PathBuf,
    /// The same, as it was named.
    pub place: String,
    /// Its experiment.
    pub experiment: Experiment,
    /// The experiment's digest, as the run wrote it down.
    pub digest: String,
    /// What goes on with it, and writes its tables again.
    pub command: String,
}

/// A finished run, as its directory has it.
pub struct PastRun {
    /// The directory, as it was named.
    pub place: String,
    /// The same.
    path: PathBuf,
    /// Its experiment.
    pub experiment: Experiment,
    /// The experiment's digest, as the run wrote it down.
    pub digest: String,
    /// Its rows, in the order of the file; none if no seed stayed finite.
    pub rows: Vec<Recorded>,
    /// What writes its tables again.
    pub command: String,
}

impl Begun {
    /// Reads the experiment.
    ///
    /// # Errors
    /// Bad input, with place and remedy, if that is no directory of a run, or its experiment is damaged.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let place = path.display().to_string();
        if !path.is_dir() {
            let what = if path.exists() {
                "that is a file"
            } else {
                "there is no such directory"
            };
            return Err(bad_input!(
                "{place}: {what}; name the directory of a run, such as runs/NAME-DIGEST"
            ));
        }
        if is_sweep(path) {
            return Err(bad_input!(
                "{place}: that is the directory of a sweep, and here one run is wanted; name a cell of it, \
                 {place}/cells/DIGEST"
            ));
        }
        let file = path.join(EXPERIMENT);
        let Some(bytes) = read_if_there(&file)? else {
            return Err(bad_input!(
                "{place}: there is no {EXPERIMENT} in it, so it is no run directory; name one that `tombola run` made"
            ));
        };
        let file = file.display().to_string();
        let (text, digest) = experiment(&bytes, &file)?;
        Ok(Self {
            path: path.to_owned(),
            experiment: Experiment::parse(text, &file, &[])?,
            digest,
            command: match is_cell(path) {
                Some(sweep) => {
                    let swept = sweep.join(SWEEP);
                    let [swept, sweep] = [&swept, &sweep].map(|path| path.to_string_lossy());
                    shlex::try_join(["tombola", "run", &*swept, "--out", &*sweep])?
                }
                None => shlex::try_join(["tombola", "run", &*file, "--out", &*place])?,
            },
            place,
        })
    }

    /// Its table, from its records, if it is a cell: what a sweep has of it is a part of the sweep's.
    ///
    /// # Errors
    /// Bad input, with place and remedy, if a seed is not finished, or its records or a file of its tasks cannot be used.
    pub fn table_of_cell(&self) -> anyhow::Result<Option<Vec<u8>>> {
        if is_cell(&self.path).is_none() {
            return Ok(None);
        }
        table_of_cell(&self.path, &self.setup(&self.experiment)?, &self.command).map(Some)
    }

    /// What the seeds of `experiment` share, which is this run's, with other seeds or arms perhaps; and with the files of its
    /// tasks as they are now.
    ///
    /// # Errors
    /// If a file cannot be read or has changed since.
    pub fn setup(&self, experiment: &Experiment) -> anyhow::Result<Setup> {
        setup(&self.place, experiment, &self.digest)
    }
}

impl PastRun {
    /// Reads the experiment and the rows.
    ///
    /// # Errors
    /// Bad input, with place and remedy, if that is no directory of a run, the run is not finished, or a file is damaged.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let Begun {
            path,
            place,
            experiment,
            digest,
            command,
        } = Begun::open(path)?;
        let levels = path.join(LEVELS);
        let bytes = match read_if_there(&levels)? {
            // The table of a cell is a part of its sweep's.
            None if is_cell(&path).is_some() => Some(table_of_cell(
                &path,
                &setup(&place, &experiment, &digest)?,
                &command,
            )?),
            found => found,
        };
        let Some(bytes) = bytes else {
            return Err(bad_input!(
                "{place}: there is no {LEVELS} in it, so its run is not finished; `{command}` goes on with it"
            ));
        };
        let remedy = format!("`{command}` writes the file again from what is finished");
        let rows = recorded(
            &bytes,
            &levels.display().to_string(),
            &experiment.task_names(),
            &remedy,
        )?;
        Ok(Self {
            place,
            path,
            experiment,
            digest,
            rows,
            command,
        })
    }

    /// The seeds of `imp` whose training did not stay finite, with the reason, from the records.
    ///
    /// # Errors
    /// If no seed has a level, and the records, or the files of tasks, cannot be used.
    pub fn not_finite(&self) -> anyhow::Result<Vec<NotFinite>> {
        let of_imp = || self.rows.iter().filter(|row| row.arm == IMP_NAME);
        let last = of_imp().map(|row| row.level).max();
        let whole = of_imp().filter(|row| Some(row.level) == last).count();
        if whole == self.experiment.seeds as usize {
            return Ok(vec![]);
        }
        let read = || -> anyhow::Result<Vec<NotFinite>> {
            let replicates = recorded_at(&self.setup()?, &self.path, &self.command)?;
            let lost = replicates
                .iter()
                .filter_map(|seed| NotFinite::of(seed.seed, seed.imp()));
            Ok(lost.collect())
        };
        match read() {
            // What has levels can be looked at without that.
            Err(_) if last.is_some() => Ok(vec![]),
            read => read,
        }
    }

    /// What its seeds share, with the files of its tasks as they are now.
    ///
    /// # Errors
    /// If a file cannot be read or has changed since.
    pub fn setup(&self) -> anyhow::Result<Setup> {
        setup(&self.place, &self.experiment, &self.digest)
    }
}

/// What the seeds of the run at `place` share, if its experiment still has this digest.
fn setup(place: &str, experiment: &Experiment, digest: &str) -> anyhow::Result<Setup> {
    let setup = Setup::open(experiment.clone());
    let setup = setup.map_err(|error| pipe_gone(place, experiment).unwrap_or(error))?;
    if setup.digest == digest {
        return Ok(setup);
    }
    Err(pipe_gone(place, experiment).unwrap_or_else(|| {
        bad_input!(
            "{place}: its experiment had the digest {digest} when it ran, and has {} now: a file of its tasks or \
             experiment.toml has changed since; restore it, or run the experiment again",
            setup.digest
        )
    }))
}

/// The table of a cell, from its records, which are read some seeds at a time: they take ten times the memory.
fn table_of_cell(path: &Path, setup: &Setup, command: &str) -> anyhow::Result<Vec<u8>> {
    const SEEDS: usize = 64;
    let mut table = levels_csv(setup.ports(), std::iter::empty())?;
    let header = table.len();
    for first in setup.seeds().step_by(SEEDS) {
        let few = first..setup.seeds().end.min(first + SEEDS as u64);
        let replicates = recorded_of(setup, path, few, command)?;
        let rows = levels_csv(setup.ports(), replicates.iter().flat_map(Replicate::rows))?;
        table.extend_from_slice(&rows[header..]);
    }
    Ok(table)
}

/// What to say of a run that cannot be computed again, where its data came out of a pipe.
fn pipe_gone(place: &str, experiment: &Experiment) -> Option<anyhow::Error> {
    let mut files = experiment.data.files();
    let pipe = files.find(|path| path.starts_with("/dev") || path.starts_with("/proc"))?;
    Some(bad_input!(
        "{place}: its data came from {}, a pipe that gives nothing a second time; write the data to a file, and its path to \
         experiment.toml (the digest is that of the content)",
        pipe.display()
    ))
}

/// The text of the file of an experiment, and the digest that a run wrote into it.
fn experiment<'a>(bytes: &'a [u8], file: &str) -> anyhow::Result<(&'a str, String)> {
    let text = std::str::from_utf8(bytes);
    let text = text.map_err(|_| {
        bad_input!("{file}: this is not text in UTF-8; restore the file, or name another directory")
    })?;
    let digest = text.lines().next().and_then(|line| line.strip_prefix(DIGEST));
    let digest = digest.ok_or_else(|| {
        bad_input!("{file}:1: no digest stands here, so no run wrote this file; restore it, or name another directory")
    })?;
    Ok((text, shown(digest)))
}
