//! Sweeps: a file whose `[sweep]` section makes many experiments of it, the cells.
//!
//! `[sweep]` lists values for any keys, and every combination is a cell, the last key changing fastest; or each
//! `[[sweep.cell]]` gives a name and values of its own. `leaves` finds the keys, which may be dotted, quoted or in sections
//! of their own, `grid` and `named` read the two forms; `held` gives cells what `--set` says beside their values; `written` is the text of a sweep that a directory keeps, and the digest that names it.

mod grid;
mod held;
mod leaves;
mod named;
#[cfg(test)]
mod tests;
mod written;

use anyhow::Context;
use itertools::Itertools;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::grid::grid;
use self::leaves::Leaf;
use self::named::named;
use self::written::toml_text;
use super::overrides::{self, Target};
use super::page::OUTSIDE;
use super::settings::Experiment;
use super::source::{At, Part, Source, Toml};
use crate::bad_input;
use crate::text::{counted, quoted};

/// The most cells of a sweep.
pub const MOST_CELLS: usize = 1_000_000;

/// The section.
const SWEEP: &str = "sweep";
/// The list of named cells in it.
const CELL: &str = "cell";

/// The text of a file that may be a sweep, and what `--set` puts over it.
pub struct SweepFile {
    source: Source,
}

/// A file that makes many experiments.
pub struct Sweep<'a> {
    source: &'a Source,
    /// The file without its section, and without what `--set` gives.
    file: Toml<'a>,
    /// The same with it.
    base: Toml<'a>,
    cells: Cells<'a>,
    /// The swept keys on which digests depend.
    keys: Vec<String>,
}

/// How cells are given.
enum Cells<'a> {
    /// Every combination of values of these keys.
    Grid(Vec<Axis<'a>>),
    /// One by one.
    Named(Vec<Named<'a>>),
}

/// A key and its values.
struct Axis<'a> {
    key: String,
    values: Vec<Toml<'a>>,
}

/// A cell with a name.
struct Named<'a> {
    name: String,
    values: Vec<(String, Toml<'a>)>,
}

/// Refuses a sweep where one experiment is wanted.
///
/// # Errors
/// Bad input, with place and remedy.
pub(super) fn refuse(source: &Source, file: &Toml<'_>) -> anyhow::Result<()> {
    let place = match (
        file.get_ref().get(SWEEP),
        source.sets().iter().find(|set| is_of_sweep(set)),
    ) {
        (Some(section), _) => source.place(&section.span()),
        (None, Some(set)) => set.place.clone(),
        (None, None) => return Ok(()),
    };
    Err(bad_input!(
        "{place}: this is a sweep, which `tombola run` takes, and here one experiment is wanted; name a file without [sweep], \
         such as that of a cell in the sweep's directory, cells/DIGEST/experiment.toml"
    ))
}

/// Whether a `--set` gives values to sweep.
fn is_of_sweep(set: &Part) -> bool {
    let key = set.assignment().split('=').next().unwrap_or_default().trim();
    key == SWEEP || key.strip_prefix(SWEEP).is_some_and(|rest| rest.starts_with('.'))
}

impl SweepFile {
    /// `place` is how messages call the text, `overrides` are `KEY=VALUE`.
    pub fn new(text: &str, place: &str, overrides: &[String]) -> Self {
        Self {
            source: Source::new(text, place, overrides),
        }
    }

    /// The one experiment that the file is, if it is no sweep.
    ///
    /// # Errors
    /// As [`Experiment::parse`].
    pub fn experiment(&self) -> anyhow::Result<Experiment> {
        Experiment::of_source(&self.source)
    }

    /// The sweep; `None` if the file has no `[sweep]`, and nothing is swept by `--set sweep.KEY=LIST`.
    ///
    /// # Errors
    /// Bad input, with place and remedy, if the file is not TOML, a key is unknown, swept twice or also fixed, a list is
    /// empty, two cells have one name, or there are more than [`MOST_CELLS`].
    pub fn sweep(&self) -> anyhow::Result<Option<Sweep<'_>>> {
        let source = &self.source;
        let mut file = source.file()?;
        let section = match file.get_mut() {
            DeValue::Table(table) => table.remove(SWEEP),
            _ => None,
        };
        let (of_sweep, others): (Vec<&Part>, Vec<&Part>) =
            source.sets().iter().partition(|set| is_of_sweep(set));
        if section.is_none() && of_sweep.is_empty() {
            return Ok(None);
        }
        let mut base = file.clone();
        // What is swept from outside wins over the file, as everything that is set.
        for set in &of_sweep {
            overrides::remove(&mut base, &Leaf::of_set(set)?.key);
        }
        for set in &others {
            overrides::apply(source, &mut base, set)?;
        }
        let section = section.unwrap_or_else(|| Spanned::new(0..0, DeValue::Table(DeTable::new())));
        At::new(source, SWEEP, &section).table()?;
        let DeValue::Table(table) = section.get_ref() else {
            unreachable!("it is a table");
        };
        let mut cells = match table.get(CELL) {
            Some(_) if 1 < table.len() || !of_sweep.is_empty() => {
                return Err(bad_input!(
                    "{}: a sweep is a grid or a list of cells, and here it is both; keep the keys of [sweep], or \
                     [[sweep.cell]]",
                    source.place(&section.span())
                ));
            }
            Some(cells) => Cells::Named(named(source, cells, &others, &base)?),
            None => Cells::Grid(grid(source, table, &of_sweep, &base)?),
        };
        held::beside(&file, &mut base, &mut cells);
        let keys: Vec<String> = match &cells {
            Cells::Grid(axes) => axes.iter().map(|axis| axis.key.clone()).collect(),
            Cells::Named(cells) => {
                let keys = cells.iter().flat_map(|cell| &cell.values).map(|(key, _)| key);
                let counts = |key: &&String| !OUTSIDE.contains(&&***key);
                keys.filter(counts).unique().cloned().collect()
            }
        };
        Ok(Some(Sweep {
            source,
            file,
            base,
            cells,
            keys,
        }))
    }
}

