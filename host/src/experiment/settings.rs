//! Every setting of an experiment: its type, doc, default and range. A test compares the table of
//! `docs/experiments.md` with these docs.
//!
//! To add a setting, declare it here. Where it has its default, the digests of older experiments must stay what they
//! are: an `Option` that is not set is not written, and what `page::OUTSIDE` lists does not count; of anything else, add its
//! line with the default, such as `training.warmup = 0`, to `page::LATER`.

use std::sync::LazyLock;

use tombola::data::Range;
use tombola::{Init, InitialBiases, InitialWeights, Mlp, Rewind, Rule, StopOn};

use super::arms::Arms;
use super::page::full;
use super::section::section;
use super::seed::{SEED, SeedRule};
use super::source::At;
use super::task::Task;
use super::value::{MOST, Setting, Text, Value, Word};
use crate::bad_input;
use crate::measure::Extent;

/// Samples.
pub(super) const SAMPLES: Range = Range::Whole(1, MOST);
/// Seeds of one run.
pub const MOST_SEEDS: u64 = 1_000_000;
/// Epochs.
const EPOCHS: Range = Range::Whole(1, u32::MAX as u64);
/// Levels.
const LEVELS: Range = Range::Whole(0, u32::MAX as u64);

section! {
    /// Everything that decides what a run computes. The default is the founding experiment, `moons-circles`.
    pub struct Experiment {
        /// Names the run directory, with the digest: letters, digits, `-` and `_`
        pub name: String = "moons-circles".to_owned(), Text::Name;
        /// How many replicates; not part of the digest, so that more can be added to a run
        // A run holds the rows of all its seeds; who wants more gives each run another first seed.
        pub seeds: u32 = 64, Range::Whole(1, MOST_SEEDS);
        /// The first replicate's seed, from which the others count up; not part of the digest
        pub first_seed: u64 = 0, SEED;
        /// What is done with each seed: a list of arms, to which `"imp"` always belongs, since the others are compared with
        /// it; or `"all"` for every arm that fits the experiment; not part of the digest
        pub arms: Arms = Arms::default();
        /// Which tickets stay on disk: `"named"` (those that the answer singles out), `"imp"` (all of that arm) or `"all"`;
        /// not part of the digest
        pub keep: Keep = Keep::Imp;
        /// What is measured of each ticket: `"basic"`, or `"full"` for what takes longer; not part of the digest
        pub measure: Extent = Extent::Basic;
        /// The accuracy from which on a task is solved, if its error is at most half of what always answering the most
        /// frequent class makes; not part of the digest
        pub solved: f64 = 0.97, Range::UpToOne;
        /// What is learned
        pub data: Data = Data::default();
        /// What learns
        pub network: Network = Network::default();
        /// How each level is trained
        pub training: Training = Training::default();
        /// How the levels follow each other
        pub pruning: Pruning = Pruning::default();
    }
}

section! {
    /// The tasks, side by side, and how many samples are drawn of them.
    pub struct Data {
        /// Samples to train on
        pub train: usize = 1000, SAMPLES;
        /// Samples that decide when to stop, and which tickets are singled out
        pub validation: usize = 1000, SAMPLES;
        /// Samples that decide nothing: what is reported is measured on them
        pub test: usize = 1000, SAMPLES;
        /// How inputs are normalized, fitted on the train part: `"standard"` (mean 0, deviation 1), `"min-max"` (0 to 1) or
        /// `"none"`
        pub normalize: Normalize = Normalize::Standard;
        /// Fixes the data of all replicates; else each draws its own. Or `{ divide = 8, modulo = 8 }`, both or one: the
        /// replicate's seed divided by 8, rounded down, and of that the remainder modulo 8
        pub seed: SeedRule = SeedRule::Own;
        /// Any number of tasks, in the order of the network's inputs and outputs: moons and circles unless any is given
        pub task: Vec<Task> = Task::founding();
    }
}

impl Data {
    /// The same samples as they are before any normalization, that of `scale` among it.
    #[must_use]
    pub fn raw(&self) -> Self {
        let mut raw = self.clone();
        raw.normalize = Normalize::None;
        for task in &mut raw.task {
            task.dials.scale = 1.0;
        }
        raw
    }
}

