//! `tombola emulate`: a ticket on an emulated board, compared with the host.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tombola_firmware::boards::{BOARDS, Board};

use super::board::{Classify, Kind, Wanted};
use super::columns::Columns;
use super::integer::Integers;
use super::learn::Learning;
use crate::board::build::Program;
use crate::board::probe::Options;
use crate::board::{Image, Qemu, qemu};
use crate::text::visible;

/// Build a ticket into the firmware, run it on an emulated board, and compare every answer with the host's
///
/// The firmware is built from the checkout of Tombola that the current directory is in. Instructions are exact; QEMU
/// knows no cycles.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola emulate runs/NAME/tickets/9-15.safetensors
  tombola emulate 9-15.safetensors --board qemu-m0
  tombola emulate 9-15.safetensors --data data.csv
  tombola emulate 9-15.safetensors --board qemu-m0 --integer 16
  tombola emulate 9-15.safetensors --learn today.csv --data tomorrow.csv --out adapted.safetensors

The data file is one that tombola predict reads. Without it, a ticket of the founding experiment is tried on what its \
seed was tested on, and others on normal deviates. Exit code 1 if an answer differs.

With --learn the board trains the surviving weights, from where they stand, and says a digest of all parameters after each \
epoch, which is held against the host's. --data is then what the ticket is tried on before and after.")]
pub(super) struct Args {
    /// The ticket's file [default: the one that the firmware comes with]
    ticket: Option<PathBuf>,
    /// The board [default: the first of these]
    #[arg(long, value_name = "NAME", value_parser = Kind::Emulated)]
    board: Option<&'static Board>,
    /// A CSV file of samples; - is standard input
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    integers: Integers,
    #[command(flatten)]
    learning: Learning,
    /// A program that is built already; one that is not classify is only run
    #[arg(long, value_name = "ELF", hide = true)]
    image: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let board = board(args)?;
    let wanted = Wanted {
        board,
        ticket: args.ticket.as_deref(),
        data: args.data.as_deref(),
        columns: args.columns,
        integers: &args.integers,
        built: args.image.as_deref(),
    };
    if let Some(file) = args.learning.file() {
        return args.learning.run(&wanted, file, (&Options::default(), None), out);
    }
    match &args.image {
        Some(path) if !path.ends_with(Program::Classify.name()) => only_run(board, path, out),
        _ => Classify::build(&wanted, Options::default(), out)?.compare(None, out),
    }
}

/// The board that is named, or the one that the image was built for, as the build script chooses.
fn board(args: &Args) -> anyhow::Result<&'static Board> {
    let Some(image) = args.image.as_ref().filter(|_| args.board.is_none()) else {
        return Ok(args.board.unwrap_or(&BOARDS[0]));
    };
    if let Ok(name) = std::env::var("TOMBOLA_BOARD") {
        return Kind::Emulated.find("TOMBOLA_BOARD=", &name);
    }
    let is_target = |board: &&Board| {
        let mut parts = image.components();
        parts.any(|part| part.as_os_str() == board.core.target)
    };
    Ok(BOARDS.iter().find(is_target).unwrap_or(&BOARDS[0]))
}

/// Runs a program that asks for nothing, and ends as it does.
fn only_run(board: &Board, path: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    qemu::check()?;
    let image = Image::read(path)?;
    let mut written = Ok(());
    let code = Qemu::start(board, path, &image, true)?.finish(Duration::from_hours(1), |line| {
        if written.is_ok() {
            written = writeln!(out, "{}", visible(line)).and_then(|()| out.flush());
        }
    })?;
    written?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
