//! `tombola flash`: a ticket on a board.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use tombola_firmware::boards::Board;

use super::board::{Classify, Kind, Wanted};
use super::columns::Columns;
use super::integer::Integers;
use super::probe::ProbeArgs;
use crate::board::note;

/// Build a ticket into the firmware, flash it to a board, and show what the board says
///
/// The board hangs on a debug probe, and the library of probe-rs (<https://probe.rs>) speaks to it, where this program is
/// built with the feature probe. The firmware is built from the checkout of Tombola that the current directory is in.
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
    #[command(flatten)]
    probe: ProbeArgs,
}

/// Whether somebody has pressed Ctrl-C.
static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let wanted = Wanted {
        board: args.board,
        ticket: Some(&args.ticket),
        data: args.data.as_deref(),
        columns: args.columns,
        integers: &args.integers,
        built: None,
    };
    let classify = Classify::build(&wanted, args.probe.options(), out)?;
    // A board that is let go of runs on; one whose host is gone would wait for it.
    let _ = ctrlc::set_handler(|| IS_INTERRUPTED.store(true, Ordering::Relaxed));
    note("Ctrl-C ends the log, and the board runs on");
    classify.show(|| IS_INTERRUPTED.load(Ordering::Relaxed))
}
