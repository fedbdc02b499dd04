//! What determines a lottery, and what it reports of each level.

use crate::batch::Samples;
use crate::init::Init;
use crate::optimizer::Rule;
use crate::random::Seed;
use crate::{Mlp, Task, Trajectory};

/// How a level is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Training {
    /// The update rule; every level starts with a fresh optimizer.
    pub rule: Rule,
    /// L2, added to the gradient of weights, not of biases.
    pub weight_decay: f32,
    /// L1: this, with the weight's sign, is added to the gradient of weights, not of biases; nothing at a weight of 0.
    pub l1: f32,
    /// Samples in a batch; the last of an epoch may be smaller.
    pub batch: usize,
    /// Epochs at most.
    pub epochs: u32,
    /// Epochs without a strict improvement of the loss on the part that `stop_on` names after which a level stops; the
    /// last epoch's weights are kept. `None` trains all epochs and does not look at that part.
    pub patience: Option<u32>,
    /// The part whose loss `patience` waits for.
    pub stop_on: StopOn,
}

/// The part of the data whose loss early stopping looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StopOn {
    /// The validation part, which decides nothing that is reported.
    #[default]
    Validation,
    /// The test part. What is measured on it is too good then: it is there to repeat work that did so.
    Test,
}

/// What the surviving weights are before a level is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rewind {
    /// Their initial values.
    Initial,
    /// What the last level left.
    Never,
    /// What they and the biases were after this epoch of level 0, from 1. Later levels train from that epoch on.
    /// Level 0 does not stop early before it.
    Epoch(u32),
}

impl Rewind {
    /// The epoch at which levels after the first begin.
    pub(crate) const fn first_epoch(self) -> u32 {
        match self {
            Self::Epoch(epoch) => epoch,
            Self::Initial | Self::Never => 0,
        }
    }
}

/// How the layers of a pruned network are kept while a level is trained. No bit of a result depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Storage {
    /// Layers of which enough is pruned keep only what survives (see [`crate::Packing`]), so that a step costs in
    /// proportion to it.
    Compressed,
    /// Every layer keeps all its weights: for boards that have more time than memory.
    Dense,
}

/// What is constant about a lottery, and determines the length of its memory ([`Lottery::float_count`] and
/// [`Lottery::word_count`]).
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Lottery<'a> {
    /// The network.
    pub net: Mlp<'a>,
    /// What it learns.
    pub tasks: &'a [Task<'a>],
    /// How each level is trained.
    pub training: Training,
    /// What each level starts from.
    pub rewind: Rewind,
    /// Training samples.
    pub train_count: usize,
    /// How pruned layers are kept.
    pub storage: Storage,
}

/// Everything that determines a lottery, but for its data.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Plan<'a> {
    /// What is constant.
    pub lottery: Lottery<'a>,
    /// How many weights are left at each level, from all of them on.
    pub trajectory: Trajectory,
    /// How the initial parameters are drawn.
    pub init: Init,
    /// Whose streams the initial parameters are drawn from.
    pub network_seed: Seed,
    /// Whose streams the order of samples is drawn from.
    pub training_seed: Seed,
}

/// The three parts of the data.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Samples to train on.
    pub train: Samples<'a>,
    /// Samples that early stopping looks at.
    pub validation: Samples<'a>,
    /// Samples that decide nothing.
    pub test: Samples<'a>,
}

impl Data<'_> {
    /// Checks what a lottery wants of its data.
    pub(crate) fn check(&self, lottery: &Lottery<'_>) {
        assert_same!(
            self.train.sample_count(),
            lottery.train_count,
            "as many training samples as the lottery says"
        );
        for part in [self.train, self.validation, self.test] {
            assert_same!(
                part.input_count(),
                lottery.net.input_count(),
                "samples have the network's inputs"
            );
            assert!(part.fits(lottery.tasks), "every class exists");
        }
    }
}

/// What a level came to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Level {
    /// From 0, the dense network.
    pub level: u32,
    /// Weights that survive.
    pub weights_left: usize,
    /// Epochs trained at this level.
    pub epochs: u32,
    /// Loss on the train part, after training.
    pub train_loss: f32,
    /// Loss on the validation part.
    pub validation_loss: f32,
    /// Loss on the test part; each task's score on it is [`crate::Imp::test_score`].
    pub test_loss: f32,
}

/// An epoch that is finished.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Epoch {
    /// How many epochs this level has been trained for.
    pub count: u32,
    /// Loss on the part that [`Training::stop_on`] names, where [`Training::patience`] asks for it.
    pub stopping_loss: Option<f32>,
}

/// How an attempt at a level ended.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The level is trained.
    Finished(Level),
    /// A loss or a parameter was infinite or not a number in this epoch, from 0; the lottery is over.
    NotFinite {
        /// The level.
        level: u32,
        /// The epoch.
        epoch: u32,
    },
    /// `watch` asked to stop; the level is lost, and the lottery is over. [`crate::Imp::resume`] takes it up again.
    Stopped,
}
