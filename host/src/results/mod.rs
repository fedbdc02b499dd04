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
    let file = format!("{}{}", folder_of(seed), ticket_file(seed, level));
    match arm {
        IMP_NAME => format!("tickets/{file}"),
        _ => format!("tickets/{arm}/{file}"),
    }
}

/// How many seeds share a folder.
const SEEDS_OF_FOLDER: u64 = 1000;

/// The folder of a seed's files among those of other seeds, with a slash at its end: `2000-2999/`, and none for the first
/// thousand.
pub fn folder_of(seed: u64) -> String {
    if !has_folder(seed) {
        return String::new();
    }
    let first = seed - seed % SEEDS_OF_FOLDER;
    format!("{first}-{}/", first.saturating_add(SEEDS_OF_FOLDER - 1))
}

/// Whether a seed's files are in a folder of their thousand.
pub fn has_folder(seed: u64) -> bool {
    SEEDS_OF_FOLDER <= seed
}

/// Whether this is the name of such a folder.
pub fn is_folder_of_seeds(name: &str) -> bool {
    let first = name.split_once('-').and_then(|(first, _)| first.parse().ok());
    first.is_some_and(|first| folder_of(first).strip_suffix('/') == Some(name))
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

    use super::{folder_of, is_folder_of_seeds, levels_csv, measures_csv, ticket_name};
    use crate::ticket::TaskPorts;

    #[test]
    fn seeds_from_a_thousand_on_have_a_folder_for_each_thousand() {
        for (seed, folder) in [
            (0, ""),
            (999, ""),
            (1000, "1000-1999/"),
            (12_345, "12000-12999/"),
            (u64::MAX, "18446744073709551000-18446744073709551615/"),
        ] {
            assert_eq!(folder_of(seed), folder);
            assert_eq!(
                is_folder_of_seeds(folder.trim_end_matches('/')),
                !folder.is_empty()
            );
        }
        for name in [
            "1001-2000",
            "0-999",
            "1000-1999/",
            "1000",
            "random",
            "1000-5.safetensors",
        ] {
            assert!(!is_folder_of_seeds(name), "{name}");
        }
        assert_eq!(
            ticket_name("imp", 1999, 5),
            "tickets/1000-1999/1999-5.safetensors"
        );
        assert_eq!(ticket_name("random", 999, 5), "tickets/random/999-5.safetensors");
    }

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
