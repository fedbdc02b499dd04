//! The cells of a sweep, each checked, and the work that they are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use anyhow::Context;
use rayon::prelude::*;

use crate::arm::Arm;
use crate::bad_input;
use crate::data::{Contents, Source, Tables};
use crate::experiment::{Experiment, Kind, Sweep};
use crate::files::read_of_task;
use crate::need;
use crate::run::Asked;
use crate::setup::Setup;

/// A sweep that can be run.
pub struct Plan<'a> {
    sweep: &'a Sweep<'a>,
    /// What all its cells are called.
    pub name: String,
    /// What names its directory.
    pub digest: String,
    /// The cells, in the order of the file.
    pub cells: Vec<Cell>,
    /// The swept keys, in the order of the file.
    pub keys: &'a [String],
    /// The same, for what outlives the plan.
    shared_keys: Arc<[String]>,
    contents: Contents,
    /// What was read from files, which is read once.
    tables: Tables,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// That of its experiment.
    pub digest: String,
    /// Its name, or else its digest.
    pub name: String,
    /// Its seeds.
    pub seeds: Range<u64>,
    /// Its arms, and what is asked of their levels.
    pub arms: Vec<(Arm, Asked)>,
    /// Levels of all arms of a seed.
    pub levels: u64,
    /// About how long a seed of it takes, beside those of other cells.
    pub cost: u64,
    /// Memory that a seed of it takes at least.
    pub bytes: u64,
}

/// A seed of a cell: what is computed by one thread, without waiting for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// The place of the cell in [`Plan::cells`].
    pub cell: usize,
    /// The seed.
    pub seed: u64,
}

impl<'a> Plan<'a> {
    /// Reads the files of all cells, each once, and works out what their settings leave open.
    ///
    /// # Errors
    /// Bad input, with the cell, if an experiment cannot be run, or two cells are one experiment.
    pub fn new(sweep: &'a Sweep<'a>) -> anyhow::Result<Self> {
        let mut contents = Contents::default();
        let base = sweep.base()?;
        contents.add(&base.data, read_of_task)?;
        let cells = 0..sweep.cell_count();
        // A first look where cells may have files, since a file is read once, in the order of the cells.
        let may_read =
            base.data.files().next().is_some() || sweep.keys().iter().any(|key| key.starts_with("data."));
        let looked_at = if may_read { cells.clone() } else { 0..0 };
        let of_files = looked_at.into_par_iter().map(|cell| {
            let experiment = sweep.experiment(cell)?;
            let reads = experiment.data.files().next().is_some();
            Ok(reads.then_some(experiment.data))
        });
        for data in of_files
            .collect::<anyhow::Result<Vec<_>>>()?
            .into_iter()
            .flatten()
        {
            contents.add(&data, read_of_task)?;
        }
        let mut plan = Self {
            name: base.name,
            digest: sweep.digest(&contents)?,
            cells: vec![],
            keys: sweep.keys(),
            shared_keys: sweep.keys().into(),
            sweep,
            contents,
            tables: Tables::default(),
        };
        let found = cells.into_par_iter().map(|cell| {
            let setup = plan.make(cell, sweep.experiment(cell)?)?;
            Ok(Cell::of(&setup, sweep.name(cell)))
        });
        plan.cells = found.collect::<anyhow::Result<_>>()?;
        plan.check()?;
        Ok(plan)
    }

    /// Each cell is another experiment.
    fn check(&self) -> anyhow::Result<()> {
        let mut seen = BTreeMap::new();
        for (place, cell) in self.cells.iter().enumerate() {
            if let Some(before) = seen.insert(&*cell.digest, place) {
                return Err(bad_input!(
                    "cells {} and {} are the same experiment (digest {}); leave one of them out",
                    self.sweep.about(before),
                    self.sweep.about(place),
                    cell.digest
                ));
            }
        }
        Ok(())
    }

