//! The run directory: its files, the lock that one process holds, and the experiment that it belongs to.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context;
use itertools::Itertools;

use crate::bad_input;
use crate::experiment::{Experiment, digested_lines};
use crate::files::{Folder, is_half_written, read_if_there, remove_half_written, unusable, write_atomically};
use crate::results::ticket_name;
use crate::text::{self, legible, listed, quoted};

pub(crate) const EXPERIMENT: &str = "experiment.toml";
pub(crate) const LEVELS: &str = "levels.csv";
const TICKETS: &str = "tickets";
const RECORDS: &str = "records";
/// Held for as long as the process lives, however it dies. The file itself stays, and is empty.
const LOCK: &str = ".lock";
/// How the first line of the experiment starts; its digest follows.
pub(crate) const DIGEST: &str = "# digest ";

/// What is known of a seed in a run directory.
pub(super) fn records_of(path: &Path, seed: u64) -> PathBuf {
    path.join(RECORDS).join(format!("{seed}.jsonl"))
}

/// A directory that belongs to one experiment and, as long as this value lives, to one process.
pub struct RunDirectory {
    path: PathBuf,
    /// What the file of the experiment is to hold, where it holds something else.
    experiment: Option<String>,
    _lock: File,
}

impl RunDirectory {
    /// The directory of an experiment that was given none.
    pub fn default_path(experiment: &Experiment, digest: &str) -> PathBuf {
        Path::new("runs").join(format!("{}-{digest}", experiment.name))
    }

    /// Creates the directory, or takes up one that an earlier or killed run of the same experiment left.
    ///
    /// # Errors
    /// If the directory holds something else or the run of another experiment, another process is at work in it, or
    /// it cannot be written.
    pub fn open(path: &Path, experiment: &Experiment, digest: &str) -> anyhow::Result<Self> {
        let lock = take(path, EXPERIMENT, &[TICKETS, RECORDS])?;
        let directory = Self {
            path: path.to_owned(),
            experiment: to_write(path, experiment, digest)?,
            _lock: lock,
        };
        remove_half_written(path);
        for name in [TICKETS, RECORDS] {
            folder(path.join(name))?;
        }
        Ok(directory)
    }

    /// Makes the folder for the tickets of an arm.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn make_room(&self, arm: &str) -> anyhow::Result<Folder> {
        folder(self.folder_of(arm))
    }

    /// The folder for the tickets of an arm.
    fn folder_of(&self, arm: &str) -> PathBuf {
        let ticket = self.ticket(arm, 0, 0);
        ticket.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// The names of all that is in the folder for the tickets of an arm.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn names_of_tickets(&self, arm: &str) -> anyhow::Result<BTreeSet<OsString>> {
        let folder = self.folder_of(arm);
        let names = match fs::read_dir(&folder) {
            Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        };
        names.with_context(|| format!("cannot read the directory {}", folder.display()))
    }

    /// Writes the experiment, and removes the tables of other seeds or arms, which would be taken for its own. To be
    /// called before a ticket is written, and once those that are there are known to be of this run.
    ///
    /// # Errors
    /// If a file cannot be written or removed.
    pub(crate) fn begin(&self) -> anyhow::Result<()> {
        let Some(experiment) = &self.experiment else {
            return Ok(());
        };
        for stale in [self.levels(), self.measures(), self.summary(), self.report()] {
            match fs::remove_file(&stale) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot replace {}", stale.display()));
                }
                _ => {}
            }
        }
        write_atomically(&self.path.join(EXPERIMENT), experiment.as_bytes())
    }

    /// The ticket of a seed and level in an arm.
    pub fn ticket(&self, arm: &str, seed: u64, level: u32) -> PathBuf {
        self.path.join(ticket_name(arm, seed, level))
    }

    /// What is known of a seed.
    pub(super) fn records(&self, seed: u64) -> PathBuf {
        records_of(&self.path, seed)
    }

    /// The directory itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many seeds but these are on record.
    ///
    /// # Errors
    /// If the directory of the records cannot be read.
    pub(super) fn other_seeds(&self, seeds: &Range<u64>) -> anyhow::Result<usize> {
        let folder = self.path.join(RECORDS);
        let about = || format!("cannot read the directory {}", folder.display());
        let mut count = 0;
        for entry in fs::read_dir(&folder).with_context(about)? {
            let name = entry.with_context(about)?.file_name();
            let seed = name
                .to_str()
                .and_then(|name| name.strip_suffix(".jsonl")?.parse().ok());
            count += usize::from(seed.is_some_and(|seed| !seeds.contains(&seed)));
        }
        Ok(count)
    }

    /// What is not one number a row.
    pub fn measures(&self) -> PathBuf {
        self.path.join("measures.csv")
    }

    /// A row per seed, arm and level.
    pub fn levels(&self) -> PathBuf {
        self.path.join(LEVELS)
    }

    /// What the levels come to.
    pub fn summary(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    /// The page to read.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }
}

