//! What is said of a cell: of each quantity that a run's summary names, the same.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::directory::CELLS;
use super::plan::Plan;
use crate::report::{Criterion, Findings, First, LevelFindings, NotFinite, Share, sparsest};
use crate::results::Replicate;
use crate::setup::Setup;

/// What a cell came to. As JSON its keys are those of a run's `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellFindings {
    /// Its name, or else its digest.
    pub cell: String,
    /// The digest of its experiment, which names its directory.
    pub digest: String,
    /// Its values under the swept keys; null where a setting has none.
    pub values: Values,
    /// How many seeds it has.
    pub seeds: u32,
    /// The first of them.
    pub first_seed: u64,
    /// Of the dense network, inputs and outputs included.
    pub widths: Vec<usize>,
    /// The names of its tasks.
    pub tasks: Vec<String>,
    /// The accuracy from which on a task is solved.
    pub solved_from: f64,
    /// Whether early stopping looked at the test part.
    pub stops_on_test: bool,
    /// Whether tasks depend on each other or share inputs.
    pub is_dialed: bool,
    /// Seeds with a separated ticket.
    pub ever_separated: Share,
    /// Seeds whose ticket that validation singles out is separated and solved on the test part.
    pub ever_separated_and_solved: Share,
    /// When seeds first have a separated ticket.
    pub first_separated: Option<First>,
    /// Seeds with a ticket that reveals the truth.
    pub ever_reveals: Share,
    /// Seeds whose ticket that validation singles out reveals it, and is solved on the test part.
    pub ever_reveals_and_solved: Share,
    /// When seeds first have a ticket that reveals it.
    pub first_revealing: Option<First>,
    /// The sparsest ticket that reveals it and is solved on the validation part.
    pub sparsest: Option<Value>,
    /// The level that validation singles out.
    pub singled_out: Option<u32>,
    /// What the seeds came to there.
    pub level: Option<LevelFindings>,
    /// Seeds whose training did not stay finite.
    pub not_finite: Vec<NotFinite>,
    /// Each level, for the page; none in a sweep of more cells than `MOST_DETAILS`.
    #[serde(skip)]
    pub levels: Vec<LevelLine>,
}

/// Of more cells than this, a page has no details: those of each would make one that no browser opens, and all of them would
/// be in memory at once.
pub(crate) const MOST_DETAILS: usize = 2000;

/// The values of a cell under the swept keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    keys: Arc<[String]>,
    /// As a table has them, in the order of the keys.
    pub texts: Vec<String>,
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = self
            .keys
            .iter()
            .cloned()
            .zip(self.texts.iter().map(|text| as_json(text)));
        values.collect::<Map<String, Value>>().serialize(serializer)
    }
}

/// What a page says of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelLine {
    /// Weights that survive.
    pub weights_left: usize,
    /// Median of those that are active.
    pub active_weights: f64,
    /// Separated.
    pub separated: Share,
    /// Paths exactly where the truth has them.
    pub reveals: Share,
    /// The same, and solved.
    pub reveals_and_solved: Share,
    /// The least of the tasks' median accuracies.
    pub accuracy: f64,
}

impl CellFindings {
    /// Gathers the seeds of a cell.
    pub(super) fn new(plan: &Plan<'_>, cell: usize, setup: &Setup, replicates: &[Replicate]) -> Self {
        let texts = plan.values(cell, &setup.experiment);
        let cell = &plan.cells[cell];
        let experiment = &setup.experiment;
        let solves = Criterion::of(experiment);
        let findings = Findings::new(setup.ports(), replicates, solves);
        let not_finite = replicates
            .iter()
            .filter_map(|seed| NotFinite::of(seed.seed, seed.imp()));
        let folder = format!("{CELLS}/{}/", cell.digest);
        let has_details = plan.cells.len() <= MOST_DETAILS;
        let levels = findings.levels.iter().filter(|_| has_details);
        let level = findings.singled_out().cloned();
        Self {
            cell: cell.name.clone(),
            digest: cell.digest.clone(),
            values: Values {
                keys: plan.shared_keys(),
                texts,
            },
            seeds: experiment.seeds,
            first_seed: experiment.first_seed,
            widths: setup.net().widths().to_vec(),
            tasks: setup.ports().iter().map(|task| task.name.clone()).collect(),
            solved_from: findings.solves.solved_from,
            stops_on_test: findings.solves.stops_on_test,
            is_dialed: setup.truth().is_some(),
            ever_separated: findings.ever_separated,
            ever_separated_and_solved: findings.ever_both,
            first_separated: findings.first_separated,
            ever_reveals: findings.ever_reveals,
            ever_reveals_and_solved: findings.ever_reveals_and_solved,
            first_revealing: findings.first_revealing,
            sparsest: findings.sparsest.as_ref().map(|best| sparsest(best, &folder)),
            singled_out: level.as_ref().map(|level| level.level),
            level,
            not_finite: not_finite.collect(),
            levels: levels.map(LevelLine::of).collect(),
        }
    }

    /// The least of the tasks' median accuracies at the level that validation singles out.
    pub fn accuracy(&self) -> Option<f64> {
        self.level.as_ref().map(least_accuracy)
    }

    /// Weights of the dense network.
    pub fn weight_count(&self) -> usize {
        self.widths.windows(2).map(|pair| pair[0] * pair[1]).sum()
    }
}

impl LevelLine {
    fn of(level: &LevelFindings) -> Self {
        Self {
            weights_left: level.weights_left,
            active_weights: level.active_weights,
            separated: level.separated,
            reveals: level.reveals,
            reveals_and_solved: level.reveals_and_solved,
            accuracy: least_accuracy(level),
        }
    }
}

fn least_accuracy(level: &LevelFindings) -> f64 {
    level.accuracy.iter().map(|task| task.median).fold(1.0, f64::min)
}

/// A value as JSON, where it is a number, a list or a table; else its text.
fn as_json(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    let parsed = toml::from_str::<Map<String, Value>>(&format!("value = {text}"));
    let value = parsed.ok().and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}
