//! `tombola flash`: a ticket on a board.

use std::io::Write;
use std::path::PathBuf;

use tombola_firmware::boards::{Board, Reach};

use super::board::{Case, say};
use crate::bad_input;
use crate::board::build::{Build, Program};
use crate::board::{Checkout, Image, board, flash, probe};

/// Build a ticket into the firmware, flash it to a board, and show what the board says
///
/// The board hangs on a debug probe, and probe-rs (<https://probe.rs>) speaks to it. The firmware is built from the
/// checkout of Tombola that the current directory is in.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola flash runs/NAME/tickets/9-15.safetensors --board nrf52840-dk
  tombola flash 9-15.safetensors --board pico-2 --data data.csv

The boards are listed in firmware/README.md, which says how to add one. The first 32 samples of the data file are \
compiled in; without it those of tombola emulate are.")]
pub(super) struct Args {
    /// The ticket's file
    ticket: PathBuf,
    /// The board
    #[arg(long, value_name = "NAME")]
    board: String,
    /// A CSV file of samples
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let board = board(&args.board)?;
    let checkout = Checkout::find()?;
    let case = Case::read(&checkout, Some(&args.ticket), args.data.as_deref())?;
    let stack = case.check_fit(board)?;
    check_real(board)?;
    probe::check()?;
    let sources = case.sources(board)?;
    let path = sources.image();
    let build = Build {
        program: Program::Classify,
        board,
        sources: Some(sources.path()),
        stack: Some(stack),
    };
    build.run(&checkout, &path)?;
    say(board, &case, &Image::read(&path)?, stack, out)?;
    out.flush()?;
    flash(board, &path)
}

/// Refuses boards that are not there.
fn check_real(board: &Board) -> anyhow::Result<()> {
    let name = board.name;
    match board.reach {
        Reach::Probe { .. } => Ok(()),
        Reach::Qemu { .. } => Err(bad_input!(
            "{name} is emulated, there is nothing to flash; run tombola emulate TICKET --board {name}"
        )),
    }
}
