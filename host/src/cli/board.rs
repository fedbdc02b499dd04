//! What the commands for boards share.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use tombola_firmware::boards::Board;

use crate::board::{Checkout, Comparison, Image, Sources, check_fit, samples};
use crate::predict::{Predictions, Table};
use crate::structure::anatomy;
use crate::ticket::Ticket;

/// A ticket, what it is tried on, and what the host says.
pub(super) struct Case {
    pub(super) ticket: Ticket,
    name: String,
    pub(super) table: Table,
    kind: String,
    pub(super) predictions: Predictions,
}

impl Case {
    /// Reads all of it, and computes the host's answers.
    ///
    /// # Errors
    /// Bad input if something cannot be used.
    pub(super) fn read(
        checkout: &Checkout,
        ticket: Option<&Path>,
        data: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let path = ticket.map_or_else(|| checkout.default_ticket(), Path::to_owned);
        let ticket = Ticket::read(&path)?;
        let (table, kind) = match data {
            Some(path) => (Table::read(path, &ticket)?, path.display().to_string()),
            None => samples(&ticket)?,
        };
        let predictions = Predictions::of(&ticket, &table, false)?;
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.display().to_string());
        Ok(Self {
            ticket,
            name,
            table,
            kind,
            predictions,
        })
    }

    /// See [`check_fit`].
    pub(super) fn check_fit(&self, board: &Board) -> anyhow::Result<u32> {
        check_fit(&self.ticket, board)
    }

    /// What is compiled in.
    pub(super) fn sources(&self, board: &Board) -> anyhow::Result<Sources> {
        Sources::new(&self.ticket, &self.table, board)
    }
}

/// Says what was built.
pub(super) fn say(
    board: &Board,
    case: &Case,
    image: &Image,
    stack: u32,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let anatomy = anatomy(&case.ticket);
    writeln!(
        out,
        "board      {}: {}, {}",
        board.name, board.line, board.core.cpu
    )?;
    writeln!(
        out,
        "ticket     {}: {} weights left, {} active",
        case.name, anatomy.weights_left, anatomy.active_weights
    )?;
    writeln!(
        out,
        "image      {} bytes of flash, {} of RAM and a stack of {stack}",
        image.flash, image.ram
    )?;
    writeln!(out, "samples    {}: {}", case.table.row_count(), case.kind)?;
    Ok(())
}

/// Says what came of it.
pub(super) fn judge(comparison: &Comparison, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    write!(out, "{comparison}")?;
    if comparison.is_equal() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: the board's answers are not the host's");
    Ok(ExitCode::FAILURE)
}
