//! Computes seeds of a finished run again, in memory, and holds the parameters of each level against what was recorded.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Context;
use rayon::prelude::*;
use tombola::digest;

use super::{PastRun, Watch, pool};
use crate::arm::{self, Arm, Common, ImpLevels, Taken, Trained};
use crate::bad_input;
use crate::results::End;
use crate::setup::Setup;
use crate::text::quoted;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// All that was computed is what was recorded: so many levels.
    Same(usize),
    /// The first that is not: of the lowest seed, the first arm, the lowest level.
    Different(Different),
    /// It was stopped before that was known.
    Stopped,
}

/// A level whose parameters are not what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Different {
    /// Its seed.
    pub seed: u64,
    /// Its arm.
    pub arm: String,
    /// The level.
    pub level: u32,
    /// The digest of the parameters that was recorded; `None` if the level was not.
    pub recorded: Option<u64>,
    /// That of the parameters that were computed; `None` if training did not get there.
    pub computed: Option<u64>,
}

/// The arms of a run, each with the digest of the parameters of each level of a seed.
type Recorded = Vec<(Arm, BTreeMap<(u64, u32), u64>)>;

/// Computes these seeds again, `jobs` at a time as [`run`](super::run()) does.
///
/// # Errors
/// Bad input if a digest was not recorded or an arm is not known; another error if data cannot be drawn or memory is
/// short.
pub fn again(
    setup: &Setup,
    past: &PastRun,
    seeds: &[u64],
    jobs: usize,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<Again> {
    let recorded = recorded(setup, past)?;
    // The place of the first seed that is known to be different: those behind it need not be computed.
    let first = AtomicUsize::new(usize::MAX);
    let one = |(index, &seed): (usize, &u64)| {
        let work = Work {
            setup,
            seed,
            recorded: &recorded,
            stop: &|| stop.load(Ordering::Relaxed) || first.load(Ordering::Relaxed) < index,
            watch,
        };
        let done = work.compare().with_context(|| format!("seed {seed}"))?;
        if matches!(done, Again::Different(_)) {
            first.fetch_min(index, Ordering::Relaxed);
        }
        anyhow::Ok(done)
    };
    let done = pool(setup, jobs, seeds.len(), watch)?.install(|| {
        let seeds = seeds.par_iter().enumerate().with_max_len(1);
        seeds.map(one).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let mut level_count = 0;
    for done in done {
        match done {
            Again::Same(levels) => level_count += levels,
            other => return Ok(other),
        }
    }
    Ok(Again::Same(level_count))
}

fn recorded(setup: &Setup, past: &PastRun) -> anyhow::Result<Recorded> {
    let tasks = setup.experiment.task_names();
    let fits = setup.experiment.fits(&tasks);
    let mut recorded = BTreeMap::<_, BTreeMap<_, _>>::new();
    for row in &past.rows {
        let (seed, level) = (row.seed, row.level);
        let digest = row.params_digest.ok_or_else(|| {
            bad_input!(
                "{}: no params_digest is recorded of seed {seed} at level {level} of {}; `{}` measures what is there again",
                past.place,
                quoted(&row.arm),
                past.command
            )
        })?;
        recorded
            .entry(&row.arm)
            .or_default()
            .insert((seed, level), digest);
    }
    let mut arms = recorded
        .into_iter()
        .map(|(name, levels)| match Arm::parse(name, &fits) {
            Ok(arm) => Ok((arm, levels)),
            Err(problem) => Err(bad_input!(
                "{}: arm {}: {problem}; `{}` writes its tables again",
                past.place,
                quoted(name),
                past.command
            )),
        })
        .collect::<anyhow::Result<Recorded>>()?;
    arms.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(arms)
}

/// A seed that is computed again.
struct Work<'a> {
    setup: &'a Setup,
    seed: u64,
    recorded: &'a Recorded,
    stop: &'a dyn Fn() -> bool,
    watch: &'a dyn Watch,
}

impl Work<'_> {
    fn compare(&self) -> anyhow::Result<Again> {
        let Self { setup, seed, .. } = *self;
        if (self.stop)() {
            return Ok(Again::Stopped);
        }
        let drawn = setup.source().draw(setup.data_seed(seed))?;
        let common = Common::new(setup, seed, &drawn);
        let mut taken = Taken::new(setup.rewind());
        let mut level_count = 0;
        for (arm, levels) in self.recorded {
            let imp = (!arm.is_imp()).then(|| taken.imp.take().unwrap_or_else(ImpLevels::nothing));
            let different = Cell::new(None);
            let mut next = 0;
            let mut compare = |trained: Trained<'_>| {
                if arm.is_imp() {
                    taken.add(&trained);
                }
                let computed = Some(digest::of_floats(trained.params));
                let recorded = levels.get(&(seed, trained.level)).copied();
                if computed != recorded && different.get().is_none() {
                    different.set(Some((trained.level, recorded, computed)));
                }
                next = trained.level + 1;
                self.watch.level_finished();
                Ok(())
            };
            let stop = || (self.stop)() || different.get().is_some();
            let last = setup.trajectory().levels();
            let end = arm::run(&common, arm, imp.as_ref(), None, last, &stop, &mut compare)?;
            taken.imp = taken.imp.or(imp);
            let different = different.get().or_else(|| {
                // Where training ended before.
                let recorded = levels.get(&(seed, next)).copied();
                (end != End::Stopped).then_some((next, Some(recorded?), None))
            });
            if let Some((level, recorded, computed)) = different {
                return Ok(Again::Different(Different {
                    seed,
                    arm: arm.name().to_owned(),
                    level,
                    recorded,
                    computed,
                }));
            }
            if end == End::Stopped {
                return Ok(Again::Stopped);
            }
            self.watch.levels_lost(last + 1 - next);
            level_count += next as usize;
        }
        Ok(Again::Same(level_count))
    }
}
