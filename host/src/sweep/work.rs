//! Works off the units of a sweep: one queue for all threads, longest first, so that none waits for the end of a cell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use rayon::prelude::*;

use super::{Plan, SweepDirectory, Unit};
use crate::need;
use crate::run::{Computed, Prepared, RunDirectory, Watch, Work, is_taken, locked, until_nobody_is_at_work};
use crate::setup::Setup;
use crate::text::counted;

/// What a sweep's work came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Units that were found finished.
    pub found: usize,
    /// Units that were computed.
    pub computed: usize,
    /// Whether it was stopped before all were finished.
    pub is_stopped: bool,
}

/// Computes what of these units is not on disk, `jobs` at a time (0: as many as there are cores). Results do not depend on
/// `jobs`, nor on the order of the units. When `stop` becomes true, units under way end, and what they finished is kept.
///
/// # Errors
/// If data cannot be drawn, memory is short, or a file cannot be read or written; what is finished until then is on disk.
pub fn run(
    plan: &Plan<'_>,
    directory: &SweepDirectory,
    units: &[Unit],
    jobs: usize,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<Done> {
    // Cell by cell, since a cell is open once.
    let mut sorted = units.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let units = &*sorted;
    let threads = threads(plan, units, jobs, watch)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.context("cannot start the worker threads; use fewer --jobs")?;
    // A file that cannot be used is refused before hours of training, not after.
    let missing = pool.install(|| missing(plan, directory, units, watch))?;
    directory.begin()?;
    let found = units.len() - missing.len();
    let mut computed = 0;
    until_nobody_is_at_work(missing, stop, watch, |units| {
        let mut units = units.to_vec();
        units.sort_by_key(|unit| std::cmp::Reverse(plan.cells[unit.cell].cost));
        let queue = Queue {
            plan,
            directory,
            next: AtomicUsize::new(0),
            open: Mutex::new(Open::new(&units)),
            units,
            theirs: Mutex::default(),
            stop,
            watch,
        };
        let finished = pool.install(|| {
            let threads = (0..threads).into_par_iter().with_max_len(1);
            threads.map(|_| queue.work()).collect::<anyhow::Result<Vec<_>>>()
        })?;
        computed += finished.into_iter().sum::<usize>();
        Ok(queue.theirs.into_inner().unwrap_or_else(PoisonError::into_inner))
    })?;
    Ok(Done {
        found,
        computed,
        is_stopped: found + computed < units.len(),
    })
}

/// As many as `jobs` says, or, if it is 0, as there are cores and as many of the largest cell as fit into memory.
fn threads(plan: &Plan<'_>, units: &[Unit], jobs: usize, watch: &dyn Watch) -> anyhow::Result<usize> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = if jobs == 0 { cores } else { jobs }.min(units.len()).max(1);
    let bytes = units
        .iter()
        .map(|unit| plan.cells[unit.cell].bytes)
        .max()
        .unwrap_or(0);
    let threads = need::fitting_now(bytes, wanted, jobs == 0)?;
    if threads < wanted {
        let (of, fit) = (counted(wanted, "seed"), counted(threads, "seed"));
        watch.told(&format!(
            "{fit} at a time instead of {of}, which would not fit into memory"
        ));
    }
    Ok(threads)
}

/// The units that are not finished; of those that are, `watch` is told. The experiments of cells that are finished are
/// written again, since more or other seeds may be asked for.
fn missing(
    plan: &Plan<'_>,
    directory: &SweepDirectory,
    units: &[Unit],
    watch: &dyn Watch,
) -> anyhow::Result<Vec<Unit>> {
    let there: BTreeSet<String> = directory.cells_there()?.into_iter().collect();
    let by_cell: Vec<&[Unit]> = units.chunk_by(|one, other| one.cell == other.cell).collect();
    let look = |units: &&[Unit]| -> anyhow::Result<Vec<Unit>> {
        let cell = units[0].cell;
        let digest = &plan.cells[cell].digest;
        if !there.contains(digest) {
            return Ok(units.to_vec());
        }
        let setup = plan.setup(cell)?;
        let Some(of_cell) = unless_taken(open(directory, &setup))? else {
            return Ok(units.to_vec());
        };
        let prepared = Prepared::new(&setup, &of_cell)?;
        let mut missing = vec![];
        for unit in *units {
            if !prepared.is_finished(unit.seed, watch)? {
                missing.push(*unit);
            }
        }
        Ok(missing)
    };
    let missing = by_cell
        .par_iter()
        .with_max_len(1)
        .map(|units| look(units).with_context(|| format!("cell {}", plan.about(units[0].cell))));
    let missing = missing.collect::<anyhow::Result<Vec<_>>>()?;
    // A cell that another process looks at by now is looked at again, as if it were not finished.
    let begin = |(units, missing): (&&[Unit], Vec<Unit>)| -> anyhow::Result<Vec<Unit>> {
        if !missing.is_empty() {
            return Ok(missing);
        }
        let setup = plan.setup(units[0].cell)?;
        let Some(of_cell) = unless_taken(open(directory, &setup))? else {
            return Ok(units.to_vec());
        };
        of_cell.begin()?;
        Ok(missing)
    };
    let missing = by_cell.par_iter().zip(missing).map(begin);
    Ok(missing.collect::<anyhow::Result<Vec<_>>>()?.concat())
}

/// The directory of a cell.
fn open(directory: &SweepDirectory, setup: &Setup) -> anyhow::Result<RunDirectory> {
    let place = directory.cell(&setup.digest);
    RunDirectory::open(&place, &setup.experiment, &setup.digest, directory.access())
}

/// Nothing, if another process has the directory, which is no reason to end: it may only write the page of a cell.
fn unless_taken(opened: anyhow::Result<RunDirectory>) -> anyhow::Result<Option<RunDirectory>> {
    match opened {
        Err(error) if is_taken(&error) => Ok(None),
        opened => opened.map(Some),
    }
}

/// What the threads share.
struct Queue<'a> {
    plan: &'a Plan<'a>,
    directory: &'a SweepDirectory,
    /// Longest first.
    units: Vec<Unit>,
    next: AtomicUsize,
    open: Mutex<Open>,
    /// Units that other processes are at work on.
    theirs: Mutex<Vec<Unit>>,
    stop: &'a AtomicBool,
    watch: &'a dyn Watch,
}

