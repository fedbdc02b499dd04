//! Directories that are looked at together: of runs of one experiment, or of one sweep.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::bad_input;
use crate::experiment::SweepFile;
use crate::run::{self, Begun, Part};
use crate::sweep::{CELLS, Cell, Plan, SWEEP, is_sweep, text_of};
use crate::text::shown;

/// The sweep that the file of a directory says, and the digest that stands above it.
pub(super) fn sweep_of(directory: &Path) -> anyhow::Result<(SweepFile, String)> {
    let file = directory.join(SWEEP);
    let place = file.display().to_string();
    let text = text_of(directory)?;
    let digest = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# digest "));
    let digest = digest.ok_or_else(|| {
        bad_input!("{place}:1: no digest stands here, so no run wrote this file; restore it, or name another directory")
    })?;
    Ok((SweepFile::new(&text, &place, &[]), shown(digest)))
}

/// What there is to do in directories, and what goes on with it.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) parts: Vec<Part>,
    pub(super) directories: Vec<PathBuf>,
    pub(super) command: String,
}

impl Subject {
    /// Reads what the directories are of.
    ///
    /// # Errors
    /// Bad input if one is no directory of a run or sweep, or they are of different ones.
    pub(super) fn open(directories: &[PathBuf]) -> anyhow::Result<Self> {
        if directories.iter().any(|directory| is_sweep(directory)) {
            return Self::of_sweep(directories);
        }
        let runs = directories
            .iter()
            .map(|run| Begun::open(run))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let experiment = run::experiment_of_all(&runs)?;
        Ok(Self {
            parts: vec![Part::of(&experiment, None, directories.to_vec())],
            name: experiment.name,
            directories: directories.to_vec(),
            command: runs[0].command.clone(),
        })
    }

    fn of_sweep(directories: &[PathBuf]) -> anyhow::Result<Self> {
        let first = &directories[0];
        same_sweep(directories)?;
        let (file, _) = sweep_of(first)?;
        let swept = file
            .sweep()?
            .with_context(|| format!("{}: no sweep", first.display()))?;
        let plan = Plan::new(&swept)?;
        let [file, place] = [&first.join(SWEEP), first].map(|path| path.display().to_string());
        Ok(Self {
            name: plan.name.clone(),
            parts: parts(&plan, directories),
            directories: directories.to_vec(),
            command: shlex::try_join(["tombola", "run", &*file, "--out", &*place])?,
        })
    }
}

/// The cells of a sweep in directories of it.
pub(super) fn parts(plan: &Plan<'_>, directories: &[PathBuf]) -> Vec<Part> {
    let part = |(place, cell): (usize, &Cell)| Part {
        name: Some(plan.about(place)),
        places: directories
            .iter()
            .map(|directory| directory.join(CELLS).join(&cell.digest))
            .collect(),
        seeds: cell.seeds.clone(),
        arms: cell.arms.clone(),
    };
    plan.cells.iter().enumerate().map(part).collect()
}

/// Checks that directories are of one sweep with the same cells.
///
/// # Errors
/// Bad input if they are not.
pub(super) fn same_sweep(directories: &[PathBuf]) -> anyhow::Result<()> {
    let mut first: Option<(&Path, String, String)> = None;
    for directory in directories {
        let place = directory.display();
        if !is_sweep(directory) {
            Begun::open(directory)?;
            return Err(bad_input!(
                "{place}: this is a run, and the others are of a sweep; name directories of one kind"
            ));
        }
        let (file, digest) = sweep_of(directory)?;
        let swept = file.sweep()?.with_context(|| format!("{place}: no sweep"))?;
        let written = swept.written();
        match &first {
            None => first = Some((directory, digest, written)),
            Some((other, one, _)) if *one != digest => {
                return Err(bad_input!(
                    "{} and {place} are of different sweeps (digests {one} and {digest}); name only directories of one",
                    other.display()
                ));
            }
            Some((other, _, one)) if *one != written => {
                return Err(bad_input!(
                    "{} and {place} are of one sweep, but have other cells or seeds in it; run each with the sweep file that has \
                     them all",
                    other.display()
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
