//! Reads the records of all cells, some cells at a time, and writes the tables of the sweep.

use std::ops::Range;

use anyhow::Context;
use itertools::{Itertools, chain};
use rayon::prelude::*;

use super::{CellFindings, Plan, SweepDirectory};
use crate::bad_input;
use crate::files::Half;
use crate::need;
use crate::results::{LevelColumns, MEASURE_COLUMNS, Replicate, measure_cells};
use crate::run::{self, Access, RunDirectory};

/// About how many rows are in memory at a time: those of one cell at least.
const ROWS: u64 = 20_000;

/// What a sweep came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Collected {
    /// In the order of the plan.
    pub cells: Vec<CellFindings>,
    /// How many cells are in the directory that were not asked for.
    pub other_cells: usize,
}

/// Writes `levels.csv` and `measures.csv`, and gathers what the cells came to. All units of the plan are finished. `command` is
/// what goes on with it.
///
/// # Errors
/// Bad input, with place and remedy, if a unit is not finished or its records cannot be used; another error if a file cannot
/// be written.
pub fn collect(plan: &Plan<'_>, directory: &SweepDirectory, command: &str) -> anyhow::Result<Collected> {
    let columns = columns(plan)?;
    let mut levels = Half::new(&directory.levels())?;
    let mut measures = Half::new(&directory.measures())?;
    let of_cell = |names: Vec<String>| chain!(names, ["cell".to_owned()]);
    levels.add(&csv_of([chain!(
        of_cell(columns.names().collect()),
        plan.keys.iter().cloned()
    )])?)?;
    let of_measures = MEASURE_COLUMNS.map(str::to_owned).to_vec();
    measures.add(&csv_of([of_cell(of_measures)])?)?;
    let mut cells = Vec::with_capacity(plan.cells.len());
    for few in batches(plan) {
        let read = few.into_par_iter().map(|cell| {
            let read = read(plan, directory, &columns, cell, command);
            read.with_context(|| format!("cell {}", plan.about(cell)))
        });
        for (findings, rows, numbers) in read.collect::<anyhow::Result<Vec<_>>>()? {
            levels.add(&rows)?;
            measures.add(&numbers)?;
            cells.push(findings);
        }
    }
    levels.flush()?;
    measures.flush()?;
    // Tables of other cells are there until these are whole.
    directory.begin()?;
    levels.finish()?;
    measures.finish()?;
    let there = directory.cells_there()?.len();
    Ok(Collected {
        other_cells: there.saturating_sub(cells.len()),
        cells,
    })
}

/// The columns of all cells.
fn columns(plan: &Plan<'_>) -> anyhow::Result<LevelColumns> {
    let cells = (0..plan.cells.len()).into_par_iter();
    // Most cells have the same tasks, so they are kept once.
    let names = |cell| -> anyhow::Result<Vec<Vec<String>>> {
        let ports = plan
            .setup(cell)?
            .ports()
            .iter()
            .map(|task| task.name.clone())
            .collect();
        Ok(vec![ports])
    };
    let tasks = cells.map(names).try_reduce(Vec::new, |mut one, other| {
        for tasks in other {
            if !one.contains(&tasks) {
                one.push(tasks);
            }
        }
        Ok(one)
    })?;
    Ok(LevelColumns::of(tasks.iter().flatten().map(String::as_str)))
}

/// Cells that are read at a time, one behind the other.
fn batches(plan: &Plan<'_>) -> Vec<Range<usize>> {
    let (mut batches, mut first, mut rows) = (vec![], 0, 0);
    for (cell, of) in plan.cells.iter().enumerate() {
        let its = (of.seeds.end - of.seeds.start).saturating_mul(of.levels);
        if first < cell && ROWS < rows + its {
            batches.push(first..cell);
            (first, rows) = (cell, 0);
        }
        rows += its;
    }
    batches.push(first..plan.cells.len());
    batches
}

/// What a cell came to, its rows, and its measures.
fn read(
    plan: &Plan<'_>,
    directory: &SweepDirectory,
    columns: &LevelColumns,
    cell: usize,
    command: &str,
) -> anyhow::Result<(CellFindings, Vec<u8>, Vec<u8>)> {
    let setup = plan.setup(cell)?;
    let of = &plan.cells[cell];
    let place = directory.cell(&of.digest);
    if !place.is_dir() {
        return Err(bad_input!(
            "none of its seeds is finished; `{command}` goes on with it"
        ));
    }
    let rows = (of.seeds.end - of.seeds.start).saturating_mul(of.levels);
    if ROWS < rows
        && let Some(lacks) = need::lacking(rows.saturating_mul(need::of_row(&setup)))
    {
        return Err(bad_input!(
            "its {rows} rows take about {lacks} of memory, which are not free; write the tables where they are, with \
             `{command}`, or give the cell fewer seeds"
        ));
    }
    let run = RunDirectory::open(&place, &setup.experiment, &setup.digest, Access::Alone)?;
    let replicates = run::recorded(&setup, &run, command)?;
    let findings = CellFindings::new(plan, cell, &setup, &replicates);
    let places = columns.places(setup.ports());
    let rows = || replicates.iter().flat_map(Replicate::rows);
    let last = || chain!([&of.name], &findings.values.texts).cloned();
    let levels = csv_of(rows().map(|row| chain!(columns.cells(row, &places), last())))?;
    let measures = csv_of(
        rows()
            .flat_map(measure_cells)
            .map(|cells| chain!(cells, [of.name.clone()])),
    )?;
    Ok((findings, levels, measures))
}

/// Lines of CSV.
fn csv_of(records: impl IntoIterator<Item = impl Iterator<Item = String>>) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for record in records {
        csv.write_record(record.collect_vec())?;
    }
    Ok(csv.into_inner()?)
}