/// The cells that are worked at: only they have an open file, and memory.
struct Open {
    cells: BTreeMap<usize, Arc<Mutex<Slot>>>,
    /// Units that are not finished.
    left: BTreeMap<usize, usize>,
}

/// A cell of which a unit is to be computed.
#[derive(Default)]
enum Slot {
    /// Nobody came to it yet.
    #[default]
    New,
    /// Another process has its directory.
    Theirs,
    Ours(Arc<CellWork>),
}

/// A cell that is worked at.
struct CellWork {
    setup: Setup,
    work: Work,
}

impl Open {
    fn new(units: &[Unit]) -> Self {
        let mut left = BTreeMap::new();
        for unit in units {
            *left.entry(unit.cell).or_default() += 1;
        }
        Self {
            cells: BTreeMap::new(),
            left,
        }
    }
}

impl Queue<'_> {
    /// Takes one unit after the other; how many it finished.
    fn work(&self) -> anyhow::Result<usize> {
        let mut finished = 0;
        loop {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&unit) = self
                .units
                .get(next)
                .filter(|_| !self.stop.load(Ordering::Relaxed))
            else {
                return Ok(finished);
            };
            match self.compute(unit) {
                Ok(is_finished) => finished += usize::from(is_finished),
                Err(error) => {
                    // A full disk is full for every unit: there is no use in going on.
                    self.stop.store(true, Ordering::Relaxed);
                    let about = self.plan.about(unit.cell);
                    return Err(error.context(format!("cell {about}, seed {}", unit.seed)));
                }
            }
            self.close(unit.cell);
        }
    }

    fn compute(&self, unit: Unit) -> anyhow::Result<bool> {
        let Some(cell) = self.open(unit.cell)? else {
            locked(&self.theirs).push(unit);
            return Ok(false);
        };
        let computed = cell.work.compute(&cell.setup, unit.seed, self.stop, self.watch)?;
        if matches!(computed, Computed::Theirs) {
            locked(&self.theirs).push(unit);
        }
        Ok(matches!(computed, Computed::Finished(_)))
    }

    /// The cell of a unit, opened by the first who comes to it; nothing if another process has it.
    fn open(&self, cell: usize) -> anyhow::Result<Option<Arc<CellWork>>> {
        let slot = Arc::clone(locked(&self.open).cells.entry(cell).or_default());
        let mut slot = locked(&slot);
        if let Slot::New = &*slot {
            let setup = self.plan.setup(cell)?;
            *slot = match unless_taken(open(self.directory, &setup))? {
                None => Slot::Theirs,
                Some(directory) => {
                    let work = Work::begin(&setup, directory)?;
                    Slot::Ours(Arc::new(CellWork { setup, work }))
                }
            };
        }
        Ok(match &*slot {
            Slot::Ours(cell) => Some(Arc::clone(cell)),
            Slot::New | Slot::Theirs => None,
        })
    }

    /// Closes the cell if that was its last unit.
    fn close(&self, cell: usize) {
        let mut open = locked(&self.open);
        let left = open.left.get_mut(&cell).map_or(0, |left| {
            *left -= 1;
            *left
        });
        if left == 0 {
            open.cells.remove(&cell);
            open.left.remove(&cell);
        }
    }
}
