//! The directory of a sweep: its files, the lock that one process holds, and the sweep that it belongs to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Plan;
use crate::bad_input;
use crate::files::{Half, read_if_there, remove_half_written, unusable, write_atomically};
use crate::run::{Access, DIGEST, LEVELS, Lock, REPORT, take};
use crate::text::shown;

/// The file that says what is swept.
pub(crate) const SWEEP: &str = "sweep.toml";
/// The folder of the cells.
pub(crate) const CELLS: &str = "cells";

/// The mark of a directory whose tables are of fewer or other cells or seeds than its file says.
const STALE: &str = ".stale";

/// Whether the tables of a sweep's directory are of fewer or other cells or seeds than its file says, since it is not
/// finished.
pub(crate) fn is_stale(path: &Path) -> bool {
    path.join(STALE).exists()
}

/// Whether a directory is that of a sweep.
pub(crate) fn is_sweep(path: &Path) -> bool {
    path.join(SWEEP).is_file()
}

/// The directory of the sweep whose cell a directory is.
pub(crate) fn is_cell(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    let cells = path.parent().filter(|cells| cells.ends_with(CELLS))?;
    let sweep = cells.parent()?;
    is_sweep(sweep).then(|| sweep.to_owned())
}

/// The text of what a directory's sweep is.
///
/// # Errors
/// Bad input, with remedy, if it is no text.
pub(crate) fn text_of(path: &Path) -> anyhow::Result<String> {
    let file = path.join(SWEEP);
    let bytes = read_if_there(&file)?.unwrap_or_default();
    String::from_utf8(bytes).map_err(|_| {
        bad_input!(
            "{}: this is not text in UTF-8; restore the file, or name another directory",
            file.display()
        )
    })
}

/// A directory that belongs to one sweep and, as long as this value lives, to one process, or to those that share it.
pub struct SweepDirectory {
    path: PathBuf,
    /// What the file of the sweep is to hold, where it holds something else.
    sweep: Option<String>,
    /// What this process does, where it shares the directory with others.
    shared: Option<String>,
    _lock: Lock,
}

impl SweepDirectory {
    /// The directory of a sweep that was given none.
    pub fn default_path(plan: &Plan<'_>) -> PathBuf {
        Path::new("runs").join(format!("{}-{}", plan.name, plan.digest))
    }

    /// Creates the directory, or takes up one that an earlier or killed run of the same sweep left.
    ///
    /// # Errors
    /// If the directory holds something else or another sweep, another process is at work in it, or it cannot be written.
    pub fn open(path: &Path, plan: &Plan<'_>, access: Access<'_>) -> anyhow::Result<Self> {
        let lock = take(path, SWEEP, &[CELLS], access)?;
        let place = path.display();
        let now = format!("{DIGEST}{}\n{}", plan.digest, plan.written());
        let earlier = read_if_there(&path.join(SWEEP))?;
        if let Some(earlier) = &earlier {
            let earlier = String::from_utf8_lossy(earlier);
            let found = earlier.lines().next().and_then(|line| line.strip_prefix(DIGEST));
            match found {
                Some(found) if found == plan.digest => {}
                Some(found) => {
                    return Err(bad_input!(
                        "--out {place}: the sweep in it is another one (digest {}, this one is {}): its settings or its swept \
                         keys are others; choose another directory",
                        shown(found),
                        plan.digest
                    ));
                }
                None => {
                    return Err(bad_input!(
                        "--out {place}: its {SWEEP} was not written by a sweep; choose another directory"
                    ));
                }
            }
        }
        if access == Access::Alone {
            remove_half_written(path);
            lock.remove_claims(path);
        }
        let cells = path.join(CELLS);
        fs::create_dir_all(&cells)
            .map_err(|error| unusable(error, &format!("cannot make the directory {}", cells.display())))?;
        Ok(Self {
            path: path.to_owned(),
            sweep: (earlier.as_deref() != Some(now.as_bytes())).then_some(now),
            shared: match access {
                Access::Alone => None,
                Access::Shared(what) | Access::Beside(what) => Some(what.to_owned()),
            },
            _lock: lock,
        })
    }

    /// The same directory, whose sweep stays as it is, with the seeds and cells that it asks for, if there is one.
    #[must_use]
    pub fn as_it_stands(mut self) -> Self {
        if self.path.join(SWEEP).exists() {
            self.sweep = None;
        }
        self
    }

    /// Who works in it, and in its cells.
    pub fn access(&self) -> Access<'_> {
        self.shared.as_deref().map_or(Access::Alone, Access::Shared)
    }

    /// Writes what is swept. The tables of other cells stay until there are new ones, and are marked, so that nobody takes
    /// them for those of this sweep. To be called before anything is computed, and once what is there is known to be good.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn begin(&self) -> anyhow::Result<()> {
        let Some(sweep) = &self.sweep else {
            return Ok(());
        };
        let half = Half::whole(&self.path.join(SWEEP), sweep.as_bytes())?;
        let tables = [self.levels(), self.measures(), self.summary(), self.report()];
        if tables.iter().any(|table| table.exists()) {
            write_atomically(&self.path.join(STALE), b"")?;
        }
        half.finish()
    }

    /// To be called once all tables are those of this sweep.
    ///
    /// # Errors
    /// If the mark of older ones cannot be removed.
    pub(crate) fn tables_are_new(&self) -> anyhow::Result<()> {
        let mark = self.path.join(STALE);
        match fs::remove_file(&mark) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", mark.display()))
            }
            _ => Ok(()),
        }
    }

    /// The run directory of the cell of this digest.
    pub fn cell(&self, digest: &str) -> PathBuf {
        self.path.join(CELLS).join(digest)
    }

    /// The digests of the cells that are there.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn cells_there(&self) -> anyhow::Result<Vec<String>> {
        let cells = self.path.join(CELLS);
        let about = || format!("cannot read the directory {}", cells.display());
        let mut there = vec![];
        for entry in fs::read_dir(&cells).with_context(about)? {
            there.extend(entry.with_context(about)?.file_name().into_string());
        }
        there.sort_unstable();
        Ok(there)
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A row per cell, seed, arm and level.
    pub fn levels(&self) -> PathBuf {
        self.path.join(LEVELS)
    }

    /// What is not one number a row.
    pub fn measures(&self) -> PathBuf {
        self.path.join("measures.csv")
    }

    /// What the cells come to.
    pub fn summary(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    /// The page to read.
    pub fn report(&self) -> PathBuf {
        self.path.join(REPORT)
    }
}
