//! `tombola run`: a whole experiment, from its file to the answer.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::Style;
use anyhow::Context;
use tombola::{Rule, Training};

use super::progress::{INTERRUPTED, Progress, stop_on_interrupt};
use super::report::page_of;
use super::{sweep, table};
use crate::arm::{Arm, IMP_NAME};
use crate::board::note;
use crate::error::is_closed_pipe;
use crate::experiment::SweepFile;
use crate::files::Half;
use crate::report::{self, Criterion, Evidence, Findings, MAJORITY};
use crate::results::{LOWER_RATE, Replicate, levels_csv, measures_csv};
use crate::run::{self, Access, Done, RunDirectory, Shard};
use crate::setup::Setup;
use crate::slurm;
use crate::text::{counted, listed, visible};

/// Run an experiment: train, prune, rewind, look at the structure, answer
///
/// EXPERIMENT is a built-in name (see `tombola experiments`) or a TOML file; one with a [sweep] makes many experiments, cells,
/// in one directory (docs/sweeps.md). Seeds run in parallel; results do not
/// depend on how many at a time. What is finished is on disk: an interrupted run is taken up by the same command, and
/// more seeds can be added to it with --seeds. The table and the report speak of the seeds that were asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola run                                              the founding experiment
  tombola run --seeds 256                                  more seeds; finished ones are kept
  tombola run thesis-2-hidden --jobs 1
  tombola run my.toml --out results/first
  tombola run --set arms=all                               every arm beside imp; finished rows are kept
  tombola run --shard 2/7                                  the second of seven processes, anywhere
  tombola run --set training.optimizer=adam --set training.rate=0.01
  tombola run --set data.task.moons.noise=0.2 --set pruning.target=43
  tombola run width-depth                                  a sweep: a cell for each width and depth
  tombola run --set 'sweep.training.rate=[0.1, 0.05]'      the same of any key")]
pub(super) struct Args {
    /// A built-in experiment or a TOML file
    #[arg(value_name = "EXPERIMENT|FILE.toml", default_value = "moons-circles")]
    pub(super) experiment: String,
    /// How many seeds
    #[arg(long, value_name = "N")]
    pub(super) seeds: Option<u32>,
    /// The first seed
    #[arg(long, value_name = "S")]
    first_seed: Option<u64>,
    /// Set any key of the experiment; a bare word is a string
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Seeds at a time; 0 is one per core, if memory is enough
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) jobs: usize,
    /// Run directory: new, empty, or left by a run of the same experiment [default: runs/NAME-DIGEST]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// The I-th of N parts of the seeds alone; other processes may do theirs in the same directory at the same time
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Print nothing but errors
    #[arg(long, short)]
    pub(super) quiet: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let overrides = overrides(&args.overrides, args.seeds, args.first_seed);
    let file = SweepFile::open(&args.experiment, &overrides)?;
    if let Some(swept) = file.sweep()? {
        return sweep::run(args, &swept, out);
    }
    let experiment = file.experiment()?;
    let setup = Setup::open(experiment).with_context(|| args.experiment.clone())?;
    if !args.quiet {
        let counts = setup.source().class_counts();
        for what in counts.iter().chain(&setup.source().notes()) {
            note(format_args!("note: {what}"));
        }
    }
    let path = args.out.clone();
    let path = path.unwrap_or_else(|| RunDirectory::default_path(&setup.experiment, &setup.digest));
    if let Some(shard) = args.shard {
        return run_shard(args, shard, &setup, &path, out);
    }
    let directory = RunDirectory::open(&path, &setup.experiment, &setup.digest, Access::Alone)?;
    let progress = Progress::new(
        &setup,
        setup.experiment.seeds as usize,
        setup.arms().len(),
        args.quiet,
    );
    let done = run::run(&setup, &directory, args.jobs, stop_on_interrupt(), &progress);
    let level_count = progress.finish();
    let Done {
        replicates,
        other_seeds,
        other_arms,
    } = done?;

    if replicates.iter().any(Replicate::is_stopped) {
        let finished: usize = replicates.iter().map(|seed| seed.rows().count()).sum();
        // The exit code says it, too, where standard error is closed.
        note(format_args!(
            "interrupted: {finished} of {} finished and kept in {}; the same command goes on from there",
            counted(level_count as usize, "level"),
            path.display()
        ));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let others = others(other_seeds, &other_arms);
    let failed = finish(
        &setup,
        &directory,
        &replicates,
        others.as_deref(),
        args.quiet,
        out,
    )?;
    Ok(ExitCode::from(u8::from(failed)))
}

