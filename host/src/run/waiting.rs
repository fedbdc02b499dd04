//! Holds what is finished of a seed until it is written: the tickets of a while together, behind their records.
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
    /// The arm, the name of the file, and what is to be in it.
    tickets: VecDeque<(Arm, String, Vec<u8>)>,
    /// When work began, or something was last written.
    since: Instant,
}

impl Waiting {
    pub(super) fn nothing() -> Self {
        Self {
            tickets: VecDeque::new(),
            since: Instant::now(),
        }
    }

    /// Says that work begins: what is finished from now on waits no longer than it may.
    pub(super) fn begin(&mut self) {
        self.since = Instant::now();
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread::sleep;

    use super::*;

    /// A level that took longer than anything may wait is written when it is finished, and those after it are collected again.
    #[test]
    fn what_was_finished_waits_no_longer_than_it_may() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::from([(Arm::imp(), Folder::open(home.path().to_owned()).unwrap())]);
        let mut waiting = Waiting::nothing();
        sleep(AT_MOST);
        waiting.begin();
        assert!(!waiting.is_due(), "no work was done yet");
        for level in 0..2 {
            sleep(AT_MOST);
            waiting.add_ticket(&Arm::imp(), format!("0-{level}"), vec![0; 10]);
            assert!(waiting.is_due());
            waiting.write_tickets(&folders).unwrap();
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), level + 1);
        }
        waiting.begin();
        waiting.add_ticket(&Arm::imp(), "0-2".to_owned(), vec![0; MOST_BYTES]);
        assert!(waiting.is_due(), "it is much");
    }

    #[test]
    fn a_ticket_that_could_not_be_written_waits_on_with_those_behind_it() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::from([(Arm::imp(), Folder::open(home.path().to_owned()).unwrap())]);
        fs::create_dir(home.path().join("0-1")).unwrap();
        let mut waiting = Waiting::nothing();
        for level in 0..4 {
            waiting.add_ticket(&Arm::imp(), format!("0-{level}"), vec![level; 10]);
        }
        assert!(waiting.write_tickets(&folders).is_err());
        fs::remove_dir(home.path().join("0-1")).unwrap();
        waiting.write_tickets(&folders).unwrap();
        for level in 0..4 {
            assert_eq!(
                fs::read(home.path().join(format!("0-{level}"))).unwrap(),
                [level; 10]
            );
        }
    }
}
