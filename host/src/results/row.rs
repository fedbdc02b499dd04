//! One arm of a seed at one level, as a row of `levels.csv`.

use itertools::{Itertools, chain};
use serde::{Deserialize, Serialize};
use tombola::{Mask, Structure, Verdict, digest};

use crate::arm::{Arm, Scores, Trained, survives};
use crate::data::Majority;
use crate::measure::{Extent, MEASURES, Measures, Subject, measure};
use crate::setup::Setup;
use crate::structure::verdict as verdict_on;
use crate::ticket::{LevelResult, TaskPorts};

/// What one arm of a seed came to at one level.
///
/// As JSON, which is a line of the seed's records, every number survives bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The seed.
    pub seed: u64,
    /// The arm's name.
    pub arm: String,
    /// From 0, the dense network.
    pub level: u32,
    /// Weights that survive.
    pub weights_left: usize,
    /// Weights on a path from an input to an output.
    pub active_weights: usize,
    /// Fraction of the weights pruned.
    pub sparsity: f64,
    /// What the ticket makes of its tasks.
    #[serde(with = "verdict")]
    pub verdict: Verdict,
    /// Whether no subnetwork touches two tasks.
    pub independent: bool,
    /// Weakly connected components of the active part.
    pub subnetworks: usize,
    /// What was measured.
    pub result: LevelResult,
    /// Share of validation samples classified rightly, per task, in 0..=1.
    pub validation_accuracy: Vec<f64>,
    /// How frequent the most frequent classes are in the data that the arm was measured on; none in a record of an older
    /// run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub majority: Option<Majority>,
    /// One number for the bits of all parameters ([`digest::of_floats`]).
    #[serde(with = "hexadecimal")]
    pub params_digest: u64,
    /// What survives, one bit per weight in flat order, the first the lowest of a word.
    #[serde(with = "words")]
    pub mask: Vec<u32>,
    /// How much was measured.
    pub extent: Extent,
    /// What was measured of the network.
    pub measures: Measures,
    /// Whether paths exist exactly where the truth has them, where tasks depend on each other or share inputs; else the
    /// verdict says it, see [`Row::reveals`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revealed: Option<bool>,
}

impl Row {
    /// Finds the structure of a level that is finished, measures it, and sets it beside what training measured.
    pub fn new(seed: u64, arm: &Arm, trained: &Trained<'_>, setup: &Setup, extent: Extent) -> Self {
        let Trained {
            level,
            net,
            tasks,
            mask,
            params,
            scores,
            ..
        } = *trained;
        let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
        let structure = Structure::of(net, tasks, mask, &mut memory);
        let mut words = vec![0; net.mask_len()];
        let rewired = trained.rewired;
        let rewired = rewired.map(|mask| Mask::from_fn(net, &mut words, |weight| survives(mask, weight)));
        let subject = Subject {
            net,
            tasks,
            names: setup.ports(),
            mask,
            params,
            data: &trained.drawn.parts(),
            seed,
            level,
            machine: setup.machine(),
            rewired: rewired.as_ref(),
            epochs_to_loss: scores.epochs_to_loss,
        };
        Self {
            seed,
            arm: arm.name().to_owned(),
            level,
            weights_left: mask.remaining(),
            active_weights: structure.weight_counts().active,
            sparsity: (trained.weight_count - mask.remaining()) as f64 / trained.weight_count as f64,
            verdict: verdict_on(&structure, setup.ports()),
            independent: structure.is_independent(),
            subnetworks: structure.subnetworks().count(),
            result: scores.result.clone(),
            validation_accuracy: scores.validation_accuracy.clone(),
            majority: Some(trained.drawn.majority()),
            params_digest: digest::of_floats(params),
            mask: mask.words().to_vec(),
            extent,
            measures: measure(&subject, &structure, extent),
            revealed: setup.truth().map(|truth| truth.is_revealed_by(&structure)),
        }
    }

