//! `tombola merge`: joins directories of shards into one, and writes its tables and its page.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use rayon::prelude::*;

use super::run::{finish, others};
use super::subject::{parts, same_sweep, sweep_of};
use super::sweep;
use crate::arm::Arm;
use crate::bad_input;
use crate::board::note;
use crate::files::Half;
use crate::need;
use crate::results::{Replicate, levels_csv, measures_csv};
use crate::run::{self, Access, Begun, EXPERIMENT, Joined, RunDirectory};
use crate::setup::Setup;
use crate::sweep::{Plan, SWEEP, SweepDirectory, is_sweep};
use crate::text::{counted, listed};

/// Join directories of shards, or of other seeds of one experiment, and write the tables and the report
///
/// What several directories have must be the same in each, to the bit. What is missing is named, and what is there is joined
/// all the same. The files are those of one undisturbed run. DIR itself may be the OUT that shards have worked in.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola merge runs/shared --out runs/shared       shards that worked in one directory
  tombola merge one two three --out runs/all        shards that had directories of their own")]
pub(super) struct Args {
    /// Directories of runs of one experiment, or of one sweep
    #[arg(value_name = "DIR", required = true)]
    runs: Vec<PathBuf>,
    /// The directory that they are joined in: new, empty, or of the same experiment
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.runs.iter().any(|run| is_sweep(run)) {
        return merge_sweep(args, out);
    }
    let runs = args
        .runs
        .iter()
        .map(|run| Begun::open(run))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let digest = runs[0].digest.clone();
    let runs = with_out(runs, &args.out, &digest)?;
    let setup = runs[0].setup(&run::experiment_of_all(&runs)?)?;
    let directory = RunDirectory::open(&args.out, &setup.experiment, &setup.digest, Access::Alone)?;
    let joined = run::join(&setup, &args.runs, &directory)?;
    let command = command(&args.out, EXPERIMENT)?;
    let others = others(joined.other_seeds, &joined.other_arms);
    if let Some(what) = lacking(&joined) {
        directory.begin()?;
        let seeds = counted(setup.experiment.seeds as usize, "seed");
        return Err(incomplete(&args.out, &format!("of {seeds}, {what}"), &command));
    }
    // What a row takes in memory where a report is made of it, and about as much again for the report.
    let rows = u64::from(setup.experiment.seeds)
        * u64::from(setup.trajectory().levels() + 1)
        * setup.arms().len() as u64;
    let row = 3000 + 4 * setup.net().mask_len() as u64;
    if let Some(lacks) = need::lacking(rows * row) {
        write_tables(&setup, &directory, &command)?;
        note(format_args!(
            "note: {} and measures.csv are written; the report of {rows} rows takes about {lacks} of memory, which are not free \
             here: `{command}` writes it where they are",
            directory.levels().display()
        ));
        if let Some(others) = others.filter(|_| !args.quiet) {
            writeln!(out, "{others}")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let replicates = run::recorded(&setup, &directory, &command)?;
    finish(
        &setup,
        &directory,
        &replicates,
        others.as_deref(),
        args.quiet,
        out,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the tables some seeds at a time, so that memory does not grow with their number.
fn write_tables(setup: &Setup, directory: &RunDirectory, command: &str) -> anyhow::Result<()> {
    const SEEDS: u64 = 16;
    let mut levels = Half::new(&directory.levels())?;
    let mut measures = Half::new(&directory.measures())?;
    let all = setup.seeds();
    let mut first = all.start;
    while first < all.end {
        let few = first..all.end.min(first + SEEDS);
        let replicates = run::recorded_of(setup, directory.path(), few, command)?;
        let rows = || replicates.iter().flat_map(Replicate::rows);
        for (file, table) in [
            (&mut levels, levels_csv(setup.ports(), rows())?),
            (&mut measures, measures_csv(rows())?),
        ] {
            // The header stands above the first rows alone.
            let header = table
                .iter()
                .position(|&byte| byte == b'\n')
                .map_or(0, |end| end + 1);
            file.add(if first == all.start {
                &table
            } else {
                &table[header..]
            })?;
        }
        first += SEEDS;
    }
    levels.flush()?;
    measures.flush()?;
    directory.begin()?;
    levels.finish()?;
    measures.finish()
}

/// With the directory that they are joined in, where it has seeds of the same experiment already.
fn with_out(mut runs: Vec<Begun>, out: &Path, digest: &str) -> anyhow::Result<Vec<Begun>> {
    if out.join(EXPERIMENT).exists() {
        let there = Begun::open(out)?;
        // Another experiment is refused where the directory is opened.
        if there.digest == digest {
            runs.push(there);
        }
    }
    Ok(runs)
}

/// Cell by cell.
fn merge_sweep(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    const MOST: usize = 3;
    same_sweep(&args.runs)?;
    let (file, _) = sweep_of(&args.runs[0])?;
    let swept = file.sweep()?.context("a sweep")?;
    let plan = Plan::new(&swept)?;
    let directory = SweepDirectory::open(&args.out, &plan, Access::Alone)?;
    // As for a run: what is there stays until all is joined.
    if !is_sweep(&args.out) {
        directory.begin()?;
    }
    let parts = parts(&plan, &args.runs);
    let lacks = parts.par_iter().enumerate().map(|(cell, part)| {
        let setup = plan.setup(cell)?;
        let place = directory.cell(&setup.digest);
        let joined = || {
            let of_cell = RunDirectory::open(&place, &setup.experiment, &setup.digest, Access::Alone)?;
            let joined = run::join(&setup, &part.places, &of_cell)?;
            of_cell.begin()?;
            anyhow::Ok(joined)
        };
        let joined = joined().with_context(|| format!("cell {}", plan.about(cell)))?;
        let lacks = lacking(&joined).map(|what| format!("of cell {} {what}", plan.about(cell)));
        Ok((lacks, joined.other_seeds, joined.other_arms))
    });
    let lacks_of_cells = lacks.collect::<anyhow::Result<Vec<_>>>()?;
    let (mut lacks, mut other_seeds, mut other_arms) = (vec![], 0, BTreeSet::new());
    for (of_cell, seeds, arms) in lacks_of_cells {
        lacks.extend(of_cell);
        other_seeds += seeds;
        other_arms.extend(arms);
    }
    let count = lacks.len();
    lacks.truncate(MOST);
    let command = command(&args.out, SWEEP)?;
    if 0 < count {
        directory.begin()?;
        let more = match count - lacks.len() {
            0 => String::new(),
            more => format!("; and something of {} more", counted(more, "cell")),
        };
        return Err(incomplete(
            &args.out,
            &format!("{}{more}", lacks.join("; ")),
            &command,
        ));
    }
    sweep::finish(&plan, &directory, &command, args.quiet, out)?;
    let other_arms: Vec<Arm> = other_arms.into_iter().collect();
    if let Some(others) = others(other_seeds, &other_arms).filter(|_| !args.quiet) {
        writeln!(out, "\n{others}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What goes on with a directory.
fn command(out: &Path, file: &str) -> anyhow::Result<String> {
    let [file, place] = [&out.join(file), out].map(|path| path.display().to_string());
    Ok(shlex::try_join(["tombola", "run", &*file, "--out", &*place])?)
}

/// What is not there, if anything is not.
fn lacking(joined: &Joined) -> Option<String> {
    let parts = [(&joined.missing, "missing"), (&joined.unfinished, "not finished")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(seeds, _)| !seeds.is_empty())
        .map(|(seeds, what)| {
            let are = if seeds.len() == 1 { "is" } else { "are" };
            format!("{} {are} {what}", named(seeds))
        })
        .collect();
    (!parts.is_empty()).then(|| listed(&parts, "and"))
}

fn incomplete(out: &Path, what: &str, command: &str) -> anyhow::Error {
    bad_input!(
        "{}: {what}; what is there was joined: merge the directories of the others into it, too, or compute them with \
         `{command}`",
        out.display()
    )
}

/// `seed 3`, `seeds 3, 5 to 7 and 9`, `seeds 0, 2, 4, … (500 of them)`.
pub(super) fn named(seeds: &[u64]) -> String {
    const MOST: usize = 8;
    let mut ranges: Vec<(u64, u64)> = vec![];
    for &seed in seeds {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == seed => *last = seed,
            _ => ranges.push((seed, seed)),
        }
    }
    let range = |&(first, last): &(u64, u64)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first} to {last}"),
    };
    let noun = if seeds.len() == 1 { "seed" } else { "seeds" };
    if ranges.len() <= MOST {
        let ranges: Vec<String> = ranges.iter().map(range).collect();
        return format!("{noun} {}", listed(&ranges, "and"));
    }
    let some: Vec<String> = ranges[..MOST].iter().map(range).collect();
    format!("{noun} {}, … ({} of them)", some.join(", "), seeds.len())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::AtomicBool;

    use super::{named, write_tables};
    use crate::experiment::Experiment;
    use crate::results::{Replicate, levels_csv, measures_csv};
    use crate::run::{self, Access, RunDirectory, Watch};
    use crate::setup::Setup;

    struct Nobody;

    impl Watch for Nobody {
        fn level_finished(&self) {}

        fn levels_lost(&self, _count: u32) {}
    }

    #[test]
    fn tables_that_are_written_seed_by_seed_are_those_of_all_seeds() {
        let text = "seeds = 35\n[data]\ntrain = 8\nvalidation = 4\ntest = 4\n[network]\nhidden = [3]\n[training]\nepochs = 1\n\
                    [pruning]\nlevels = 1\n";
        let setup = Setup::open(Experiment::parse(text, "my.toml", &[]).unwrap()).unwrap();
        let home = tempfile::tempdir().unwrap();
        let directory =
            RunDirectory::open(home.path(), &setup.experiment, &setup.digest, Access::Alone).unwrap();
        let done = run::run(&setup, &directory, 1, &AtomicBool::new(false), &Nobody).unwrap();
        write_tables(&setup, &directory, "run").unwrap();
        let rows = || done.replicates.iter().flat_map(Replicate::rows);
        let written = |path| fs::read(path).unwrap();
        assert!(written(directory.levels()) == levels_csv(setup.ports(), rows()).unwrap());
        assert!(written(directory.measures()) == measures_csv(rows()).unwrap());
    }

    #[test]
    fn seeds_are_named_by_ranges_and_not_by_thousands() {
        assert_eq!(named(&[3]), "seed 3");
        assert_eq!(named(&[3, 4]), "seeds 3, 4");
        assert_eq!(named(&[3, 5, 6, 7, 9]), "seeds 3, 5 to 7 and 9");
        let even: Vec<u64> = (0..1000).step_by(2).collect();
        assert_eq!(named(&even), "seeds 0, 2, 4, 6, 8, 10, 12, 14, … (500 of them)");
    }
}
