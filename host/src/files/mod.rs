//! Reads files whole, and writes files that appear whole or not at all.

mod experiment;
mod folder;
mod read;
mod write;

use std::path::Path;

use anyhow::Context;

pub use self::folder::Folder;
pub use self::read::{place_of, read, read_data, read_if_there, read_stdin};
pub use self::write::{
    Half, check_writable, is_half_written, remove_half_written, unusable, write_atomically,
    write_atomically_with,
};
use crate::bad_input;
use crate::data::Contents;
use crate::datasets;
use crate::experiment::Data;
use crate::predict::{Matching, Table};
use crate::ticket::Ticket;

/// The files of an experiment's tasks.
///
/// # Errors
///
/// As [`read()`] and [`Contents::read`].
pub fn contents(data: &Data) -> anyhow::Result<Contents> {
    Contents::read(data, read_of_task)
}

/// The bytes of a file of a task.
///
/// # Errors
///
/// As [`read()`].
pub(crate) fn read_of_task(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.starts_with(datasets::DIRECTORY) && !path.exists() {
        return Err(bad_input!(
            "{}: there is no such file; 'tombola datasets' says where to get it and what to put where",
            path.display()
        ));
    }
    read(path)
}

impl Ticket {
    /// Reads a ticket from a file, ours or another program's.
    ///
    /// # Errors
    ///
    /// As [`read()`] and [`Ticket::from_bytes`]; messages name the file, the place in it and the remedy.
    pub fn read(path: &Path) -> anyhow::Result<Ticket> {
        Ticket::from_bytes(&read(path)?, &path.display().to_string())
    }

    /// Writes the ticket to a file, whole or not at all.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or the fields make no ticket (see [`Ticket::to_bytes`]).
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let bytes = self
            .to_bytes()
            .with_context(|| format!("cannot write {}", path.display()))?;
        write_atomically(path, &bytes)
    }
}

impl Table {
    /// Reads a CSV file for `ticket`; `-` is standard input.
    ///
    /// # Errors
    ///
    /// As [`read_data`] and [`Table::from_bytes`].
    pub fn read(path: &Path, ticket: &Ticket, matching: Matching) -> anyhow::Result<Table> {
        let (bytes, place) = read_data(path)?;
        Table::from_bytes(&bytes, &place, ticket, matching)
    }
}
