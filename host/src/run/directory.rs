//! The run directory: its files, the lock on it, and the experiment that it belongs to.
//!
//! One process alone works in a directory, or several do that share it, each on its [shard](super::Shard), claiming each seed before it begins. No folder of it has
//! more than a few thousand entries, however many seeds there are: those from 1000 on have a folder for each thousand.

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};
use std::{fmt, io};

use anyhow::Context;
use itertools::Itertools;

use super::claim::{CLAIMS, Claim, Claimed, Claims};
use super::waiting::Folders;
use crate::arm::{Arm, IMP_NAME};
use crate::bad_input;
use crate::experiment::{Experiment, digested_lines};
use crate::files::{Folder, Half, is_half_written, read_if_there, remove_half_written, unusable};
use crate::results::{folder_of, has_folder, is_folder_of_seeds, ticket_file, ticket_name};
use crate::text::{self, legible, listed, quoted};

pub(crate) const EXPERIMENT: &str = "experiment.toml";
pub(crate) const LEVELS: &str = "levels.csv";
/// What is written last: once it is there, so are the tables.
pub(crate) const REPORT: &str = "report.html";
const TICKETS: &str = "tickets";
const RECORDS: &str = "records";
/// Held for as long as the process lives, however it dies. The file itself stays, and is empty.
pub(super) const LOCK: &str = ".lock";
/// How the first line of the experiment starts; its digest follows.
pub(crate) const DIGEST: &str = "# digest ";

/// How long a process waits for a lock that another may only be looking at, as `tombola status` does.
const PATIENCE: Duration = Duration::from_secs(1);

/// A directory that belongs to one experiment and, as long as this value lives, to one process, or to those that share it.
pub struct RunDirectory {
    path: PathBuf,
    /// What the file of the experiment is to hold, where it holds something else.
    experiment: Option<String>,
    /// Claims on seeds, where the directory is shared.
    claims: Option<Claims>,
    lock: Lock,
}

