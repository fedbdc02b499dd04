//! The states of neurons and weights, counts of them, and the verdict on a ticket.

/// The state of a neuron or a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum State {
    /// On a path from some input to some output.
    Active,
    /// Reaches no output.
    Inactive,
    /// Reaches an output, but no input reaches it: it acts through its bias alone.
    Zombie,
}

/// What a ticket makes of its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// Some input or output of the network is not active.
    Degraded,
    /// Nothing is lost, and no subnetwork touches two tasks.
    Separated,
    /// Nothing is lost, and some subnetwork touches two tasks.
    Interconnected,
}

impl Verdict {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Degraded => "degraded",
            Self::Separated => "separated",
            Self::Interconnected => "interconnected",
        }
    }
}

/// How many of something are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StateCounts {
    /// On a path from input to output.
    pub active: usize,
    /// Reaching no output.
    pub inactive: usize,
    /// Reached by no input, reaching an output.
    pub zombie: usize,
}

impl StateCounts {
    /// All of them.
    pub const fn total(&self) -> usize {
        self.active + self.dead()
    }

    /// What is on no path from an input to an output.
    pub const fn dead(&self) -> usize {
        self.inactive + self.zombie
    }

    pub(super) fn count(states: impl Iterator<Item = State>) -> Self {
        states.fold(Self::default(), |mut counts, state| {
            match state {
                State::Active => counts.active += 1,
                State::Inactive => counts.inactive += 1,
                State::Zombie => counts.zombie += 1,
            }
            counts
        })
    }
}

/// The state of what inputs reach and of what reaches outputs.
pub(super) const fn state(reached: bool, reaches: bool) -> State {
    match (reached, reaches) {
        (_, false) => State::Inactive,
        (false, true) => State::Zombie,
        (true, true) => State::Active,
    }
}
