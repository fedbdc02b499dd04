//! Experiment files: every setting of an experiment, its default, and one answer to what is meant.
//!
//! Without this module a misspelled key would silently run another experiment than the one that was written down.
//! So a file is refused as soon as one key is unknown, one value out of its range, or two settings contradict
//! each other; what passes is an [`Experiment`] in which every setting has a value. Its [canonical
//! text](Experiment::canonical) is what a run directory keeps, and the [digest](Experiment::digest) of that text
//! is what names the directory.
//!
//! The way of a file: [`read`] finds the text, `tree` parses it and remembers where each value stands,
//! `overrides` puts the `--set` values over it, `keys` refuses what is unknown, `setting` reads each value with its
//! type and range, `choice` settles which of the settings that exclude each other hold, and `check` compares settings
//! with each other.

mod builtin;
mod canonical;
mod check;
mod choice;
mod file;
pub(crate) mod keys;
mod overrides;
mod setting;
mod tree;

use std::path::PathBuf;

use tombola::Mlp;

pub use builtin::{BUILTIN, Builtin};
pub use file::{parse, read};

/// Everything that decides what a run computes. The default is the founding experiment, `moons-circles`.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Names the run directory, together with the digest: letters, digits, `-` and `_`.
    pub name: String,
    /// How many replicates; not part of the digest, so that more seeds can be added to a run.
    pub seeds: u32,
    /// The first replicate's seed, the others count up from it; not part of the digest either.
    pub first_seed: u64,
    /// What is learned.
    pub data: Data,
    /// What learns.
    pub network: Network,
    /// How it learns.
    pub training: Training,
    /// How it is pruned.
    pub pruning: Pruning,
}

/// The tasks, set side by side, and how many samples are drawn of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Samples to train on.
    pub train: usize,
    /// Samples that decide when to stop.
    pub validation: usize,
    /// Samples that decide nothing: what is reported is measured on them.
    pub test: usize,
    /// How inputs are normalized; always fitted on the train part.
    pub normalize: Normalize,
    /// Fixes the data of all replicates. `None`: each replicate draws its own.
    pub seed: Option<u64>,
    /// At least one task, in the order of the network's inputs and outputs; names are unique.
    pub task: Vec<Task>,
}

/// What is done to each input column before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// Mean 0, population standard deviation 1.
    Standard,
    /// Least value 0, greatest value 1.
    MinMax,
    /// As drawn or read.
    None,
}

/// One of the tasks that share the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Names a column of `levels.csv`, `accuracy_NAME`: letters, digits, `-` and `_`. Defaults to the kind.
    pub name: String,
    /// Where its samples come from.
    pub kind: Kind,
}

/// Where a task's samples come from. All but `Csv` are drawn, with two inputs each; `noise` is the standard
/// deviation of the normal deviate that is added to each input.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Two half circles that reach into each other.
    Moons {
        /// Standard deviation added to each input, 0.1 by default.
        noise: f32,
    },
    /// A circle within a circle.
    Circles {
        /// Standard deviation added to each input, 0.05 by default.
        noise: f32,
        /// The inner radius over the outer, 0.5 by default.
        factor: f32,
    },
    /// Four corners, of which the opposite ones share a class.
    Xor {
        /// Standard deviation added to each input, 0.2 by default.
        noise: f32,
    },
    /// One cloud for each class.
    Blobs {
        /// Standard deviation added to each input, 0.2 by default.
        noise: f32,
        /// How many clouds, 3 by default.
        classes: usize,
    },
    /// One arm for each class.
    Spirals {
        /// Standard deviation added to each input, 0.05 by default.
        noise: f32,
        /// How many arms, 2 by default.
        classes: usize,
        /// How often an arm goes around the center, 1.0 by default.
        turns: f32,
    },
    /// A CSV file: a header, numeric columns, and one column that holds the class.
    Csv {
        /// As written; a relative path starts at the current directory, not at the experiment file.
        path: PathBuf,
        /// The header of the class column, `label` by default.
        label: String,
    },
}

/// The network's hidden layers; inputs and outputs follow from the tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Given as widths or by a base network.
    pub shape: Shape,
}

/// How the widths of the hidden layers are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The widths of the hidden layers (`hidden`), which may be none.
    Hidden(Vec<usize>),
    /// As many hidden layers as the base network has, all of the width whose weights come back to the base
    /// network's count when they are pruned `level` times (`base` and `extend`).
    Extended {
        /// All widths of the base network, inputs and outputs included.
        base: Vec<usize>,
        /// How many prunings above the base network.
        level: u32,
    },
}

/// How each level is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Which rule makes a step of a gradient.
    pub optimizer: Optimizer,
    /// The length of a step.
    pub rate: f32,
    /// How much of the last step goes into the next, in `0..1`; Adam ignores it.
    pub momentum: f32,
    /// What is added to a weight's gradient, as a multiple of the weight; biases are excluded.
    pub weight_decay: f32,
    /// Samples per step.
    pub batch: usize,
    /// Passes over the train part, at most.
    pub epochs: u32,
    /// Stop after so many epochs without a lower validation loss. `None`: all epochs are run.
    pub patience: Option<u32>,
}

/// Which rule makes a step of a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimizer {
    /// Stochastic gradient descent with momentum.
    Sgd,
    /// Adam with its usual constants.
    Adam,
}

/// How the levels follow each other. Exactly two of `rate`, `levels` and `target` are given; the trajectory's
/// formula has the third.
#[derive(Clone, Debug, PartialEq)]
pub struct Pruning {
    /// The share of the weights left that each level prunes, between 0 and 1.
    pub rate: Option<f64>,
    /// How many times is pruned.
    pub levels: Option<u32>,
    /// The weights left at the last level.
    pub target: Option<usize>,
    /// What the surviving weights are set to after pruning.
    pub rewind: Rewind,
}