section! {
    /// The network's hidden layers, given by `hidden`, or by `base` with `extend`; inputs and outputs follow from the tasks.
    pub struct Network {
        /// Widths of the hidden layers, which may be none
        pub hidden: Option<Vec<usize>> = Some(vec![32, 32]), ((), "[32, 32]");
        /// Instead, with `extend`: all widths of a base network, whose hidden layers are widened to one width
        pub base: Option<Vec<usize>> = None, ((), "[4, 8, 8, 2]");
        /// How many levels of pruning lead back to the weights of the base network
        pub extend: Option<u32> = None, (LEVELS, "9");
        /// From which distribution initial weights are drawn, by a layer's inputs and outputs: `"kaiming-normal"` (deviation
        /// √(2 / inputs)), `"kaiming-uniform"` (up to √(6 / inputs)), `"xavier-normal"` (deviation √(2 / (inputs + outputs))),
        /// `"xavier-uniform"` (up to √(6 / (inputs + outputs))) or `"pytorch"` (uniform up to 1 / √inputs, as
        /// `torch.nn.Linear` does)
        pub weights: InitialWeights = InitialWeights::KaimingNormal;
        /// What biases begin as: `"zero"`, or `"pytorch"` (uniform up to 1 / √inputs, as `torch.nn.Linear` does), drawn by a
        /// stream of their own
        pub biases: InitialBiases = InitialBiases::Zero;
        /// The same as `data.seed`, of the initial weights and biases
        pub seed: SeedRule = SeedRule::Own;
    }
}

section! {
    /// How each level is trained.
    pub struct Training {
        /// Which rule makes a step of a gradient: `"sgd"` (with momentum) or `"adam"`
        pub optimizer: Optimizer = Optimizer::Sgd;
        /// The length of a step
        pub rate: f32 = 0.1, Range::Positive;
        /// How much of the last step goes into the next; Adam ignores it
        pub momentum: f32 = 0.9, Range::BelowOne;
        /// L2: what is added to a weight's gradient, as a multiple of the weight; biases are excluded
        pub weight_decay: f32 = 0.0, Range::NotNegative;
        /// L1: what is added to a weight's gradient with the weight's sign, 0 at a weight of 0; biases are excluded
        pub l1: f32 = 0.0, Range::NotNegative;
        /// Samples per step
        pub batch: usize = 64, SAMPLES;
        /// Passes over the train part, at most
        pub epochs: u32 = 30, EPOCHS;
        /// Stop a level after so many epochs without a lower validation loss
        pub patience: Option<u32> = None, (EPOCHS, "30");
        /// The part whose loss `patience` waits for: `"validation"`, or `"test"` to repeat work that did so, whose accuracies
        /// are then too good, as every answer says
        pub stop_on: StopOn = StopOn::Validation;
        /// The same as `data.seed`, of the order in which samples are learned from
        pub seed: SeedRule = SeedRule::Own;
    }
}

section! {
    /// How the levels follow each other. Exactly two of `rate`, `levels` and `target` are given; the trajectory's
    /// formula has the third.
    pub struct Pruning {
        /// The share of the weights left that each level prunes; two of `rate`, `levels` and `target` give the third
        pub rate: Option<f64> = Some(0.2), (Range::InsideOne, "0.2");
        /// How many times is pruned
        pub levels: Option<u32> = Some(17), (LEVELS, "17");
        /// The weights left at the last level
        pub target: Option<usize> = None, (SAMPLES, "50");
        /// What the surviving weights are set to after pruning: `"initial"` values, `"none"` to train on from where they
        /// are, or `{ epoch = 5 }` for those after so many epochs of level 0
        pub rewind: Rewind = Rewind::Initial;
    }
}

/// Every setting but those of tasks, with its key as `--set` writes it.
pub(super) fn all() -> &'static [(String, &'static Setting)] {
    // A sweep asks for it of every value of every cell.
    static ALL: LazyLock<Vec<(String, &'static Setting)>> = LazyLock::new(|| {
        let mut all = Vec::new();
        below("", Experiment::SETTINGS, &mut all);
        all
    });
    fn below(path: &str, settings: &'static [Setting], all: &mut Vec<(String, &'static Setting)>) {
        for setting in settings {
            let key = full(path, setting.key);
            below(&key, setting.inner, all);
            all.push((key, setting));
        }
    }
    &ALL
}

/// The setting of this key, unless it is one of a task.
#[cfg(feature = "program")]
pub(crate) fn setting(key: &str) -> Option<&'static Setting> {
    let found = all().iter().find(|(path, _)| path == key);
    found.map(|(_, setting)| *setting)
}

