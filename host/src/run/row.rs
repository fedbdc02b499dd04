//! One seed at one level, as a row of `levels.csv`: the names and the order of the columns are fixed, since other
//! programs rely on them.

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

/// The rows as CSV, sorted as they come.
///
/// # Errors
/// None that can happen in memory.
pub fn levels_csv<'a>(tasks: &[TaskPorts], rows: impl Iterator<Item = &'a Row>) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let columns = "seed,level,weights_left,active_weights,sparsity,verdict,independent,subnetworks,epochs,train_loss,\
                   validation_loss,test_loss";
    let accuracies = tasks.iter().map(|task| format!("accuracy_{}", task.name));
    csv.write_record(columns.split(',').map(str::to_owned).chain(accuracies))?;
    for row in rows {
        let Row {
            seed,
            level,
            weights_left,
            active_weights,
            sparsity,
            verdict,
            independent,
            subnetworks,
            result,
        } = row;
        let fixed = [
            seed.to_string(),
            level.to_string(),
            weights_left.to_string(),
            active_weights.to_string(),
            sparsity.to_string(),
            verdict.name().to_owned(),
            independent.to_string(),
            subnetworks.to_string(),
            result.epochs.to_string(),
            result.train_loss.to_string(),
            result.validation_loss.to_string(),
            result.test_loss.to_string(),
        ];
        csv.write_record(
            fixed
                .into_iter()
                .chain(result.accuracy.iter().map(f64::to_string)),
        )?;
    }
    Ok(csv.into_inner()?)
}
