//! One directory as its seeds are worked off, one by one: what is on disk of it, and where tickets go.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use super::directory::tickets_in;
use super::replicate::{self, Found, OnDisk};
use super::{RunDirectory, Watch};
use crate::setup::Setup;

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
        replicate::look(self.setup, self.directory, Some(&self.on_disk), seed, watch)
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
    /// Not listed where other processes write, too.
    on_disk: Option<OnDisk>,
}

impl Work {
    /// Lists what is there, and writes the experiment.
    ///
    /// # Errors
    /// If a file or directory cannot be read or written.
    pub(crate) fn begin(setup: &Setup, directory: RunDirectory) -> anyhow::Result<Self> {
        let on_disk = (!directory.is_shared()).then(|| on_disk(setup, &directory));
        let on_disk = on_disk.transpose()?;
        directory.begin()?;
        Ok(Self { directory, on_disk })
    }

    /// Computes what is missing of a seed, unless another process is at work on it that shares the directory.
    ///
    /// # Errors
    /// If data cannot be drawn, memory is short, or a file cannot be read or written.
    pub(crate) fn compute(
        &self,
        setup: &Setup,
        seed: u64,
        stop: &AtomicBool,
        watch: &dyn Watch,
    ) -> anyhow::Result<Computed> {
        let Self { directory, on_disk } = self;
        let look = |watch| replicate::look(setup, directory, on_disk.as_ref(), seed, watch);
        let of_claims = directory.is_claimed();
        if of_claims {
            let found = look(&Nobody)?;
            if found.is_finished(setup) {
                let levels = (setup.trajectory().levels() + 1) * setup.arms().len() as u32;
                watch.levels_lost(levels);
                return Ok(Computed::Finished(found.failures(setup, seed)));
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(Computed::Stopped);
            }
        }
        let mut claim = None;
        if of_claims {
            claim = directory.claim(&seed.to_string())?;
            if claim.is_none() {
                return Ok(Computed::Theirs);
            }
        }
        // Of a claimed one, another process may have finished some since.
        let replicate = replicate::finish(setup, directory, seed, look(watch)?, stop, watch)?;
        drop(claim);
        Ok(if replicate.is_stopped() {
            Computed::Stopped
        } else {
            Computed::Finished(replicate.failures().collect())
        })
    }
}

/// What came of a seed.
pub(crate) enum Computed {
    /// It is finished, but for these arms, which could not be, each with the reason.
    Finished(Vec<(String, String)>),
    /// Another process is at work on it.
    Theirs,
    /// It was stopped before.
    Stopped,
}

fn on_disk(setup: &Setup, directory: &RunDirectory) -> anyhow::Result<OnDisk> {
    let arms = setup.arms().iter();
    let names = arms.map(|arm| Ok((arm.clone(), tickets_in(directory.path(), arm.name())?)));
    names.collect()
}
