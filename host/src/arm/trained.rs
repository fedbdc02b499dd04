//! Holds what an arm is given, what it hands out of each level, and what others take from `imp`.

use tombola::{Mask, Mlp, Task};

use super::Arm;
use crate::data::Drawn;
use crate::setup::Setup;
use crate::ticket::{LevelResult, Origin, Ticket};

/// Loss on the validation part, for each task and times its weight, up to which a level's training counts as having converged.
pub const CONVERGED: f32 = 0.1;

/// What a seed gives to all its arms.
pub struct Common<'a> {
    /// The experiment.
    pub setup: &'a Setup,
    /// The seed.
    pub seed: u64,
    /// Its data.
    pub drawn: &'a Drawn,
    /// Whether the validation loss of each epoch is wanted.
    pub wants_curve: bool,
}

impl<'a> Common<'a> {
    /// Without the validation loss of each epoch.
    pub fn new(setup: &'a Setup, seed: u64, drawn: &'a Drawn) -> Self {
        Self {
            setup,
            seed,
            drawn,
            wants_curve: false,
        }
    }
}

/// A level that is finished.
#[derive(Clone)]
pub struct Trained<'a> {
    /// From 0, the dense network.
    pub level: u32,
    /// The network.
    pub net: Mlp<'a>,
    /// What it learned.
    pub tasks: &'a [Task<'a>],
    /// The weights that it had before any pruning: all of `net`, but for networks side by side.
    pub weight_count: usize,
    /// What survives.
    pub mask: &'a Mask<'a>,
    /// Its parameters; pruned weights are +0.0.
    pub params: &'a [f32],
    /// Its initial parameters, those of pruned weights too.
    pub initial: &'a [f32],
    /// The seed that they were drawn with, if they are the seed's: those that `imp` begins with, too.
    pub initial_seed: Option<u64>,
    /// What its parameters are rewound to, where they are not the initial ones.
    pub rewind_point: Option<&'a [f32]>,
    /// The data that it was trained on.
    pub drawn: &'a Drawn,
    /// What was measured.
    pub scores: &'a Scores,
    /// Whether it is the dense network of `imp`, trained there.
    pub is_shared: bool,
    /// The mask of `imp` that was rewired, as in [`Past::mask`].
    pub rewired: Option<&'a [u32]>,
}

impl Trained<'_> {
    /// The level's ticket.
    pub(crate) fn ticket(&self, setup: &Setup, arm: &Arm, seed: u64) -> Ticket {
        let weight_count = self.net.weight_count();
        let mask = (0..weight_count).map(|weight| self.mask.survives(weight));
        let ticket = Ticket::new(self.net.widths(), setup.ports().to_vec(), self.params.to_vec());
        Ticket {
            shares_inputs: !ticket.shared_inputs().is_empty(),
            // A weight that survives may be 0.
            mask: mask.collect(),
            initial: Some(Ticket::initial_of(self.net, self.initial)),
            // A seed's first ticket holds them, for readers that cannot draw.
            initial_seed: self.initial_seed.filter(|_| !(arm.is_imp() && self.level == 0)),
            rewind: self.rewind_point.map(<[f32]>::to_vec),
            normalization: self.drawn.normalization.clone(),
            origin: Some(Origin {
                seed,
                data_seed: self.drawn.data_seed,
                level: self.level,
                digest: setup.digest.clone(),
                arm: arm.origin(),
                result: Some(self.scores.result.clone()),
            }),
            ..ticket
        }
    }
}

/// What training measured at a level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Losses, epochs and accuracies on the test part.
    pub result: LevelResult,
    /// Share of validation samples classified rightly, per task, in 0..=1.
    pub validation_accuracy: Vec<f64>,
    /// Epochs until the validation loss was first at most [`CONVERGED`] a task, where the curve was wanted.
    pub epochs_to_loss: Option<u32>,
}

/// What other arms take from `imp`.
#[derive(Clone, Debug)]
pub struct ImpLevels {
    /// The trained dense network.
    pub params: Vec<f32>,
    /// What levels are rewound to, with [`Rewind::Epoch`](tombola::Rewind::Epoch).
    pub rewind_point: Option<Vec<f32>>,
    /// What was measured of the dense network.
    pub scores: Scores,
    /// Its levels, those that could be finished.
    pub levels: Vec<Past>,
}

impl ImpLevels {
    /// One whose dense network could not be trained.
    pub fn nothing() -> Self {
        Self {
            params: vec![],
            rewind_point: None,
            scores: Scores::default(),
            levels: vec![],
        }
    }
}

/// A level of `imp`.
#[derive(Clone, Debug)]
pub struct Past {
    /// What survives, one bit per weight as in [`Mask::words`].
    pub mask: Vec<u32>,
    /// What it was trained to, with [`Rewind::Never`](tombola::Rewind::Never); else empty.
    pub params: Vec<f32>,
}

/// A level that was finished before, to go on from.
pub struct Resume<'a> {
    /// The level.
    pub level: u32,
    /// What it was trained to.
    pub params: &'a [f32],
    /// What levels are rewound to, with [`Rewind::Epoch`](tombola::Rewind::Epoch).
    pub rewind_point: Option<&'a [f32]>,
    /// What survives, one per weight.
    pub mask: &'a [bool],
}

impl<'a> Resume<'a> {
    /// The level of this ticket.
    pub fn of(level: u32, ticket: &'a Ticket) -> Self {
        Self {
            level,
            params: &ticket.params,
            rewind_point: ticket.rewind.as_deref(),
            mask: &ticket.mask,
        }
    }
}

impl Past {
    /// A mask, and the parameters under it.
    pub fn of(mask: &Mask<'_>, params: &[f32]) -> Self {
        Self {
            mask: mask.words().to_vec(),
            params: params.to_vec(),
        }
    }

    /// Whether a weight survives.
    pub fn survives(&self, weight: usize) -> bool {
        survives(&self.mask, weight)
    }

    /// The parameters, with the initial weights where none survived.
    pub(super) fn filled_up(&self, net: Mlp<'_>, initial: &[f32]) -> Vec<f32> {
        let mut filled = self.params.clone();
        for (index, param) in filled[..net.weight_count()].iter_mut().enumerate() {
            if !self.survives(index) {
                *param = initial[index];
            }
        }
        filled
    }
}

/// Whether a weight survives under a mask of one bit per weight, as in [`Past::mask`].
pub(crate) fn survives(mask: &[u32], weight: usize) -> bool {
    mask[weight / 32] >> (weight % 32) & 1 == 1
}