/// Writes the tables and the page of a run all of whose seeds are finished, and tells the answer unless it is to be quiet.
/// Whether some seeds could not be finished.
pub(super) fn finish(
    setup: &Setup,
    directory: &RunDirectory,
    replicates: &[Replicate],
    others: Option<&str>,
    is_quiet: bool,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let findings = Findings::new(setup.ports(), replicates, Criterion::of(&setup.experiment));
    let evidence = Evidence::new(setup, replicates, &findings);
    write_results(setup, directory, replicates, &findings, &evidence)?;
    let failures = replicates.iter().flat_map(Replicate::failures);
    let failed = tell_failures(setup, failures);
    if !is_quiet {
        // A closed pipe says nothing about how the run went.
        match tell(setup, directory, &findings, &evidence, others, out) {
            Err(error) if !is_closed_pipe(&error) => return Err(error),
            _ => {}
        }
    }
    Ok(failed)
}

/// Does the work of one shard, and says what is to be done once all are.
fn run_shard(
    args: &Args,
    shard: Shard,
    setup: &Setup,
    path: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let what = format!("shard {shard}");
    let access = Access::Shared(&what);
    let mut directory = RunDirectory::open(path, &setup.experiment, &setup.digest, access)?;
    if slurm::is_submitted(path, &args.experiment) {
        directory = directory.as_it_stands();
    }
    let seeds: Vec<u64> = shard.of(setup.seeds()).collect();
    let progress = Progress::new(setup, seeds.len(), setup.arms().len(), args.quiet);
    let worked = run::work(
        setup,
        directory,
        &seeds,
        args.jobs,
        stop_on_interrupt(),
        &progress,
    );
    progress.finish();
    let worked = worked?;
    tell_failures(setup, worked.failures.into_iter());
    let (finished, of) = (worked.finished, counted(setup.experiment.seeds as usize, "seed"));
    if worked.is_stopped {
        note(format_args!(
            "interrupted: {finished} of the {} of shard {shard} finished and kept in {}; the same command goes on from there",
            counted(seeds.len(), "seed"),
            path.display()
        ));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    if !args.quiet {
        tell_of_shard(shard, finished, &of, path, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Says that a shard is finished, and what is to be done once all are.
pub(super) fn tell_of_shard(
    shard: Shard,
    finished: usize,
    of: &str,
    path: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let shown = path.display().to_string();
    let status = shlex::try_join(["tombola", "status", &*shown])?;
    let merge = shlex::try_join(["tombola", "merge", &*shown, "--out", &*shown])?;
    let told = writeln!(
        out,
        "Shard {shard}: finished, {finished} of {of}. All shards: `{}`. Once each is finished, `{}` writes the tables and the \
         report; of shards in other directories, name those, too.",
        visible(&status),
        visible(&merge)
    );
    match told {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The flags are short forms of settings, and win over --set as the more explicit ones.
pub(super) fn overrides(sets: &[String], seeds: Option<u32>, first_seed: Option<u64>) -> Vec<String> {
    let seeds = seeds.map(|seeds| format!("seeds={seeds}"));
    let first_seed = first_seed.map(|seed| format!("first_seed={seed}"));
    sets.iter().cloned().chain(seeds).chain(first_seed).collect()
}

fn write_results(
    setup: &Setup,
    directory: &RunDirectory,
    replicates: &[Replicate],
    findings: &Findings,
    evidence: &Evidence,
) -> anyhow::Result<()> {
    let rows = || replicates.iter().flat_map(Replicate::rows);
    let page = page_of(setup, directory, replicates, findings, evidence)?;
    // All are on disk before the first has its name: should one not fit, those of before are there. The page is the last, and
    // says that all are.
    let whole = [
        Half::whole(&directory.levels(), &levels_csv(setup.ports(), rows())?)?,
        Half::whole(&directory.measures(), &measures_csv(rows())?)?,
        Half::whole(
            &directory.summary(),
            report::summary(setup, replicates, findings, evidence).as_bytes(),
        )?,
        Half::whole(&directory.report(), page.as_bytes())?,
    ];
    directory.begin()?;
    whole.into_iter().try_for_each(Half::finish)
}

/// What to do where training diverges.
fn remedy(setup: &Setup) -> String {
    match setup.training() {
        Training {
            rule: Rule::Sgd { rate, momentum },
            weight_decay,
            ..
        } => {
            // A step takes rate · decay times a weight from it; with momentum, weights grow from here on (Polyak 1964).
            let most = 2.0 * (1.0 + momentum) / rate;
            if most <= weight_decay {
                return format!(
                    "training.weight_decay = {weight_decay} alone makes all weights grow: at rate {rate} and momentum \
                     {momentum} it must be below {most}, and is usually below 0.01"
                );
            }
            if 0.0 < weight_decay {
                return format!("{LOWER_RATE}, or a lower training.weight_decay than {weight_decay}");
            }
            LOWER_RATE.to_owned()
        }
        Training { .. } => LOWER_RATE.to_owned(),
    }
}

/// Says which seeds could not be finished, and whether there are any.
fn tell_failures(setup: &Setup, failures: impl Iterator<Item = (String, String)>) -> bool {
    let remedy = remedy(setup);
    let mut failed = false;
    for (place, reason) in failures {
        // The summary and the page say it too, and so does the code.
        note(format_args!(
            "error: {place}: {}",
            reason.replace(LOWER_RATE, &remedy)
        ));
        failed = true;
    }
    failed
}

fn tell(
    setup: &Setup,
    directory: &RunDirectory,
    findings: &Findings,
    evidence: &Evidence,
    others: Option<&str>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let bold = Style::new().bold();
    let (both, which) = if findings.is_dialed {
        (
            "reveals (paths exist exactly where outputs depend on inputs in truth)",
            "ticket that reveals the truth and is solved",
        )
    } else {
        ("separated", "separated and solved ticket")
    };
    let legend = format!(
        "Shares of seeds with 95 % Wilson intervals; accuracy on the test part as median (10 % quantile); {MAJORITY}: that \
         of always answering the most frequent class, as median (90 % quantile); solved: every task at {} or more, with at \
         most half of the error there; both: {both} and solved. Tickets and levels are singled out by the validation part.",
        findings.solves.solved_from
    );
    let [question, answer, further] = report::answer(setup.ports(), findings, evidence);
    let answer = format!("{question} {answer}");
    let report::Table { header, rows, footer } = report::table(setup.ports(), findings);
    let rows: Vec<_> = rows.into_iter().chain(footer).collect();
    writeln!(out, "{}\n", table::ruled(&header, &rows))?;
    writeln!(out, "{}\n", table::filled(&legend))?;
    let weights_left = findings.singled_out().map(|level| level.weights_left);
    if let Some(arms) = report::arms_table(&evidence.arms, findings.is_dialed) {
        writeln!(out, "{}\n", table::ruled_with_names(1, &arms.header, &arms.rows))?;
        writeln!(
            out,
            "{}\n",
            table::filled(&report::arms_legend(weights_left, findings.is_dialed))
        )?;
    }
    writeln!(out, "{bold}{}{bold:#}\n", table::filled(&answer))?;
    if !further.is_empty() {
        writeln!(out, "{}\n", table::filled(&further))?;
    }
    if let Some(best) = findings.sparsest {
        // As it was started, so that the command works as it stands: cargo's build is not on the path.
        let program = std::env::args().next().unwrap_or_else(|| "tombola".to_owned());
        let ticket = directory
            .ticket(IMP_NAME, best.seed, best.level)
            .display()
            .to_string();
        // A name that no shell can take, with a zero byte, cannot be a path either.
        let command = shlex::try_join([&*program, "inspect", &*ticket])?;
        let command = visible(&command);
        let sparsest = format!(
            "The sparsest {which} has {}, {} of them active. Look inside:",
            counted(best.weights_left, "weight"),
            best.active_weights
        );
        writeln!(out, "{}\n\n  {command}\n", table::filled(&sparsest))?;
    }
    if let Some(others) = others {
        writeln!(out, "{}\n", table::filled(others))?;
    }
    let report = directory.report().display().to_string();
    writeln!(out, "Report: {}", visible(&report))?;
    Ok(())
}

/// What is on record in the directory beside what was asked for; none where nothing is.
pub(super) fn others(seeds: usize, arms: &[Arm]) -> Option<String> {
    let seeds = (0 < seeds).then(|| format!("{} (--seeds, --first-seed)", counted(seeds, "seed")));
    let names = arms.iter().map(Arm::name).collect::<Vec<_>>();
    let arms = match &names[..] {
        [] => None,
        [_] => Some(format!("arm {} (--set arms)", names[0])),
        _ if names.len() < 4 => Some(format!("arms {} (--set arms)", listed(&names, "and"))),
        _ => Some(format!("{} (--set arms)", counted(names.len(), "arm"))),
    };
    let others: Vec<String> = seeds.into_iter().chain(arms).collect();
    let told = || {
        format!(
            "On record, too, but not asked for now: {}.",
            listed(&others, "and")
        )
    };
    (!others.is_empty()).then(told)
}