    /// The same row of an arm that shares it.
    #[must_use]
    pub fn of_arm(&self, arm: &Arm) -> Self {
        Self {
            arm: arm.name().to_owned(),
            ..self.clone()
        }
    }

    /// The row without what was measured beyond an extent.
    #[must_use]
    pub fn up_to(&self, extent: Extent) -> Self {
        Self {
            measures: self.measures.up_to(extent),
            extent: self.extent.min(extent),
            ..self.clone()
        }
    }

    /// Whether two rows of a level say the same, to the bit, as far as both know.
    pub fn is_same(&self, other: &Self) -> bool {
        let extent = self.extent.min(other.extent);
        let majority = self.majority.as_ref().and(other.majority.as_ref());
        let [one, another] = [self, other].map(|row| Self {
            majority: majority.and(row.majority.clone()),
            ..row.up_to(extent)
        });
        // As text, in which no two numbers are the same.
        let [one, another] = [one, another].map(|row| serde_json::to_string(&row).ok());
        one.is_some() && one == another
    }

    /// Whether less was measured of a level than another row of it has.
    pub fn knows_less_than(&self, other: &Self) -> bool {
        (self.extent, self.majority.is_some()) <= (other.extent, other.majority.is_some())
    }

    /// What training measured.
    pub fn scores(&self) -> Scores {
        Scores {
            result: self.result.clone(),
            validation_accuracy: self.validation_accuracy.clone(),
            epochs_to_loss: self.measures.scalar("epochs_to_loss").map(|epochs| epochs as u32),
        }
    }

    /// Whether no subnetwork touches two tasks and every task has one.
    pub fn is_side_by_side(&self) -> bool {
        self.measures.scalar("side_by_side") == Some(1.0)
    }

    /// Whether paths exist exactly where the truth has them: from the inputs that a task's outputs depend on to its outputs, and
    /// from no others. Of tasks by themselves: whether the ticket is separated.
    pub fn reveals(&self) -> bool {
        self.revealed.unwrap_or(self.is_separated())
    }

    /// Whether nothing is lost and no subnetwork touches two tasks.
    pub fn is_separated(&self) -> bool {
        self.verdict == Verdict::Separated
    }
}

/// A column: its name, and a row's cell in it.
type Column = (&'static str, fn(&Row) -> String);

/// The columns of the first version, up to the accuracy of each task, which a program may rely on.
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

/// The columns behind the validation accuracies, before those of the measures.
const LATER: [Column; 2] = [
    ("params_digest", |row| format!("{:016x}", row.params_digest)),
    ("arm", |row| row.arm.clone()),
];

/// The columns behind all others.
const LAST: [Column; 1] = [("reveals", |row| row.reveals().to_string())];

/// The rows as CSV, sorted as they come: the columns of the first version, an accuracy of each task, its validation
/// accuracy, and what came later; a column for each measure that is one number; then how frequent the most frequent class
/// of each task is in the test and in the validation part; and what came last.
///
/// # Errors
/// None that can happen in memory.
pub fn levels_csv<'a>(tasks: &[TaskPorts], rows: impl Iterator<Item = &'a Row>) -> anyhow::Result<Vec<u8>> {
    let columns = LevelColumns::of(tasks.iter().map(|task| &*task.name));
    let places: Vec<Option<usize>> = (0..tasks.len()).map(Some).collect();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(columns.names())?;
    for row in rows {
        csv.write_record(columns.cells(row, &places))?;
    }
    Ok(csv.into_inner()?)
}

/// The columns of rows of one experiment, or of several, whose tasks may be others.
pub struct LevelColumns {
    tasks: Vec<String>,
}