/// Who works in a run directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// One process.
    Alone,
    /// Any number of processes. What this one does, for others to read.
    Shared(&'a str),
    /// The same, of one that computes nothing.
    Beside(&'a str),
}

impl RunDirectory {
    /// The directory of an experiment that was given none.
    pub fn default_path(experiment: &Experiment, digest: &str) -> PathBuf {
        Path::new("runs").join(format!("{}-{digest}", experiment.name))
    }

    /// Creates the directory, or takes up one that an earlier or killed run of the same experiment left.
    ///
    /// # Errors
    /// If the directory holds something else or the run of another experiment, another process is at work in it that does
    /// not share it, or it cannot be written.
    pub fn open(
        path: &Path,
        experiment: &Experiment,
        digest: &str,
        access: Access<'_>,
    ) -> anyhow::Result<Self> {
        let lock = take(path, EXPERIMENT, &[TICKETS, RECORDS], access)?;
        let directory = Self {
            path: path.to_owned(),
            experiment: to_write(path, experiment, digest)?,
            claims: match access {
                Access::Alone => None,
                Access::Shared(what) | Access::Beside(what) => Some(Claims::open(path, what)?),
            },
            lock,
        };
        for name in [TICKETS, RECORDS] {
            let folder = path.join(name);
            let about = || {
                format!(
                    "cannot use the directory {}; choose a writable one with --out",
                    path.display()
                )
            };
            fs::create_dir_all(&folder).map_err(|error| unusable(error, &about()))?;
            if access == Access::Alone {
                remove_half_written_below(&folder);
            }
        }
        if access == Access::Alone {
            remove_half_written(path);
            directory.lock.remove_claims(path);
        }
        Ok(directory)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same directory, whose experiment stays as it is, with the seeds and arms that it asks for, if there is one.
    #[must_use]
    pub fn as_it_stands(mut self) -> Self {
        if !self.is_new() {
            self.experiment = None;
        }
        self
    }

    /// Claims a unit of work, until the claim is dropped; `None` if another process has it.
    ///
    /// # Errors
    /// If the claim cannot be written.
    ///
    /// # Panics
    /// If the directory is not shared.
    pub(super) fn claim(&self, unit: &str) -> anyhow::Result<Option<Claim>> {
        let claims = self.claims.as_ref().expect("a directory that is shared");
        Ok(match claims.claim(unit)? {
            Claimed::Ours(claim) => Some(claim),
            Claimed::Theirs => None,
        })
    }

    /// Whether seeds are to be claimed, since other processes may be at work here.
    pub(super) fn is_claimed(&self) -> bool {
        self.claims.is_some()
    }

    /// Whether another process may write the same files.
    pub(super) fn is_shared(&self) -> bool {
        self.claims.is_some() || !self.lock.is_held
    }

    /// Makes the folders for the records and for the tickets of these arms of a seed.
    ///
    /// # Errors
    /// If one cannot be made.
    pub(super) fn make_room<'a>(
        &self,
        seed: u64,
        arms: impl Iterator<Item = &'a Arm>,
    ) -> anyhow::Result<Folders> {
        let above = |path: PathBuf| path.parent().map(Path::to_owned).unwrap_or_default();
        if has_folder(seed) {
            Folder::open(above(self.records(seed)))?;
        }
        arms.map(|arm| {
            Ok((
                arm.clone(),
                Folder::open(above(self.ticket(arm.name(), seed, 0)))?,
            ))
        })
        .collect()
    }

    /// Writes the experiment, and removes the tables of other seeds or arms, which would be taken for its own. To be
    /// called before a ticket is written, and once those that are there are known to be of this run. On a full disk all stays.
    ///
    /// # Errors
    /// If a file cannot be written or removed.
    pub fn begin(&self) -> anyhow::Result<()> {
        let Some(experiment) = &self.experiment else {
            return Ok(());
        };
        let half = Half::whole(&self.path.join(EXPERIMENT), experiment.as_bytes())?;
        for stale in [self.report(), self.levels(), self.measures(), self.summary()] {
            match fs::remove_file(&stale) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot replace {}", stale.display()));
                }
                _ => {}
            }
        }
        half.finish()
    }

    /// The ticket of a seed and level in an arm.
    pub fn ticket(&self, arm: &str, seed: u64, level: u32) -> PathBuf {
        ticket_in(&self.path, arm, seed, level)
    }

    /// What is known of a seed.
    pub(super) fn records(&self, seed: u64) -> PathBuf {
        records_in(&self.path, seed)
    }

    /// How many seeds but these are on record.
    ///
    /// # Errors
    /// If the directory of the records cannot be read.
    pub(super) fn other_seeds(&self, seeds: &Range<u64>) -> anyhow::Result<usize> {
        Ok(seeds_but(&self.path, seeds)?.len())
    }

    /// Whether no run was begun in it yet.
    pub(super) fn is_new(&self) -> bool {
        !self.path.join(EXPERIMENT).exists()
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
        self.path.join(REPORT)
    }
}

/// A lock on a directory, as long as this lives.
pub(crate) struct Lock {
    /// Whether the file system has locks.
    is_held: bool,
    _file: File,
}

/// That another process is at work in a directory, or looks at it for longer than this one waits.
#[derive(Debug)]
struct Taken(String);

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(directory) = self;
        write!(
            f,
            "another process is at work in {directory}; wait for it or choose another --out"
        )
    }
}

impl Error for Taken {}

/// Whether `error` is that another process has a directory, which it may leave.
pub(crate) fn is_taken(error: &anyhow::Error) -> bool {
    error.is::<Taken>()
}

impl Lock {
    /// Removes the claims of processes that are gone, from a directory in which this one is alone. Without locks nobody knows
    /// that it is: who is at work writes a half again that was taken from it, but its claims say that it is.
    pub(crate) fn remove_claims(&self, path: &Path) {
        if self.is_held {
            let _ = fs::remove_dir_all(path.join(CLAIMS));
        }
    }
}