fn check_count(count: usize) -> anyhow::Result<()> {
    if count <= MOST_CELLS {
        return Ok(());
    }
    let count = match count {
        usize::MAX => "more cells than can be counted".to_owned(),
        count => counted(count, "cell"),
    };
    Err(bad_input!(
        "the sweep has {count}, and at most {MOST_CELLS} can be; give fewer values, or make several sweeps of it"
    ))
}

impl<'a> Sweep<'a> {
    /// How many cells there are.
    pub fn cell_count(&self) -> usize {
        match &self.cells {
            Cells::Grid(axes) => axes.iter().map(|axis| axis.values.len()).product(),
            Cells::Named(cells) => cells.len(),
        }
    }

    /// The swept keys on which digests depend, in the order of the file.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The name of a cell, if it has one.
    pub fn name(&self, cell: usize) -> Option<&str> {
        match &self.cells {
            Cells::Grid(_) => None,
            Cells::Named(cells) => Some(&cells[cell].name),
        }
    }

    /// What messages call a cell: its name, or its values as the file has them.
    pub fn about(&self, cell: usize) -> String {
        if let Some(name) = self.name(cell) {
            return quoted(name);
        }
        let values = self.values(cell);
        let values = values.map(|(key, value)| format!("{key} = {}", toml_text(value.get_ref())));
        values.collect::<Vec<_>>().join(", ")
    }

    /// The experiment of a cell.
    ///
    /// # Errors
    /// Bad input, with cell, place and remedy, as [`Experiment::parse`].
    pub fn experiment(&self, cell: usize) -> anyhow::Result<Experiment> {
        let made = || Experiment::of_trees(self.source, &self.file, &self.merged(cell)?);
        made().with_context(|| format!("cell {}", self.about(cell)))
    }

    /// The base with the values of a cell.
    fn merged(&self, cell: usize) -> anyhow::Result<Toml<'a>> {
        let mut merged = self.base.clone();
        // What is set as a whole comes before its parts, and tasks are called as they were before they got other names.
        let mut values: Vec<(&str, &Toml<'a>)> = self.values(cell).collect();
        values.sort_by_key(|(key, _)| key.matches('.').count());
        let tasks = self.tasks(cell);
        let mut put = Vec::<Target<'_>>::with_capacity(values.len());
        for (key, value) in values {
            let place = self.source.spot(value.span());
            let target = match Target::of(tasks, key) {
                // Of a task that has got this name.
                Target::Key(key) => Target::of(overrides::tasks_in(&merged), key),
                target @ Target::OfTask(..) => target,
            };
            if put.iter().any(|before| before.clashes_with(&target)) {
                return Err(bad_input!(
                    "{place}: another key sets what {key} does; remove one of them"
                ));
            }
            put.push(target);
            overrides::put_to(self.source, &mut merged, &place, &target, value.clone())?;
        }
        Ok(merged)
    }

    /// The list of tasks of a cell, before its other keys are put over it.
    fn tasks(&self, cell: usize) -> Option<&Toml<'a>> {
        let of_cell = self.values(cell).find(|(key, _)| *key == "data.task");
        of_cell
            .map(|(_, value)| value)
            .or_else(|| overrides::tasks_in(&self.base))
    }

    /// The number of the task that a key is about in a cell, where tasks may get other names than the key has.
    pub fn task_of(&self, cell: usize, key: &str) -> Option<usize> {
        match Target::of(self.tasks(cell), key) {
            Target::OfTask(index, _) => Some(index),
            Target::Key(_) => None,
        }
    }

    /// The keys and values of a cell.
    fn values(&self, cell: usize) -> impl Iterator<Item = (&str, &Toml<'a>)> {
        let (axes, named) = match &self.cells {
            Cells::Grid(axes) => (&axes[..], &[][..]),
            Cells::Named(cells) => (&[][..], &cells[cell].values[..]),
        };
        // The last axis changes fastest.
        let mut cells = self.cell_count();
        let of_axis = axes.iter().map(move |axis| {
            cells /= axis.values.len();
            (&*axis.key, &axis.values[cell / cells % axis.values.len()])
        });
        of_axis.chain(named.iter().map(|(key, value)| (&**key, value)))
    }
}