/// What the surviving weights are set to after pruning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewind {
    /// The initial weights and biases.
    Initial,
    /// Nothing: training goes on from where it ended.
    None,
    /// The weights and biases after so many epochs of level 0.
    Epoch(u32),
}

/// The widths of the network that comes back to the weights of `base` when it is pruned `level` times at `rate`.
///
/// `None` if `base` is not a network with a hidden layer, or the extended network cannot be counted.
pub fn extended_widths(base: &[usize], rate: f64, level: u32) -> Option<Vec<usize>> {
    if !Mlp::is_valid(base) || base.len() < 3 {
        return None;
    }
    let width = tombola::extended_width(Mlp::new(base), rate, level)?;
    let mut widths = base.to_vec();
    widths[1..base.len() - 1].fill(width);
    Mlp::is_valid(&widths).then_some(widths)
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            name: "moons-circles".to_owned(),
            seeds: 64,
            first_seed: 0,
            data: Data::default(),
            network: Network {
                shape: Shape::Hidden(vec![32, 32]),
            },
            training: Training::default(),
            pruning: Pruning {
                rate: Some(0.2),
                levels: Some(17),
                target: None,
                rewind: Rewind::Initial,
            },
        }
    }
}

impl Default for Data {
    fn default() -> Self {
        let task = |name: &str, kind| Task {
            name: name.to_owned(),
            kind,
        };
        Self {
            train: 1000,
            validation: 1000,
            test: 1000,
            normalize: Normalize::Standard,
            seed: None,
            task: vec![
                task("moons", Kind::Moons { noise: 0.1 }),
                task(
                    "circles",
                    Kind::Circles {
                        noise: 0.05,
                        factor: 0.5,
                    },
                ),
            ],
        }
    }
}

impl Default for Training {
    fn default() -> Self {
        Self {
            optimizer: Optimizer::Sgd,
            rate: 0.1,
            momentum: 0.9,
            weight_decay: 0.0,
            batch: 64,
            epochs: 30,
            patience: None,
        }
    }
}

impl Kind {
    /// The kind's word in a file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Moons { .. } => "moons",
            Self::Circles { .. } => "circles",
            Self::Xor { .. } => "xor",
            Self::Blobs { .. } => "blobs",
            Self::Spirals { .. } => "spirals",
            Self::Csv { .. } => "csv",
        }
    }

    /// How many inputs and outputs the task has: two classes share one logistic output, more have one each.
    /// `None` for a CSV file, which is known only once it is read.
    pub fn inputs_and_outputs(&self) -> Option<(usize, usize)> {
        match *self {
            Self::Moons { .. } | Self::Circles { .. } | Self::Xor { .. } => Some((2, 1)),
            Self::Blobs { classes, .. } | Self::Spirals { classes, .. } => {
                Some((2, if classes == 2 { 1 } else { classes }))
            }
            Self::Csv { .. } => None,
        }
    }
}

#[cfg(test)]
mod testing {
    //! What the tests of all files of this module share.

    use super::{Experiment, parse};
    use crate::error::is_bad_input;

    /// The experiment in `text`, which is fine.
    pub(super) fn good(text: &str, overrides: &[&str]) -> Experiment {
        let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
        parse(text, "my.toml", &overrides).unwrap_or_else(|e| panic!("{text}\n{overrides:?}: {e:#}"))
    }

    /// Checks that `text` is refused as bad input, in one line that holds every one of `fragments`.
    #[track_caller]
    pub(super) fn check(text: &str, overrides: &[&str], fragments: &[&str]) {
        let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
        let error = parse(text, "my.toml", &overrides).expect_err("refused");
        let message = format!("{error:#}");
        assert!(is_bad_input(&error), "not bad input: {message}");
        assert!(!message.contains('\n'), "more than one line: {message}");
        for fragment in fragments {
            assert!(message.contains(fragment), "no '{fragment}' in: {message}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::good;
    use super::{BUILTIN, Experiment, parse};
    use crate::error::is_bad_input;

    #[test]
    fn an_empty_file_is_the_default_and_the_default_is_moons_circles() {
        assert_eq!(good("", &[]), Experiment::default());
        assert_eq!(good(BUILTIN[0].text, &[]), Experiment::default());
        assert_eq!(BUILTIN[0].name, "moons-circles");
    }

    #[test]
    fn a_mangled_file_is_an_experiment_or_bad_input_and_never_a_panic() {
        let pieces = [
            "=", "[", "]", "\"", "-", "9", "0", ".", "e", "{", "}", ",", "nan", "\n", "\u{0}", "\u{e9}", "#",
        ];
        let mut state = 1_u64;
        let mut below = |bound: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        for _ in 0..2000 {
            let mut text = BUILTIN[below(BUILTIN.len())].text.to_owned();
            let mut set = "data.task.moons.noise=0.1".to_owned();
            for _ in 0..=below(3) {
                let from = below(text.len());
                text.replace_range(
                    from..(from + below(4)).min(text.len()),
                    pieces[below(pieces.len())],
                );
                let at = below(set.len());
                // What was inserted before may have more than one byte.
                if set.is_char_boundary(at) {
                    set.insert_str(at, pieces[below(pieces.len())]);
                }
                if !text.is_ascii() {
                    break;
                }
            }
            for overrides in [vec![], vec![set]] {
                match parse(&text, "my.toml", &overrides) {
                    Ok(experiment) => assert_eq!(good(&experiment.canonical(), &[]), experiment, "{text}"),
                    Err(error) => assert!(
                        is_bad_input(&error) && !error.to_string().contains('\n'),
                        "{error:#}"
                    ),
                }
            }
        }
    }
}
