//! One directory as its seeds are worked off, one by one: what is on disk of it, and where tickets go.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::sync::atomic::AtomicBool;

use anyhow::Context;

use super::replicate::{self, Found};
use super::waiting::Folders;
use super::{RunDirectory, Watch};
use crate::arm::Arm;
use crate::results::Replicate;
use crate::setup::Setup;

/// What is on disk, by arm: the names of tickets.
type OnDisk = BTreeMap<Arm, BTreeSet<OsString>>;

/// A directory into which nothing was written yet.
pub(crate) struct Prepared<'a> {
    setup: &'a Setup,
    directory: &'a RunDirectory,
    on_disk: OnDisk,
}

impl<'a> Prepared<'a> {
    /// Lists what is there.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub(crate) fn new(setup: &'a Setup, directory: &'a RunDirectory) -> anyhow::Result<Self> {
        Ok(Self {
            setup,
            directory,
            on_disk: on_disk(setup, directory)?,
        })
    }

    /// Reads what is there of a seed.
    ///
    /// # Errors
    /// If a file is there that cannot be used: it stays as it is.
    pub(super) fn look(&self, seed: u64, watch: &dyn Watch) -> anyhow::Result<Found> {
        replicate::look(self.setup, self.directory, &self.on_disk, seed, watch)
            .with_context(|| format!("seed {seed}"))
    }

    /// Whether nothing is to be computed of a seed; then `watch` is told of its levels.
    ///
    /// # Errors
    /// If a file is there that cannot be used: it stays as it is.
    pub(crate) fn is_finished(&self, seed: u64, watch: &dyn Watch) -> anyhow::Result<bool> {
        let found = self.look(seed, &Nobody)?;
        let is_finished = found.is_finished(self.setup);
        if is_finished {
            let levels = (self.setup.trajectory().levels() + 1) * self.setup.arms().len() as u32;
            watch.levels_lost(levels);
        }
        Ok(is_finished)
    }
}

/// Nobody, who is told nothing.
struct Nobody;

impl Watch for Nobody {
    fn level_finished(&self) {}

    fn levels_lost(&self, _: u32) {}
}

/// A directory into which results are written.
pub(crate) struct Work {
    directory: RunDirectory,
    on_disk: OnDisk,
    folders: Folders,
}

impl Work {
    /// Lists what is there, and writes the experiment.
    ///
    /// # Errors
    /// If a file or directory cannot be read or written.
    pub(crate) fn begin(setup: &Setup, directory: RunDirectory) -> anyhow::Result<Self> {
        let on_disk = on_disk(setup, &directory)?;
        let folders = begin(setup, &directory)?;
        Ok(Self {
            directory,
            on_disk,
            folders,
        })
    }

    /// Computes what is missing of a seed.
    ///
    /// # Errors
    /// If data cannot be drawn, memory is short, or a file cannot be read or written.
    pub(crate) fn compute(
        &self,
        setup: &Setup,
        seed: u64,
        stop: &AtomicBool,
        watch: &dyn Watch,
    ) -> anyhow::Result<Replicate> {
        let Self {
            directory,
            on_disk,
            folders,
        } = self;
        let found = replicate::look(setup, directory, on_disk, seed, watch)?;
        replicate::finish(setup, (directory, folders), seed, found, stop, watch)
    }
}

fn on_disk(setup: &Setup, directory: &RunDirectory) -> anyhow::Result<OnDisk> {
    let arms = setup.arms().iter();
    let names = arms.map(|arm| Ok((arm.clone(), directory.names_of_tickets(arm.name())?)));
    names.collect()
}

/// Writes the experiment, and makes room for the tickets that are kept.
pub(super) fn begin(setup: &Setup, directory: &RunDirectory) -> anyhow::Result<Folders> {
    directory.begin()?;
    let kept = setup.arms().iter().filter(|arm| setup.keeps(arm));
    let folders = kept.map(|arm| Ok((arm.clone(), directory.make_room(arm.name())?)));
    folders.collect()
}
