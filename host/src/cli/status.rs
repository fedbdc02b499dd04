//! `tombola status`: how far the work on an experiment is, wherever it is done.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use itertools::Itertools;

use super::merge::named;
use super::subject::Subject;
use super::table;
use crate::run::{REPORT, Seed, Status, status};
use crate::slurm;
use crate::text::{counted, visible};

/// Say what of a run is done, running, failed and missing, and how long the rest will take
///
/// It may be asked at any time, and disturbs nobody. Directories of one experiment are looked at together.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola status runs/moons-circles-46a942e578cba2ef
  tombola status one two three                             shards that have directories of their own")]
pub(super) struct Args {
    /// Directories of runs of one experiment, or of one sweep
    #[arg(value_name = "DIR", required = true)]
    runs: Vec<PathBuf>,
}

/// How many seeds that run or failed are told one by one.
const MOST: usize = 8;

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let subject = Subject::open(&args.runs)?;
    let found = status(&subject.parts, &subject.directories)?;
    let place = subject.directories.iter().map(|place| place.display()).join(", ");
    let total = found.seeds().count();
    let cells = match subject.parts.len() {
        1 => String::new(),
        cells => format!(" of {}", counted(cells, "cell")),
    };
    writeln!(
        out,
        "{}: {}, {}{cells}\n",
        visible(&place),
        subject.name,
        counted(total, "seed")
    )?;
    let those = |is: fn(&Seed) -> bool| Those::of(&subject, &found, is);
    let done = those(|seed| matches!(seed, Seed::Done { .. }));
    let running = those(|seed| matches!(seed, Seed::Running(_)));
    let failed = those(|seed| matches!(seed, Seed::Failed(_)));
    let missing = those(|seed| matches!(seed, Seed::Missing));
    let diverged = those(|seed| matches!(seed, Seed::Done { diverged: true })).count;
    let of_diverged = match diverged {
        0 => String::new(),
        _ => format!("{diverged} of them diverged"),
    };
    let note = |those: &Those| {
        if those.count == total {
            String::new()
        } else {
            those.named.clone()
        }
    };
    let lines = [
        ("done", done.count, of_diverged),
        ("running", running.count, note(&running)),
        ("failed", failed.count, note(&failed)),
        ("missing", missing.count, note(&missing)),
    ];
    let digits = total.to_string().len();
    for (what, count, note) in lines {
        writeln!(
            out,
            "{}",
            format!("  {what:<8} {count:>digits$}   {note}").trim_end()
        )?;
    }
    writeln!(out)?;
    let mut told = 0;
    for (part, seeds) in subject.parts.iter().zip(&found.parts) {
        for (seed, state) in part.seeds.clone().zip(seeds) {
            let line = match state {
                Seed::Running(who) if !who.is_empty() => who.clone(),
                Seed::Failed(why) => format!("failed: {why}"),
                _ => continue,
            };
            if told < MOST {
                let cell = part.name.as_ref();
                let cell = cell.map_or(String::new(), |cell| format!("cell {cell}, "));
                writeln!(out, "  {}", visible(&format!("{cell}seed {seed}: {line}")))?;
            }
            told += 1;
        }
    }
    if 0 < told {
        writeln!(out)?;
    }
    for directory in &subject.directories {
        if let Some(told) = of_slurm(directory, &subject.name) {
            writeln!(out, "{}\n", table::filled(&told))?;
        }
    }
    let counts = (failed.count + missing.count, running.count);
    writeln!(out, "{}", advice(&subject, &found, counts)?)?;
    Ok(())
}

/// Seeds that are in one state.
struct Those {
    count: usize,
    /// Which they are, in a few words.
    named: String,
}

impl Those {
    fn of(subject: &Subject, found: &Status, is: fn(&Seed) -> bool) -> Self {
        const MOST_CELLS: usize = 3;
        let (mut count, mut cells, mut names) = (0, 0, vec![]);
        for (part, seeds) in subject.parts.iter().zip(&found.parts) {
            let those = part.seeds.clone().zip(seeds).filter(|(_, seed)| is(seed));
            let those: Vec<u64> = those.map(|(number, _)| number).collect();
            count += those.len();
            if those.is_empty() {
                continue;
            }
            cells += 1;
            if names.len() < MOST_CELLS {
                names.push(match &part.name {
                    Some(cell) if those.len() == seeds.len() => format!("all of {cell}"),
                    Some(cell) => format!("{} of {cell}", named(&those)),
                    None => named(&those),
                });
            }
        }
        let more = match cells - names.len() {
            0 => String::new(),
            more => format!("; and of {} more", counted(more, "cell")),
        };
        Self {
            count,
            named: format!("{}{more}", names.join("; ")),
        }
    }
}

