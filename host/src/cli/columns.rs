//! How the commands that read samples for a ticket are told to find its inputs in the file.

use crate::predict::Matching;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Columns {
    /// Take the file's first columns as the inputs, in their order, whatever their names
    #[arg(long)]
    by_position: bool,
}

impl Columns {
    pub(super) fn matching(self) -> Matching {
        if self.by_position {
            Matching::ByPosition
        } else {
            Matching::ByName
        }
    }
}
