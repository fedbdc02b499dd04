//! Does a shard's part of a run, in a directory that other processes may share.
//!
//! Each seed is [claimed](mod@super::claim) before it is computed. One that another process is at work on is left to it, and looked
//! at again at the end, until it is finished: so that a shard is done when its part is, whoever did it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Context;
use rayon::prelude::*;

use super::unit::{Computed, Work};
use super::{RunDirectory, Watch, pool};
use crate::setup::Setup;
use crate::text::counted;

/// How long a shard waits before it looks again at what others are at work on.
const WAIT: Duration = Duration::from_millis(200);

/// What a shard came to.
#[derive(Default)]
pub struct Worked {
    /// How many of its seeds are finished.
    pub finished: usize,
    /// What could not be finished, and why, by seed and arm, in order.
    pub failures: Vec<(String, String)>,
    /// Whether it was stopped before all was finished.
    pub is_stopped: bool,
}

/// Computes these seeds, as far as they are not on disk, `jobs` at a time as [`run`](super::run()) does. Memory does not grow
/// with their number.
///
/// # Errors
/// As [`run`](super::run()).
pub fn work(
    setup: &Setup,
    directory: RunDirectory,
    seeds: &[u64],
    jobs: usize,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<Worked> {
    let work = Work::begin(setup, directory)?;
    let pool = pool(setup, jobs, seeds.len().max(1), watch)?;
    let (mut finished, mut failures) = (0, vec![]);
    until_nobody_is_at_work(seeds.to_vec(), stop, watch, |seeds| {
        let (theirs, failed) = (Mutex::new(vec![]), Mutex::new(&mut failures));
        let one = |&seed: &u64| {
            let computed = work.compute(setup, seed, stop, watch);
            match computed.with_context(|| format!("seed {seed}")) {
                Ok(Computed::Finished(reasons)) => {
                    locked(&failed).extend(reasons.into_iter().map(|reason| (seed, reason)));
                    Ok(1)
                }
                Ok(Computed::Theirs) => {
                    locked(&theirs).push(seed);
                    Ok(0)
                }
                Ok(Computed::Stopped) => Ok(0),
                Err(error) => {
                    // A full disk is full for every seed: there is no use in going on.
                    stop.store(true, Ordering::Relaxed);
                    Err(error)
                }
            }
        };
        let done = pool.install(|| {
            seeds
                .par_iter()
                .with_max_len(1)
                .map(one)
                .collect::<anyhow::Result<Vec<usize>>>()
        });
        finished += done?.into_iter().sum::<usize>();
        Ok(theirs.into_inner().unwrap_or_else(PoisonError::into_inner))
    })?;
    failures.sort();
    Ok(Worked {
        finished,
        failures: failures.into_iter().map(|(_, failure)| failure).collect(),
        is_stopped: finished < seeds.len(),
    })
}

/// Does `pass` over all units, and then over those again that it returns, which other processes are at work on.
///
/// # Errors
/// As `pass`.
pub(crate) fn until_nobody_is_at_work<U: Ord>(
    mut units: Vec<U>,
    stop: &AtomicBool,
    watch: &dyn Watch,
    mut pass: impl FnMut(&[U]) -> anyhow::Result<Vec<U>>,
) -> anyhow::Result<()> {
    let mut is_told = false;
    while !units.is_empty() && !stop.load(Ordering::Relaxed) {
        units = pass(&units)?;
        if units.is_empty() {
            break;
        }
        units.sort_unstable();
        if !is_told {
            let count = counted(units.len(), "seed");
            watch.told(&format!(
                "{count} left that other processes are at work on: waiting for them"
            ));
            is_told = true;
        }
        sleep(WAIT);
    }
    Ok(())
}

/// A lock that no panic spoils.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