/// The settings by which a task depends on another one, and how much it counts.
#[cfg(feature = "program")]
pub(crate) fn dial_settings() -> &'static [Setting] {
    super::dials::Dials::SETTINGS
}

/// Which tickets stay on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Those that the answer singles out.
    Named,
    /// All of the arm `imp`.
    Imp,
    /// All of every arm.
    All,
}

impl Word for Keep {
    const WORDS: &'static [(&'static str, Self)] =
        &[("named", Self::Named), ("imp", Self::Imp), ("all", Self::All)];
}

impl Word for Extent {
    const WORDS: &'static [(&'static str, Self)] = &[("basic", Self::Basic), ("full", Self::Full)];
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

impl Word for Normalize {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("standard", Self::Standard),
        ("min-max", Self::MinMax),
        ("none", Self::None),
    ];
}

impl Word for StopOn {
    const WORDS: &'static [(&'static str, Self)] = &[("validation", Self::Validation), ("test", Self::Test)];
}

/// Which rule makes a step of a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimizer {
    /// Stochastic gradient descent with momentum.
    Sgd,
    /// Adam with its usual constants.
    Adam,
}

impl Word for Optimizer {
    const WORDS: &'static [(&'static str, Self)] = &[("sgd", Self::Sgd), ("adam", Self::Adam)];
}

impl Word for InitialWeights {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("kaiming-normal", Self::KaimingNormal),
        ("kaiming-uniform", Self::KaimingUniform),
        ("xavier-normal", Self::XavierNormal),
        ("xavier-uniform", Self::XavierUniform),
        ("pytorch", Self::PyTorch),
    ];
}

impl Word for InitialBiases {
    const WORDS: &'static [(&'static str, Self)] = &[("zero", Self::Zero), ("pytorch", Self::PyTorch)];
}

/// A word, or a table with an epoch.
impl Value for Rewind {
    type Range = ();

    const SETTINGS: &'static [Setting] = &[Setting::part("epoch")];

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        if !at.value.get_ref().is_table() {
            return at
                .word(&[("initial", Self::Initial), ("none", Self::Never)])
                .map_err(|error| {
                    bad_input!("{error} (or an epoch to go back to: rewind = {{ epoch = 5 }})")
                });
        }
        let epoch = at.read("epoch", &(EPOCHS, "5"), None)?;
        epoch.map(Self::Epoch).ok_or_else(|| {
            bad_input!(
                "{}: {} has no epoch; write rewind = {{ epoch = 5 }}",
                at.place(),
                at.path
            )
        })
    }

    fn text(&self) -> Option<String> {
        Some(match self {
            Self::Initial => "\"initial\"".to_owned(),
            Self::Never => "\"none\"".to_owned(),
            Self::Epoch(epoch) => format!("{{ epoch = {epoch} }}"),
        })
    }
}

/// How the widths of the hidden layers are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'a> {
    /// The widths themselves.
    Hidden(&'a [usize]),
    /// As many hidden layers as the base network has, all of the width whose weights come back to the base network's
    /// count when they are pruned `level` times.
    Extended {
        /// All widths of the base network, inputs and outputs included.
        base: &'a [usize],
        /// How many prunings above the base network.
        level: u32,
    },
}

impl Network {
    /// How initial parameters are drawn.
    pub fn init(&self) -> Init {
        Init {
            weights: self.weights,
            biases: self.biases,
        }
    }

    /// The form in which the widths are given.
    pub fn shape(&self) -> Shape<'_> {
        match (&self.base, self.extend) {
            (Some(base), Some(level)) => Shape::Extended { base, level },
            _ => Shape::Hidden(self.hidden.as_deref().unwrap_or_default()),
        }
    }
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

impl Training {
    /// As the core takes it, for a train part of so many samples.
    pub fn of(&self, train: usize) -> tombola::Training {
        tombola::Training {
            rule: match self.optimizer {
                Optimizer::Sgd => Rule::Sgd {
                    rate: self.rate,
                    momentum: self.momentum,
                },
                Optimizer::Adam => Rule::adam(self.rate),
            },
            weight_decay: self.weight_decay,
            l1: self.l1,
            // A batch larger than the train part is the train part, and needs no more memory.
            batch: self.batch.min(train),
            epochs: self.epochs,
            patience: self.patience,
            stop_on: self.stop_on,
        }
    }
}
