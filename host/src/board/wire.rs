//! Sends bytes to a board and receives what it sends: the trait that an emulator and a debug probe share.

use std::time::Duration;

/// What comes from a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line of its log.
    Log(String),
    /// Bytes of its replies.
    Replies(Vec<u8>),
    /// Its program has ended, with this code.
    End(i32),
}

/// A way to a board.
pub trait Wire {
    /// Sends bytes of requests.
    ///
    /// # Errors
    /// If the way is broken.
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()>;

    /// Waits for what comes next; `None` if nothing came for so long.
    ///
    /// # Errors
    /// If the way is broken.
    fn next(&mut self, patience: Duration) -> anyhow::Result<Option<Event>>;

    /// Says that no more requests will come, and returns whether the program then ends.
    fn close(&mut self) -> bool;
}
