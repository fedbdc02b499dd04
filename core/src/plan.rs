//! What a lottery needs and what it answers: everything that determines it, the memory it works in, and what each
//! level came to.

use crate::batch::Samples;
use crate::evaluate::BatchMemory;
use crate::kernels::loss::TaskScore;
use crate::optimizer::Rule;
use crate::{Mlp, Task, Trajectory};

/// How a level is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// The update rule; every level starts with a fresh optimizer.
    pub rule: Rule,
    /// L2, added to the gradient of weights, not of biases.
    pub weight_decay: f32,
    /// Samples in a batch; the last of an epoch may be smaller.
    pub batch: usize,
    /// Epochs at most.
    pub epochs: u32,
    /// Epochs without a strict improvement of the validation loss after which a level stops; the last epoch's weights
    /// are kept. `None` trains all epochs and does not look at the validation part.
    pub patience: Option<u32>,
}

/// What the surviving weights are before a level is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Everything that determines a lottery, but for its data.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The network.
    pub net: Mlp<'a>,
    /// What it learns.
    pub tasks: &'a [Task<'a>],
    /// How many weights are left at each level, from all of them on.
    pub trajectory: Trajectory,
    /// How each level is trained.
    pub training: Training,
    /// What each level starts from.
    pub rewind: Rewind,
    /// Seed of the initial weights and of the order of samples.
    pub seed: u64,
}

/// The three parts of the data.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// What is learned from.
    pub train: Samples<'a>,
    /// What early stopping looks at.
    pub validation: Samples<'a>,
    /// What nothing is decided by.
    pub test: Samples<'a>,
}

/// Memory for a lottery; the lengths are those of [`crate::Imp::new`].
#[derive(Debug)]
pub struct Memory<'a> {
    /// `net.param_count()`.
    pub params: &'a mut [f32],
    /// `net.param_count()`.
    pub initial: &'a mut [f32],
    /// `net.param_count()` with [`Rewind::Epoch`], else empty.
    pub rewind: &'a mut [f32],
    /// `net.param_count()`.
    pub grads: &'a mut [f32],
    /// `rule.state_len(net.param_count())`.
    pub optimizer: &'a mut [f32],
    /// For a batch of `training.batch` samples.
    pub batch: BatchMemory<'a>,
    /// One entry per training sample.
    pub order: &'a mut [u32],
    /// One entry per task.
    pub scores: &'a mut [TaskScore],
    /// `net.mask_len()`.
    pub mask: &'a mut [u32],
    /// [`crate::Packing::index_len`]: pruned layers are compressed, and a step costs what survives. Empty: every layer stays dense,
    /// for boards that have more time than memory. No bit of a result depends on it.
    pub index: &'a mut [u32],
}

/// What a level came to.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// Loss on the test part; each task's score on it is in [`crate::Imp::test_scores`].
    pub test_loss: f32,
}

/// How an attempt at a level ended.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// The watcher asked to stop; the level is lost, and the lottery is over. [`crate::Imp::resume`] takes it up again.
    Stopped,
}
