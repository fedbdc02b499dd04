//! One seed at one level, as a row of `levels.csv`.

use itertools::{Itertools, chain};
use tombola::{Mask, Mlp, Structure, Task, Verdict};

use crate::ticket::{LevelResult, TaskPorts};

/// What one seed came to at one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The seed.
    pub seed: u64,
    /// From 0, the dense network.
    pub level: u32,
    /// Weights that survive.
    pub weights_left: usize,
    /// Weights on a path from an input to an output.
    pub active_weights: usize,
    /// Fraction of the weights pruned.
    pub sparsity: f64,
    /// What the ticket makes of its tasks.
    pub verdict: Verdict,
    /// Whether no subnetwork touches two tasks.
    pub independent: bool,
    /// Weakly connected components of the active part.
    pub subnetworks: usize,
    /// What was measured.
    pub result: LevelResult,
}

impl Row {
    /// Finds the structure under the mask and sets it beside what was measured.
    pub fn new(
        seed: u64,
        level: u32,
        net: Mlp<'_>,
        tasks: &[Task<'_>],
        mask: &Mask<'_>,
        result: LevelResult,
    ) -> Self {
        let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
        let structure = Structure::of(net, tasks, mask, &mut memory);
        Self {
            seed,
            level,
            weights_left: mask.remaining(),
            active_weights: structure.weight_counts().active,
            sparsity: mask.sparsity(),
            verdict: structure.verdict(),
            independent: structure.is_independent(),
            subnetworks: structure.subnetworks().count(),
            result,
        }
    }

    /// Whether nothing is lost and no subnetwork touches two tasks.
    pub fn is_separated(&self) -> bool {
        self.verdict == Verdict::Separated
    }
}

/// A column of `levels.csv`: its name, and a row's cell in it.
type Column = (&'static str, fn(&Row) -> String);

/// The columns before the `accuracy_TASK` of each task. Other programs rely on their names and order.
const COLUMNS: [Column; 12] = [
    ("seed", |row| row.seed.to_string()),
    ("level", |row| row.level.to_string()),
    ("weights_left", |row| row.weights_left.to_string()),
    ("active_weights", |row| row.active_weights.to_string()),
    ("sparsity", |row| row.sparsity.to_string()),
    ("verdict", |row| row.verdict.name().to_owned()),
    ("independent", |row| row.independent.to_string()),
    ("subnetworks", |row| row.subnetworks.to_string()),
    ("epochs", |row| row.result.epochs.to_string()),
    ("train_loss", |row| row.result.train_loss.to_string()),
    ("validation_loss", |row| row.result.validation_loss.to_string()),
    ("test_loss", |row| row.result.test_loss.to_string()),
];

/// The columns after them: a new one goes to the end of these.
const LATER: [Column; 0] = [];

/// The rows as CSV, sorted as they come.
///
/// # Errors
/// None that can happen in memory.
pub fn levels_csv<'a>(tasks: &[TaskPorts], rows: impl Iterator<Item = &'a Row>) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let accuracies = tasks.iter().map(|task| format!("accuracy_{}", task.name));
    let names = |columns: &[Column]| columns.iter().map(|(name, _)| (*name).to_owned()).collect_vec();
    csv.write_record(chain!(names(&COLUMNS), accuracies, names(&LATER)))?;
    for row in rows {
        let cells = |columns: &[Column]| columns.iter().map(|(_, cell)| cell(row)).collect_vec();
        let accuracies = row.result.accuracy.iter().map(f64::to_string);
        csv.write_record(chain!(cells(&COLUMNS), accuracies, cells(&LATER)))?;
    }
    Ok(csv.into_inner()?)
}
