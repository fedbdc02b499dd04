//! Looks how far the work in run directories is, quickly: of each seed's records, no more than tells how its arms ended.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use rayon::prelude::*;

use super::Asked;
use super::claim::{Held, claims};
use super::directory::{LOCK, REPORT, records_in, tickets_in};
use super::records::{ended, level, tail};
use crate::arm::Arm;
use crate::experiment::Experiment;
use crate::measure::Extent;
use crate::results::{End, ticket_file};
use crate::sweep::is_stale;

/// How far a seed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seed {
    /// Nothing of it is on record.
    Missing,
    /// Work on it was begun, and no process goes on with it: why, if that is known.
    Failed(String),
    /// A process is at work on it: which, if it said so.
    Running(String),
    /// All of its arms have ended.
    Done {
        /// Whether the training of one diverged, which is a result, too.
        diverged: bool,
    },
}

/// Seeds of one experiment, in the directories of its runs.
pub struct Part {
    /// What it is called, if it is the cell of a sweep.
    pub name: Option<String>,
    /// Its directory in each of the directories that are looked at together.
    pub places: Vec<PathBuf>,
    /// The seeds that are asked for.
    pub seeds: Range<u64>,
    /// The arms that are, and what is asked of their levels.
    pub arms: Vec<(Arm, Asked)>,
}

impl Part {
    /// The seeds of an experiment.
    pub fn of(experiment: &Experiment, name: Option<String>, places: Vec<PathBuf>) -> Self {
        let first = experiment.first_seed;
        let arms = experiment.chosen_arms().into_iter();
        Self {
            name,
            places,
            seeds: first..first + u64::from(experiment.seeds),
            arms: arms
                .map(|arm| (arm.clone(), Asked::of(experiment, &arm)))
                .collect(),
        }
    }
}

/// How far runs of one experiment or sweep are, all together.
pub struct Status {
    /// Each part, and each of its seeds in order.
    pub parts: Vec<Vec<Seed>>,
    /// How long the rest will take at the pace since work began that is still going on, if that is known.
    pub left: Option<Duration>,
    /// Whether a process works in one of the directories.
    pub is_at_work: bool,
    /// Whether one of the directories has the report of all seeds, which is written behind the tables.
    pub has_report: bool,
}

impl Status {
    /// All seeds, part by part.
    pub fn seeds(&self) -> impl Iterator<Item = &Seed> {
        self.parts.iter().flatten()
    }
}

/// Looks at directories of one experiment or sweep, whose parts have a place in each.
///
/// # Errors
/// If a file cannot be read.
pub fn status(parts: &[Part], directories: &[PathBuf]) -> anyhow::Result<Status> {
    // Before the records are read: what is finished meanwhile is done, and not given up.
    let alone: Vec<bool> = directories.iter().map(|place| is_alone(place)).collect();
    let looked = parts.par_iter().map(|part| look(part, &alone));
    let looked = looked.collect::<anyhow::Result<Vec<Looked>>>()?;
    let mut pace = 0.0;
    let mut is_at_work = false;
    for (index, directory) in directories.iter().enumerate() {
        if alone[index] || looked.iter().any(|part| part.at_work[index]) {
            let finished = looked.iter().flat_map(|part| &part.finished);
            let here = finished
                .filter(|(place, _)| *place == index)
                .map(|&(_, when)| when);
            pace += pace_of(directory, here);
            is_at_work = true;
        }
    }
    let parts: Vec<Vec<Seed>> = looked.into_iter().map(|part| part.seeds).collect();
    let rest = parts
        .iter()
        .flatten()
        .filter(|seed| !matches!(seed, Seed::Done { .. }))
        .count() as f64;
    let left =
        (0.0 < pace && 0.0 < rest).then(|| Duration::try_from_secs_f64(rest / pace).unwrap_or(Duration::MAX));
    Ok(Status {
        parts,
        left,
        is_at_work,
        has_report: directories
            .iter()
            .any(|place| place.join(REPORT).exists() && !is_stale(place)),
    })
}

/// What is known of a part.
struct Looked {
    seeds: Vec<Seed>,
    /// In which directory a seed was finished, and when.
    finished: Vec<(usize, SystemTime)>,
    /// Whether a process is at work on it, by directory.
    at_work: Vec<bool>,
}

