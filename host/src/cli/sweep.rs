//! `tombola run` of a sweep: all its cells, and a line for each.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::Style;
use anyhow::Context;

use super::progress::{INTERRUPTED, Progress, stop_on_interrupt};
use super::run::tell_of_shard;
use super::{run, table};
use crate::board::note;
use crate::error::is_closed_pipe;
use crate::experiment::{Sweep, SweepFile};
use crate::files::{Half, write_atomically};
use crate::page;
use crate::report::STOPS_ON_TEST;
use crate::run::Access;
use crate::slurm;
use crate::sweep::{self, CELLS, CellFindings, Collected, Plan, SWEEP, SweepDirectory, Unit, summary};
use crate::text::{counted, visible};

/// Runs what is not finished of a sweep, and writes its tables, its summary and its page.
pub(super) fn run(args: &run::Args, swept: &Sweep<'_>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let plan = Plan::new(swept)?;
    let path = args.out.clone();
    let path = path.unwrap_or_else(|| SweepDirectory::default_path(&plan));
    if !args.quiet {
        let setup = plan.setup(0)?;
        let counts = setup.source().class_counts();
        for what in counts.iter().chain(&setup.source().notes()) {
            note(format_args!("note: {what}"));
        }
    }
    let what = args.shard.map(|shard| format!("shard {shard}"));
    let access = what.as_deref().map_or(Access::Alone, Access::Shared);
    let mut directory = SweepDirectory::open(&path, &plan, access)?;
    if slurm::is_submitted(&path, &args.experiment) {
        directory = directory.as_it_stands();
    }
    let units: Vec<Unit> = match args.shard {
        Some(shard) => shard.of(plan.units()).collect(),
        None => plan.units().collect(),
    };
    let levels = units.iter().map(|unit| plan.cells[unit.cell].levels).sum();
    let progress = Progress::of_levels(levels, &plan.name, args.quiet);
    let done = sweep::run(
        &plan,
        &directory,
        &units,
        args.jobs,
        stop_on_interrupt(),
        &progress,
    );
    progress.finish();
    let done = done?;
    if done.is_stopped {
        note(format_args!(
            "interrupted: {} of {} finished and kept in {}; the same command goes on from there",
            done.found + done.computed,
            counted(units.len(), "seed"),
            path.display()
        ));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    if let Some(shard) = args.shard {
        let (finished, of) = (units.len(), counted(plan.units().count(), "seed"));
        if !args.quiet {
            tell_of_shard(shard, finished, &of, &path, out)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let command = shlex::try_join([
        "tombola",
        "run",
        &*args.experiment,
        "--out",
        &path.to_string_lossy(),
    ])?;
    finish(&plan, &directory, &command, args.quiet, out)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the tables, the summary and the page of a sweep all of whose units are finished, and tells the answer unless it is to
/// be quiet.
pub(super) fn finish(
    plan: &Plan<'_>,
    directory: &SweepDirectory,
    command: &str,
    is_quiet: bool,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let collected = sweep::collect(plan, directory, command)?;
    write_results(plan, directory, &collected)?;
    tell_diverged(plan, &collected.cells);
    if !is_quiet {
        match tell(plan, directory, &collected, out) {
            Err(error) if !is_closed_pipe(&error) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Writes the tables, the summary and the page of a finished sweep again.
pub(super) fn report(path: &Path) -> anyhow::Result<PathBuf> {
    let file = path.join(SWEEP);
    let text = sweep::text_of(path)?;
    let place = file.display().to_string();
    let read = SweepFile::new(&text, &place, &[]);
    let swept = read
        .sweep()?
        .with_context(|| format!("{place}: nothing is swept in it"))?;
    let plan = Plan::new(&swept)?;
    let directory = SweepDirectory::open(path, &plan, Access::Alone)?;
    let command = shlex::try_join(["tombola", "run", &*place, "--out", &path.to_string_lossy()])?;
    let collected = sweep::collect(&plan, &directory, &command)?;
    write_results(&plan, &directory, &collected)?;
    Ok(directory.report())
}

/// The run directories of the cells of a sweep, in its order, each with its name, or else its values.
pub(super) fn cells(path: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let place = path.join(SWEEP).display().to_string();
    let text = sweep::text_of(path)?;
    let read = SweepFile::new(&text, &place, &[]);
    let swept = read
        .sweep()?
        .with_context(|| format!("{place}: nothing is swept in it"))?;
    let plan = Plan::new(&swept)?;
    let cells = plan.cells.iter().enumerate().map(|(place, cell)| {
        let is_named = cell.name != cell.digest;
        let name = if is_named {
            cell.name.clone()
        } else {
            plan.about(place)
        };
        (path.join(CELLS).join(&cell.digest), name)
    });
    Ok(cells.collect())
}

/// Writes the summary and the page.
fn write_results(plan: &Plan<'_>, directory: &SweepDirectory, collected: &Collected) -> anyhow::Result<()> {
    summary::write(plan, collected, Half::new(&directory.summary())?)?;
    let page = page::sweep(plan, &collected.cells);
    write_atomically(&directory.report(), page.as_bytes())?;
    directory.tables_are_new()
}

/// Says which cells did not stay finite: a result, which the summary and the page say, too.
fn tell_diverged(plan: &Plan<'_>, cells: &[CellFindings]) {
    for cell in cells {
        if let Some(first) = cell.not_finite.first() {
            note(format_args!(
                "note: cell {}: {} of {} did not stay finite; first seed {}: {}",
                sweep::about(plan, cell),
                cell.not_finite.len(),
                counted(cell.seeds as usize, "seed"),
                first.seed,
                first.reason
            ));
        }
    }
}

fn tell(
    plan: &Plan<'_>,
    directory: &SweepDirectory,
    collected: &Collected,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let bold = Style::new().bold();
    let cells = &collected.cells;
    let found = sweep::table(plan, cells);
    writeln!(
        out,
        "{}\n",
        table::ruled_with_names(found.names, &found.header, &found.rows)
    )?;
    writeln!(out, "{}\n", table::filled(&found.legend))?;
    writeln!(
        out,
        "{bold}{}{bold:#}\n",
        table::filled(&sweep::answer(plan, cells))
    )?;
    if cells.iter().any(|cell| cell.stops_on_test) {
        writeln!(
            out,
            "{}\n",
            table::filled(&format!(
                "Cells with training.stop_on = \"test\": {STOPS_ON_TEST}."
            ))
        )?;
    }
    if 0 < collected.other_cells {
        let others = counted(collected.other_cells, "cell");
        writeln!(out, "In the directory, too, but not asked for now: {others}.\n")?;
    }
    let report = directory.report().display().to_string();
    writeln!(out, "Report: {}", visible(&report))?;
    Ok(())
}
