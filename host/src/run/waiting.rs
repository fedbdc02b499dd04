//! Holds what is finished of a seed until it is written: the levels of a while together, their records first.
//!
//! A level of a small network takes less time than its files, so that they are written many at a time. What a run that is
//! killed loses of its finished work is bounded by [`AT_MOST`]; a level that takes longer is written at once.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::arm::Arm;
use crate::files::Folder;

/// The folders of the arms whose tickets are kept.
pub(super) type Folders = BTreeMap<Arm, Folder>;

/// How much work may wait.
const AT_MOST: Duration = Duration::from_millis(100);

/// How many bytes of tickets may wait.
const MOST_BYTES: usize = 1 << 22;

/// What is to be written.
pub(super) struct Waiting {
    /// Whole lines of the records.
    pub(super) lines: Vec<u8>,
    /// The arm, the name of the file, and what is to be in it.
    tickets: VecDeque<(Arm, String, Vec<u8>)>,
    /// When everything was written.
    since: Instant,
}

impl Waiting {
    pub(super) fn nothing() -> Self {
        Self {
            lines: vec![],
            tickets: VecDeque::new(),
            since: Instant::now(),
        }
    }

    pub(super) fn add_ticket(&mut self, arm: &Arm, name: String, bytes: Vec<u8>) {
        self.tickets.push_back((arm.clone(), name, bytes));
    }

    /// Whether so much waits that it is to be written now.
    pub(super) fn is_due(&self) -> bool {
        let bytes = self
            .tickets
            .iter()
            .map(|(_, _, bytes)| bytes.len())
            .sum::<usize>();
        AT_MOST <= self.since.elapsed() || MOST_BYTES <= bytes
    }

    /// Writes the tickets. To be called once their records are written: without its ticket a level is trained again, but
    /// what only training tells is on record alone.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(super) fn write_tickets(&mut self, folders: &Folders) -> anyhow::Result<()> {
        // One that could not be written stays, and those behind it.
        while let Some((arm, name, bytes)) = self.tickets.front() {
            if let Some(folder) = folders.get(arm) {
                folder.write(name, bytes)?;
            }
            self.tickets.pop_front();
        }
        self.since = Instant::now();
        Ok(())
    }
}
