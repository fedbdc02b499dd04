//! Runs every seed of an experiment, in parallel, into one directory; or, in each of several processes, a shard of them.
//!
//! What is finished of a seed is told by its records, a file with a line for each level of each arm: so a run can be killed at
//! any moment and taken up again, and the tables are made from the records at the end. Tickets are kept beside them, those that
//! the experiment wants, each written after its record; of an older run, which has no records, they are measured again.

mod again;
mod asked;
mod claim;
mod directory;
mod imp;
mod join;
mod past;
mod records;
mod replicate;
mod shard;
mod status;
mod tickets;
mod unit;
mod waiting;
mod work;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

pub use again::{Again, Different, again};
use anyhow::Context;
pub use asked::Asked;
pub use claim::{Claim, claim};
use directory::records_in;
pub use directory::{Access, RunDirectory};
pub(crate) use directory::{DIGEST, EXPERIMENT, LEVELS, Lock, REPORT, is_taken, take};
pub use join::{Joined, experiment_of_all, join};
pub use past::{Begun, PastRun};
use rayon::prelude::*;
pub use shard::Shard;
pub use status::{Part, Seed, Status, status};
pub(crate) use unit::{Computed, Prepared, Work};
pub use work::{Worked, work};
pub(crate) use work::{locked, until_nobody_is_at_work};

use crate::arm::Arm;
use crate::bad_input;
use crate::need;
use crate::results::Replicate;
use crate::setup::Setup;
use crate::text::counted;
use crate::ticket::Ticket;

/// Progress of a run: called for each level that is finished, found on disk or computed.
pub trait Watch: Sync {
    /// Something that the user should know before it begins, as a sentence.
    fn told(&self, _what: &str) {}
    /// A level of some seed is finished.
    fn level_finished(&self);
    /// Levels of some seed will never be: its loss was not finite, or its arm has no more.
    fn levels_lost(&self, count: u32);
}

/// What a run came to.
pub struct Done {
    /// The seeds that were asked for, in order.
    pub replicates: Vec<Replicate>,
    /// How many other seeds are on record in the directory.
    pub other_seeds: usize,
    /// The arms that are on record for these seeds, but were not asked for, in order.
    pub other_arms: Vec<Arm>,
}

/// Reads what is on disk, and computes what is not, `jobs` seeds at a time (0: as many as there are cores). Results do not depend on `jobs`. When `stop` becomes true, seeds under way end as
/// [stopped](crate::results::End::Stopped); what they finished is kept.
///
/// # Errors
/// If data cannot be drawn, memory is short, or a file cannot be read or written; all levels finished until then are
/// on disk.
pub fn run(
    setup: &Setup,
    directory: &RunDirectory,
    jobs: usize,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<Done> {
    let seeds: Vec<u64> = setup.seeds().collect();
    pool(setup, jobs, seeds.len(), watch)?.install(|| {
        // A file that cannot be used is refused before hours of training, not after.
        let prepared = Prepared::new(setup, directory)?;
        let find = |seed| prepared.look(seed, watch);
        let found = seeds.par_iter().map(|&seed| find(seed));
        let found = found.collect::<anyhow::Result<Vec<_>>>()?;
        let other_arms: BTreeSet<Arm> = found.iter().flat_map(|found| found.other_arms(setup)).collect();
        let other_seeds = directory.other_seeds(&setup.seeds())?;
        directory.begin()?;
        let finish = |(&seed, found)| {
            let done = replicate::finish(setup, directory, seed, found, stop, watch);
            if done.is_err() {
                // A full disk is full for every seed: there is no use in going on.
                stop.store(true, Ordering::Relaxed);
            }
            done.with_context(|| format!("seed {seed}"))
        };
        // Seed by seed from a shared queue: one is long enough that a finer split would not pay.
        let replicates = seeds.par_iter().zip(found).with_max_len(1);
        Ok(Done {
            replicates: replicates.map(finish).collect::<anyhow::Result<_>>()?,
            other_seeds,
            other_arms: other_arms.into_iter().collect(),
        })
    })
}

/// The ticket of a level of `imp`, if it is on disk.
///
/// # Errors
/// If the file is none of this level.
pub fn kept_of_imp(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    level: u32,
) -> anyhow::Result<Option<Ticket>> {
    let imp = Arm::imp();
    tickets::find(
        setup,
        &imp,
        &directory.ticket(imp.name(), seed, level),
        (seed, level),
        None,
    )
}

/// What a finished run has on record of the seeds and arms that its experiment asks for. `command` is what goes on with it.
///
/// # Errors
/// Bad input, with place and remedy, if a seed is not finished or its records cannot be used.
pub fn recorded(setup: &Setup, directory: &RunDirectory, command: &str) -> anyhow::Result<Vec<Replicate>> {
    recorded_of(setup, directory.path(), setup.seeds(), command)
}

/// The same of a directory that is only read.
fn recorded_at(setup: &Setup, path: &Path, command: &str) -> anyhow::Result<Vec<Replicate>> {
    recorded_of(setup, path, setup.seeds(), command)
}

/// The same of some of the seeds.
///
/// # Errors
/// As [`recorded`].
pub fn recorded_of(
    setup: &Setup,
    path: &Path,
    seeds: Range<u64>,
    command: &str,
) -> anyhow::Result<Vec<Replicate>> {
    let recorded = |seed| {
        replicate::recorded(setup, path, seed)?.ok_or_else(|| {
            bad_input!(
                "{}: seed {seed} is not finished; `{command}` goes on with it",
                records_in(path, seed).display()
            )
        })
    };
    seeds.map(recorded).collect()
}

/// The ticket of a level of `imp`: read from disk, or, where tickets are not kept, trained again and then kept.
///
/// # Errors
/// If it cannot be read, trained or written.
pub fn ticket_of_imp(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    level: u32,
) -> anyhow::Result<Ticket> {
    replicate::ticket_of_imp(setup, directory, seed, level).with_context(|| format!("seed {seed}"))
}

/// Threads for so many seeds: as many as `jobs` says, or, if it is 0, as there are cores and as fit into memory.
fn pool(setup: &Setup, jobs: usize, seeds: usize, watch: &dyn Watch) -> anyhow::Result<rayon::ThreadPool> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = if jobs == 0 { cores } else { jobs }.min(seeds);
    let threads = need::at_a_time(setup, wanted, jobs == 0)?;
    if threads < wanted {
        let (of, seeds) = (counted(wanted, "seed"), counted(threads, "seed"));
        watch.told(&format!(
            "{seeds} at a time instead of {of}, which would not fit into memory"
        ));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.context("cannot start the worker threads; use fewer --jobs")
}