impl LevelColumns {
    /// Those of all these tasks, in the order in which they are first named.
    pub fn of<'a>(tasks: impl IntoIterator<Item = &'a str>) -> Self {
        let tasks = tasks.into_iter().unique().map(str::to_owned);
        Self {
            tasks: tasks.collect(),
        }
    }

    /// Where each task of the columns is among those of an experiment.
    pub fn places(&self, tasks: &[TaskPorts]) -> Vec<Option<usize>> {
        let place = |name: &String| tasks.iter().position(|task| task.name == *name);
        self.tasks.iter().map(place).collect()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let of_tasks = |prefix: &'static str| self.tasks.iter().map(move |task| format!("{prefix}_{task}"));
        let names = |columns: &[Column]| columns.iter().map(|(name, _)| (*name).to_owned()).collect_vec();
        let scalars = MEASURES.iter().filter(|measure| measure.is_scalar());
        chain!(
            names(&COLUMNS),
            of_tasks("accuracy"),
            of_tasks("validation_accuracy"),
            names(&LATER),
            scalars.map(|measure| measure.name.to_owned()),
            of_tasks("majority"),
            of_tasks("validation_majority"),
            names(&LAST),
        )
    }

    /// The cells of a row of an experiment whose tasks have these places; where it has no such task, they are empty.
    pub fn cells(&self, row: &Row, places: &[Option<usize>]) -> impl Iterator<Item = String> {
        let cells = |columns: &[Column]| columns.iter().map(|(_, cell)| cell(row)).collect_vec();
        let of_tasks = |shares: Option<&[f64]>| {
            let share = |place: &Option<usize>| match (shares, place) {
                (Some(shares), &Some(place)) => shares[place].to_string(),
                _ => String::new(),
            };
            places.iter().map(share).collect_vec()
        };
        let scalars = MEASURES.iter().filter(|measure| measure.is_scalar());
        let majority = row.majority.as_ref();
        chain!(
            cells(&COLUMNS),
            of_tasks(Some(&row.result.accuracy)),
            of_tasks(Some(&row.validation_accuracy)),
            cells(&LATER),
            scalars.map(|measure| row.measures.cell(measure)).collect_vec(),
            of_tasks(majority.map(|majority| &*majority.test)),
            of_tasks(majority.map(|majority| &*majority.validation)),
            cells(&LAST),
        )
    }
}

/// What is not one number a row, as CSV: a row for each number.
///
/// # Errors
/// None that can happen in memory.
pub fn measures_csv<'a>(rows: impl Iterator<Item = &'a Row>) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(MEASURE_COLUMNS)?;
    for record in rows.flat_map(measure_cells) {
        csv.write_record(record)?;
    }
    Ok(csv.into_inner()?)
}

/// The columns of what is not one number a row.
pub const MEASURE_COLUMNS: [&str; 6] = ["seed", "arm", "level", "measure", "of", "value"];

/// The cells of each number of a row.
pub fn measure_cells(row: &Row) -> impl Iterator<Item = [String; 6]> {
    let (seed, level) = (row.seed.to_string(), row.level.to_string());
    row.measures.entries().map(move |(measure, of, value)| {
        [
            seed.clone(),
            row.arm.clone(),
            level.clone(),
            measure.to_owned(),
            of.to_owned(),
            value.to_string(),
        ]
    })
}

/// A verdict by its name.
mod verdict {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use tombola::Verdict;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(verdict.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Verdict, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = super::super::verdict(&name);
        found.ok_or_else(|| D::Error::custom("there is no such verdict"))
    }
}

/// A digest as 16 hexadecimal digits: JSON's numbers are too short for some readers.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[cfg_attr(
        target_pointer_width = "64",
        expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")
    )]
    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

/// Words as 8 hexadecimal digits each.
mod words {
    use itertools::Itertools;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ptr_arg, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(words: &Vec<u32>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:08x}", words.iter().format("")))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.as_bytes().chunks(8);
        let word = |digits| u32::from_str_radix(std::str::from_utf8(digits).unwrap_or_default(), 16);
        digits
            .map(|digits| word(digits).map_err(D::Error::custom))
            .collect()
    }
}
