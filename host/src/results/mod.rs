//! What a run came to: a row for each seed, arm and level, and how each arm of a seed ended.

mod recorded;
mod row;

pub use recorded::{Recorded, recorded};
pub use row::{LevelColumns, MEASURE_COLUMNS, Row, levels_csv, measure_cells, measures_csv};
use serde::{Deserialize, Serialize};
use tombola::Verdict;

use crate::arm::{Arm, IMP_NAME};

/// What one seed came to.
#[derive(Clone, Debug)]
pub struct Replicate {
    /// The seed.
    pub seed: u64,
    /// What each arm came to, `imp` first.
    pub arms: Vec<ArmResult>,
}

/// What one arm of a seed came to.
#[derive(Clone, Debug)]
pub struct ArmResult {
    /// The arm.
    pub arm: Arm,
    /// Its finished levels, in order.
    pub rows: Vec<Row>,
    /// Why there are no more.
    pub end: End,
}

/// How an arm of a seed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// All levels are finished, or there are no more for this arm.
    Finished,
    /// A loss or a parameter was infinite or not a number.
    NotFinite {
        /// The level that was trained.
        level: u32,
        /// The epoch, from 0.
        epoch: u32,
    },
    /// The run was stopped.
    Stopped,
}

impl Replicate {
    /// What `imp` came to.
    pub fn imp(&self) -> &ArmResult {
        &self.arms[0]
    }

    /// The rows of all arms.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.arms.iter().flat_map(|arm| &arm.rows)
    }

    /// What could not be finished, and why: `seed 3` or `seed 3, arm late`, and the reason.
    pub fn failures(&self) -> impl Iterator<Item = (String, String)> {
        self.arms.iter().filter_map(|of_arm| {
            let arm = match &of_arm.arm {
                arm if arm.is_imp() => String::new(),
                arm => format!(", arm {}", arm.name()),
            };
            Some((format!("seed {}{arm}", self.seed), of_arm.failure()?))
        })
    }

    /// Whether the run was stopped before all was finished.
    pub fn is_stopped(&self) -> bool {
        self.arms.iter().any(|arm| arm.end == End::Stopped)
    }
}

/// What to do where training diverges, unless the experiment tells more.
pub const LOWER_RATE: &str = "try a lower training.rate";

impl ArmResult {
    /// Why the arm has fewer levels than were asked for, if its training is the reason.
    pub fn failure(&self) -> Option<String> {
        match self.end {
            End::NotFinite { level, epoch } => Some(format!(
                "the loss or a parameter was not finite at level {level} in epoch {epoch}; {LOWER_RATE}"
            )),
            End::Finished | End::Stopped => None,
        }
    }
}

/// The file of a ticket, within the run directory.
pub fn ticket_name(arm: &str, seed: u64, level: u32) -> String {
    let file = ticket_file(seed, level);
    match arm {
        IMP_NAME => format!("tickets/{file}"),
        _ => format!("tickets/{arm}/{file}"),
    }
}

/// The file of a ticket, within the folder of its arm.
pub fn ticket_file(seed: u64, level: u32) -> String {
    format!("{seed}-{level}.safetensors")
}

/// The verdict of this name.
fn verdict(name: &str) -> Option<Verdict> {
    let all = [Verdict::Degraded, Verdict::Separated, Verdict::Interconnected];
    all.into_iter().find(|verdict| verdict.name() == name)
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::{levels_csv, measures_csv};
    use crate::ticket::TaskPorts;

    #[test]
    fn every_column_has_a_row_in_the_documentation() {
        let documented: Vec<&str> = include_str!("../../../docs/results.md")
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split("` |").next())
            .flat_map(|names| names.split("`, `"))
            .collect();
        let tasks = [TaskPorts::new("moons", [0], [0])];
        let table = levels_csv(&tasks, iter::empty()).unwrap();
        let header = String::from_utf8(table)
            .unwrap()
            .trim_end()
            .replace("_moons", "_TASK");
        for name in header.split(',') {
            assert!(documented.contains(&name), "docs/results.md: no row of {name}");
        }
        // Of the other file, a sentence names them.
        let header = measures_csv(iter::empty()).unwrap();
        assert_eq!(header, b"seed,arm,level,measure,of,value\n");
    }
}