/// Makes a directory, unless it is there, and takes it for this process. `marker` is the file without which there is nothing
/// in it but what a process leaves that was killed at its very start: empty `folders`.
///
/// # Errors
/// If the directory holds something else, another process is at work in it, or it cannot be written.
pub(crate) fn take(path: &Path, marker: &str, folders: &[&str]) -> anyhow::Result<File> {
    let shown = path.display();
    if path == Path::new("-") {
        return Err(bad_input!(
            "--out -: a run is a directory of files; name one, such as runs/first"
        ));
    }
    if fs::metadata(path).is_ok_and(|found| !found.is_dir()) {
        return Err(bad_input!(
            "--out {shown}: that is a file, not a directory; choose another"
        ));
    }
    let advice = || format!("cannot use the directory {shown}; choose a writable one with --out");
    fs::create_dir_all(path).map_err(|error| unusable(error, &advice()))?;
    if let Some(entry) = entry_of_another(path, marker, folders).with_context(advice)? {
        return Err(bad_input!(
            "--out {shown}: there is {} in it, but no {marker}: that is no run directory; choose an empty or a \
             new one",
            quoted(&entry.to_string_lossy())
        ));
    }
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join(LOCK))
        .map_err(|error| unusable(error, &advice()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!("another process is at work in {shown}; wait for it or choose another --out")
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(advice),
    }
    Ok(lock)
}

/// Makes a folder that may be there, and removes from it what a killed run left half written.
fn folder(path: PathBuf) -> anyhow::Result<Folder> {
    let folder = Folder::open(path)?;
    remove_half_written(folder.path());
    Ok(folder)
}

/// What is to be written into the file of the experiment; `None` if it stands there. The digest is written down because a
/// CSV file, which is a part of it, may have changed or moved since.
///
/// # Errors
/// If another experiment is there, or something else.
fn to_write(directory: &Path, experiment: &Experiment, digest: &str) -> anyhow::Result<Option<String>> {
    let now = format!("{DIGEST}{digest}\n{}", experiment.canonical());
    let Some(earlier) = read_if_there(&directory.join(EXPERIMENT))? else {
        return Ok(Some(now));
    };
    if earlier == now.as_bytes() {
        return Ok(None);
    }
    let earlier = String::from_utf8_lossy(&earlier);
    let shown = directory.display();
    let found = earlier.lines().next().and_then(|line| line.strip_prefix(DIGEST));
    let found = found.ok_or_else(|| {
        bad_input!("--out {shown}: its {EXPERIMENT} was not written by a run; choose another directory")
    })?;
    if found != digest {
        return Err(bad_input!(
            "--out {shown}: the run in it is of another experiment (digest {}, this one is {digest}); {}choose another \
             directory",
            text::shown(found),
            first_difference(&earlier, &now, experiment),
        ));
    }
    Ok(Some(now))
}

/// An entry of a directory in which no run was started: anything, where there is no `marker`, but what a run that was
/// killed at its very start leaves.
fn entry_of_another(path: &Path, marker: &str, folders: &[&str]) -> io::Result<Option<OsString>> {
    let mut other = None;
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if name == marker {
            return Ok(None);
        }
        let is_of_a_run = name == LOCK
            || is_half_written(&name)
            || folders.iter().any(|folder| name == *folder)
                && fs::read_dir(path.join(&name))?.next().is_none();
        if !is_of_a_run {
            other = Some(name);
        }
    }
    Ok(other)
}

/// Where two canonical texts part, as a remark.
fn first_difference(earlier: &str, now: &str, experiment: &Experiment) -> String {
    // The first line has the digest itself.
    let lines = |text| digested_lines(text).skip(1).collect::<Vec<&str>>();
    let (earlier, now) = (lines(earlier), lines(now));
    let at = |lines: &[&str], index: usize| {
        lines
            .get(index)
            .map(|line| legible(line, 200))
            .unwrap_or_default()
    };
    let different = (0..earlier.len().max(now.len())).find(|&index| at(&earlier, index) != at(&now, index));
    if let Some(index) = different {
        return format!(
            "it has '{}' where this one has '{}'; ",
            at(&earlier, index),
            at(&now, index)
        );
    }
    // The settings are the same, so it is what they point to.
    let files = experiment.data.files();
    let files: Vec<String> = files
        .unique()
        .map(|path| text::shown(&path.to_string_lossy()))
        .collect();
    format!("the content of {} has changed since; ", listed(&files, "or"))
}
