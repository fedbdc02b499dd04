//! `tombola flash`: a ticket on a board.

use std::io::Write;
use std::path::PathBuf;

use tombola_firmware::boards::Board;

use super::board::{Classify, Kind};
use super::columns::Columns;
use super::integer::Integers;
use crate::board::flash;

/// Build a ticket into the firmware, flash it to a board, and show what the board says
///
/// The board hangs on a debug probe, and probe-rs (<https://probe.rs>) speaks to it. The firmware is built from the
/// checkout of Tombola that the current directory is in.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola flash runs/NAME/tickets/9-15.safetensors --board nrf52840-dk
  tombola flash 9-15.safetensors --board pico-2 --data data.csv

firmware/README.md says how to add a board. The first 32 samples of the data file are compiled in; without it those of \
tombola emulate are. For emulated boards there is tombola emulate.")]
pub(super) struct Args {
    /// The ticket's file
    ticket: PathBuf,
    /// The board
    #[arg(long, value_name = "NAME", value_parser = Kind::Real)]
    board: &'static Board,
    /// A CSV file of samples
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    integers: Integers,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let (ticket, data) = (Some(&*args.ticket), args.data.as_deref());
    let classify = Classify::build(args.board, ticket, data, args.columns, &args.integers, None, out)?;
    flash(args.board, &classify.path)
}
