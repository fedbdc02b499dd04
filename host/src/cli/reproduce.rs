//! `tombola reproduce`: computes seeds of a finished run again, and says whether they are the same.

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use itertools::Itertools;

use super::progress::{INTERRUPTED, Progress, stop_on_interrupt};
use crate::bad_input;
use crate::board::note;
use crate::run::{Again, Different, PastRun, again};
use crate::text::{counted, quoted};

/// Compute seeds of a finished run again, and say whether they are the same
///
/// All arms that are recorded are trained again, in memory, and the parameters of each level are held against their digest
/// in levels.csv: the same seed gives the same bits, whatever the CPU and the number of threads. Exit code 0 if all are
/// the same, 1 if not; then the first that is not is named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola reproduce runs/moons-circles-46a942e578cba2ef
  tombola reproduce runs/moons-circles-46a942e578cba2ef --seeds 0..4     seeds 0 to 3
  tombola reproduce runs/first --seeds 7,12,40..50 --jobs 1")]
pub(super) struct Args {
    /// The run's directory
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Which seeds: numbers and ranges without their end, such as 3 or 0..8 or 1,5,20..24 [default: all of the run]
    #[arg(long, value_name = "A..B|LIST")]
    seeds: Option<Seeds>,
    /// Seeds at a time; 0 is one per core, if memory is enough
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// A list of seeds.
#[derive(Clone, Debug)]
struct Seeds(Vec<Range<u64>>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let range = |part: &str| {
            let range = if let Some((first, end)) = part.split_once("..") {
                number(first)?..number(end)?
            } else {
                number(part)?..number(part)?.checked_add(1)?
            };
            (!range.is_empty()).then_some(range)
        };
        let ranges = text.split(',').map(range).collect::<Option<_>>();
        ranges.map(Self).ok_or_else(|| {
            "write numbers and ranges A..B, without B itself, with commas between: 3 or 0..8 or 1,5,20..24".to_owned()
        })
    }
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let past = PastRun::open(&args.run)?;
    if past.rows.is_empty() {
        return Err(bad_input!(
            "{}: no level of any seed was finished, so there is nothing to compute again; start a run with a lower training.rate",
            past.place
        ));
    }
    let setup = past.setup()?;
    let seeds = seeds(args.seeds.as_ref(), &past)?;
    let arms = past.rows.iter().map(|row| &row.arm).unique().count();
    let progress = Progress::new(&setup, seeds.len(), arms, args.quiet);
    let done = again(&setup, &past, &seeds, args.jobs, stop_on_interrupt(), &progress);
    progress.finish();
    let (answer, code) = match done? {
        Again::Same(levels) => {
            let (seeds, arms) = (counted(seeds.len(), "seed"), counted(arms, "arm"));
            let levels = counted(levels, "level");
            (
                format!("same: {seeds}, {arms}, {levels} in all"),
                ExitCode::SUCCESS,
            )
        }
        Again::Different(different) => (first_different(&different), ExitCode::FAILURE),
        Again::Stopped => {
            // The exit code says it, too, where standard error is closed.
            note("interrupted: not all seeds were computed, and nothing is kept");
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    if !args.quiet {
        writeln!(out, "{answer}")?;
    }
    Ok(code)
}

/// The seeds that are asked for, in order.
fn seeds(asked: Option<&Seeds>, past: &PastRun) -> anyhow::Result<Vec<u64>> {
    let there: Vec<u64> = past.rows.iter().map(|row| row.seed).sorted().dedup().collect();
    let Some(Seeds(ranges)) = asked else {
        return Ok(there);
    };
    let mut seeds = vec![];
    for range in ranges {
        // Counted first, for a range may be longer than memory.
        let of_run = there.iter().filter(|seed| range.contains(seed));
        let found: Vec<u64> = of_run.copied().collect();
        if (found.len() as u64) < range.end - range.start {
            let missing = range.clone().find(|seed| found.binary_search(seed).is_err());
            return Err(bad_input!(
                "--seeds: there is no seed {} in {}, which has {} from {} to {}; name seeds of the run",
                missing.unwrap_or_default(),
                past.place,
                counted(there.len(), "seed"),
                there.first().copied().unwrap_or_default(),
                there.last().copied().unwrap_or_default(),
            ));
        }
        seeds.extend(found);
    }
    seeds.sort_unstable();
    seeds.dedup();
    Ok(seeds)
}

fn first_different(different: &Different) -> String {
    let Different { seed, arm, level, .. } = different;
    let place = format!(
        "not the same: first at seed {seed}, arm {}, level {level}",
        quoted(arm)
    );
    match (different.recorded, different.computed) {
        (Some(recorded), Some(computed)) => {
            format!("{place}: params_digest {recorded:016x} was recorded, {computed:016x} is computed")
        }
        (Some(_), None) => format!("{place}: it was recorded, but training does not get there"),
        (None, _) => format!("{place}: it was not recorded, but training gets there"),
    }
}