/// `alone` says of each directory whether one process works there alone.
fn look(part: &Part, alone: &[bool]) -> anyhow::Result<Looked> {
    let asked: Vec<u64> = part.seeds.clone().collect();
    let mut looked = Looked {
        seeds: vec![Seed::Missing; asked.len()],
        finished: vec![],
        at_work: vec![],
    };
    for (index, (place, &is_alone)) in part.places.iter().zip(alone).enumerate() {
        // In this order, for the same reason.
        let claims: BTreeMap<String, Held> = claims(place)?.into_iter().collect();
        let one = |&seed: &u64| {
            let path = records_in(place, seed);
            let on_disk = of_file(&path, &part.arms);
            on_disk.with_context(|| format!("cannot read {}", path.display()))
        };
        let found = asked.par_iter().map(one).collect::<anyhow::Result<Vec<_>>>()?;
        let tickets = part.arms.iter().map(|(arm, asked)| {
            let names = asked.has_ticket.then(|| tickets_in(place, arm.name()));
            names.transpose().map(Option::unwrap_or_default)
        });
        let tickets = tickets.collect::<anyhow::Result<Vec<_>>>()?;
        let lacks_ticket = |seed: u64, levels: &[Levels]| {
            let mut arms = part.arms.iter().zip(&tickets).zip(levels);
            arms.any(|(((_, asked), names), levels)| {
                let is_there = |level| names.contains(OsStr::new(&ticket_file(seed, level)));
                asked.has_ticket && !levels.iter().all(|&level| is_there(level))
            })
        };
        for ((known, &seed), on_disk) in looked.seeds.iter_mut().zip(&asked).zip(found) {
            let state = match (on_disk, claims.get(&seed.to_string())) {
                (
                    OnDisk::Ended {
                        diverged,
                        when,
                        levels,
                    },
                    _,
                ) if !lacks_ticket(seed, &levels) => {
                    looked.finished.push((index, when));
                    Seed::Done { diverged }
                }
                (_, Some(Held::By(who) | Held::Perhaps(who))) => Seed::Running(who.clone()),
                (OnDisk::Begun | OnDisk::Ended { .. }, None) if is_alone => Seed::Running(String::new()),
                (_, Some(Held::ByNobody)) => Seed::Failed("its process is gone".to_owned()),
                (OnDisk::Begun, None) => Seed::Failed("stopped before it was finished".to_owned()),
                (OnDisk::Ended { .. }, None) => Seed::Failed("a ticket is missing that is kept".to_owned()),
                (OnDisk::Nothing, None) => Seed::Missing,
            };
            if rank(known) < rank(&state) {
                *known = state;
            }
        }
        looked
            .at_work
            .push(claims.values().any(|held| !matches!(held, Held::ByNobody)));
    }
    Ok(looked)
}

/// Of two directories, the better is how far a seed is.
fn rank(seed: &Seed) -> u8 {
    match seed {
        Seed::Missing => 0,
        Seed::Failed(_) => 1,
        Seed::Running(_) => 2,
        Seed::Done { .. } => 3,
    }
}

/// Whether a process works here alone.
fn is_alone(place: &Path) -> bool {
    let Ok(lock) = File::open(place.join(LOCK)) else {
        return false;
    };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Seeds a second, since work began that is still going on.
fn pace_of(place: &Path, finished: impl Iterator<Item = SystemTime>) -> f64 {
    let Ok(began) = fs::metadata(place.join(LOCK)).and_then(|lock| lock.modified()) else {
        return 0.0;
    };
    let since = finished.filter(|&when| began <= when).count() as f64;
    let seconds = began.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64());
    if 0.0 < seconds { since / seconds } else { 0.0 }
}

/// The levels of an arm that are on record.
type Levels = Vec<u32>;

/// What a seed's file of records tells.
enum OnDisk {
    Nothing,
    Begun,
    /// All arms have ended, and as much is measured as is asked for.
    Ended {
        diverged: bool,
        when: SystemTime,
        /// Of each arm that was asked for.
        levels: Vec<Levels>,
    },
}

fn of_file(path: &Path, arms: &[(Arm, Asked)]) -> io::Result<OnDisk> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OnDisk::Nothing),
        file => file?,
    };
    let found = file.metadata()?;
    let when = found.modified()?;
    let diverges = |end: &End| matches!(end, End::NotFinite { .. });
    if let [(arm, asked)] = arms
        && asked.extent == Extent::Basic
        && let Some((of, end, last)) = tail(&mut file, found.len())?
        && of == arm.name()
    {
        // An arm that stands alone is `imp`, which has every level from the first to its last.
        return Ok(OnDisk::Ended {
            diverged: diverges(&end),
            when,
            levels: vec![last.map_or(0..0, |last| 0..last + 1).collect()],
        });
    }
    file.rewind()?;
    let mut bytes = vec![];
    file.read_to_end(&mut bytes)?;
    let mut ends = BTreeMap::new();
    let mut levels = vec![vec![]; arms.len()];
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if let Some((arm, end)) = ended(line) {
            ends.insert(arm, end);
        } else if let Some((of, level)) = level(line)
            && let Some(index) = arms.iter().position(|(arm, _)| arm.name() == of)
        {
            let asked = arms[index].1.extent;
            if asked == Extent::Full && !holds(line, br#""extent":"full""#) {
                return Ok(OnDisk::Begun);
            }
            levels[index].push(level);
        }
    }
    let of_arms = arms.iter().map(|(arm, _)| ends.get(arm.name()));
    Ok(match of_arms.collect::<Option<Vec<_>>>() {
        Some(ends) => OnDisk::Ended {
            diverged: ends.into_iter().any(diverges),
            when,
            levels,
        },
        None => OnDisk::Begun,
    })
}

fn holds(line: &[u8], text: &[u8]) -> bool {
    line.windows(text.len()).any(|window| window == text)
}