/// What Slurm says of the jobs that were submitted for a directory.
fn of_slurm(directory: &Path, name: &str) -> Option<String> {
    let submissions = slurm::submissions(directory).ok()?;
    // The newest word on each shard, and the newest merge.
    let (mut shards, mut merge) = (BTreeMap::new(), None);
    for submission in &submissions {
        let asked =
            [submission.array, submission.merge].map(|job| job.map(|job| (job, slurm::tasks(job, name))));
        let [array, last] = asked;
        if let Some((job, tasks)) = array {
            let Ok(tasks) = tasks else {
                return Some("Slurm cannot be asked here.".to_owned());
            };
            for task in tasks {
                shards.insert((submission.shards, task.index), (job, task));
            }
        }
        if let Some((job, Ok(tasks))) = last {
            merge = tasks.into_iter().next().map(|task| (job, task)).or(merge);
        }
    }
    let mut counts = BTreeMap::<&str, usize>::new();
    for (_, task) in shards.values() {
        *counts.entry(&task.state).or_default() += 1;
    }
    let mut parts: Vec<String> = counts
        .into_iter()
        .map(|(state, count)| format!("{count} {}", state.to_lowercase()))
        .collect();
    if let Some((job, task)) = merge {
        parts.push(format!("the merge, job {job}, {}", task.state.to_lowercase()));
    }
    let failed = shards
        .iter()
        .find(|(_, (_, task))| !task.is_alive() && !task.is_completed());
    let log = failed.and_then(|((_, index), (job, _))| {
        let log = slurm::folder(directory).join(format!("{job}_{}.log", (*index)?));
        Some(format!("; of one that failed: {}", log.display()))
    });
    let tasks = if parts.is_empty() {
        "no task of it is in the queue".to_owned()
    } else {
        parts.join(", ")
    };
    (!submissions.is_empty()).then(|| format!("Slurm: {tasks}{}", visible(&log.unwrap_or_default())))
}

/// The time left, or what is to be done.
fn advice(subject: &Subject, found: &Status, (open, running): (usize, usize)) -> anyhow::Result<String> {
    if let Some(left) = found.left {
        return Ok(format!("About {} left at the pace of now.", span(left)));
    }
    if 0 < running {
        return Ok("How long the rest takes is known once some of it is done.".to_owned());
    }
    if 0 < open && found.is_at_work {
        // One that works alone claims no seed, and has nothing on record before its first level.
        return Ok(
            "A process is at work. How long the rest takes is known once some of it is done.".to_owned(),
        );
    }
    if 0 < open {
        let command = visible(&subject.command);
        return Ok(format!(
            "No process is at work: `{command}` computes what is left, and with --shard I/N a part of it."
        ));
    }
    let places: Vec<String> = subject
        .directories
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    if let ([place], true) = (&places[..], found.has_report) {
        return Ok(format!(
            "All is done: {}",
            visible(&Path::new(place).join(REPORT).display().to_string())
        ));
    }
    let out = if places.len() == 1 { &places[0] } else { "DIR" };
    let words = ["tombola", "merge"]
        .into_iter()
        .chain(places.iter().map(String::as_str));
    let merge = shlex::try_join(words.chain(["--out", out]))?;
    Ok(format!(
        "All is done: `{}` writes the tables and the report.",
        visible(&merge)
    ))
}

/// A time in words, to two digits or so.
fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (count, unit) = match seconds {
        _ if seconds < 90.0 => (seconds, "second"),
        _ if seconds < 5400.0 => (seconds / 60.0, "minute"),
        _ if seconds < 48.0 * 3600.0 => (seconds / 3600.0, "hour"),
        _ => (seconds / 86_400.0, "day"),
    };
    counted(count.round().max(1.0) as usize, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_unit_that_suits_it() {
        for (seconds, told) in [
            (0.2, "1 second"),
            (89.0, "89 seconds"),
            (91.0, "2 minutes"),
            (5399.0, "90 minutes"),
            (5401.0, "2 hours"),
            (172_801.0, "2 days"),
        ] {
            assert_eq!(span(Duration::from_secs_f64(seconds)), told);
        }
    }
}