/// Makes a directory, unless it is there, and takes it for this process, or for those that share it. `marker` is the file
/// without which there is nothing in it but what a process leaves that was killed at its very start: empty `folders`.
///
/// # Errors
/// If the directory holds something else, another process is at work in it, or it cannot be written.
pub(crate) fn take(path: &Path, marker: &str, folders: &[&str], access: Access<'_>) -> anyhow::Result<Lock> {
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
    // Another shard may have begun its work meanwhile: it writes the marker first.
    let is_run = || path.join(marker).exists();
    if let Some(entry) = entry_of_another(path, marker, folders).with_context(advice)?
        && !is_run()
    {
        return Err(bad_input!(
            "--out {shown}: there is {} in it, but no {marker}: that is no run directory; choose an empty or a \
             new one",
            quoted(&entry.to_string_lossy())
        ));
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path.join(LOCK))
        .map_err(|error| unusable(error, &advice()))?;
    let is_held = locked(&file, access).ok_or_else(|| Taken(shown.to_string()))?;
    if !matches!(access, Access::Beside(_)) {
        // Tells `status` when work began that is still going on.
        let _ = file.set_modified(SystemTime::now());
    }
    Ok(Lock { is_held, _file: file })
}

/// The seeds but these that are on record in a run directory.
///
/// # Errors
/// If the directory of the records cannot be read.
pub(super) fn seeds_but(directory: &Path, seeds: &Range<u64>) -> anyhow::Result<BTreeSet<u64>> {
    let folder = directory.join(RECORDS);
    let names =
        names_below(&folder).with_context(|| format!("cannot read the directory {}", folder.display()))?;
    let on_record = names
        .iter()
        .filter_map(|name| name.to_str()?.strip_suffix(".jsonl")?.parse().ok());
    Ok(on_record.filter(|seed| !seeds.contains(seed)).collect())
}

/// The records of a seed in a run directory.
pub(super) fn records_in(directory: &Path, seed: u64) -> PathBuf {
    let name = format!("{seed}.jsonl");
    in_one_folder(&directory.join(RECORDS), seed, &name)
}

/// The ticket of a seed and level in an arm, in a run directory.
pub(super) fn ticket_in(directory: &Path, arm: &str, seed: u64, level: u32) -> PathBuf {
    let path = directory.join(ticket_name(arm, seed, level));
    match path.parent().and_then(Path::parent) {
        Some(folder) if has_folder(seed) => in_one_folder(folder, seed, &ticket_file(seed, level)),
        _ => path,
    }
}

/// The names of all that is in the folder for the tickets of an arm, in a run directory.
///
/// # Errors
/// If it cannot be read.
pub(super) fn tickets_in(directory: &Path, arm: &str) -> anyhow::Result<BTreeSet<OsString>> {
    let mut folder = directory.join(TICKETS);
    if arm != IMP_NAME {
        folder.push(arm);
    }
    names_below(&folder).with_context(|| format!("cannot read the directory {}", folder.display()))
}

/// A file of a seed: where it belongs, or, if it is only there, where it was before seeds from 1000 on had folders.
fn in_one_folder(folder: &Path, seed: u64, name: &str) -> PathBuf {
    let path = folder.join(folder_of(seed)).join(name);
    if has_folder(seed) && !path.exists() {
        let before = folder.join(name);
        if before.exists() {
            return before;
        }
    }
    path
}

/// The names of all files in a folder and in its folders of a thousand seeds each; none if it is not there.
fn names_below(folder: &Path) -> io::Result<BTreeSet<OsString>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries?,
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(is_folder_of_seeds) {
            names.extend(names_below(&entry.path())?);
        } else {
            names.insert(name);
        }
    }
    Ok(names)
}

/// Removes what killed processes left half written in a folder and all that is below it.
fn remove_half_written_below(folder: &Path) {
    remove_half_written(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_half_written_below(&entry.path());
        }
    }
}

/// Locks a directory; `None` if another process has it, `false` where the file system has no locks.
fn locked(lock: &File, access: Access<'_>) -> Option<bool> {
    let start = Instant::now();
    loop {
        let locked = match access {
            Access::Alone => lock.try_lock(),
            Access::Shared(_) | Access::Beside(_) => lock.try_lock_shared(),
        };
        match locked {
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => sleep(PATIENCE / 50),
            Err(TryLockError::WouldBlock) => return None,
            Err(TryLockError::Error(_)) => return Some(false),
            Ok(()) => return Some(true),
        }
    }
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
            || name == CLAIMS
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
pub(super) fn first_difference(earlier: &str, now: &str, experiment: &Experiment) -> String {
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
