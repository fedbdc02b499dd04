//! `tombola emulate`: a ticket on an emulated board, held against the host.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tombola_firmware::boards::{BOARDS, Board, Reach};

use super::board::{Case, judge, say};
use crate::bad_input;
use crate::board::build::{Build, Program};
use crate::board::{Checkout, Image, Qemu, Session, board, compare, named, qemu};

/// Build a ticket into the firmware, run it on an emulated board, and compare every answer with the host's
///
/// The firmware is built from the checkout of Tombola that the current directory is in. Instructions are exact; QEMU
/// knows no cycles.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Args {
    /// The ticket's file [default: the one that the firmware comes with]
    ticket: Option<PathBuf>,
    /// The board [default: the first one below]
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
    /// A CSV file of samples
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
    /// A program that is built already; one that is not classify is only run
    #[arg(long, value_name = "ELF", hide = true)]
    image: Option<PathBuf>,
}

fn after_help() -> String {
    let boards: Vec<&str> = emulated().map(|board| board.name).collect();
    format!(
        "Examples:
  tombola emulate runs/NAME/tickets/9-15.safetensors
  tombola emulate 9-15.safetensors --board {}
  tombola emulate 9-15.safetensors --data data.csv

Boards: {}. The data file is one that tombola predict reads. Without it, a ticket of the founding experiment is tried on \
what its seed was tested on, and others on normal deviates. Exit code 1 if an answer differs.",
        boards.last().copied().unwrap_or_default(),
        boards.join(", ")
    )
}

/// Boards that QEMU has.
fn emulated() -> impl Iterator<Item = &'static Board> {
    let is_emulated = |board: &&Board| matches!(board.reach, Reach::Qemu { .. });
    BOARDS.iter().filter(is_emulated)
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let board = chosen(args)?;
    if !matches!(board.reach, Reach::Qemu { .. }) {
        let name = board.name;
        return Err(bad_input!(
            "{name} is not emulated; run it with tombola flash TICKET --board {name}"
        ));
    }
    if let Some(path) = &args.image
        && !path.ends_with(Program::Classify.name())
    {
        return only_run(board, path, out);
    }
    let checkout = Checkout::find()?;
    let case = Case::read(&checkout, args.ticket.as_deref(), args.data.as_deref())?;
    let stack = case.check_fit(board)?;
    qemu::check()?;
    let sources = case.sources(board)?;
    let built = sources.image();
    if args.image.is_none() {
        let build = Build {
            program: Program::Classify,
            board,
            sources: Some(sources.path()),
            stack: Some(stack),
        };
        build.run(&checkout, &built)?;
    }
    let path = args.image.as_ref().unwrap_or(&built);
    let image = Image::read(path)?;
    say(board, &case, &image, stack, out)?;
    let qemu = Qemu::start(board, path, &image, true)?;
    let mut log = |line: &str| eprintln!("{}: {line}", board.name);
    let mut session = Session::new(qemu, &mut log);
    // Whoever brings an image may have built it with another ticket in it: the answers tell.
    let comparison = compare(
        &mut session,
        &case.ticket,
        &case.table,
        &case.predictions,
        Some(sources.code),
    )?;
    session.end()?;
    judge(&comparison, out)
}

/// The board that is named, or the one that the image was built for.
fn chosen(args: &Args) -> anyhow::Result<&'static Board> {
    if let Some(name) = &args.board {
        return board(name);
    }
    let Some(image) = &args.image else {
        return Ok(&BOARDS[0]);
    };
    // As the build script chooses.
    if let Ok(name) = std::env::var("TOMBOLA_BOARD") {
        return named("TOMBOLA_BOARD=", &name);
    }
    let of_target = |board: &&Board| {
        image
            .components()
            .any(|part| part.as_os_str() == board.core.target)
    };
    Ok(BOARDS.iter().find(of_target).unwrap_or(&BOARDS[0]))
}

/// Runs a program that asks for nothing, and ends as it does.
fn only_run(board: &Board, path: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    qemu::check()?;
    let image = Image::read(path)?;
    let mut written = Ok(());
    let code = Qemu::start(board, path, &image, true)?.finish(Duration::from_hours(1), |line| {
        if written.is_ok() {
            written = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    })?;
    written?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