    /// All work, in order.
    pub fn units(&self) -> impl Iterator<Item = Unit> {
        let cells = self.cells.iter().enumerate();
        cells.flat_map(|(cell, of)| of.seeds.clone().map(move |seed| Unit { cell, seed }))
    }

    /// What the seeds of a cell share.
    ///
    /// # Errors
    /// None that were not when the plan was made, but short memory.
    pub fn setup(&self, cell: usize) -> anyhow::Result<Setup> {
        self.make(cell, self.sweep.experiment(cell)?)
    }

    /// The swept keys, which all cells share.
    pub(super) fn shared_keys(&self) -> Arc<[String]> {
        Arc::clone(&self.shared_keys)
    }

    /// What messages call a cell.
    pub fn about(&self, cell: usize) -> String {
        self.sweep.about(cell)
    }

    /// The values of a cell under the swept keys, as a table has them: texts without quotes, and nothing where a setting has no
    /// value.
    pub fn values(&self, cell: usize, experiment: &Experiment) -> Vec<String> {
        let values = experiment.values();
        // What a task's own key says is not said again by the list of tasks.
        let of_tasks = self.keys.iter().filter(|key| key.starts_with("data.task."));
        let of_tasks: Vec<&str> = of_tasks.filter_map(|key| key.rsplit('.').next()).collect();
        let plain = |key: &String| {
            if key == "data.task" {
                return experiment.tasks_text(&of_tasks);
            }
            let task = self.sweep.task_of(cell, key);
            let value = experiment.value(&values, key, task).unwrap_or_default();
            // Texts of settings have quotes and backslashes escaped, and nothing else that a reader would miss.
            match value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                Some(text) => text.replace("\\\"", "\"").replace("\\\\", "\\"),
                None => value.to_owned(),
            }
        };
        self.keys.iter().map(plain).collect()
    }

    /// The sweep as its directory keeps it.
    pub fn written(&self) -> String {
        self.sweep.written()
    }

    /// The same without the lines that name files of tasks: where a file lay changes nothing, so that equal sweeps are equal
    /// pages.
    pub fn written_without_files(&self) -> String {
        let written = self.written();
        let is_path = |line: &&str| {
            let key = line.split(" = ").next().unwrap_or_default().trim_matches('"');
            let last = key.rsplit('.').next().unwrap_or_default();
            Kind::file_keys().any(|of_a_file| of_a_file == last)
        };
        written
            .lines()
            .filter(|line| !is_path(line))
            .flat_map(|line| [line, "\n"])
            .collect()
    }

    fn make(&self, cell: usize, experiment: Experiment) -> anyhow::Result<Setup> {
        let made = || {
            let digest = experiment.digest(&self.contents);
            let source = Source::with_tables(&experiment.data, &self.contents, &self.tables)?;
            Setup::with_source(experiment, digest, Arc::new(source))
        };
        made().with_context(|| format!("cell {}", self.sweep.about(cell)))
    }
}

impl Cell {
    fn of(setup: &Setup, name: Option<&str>) -> Self {
        // What a step takes whatever the network is.
        const STEP: u64 = 1000;
        let trajectory = setup.trajectory();
        let (levels, arms) = (u64::from(trajectory.levels()) + 1, setup.arms().len() as u64);
        let weights = (0..=trajectory.levels()).map(|level| trajectory.weights_left(level) + STEP);
        let training = setup.training();
        let samples = u64::from(training.epochs).saturating_mul(setup.experiment.data.train as u64);
        Self {
            name: name.unwrap_or(&setup.digest).to_owned(),
            digest: setup.digest.clone(),
            seeds: setup.seeds(),
            arms: setup
                .arms()
                .iter()
                .map(|arm| (arm.clone(), setup.asked(arm)))
                .collect(),
            levels: levels * arms,
            bytes: need::of_seed(setup),
            cost: weights.sum::<u64>().saturating_mul(samples).saturating_mul(arms),
        }
    }
}
