//! Describes what an arm does from level to level, as data.

/// How an arm goes from level to level. Everything that is not said here is as in `imp`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Which weights survive a level, from level 1 on.
    pub mask: Survivors,
    /// What the surviving parameters are before a level is trained.
    pub start: Start,
    /// By what the rate of the optimizer is multiplied, from level 1 on.
    pub rate: f32,
    /// What the arm has of its own.
    pub own: Own,
}

/// Which weights survive a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survivors {
    /// Those of greatest score among those that survived the level before.
    Greatest {
        /// What scores them.
        score: Score,
        /// Which parameters are scored.
        of: Of,
        /// Among which weights they are compared.
        scope: Scope,
    },
    /// `SynFlow`'s (Tanaka et al. 2020), found afresh for each level.
    SynFlow,
    /// `imp`'s at that level, changed.
    Imp(Change),
}

/// What scores a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Its magnitude.
    Magnitude,
    /// The less its magnitude, the greater.
    InverseMagnitude,
    /// Chance, drawn anew at each level.
    Chance,
    /// How much the loss on the train part is sensitive to its removal (SNIP; Lee et al. 2019).
    Snip,
}

/// Which parameters are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The initial ones.
    Initial,
    /// Those of the trained dense network.
    Dense,
    /// Those that the level before was trained to.
    LastLevel,
}

/// Among which weights scores are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    Network,
    /// Those of the same layer: each keeps the same share.
    Layer,
}

/// What is changed about a mask of `imp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// Which weights of a layer survive, but not how many.
    Shuffled,
    /// Which neurons are connected, but not how many weights come into a neuron and leave it.
    Rewired,
}

/// What the surviving parameters are before a level is trained, from level 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// What the experiment rewinds them to.
    Rewound,
    /// What the level before left.
    Continued,
    /// What they were after some epochs of the dense training; the levels train from that epoch on.
    Epoch,
    /// What `imp`'s level starts from, at whatever weights survive here.
    Imp,
    /// Initial ones of the arm's own, the same at each level, level 0 included.
    Fresh,
    /// Initial ones of the arm's own, others at each level after level 0.
    FreshEachLevel,
}

/// What an arm does not share with the others of its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Nothing: its level 0 is that of `imp`.
    Nothing,
    /// The order of samples.
    Order,
    /// The data, another draw of the same tasks.
    Data,
    /// The labels of one task, which are shuffled in the train and the validation part.
    Labels,
    /// The inputs of one task, in whose place there is noise of the same mean and deviation.
    Inputs,
    /// The networks: one for each task.
    Networks,
}
