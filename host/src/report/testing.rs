//! Makes rows for the tests of a report.

use tombola::Verdict;

use super::Criterion;
use crate::arm::{Arm, Fits};
use crate::data::Majority;
use crate::measure::{Extent, Measures};
use crate::results::{ArmResult, End, Replicate, Row};
use crate::ticket::{LevelResult, TaskPorts};

/// The founding experiment's, with parts of 100 samples.
pub(crate) const SOLVES: Criterion = Criterion {
    stops_on_test: false,
    solved_from: 0.97,
    samples: Some([100; 2]),
};

/// What became of a level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) verdict: Verdict,
    /// Of both tasks, on the test part.
    pub(crate) test: [f64; 2],
    /// The same on the validation part.
    pub(crate) validation: [f64; 2],
}

impl Level {
    /// As accurate on one part as on the other.
    pub(crate) const fn of(verdict: Verdict, accuracy: [f64; 2]) -> Self {
        Self {
            verdict,
            test: accuracy,
            validation: accuracy,
        }
    }
}

/// Two of them.
pub(crate) fn tasks() -> [TaskPorts; 2] {
    [
        TaskPorts::new("moons", [0], [0]),
        TaskPorts::new("circles", [1], [1]),
    ]
}

/// An arm by its name.
pub(crate) fn arm(name: &str) -> Arm {
    let fits = Fits {
        tasks: &["moons", "circles"],
        epochs: 30,
        rewind: tombola::Rewind::Initial,
        shares_inputs: false,
    };
    Arm::parse(name, &fits).expect("an arm")
}

/// A seed whose levels have 40, 20 and 10 weights, 30, 15 and 7 of them active.
pub(crate) fn replicate(seed: u64, arms: &[(&str, &[Level])]) -> Replicate {
    let arms = arms.iter().map(|&(name, levels)| ArmResult {
        arm: arm(name),
        rows: (0..)
            .zip(levels)
            .map(|(index, level)| row(seed, name, index, level))
            .collect(),
        end: match levels.len() {
            3 => End::Finished,
            _ => End::NotFinite { level: 1, epoch: 0 },
        },
    });
    Replicate {
        seed,
        arms: arms.collect(),
    }
}

fn row(seed: u64, arm: &str, level: u32, of: &Level) -> Row {
    Row {
        seed,
        arm: arm.to_owned(),
        level,
        weights_left: 40 >> level,
        active_weights: 30 >> level,
        sparsity: 1.0 - 1.0 / f64::from(1 << level),
        verdict: of.verdict,
        independent: of.verdict == Verdict::Separated,
        subnetworks: 2,
        result: LevelResult {
            epochs: 1,
            train_loss: 0.1,
            validation_loss: 0.1,
            test_loss: 0.1,
            accuracy: of.test.to_vec(),
        },
        validation_accuracy: of.validation.to_vec(),
        majority: Some(Majority {
            validation: vec![0.5; 2],
            test: vec![0.5; 2],
        }),
        params_digest: 0,
        mask: vec![],
        extent: Extent::Basic,
        measures: Measures::default(),
        revealed: None,
    }
}
