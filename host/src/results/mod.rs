//! What a run came to: a row for each seed and level, and how each seed ended.

mod row;

pub use row::{Row, levels_csv};

/// What one seed came to.
#[derive(Clone, Debug)]
pub struct Replicate {
    /// The seed.
    pub seed: u64,
    /// Its finished levels, in order.
    pub rows: Vec<Row>,
    /// Why there are no more.
    pub end: End,
}

/// How a seed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All levels are finished.
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
    /// Why the seed has fewer levels than were asked for, if its training is the reason.
    pub fn failure(&self) -> Option<String> {
        match self.end {
            End::NotFinite { level, epoch } => Some(format!(
                "the loss or a parameter was not finite at level {level} in epoch {epoch}; try a lower training.rate"
            )),
            End::Finished | End::Stopped => None,
        }
    }
}

/// The file of a seed's ticket at a level, within the run directory.
pub fn ticket_name(seed: u64, level: u32) -> String {
    format!("tickets/{seed}-{level}.safetensors")
}
