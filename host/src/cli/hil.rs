//! `tombola hil`: hardware in the loop.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use tombola_firmware::boards::Reach;

use super::board::{Case, judge, say};
use crate::board::build::{Build, Program};
use crate::board::{Checkout, Comparison, Image, Probe, Qemu, Session, Wire, board, compare, probe, qemu};

/// Flash a ticket to a board, send it samples, and compare every answer with the host's
///
/// As tombola emulate, but on the board itself: probe-rs (<https://probe.rs>) flashes it, and the samples go through RTT,
/// by way of probe-rs's debug server. Cycles are measured by the core's own counter.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola data moons circles --seed 28 --out data.csv
  tombola hil --board nrf52840-dk --data data.csv
  tombola hil --board nrf52840-dk --ticket runs/NAME/tickets/9-15.safetensors --data data.csv

Exit code 1 if an answer differs.")]
pub(super) struct Args {
    /// The board
    #[arg(long, value_name = "NAME")]
    board: String,
    /// The ticket's file [default: the one that the firmware comes with]
    #[arg(long, value_name = "FILE")]
    ticket: Option<PathBuf>,
    /// A CSV file of samples
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let board = board(&args.board)?;
    let checkout = Checkout::find()?;
    let case = Case::read(&checkout, args.ticket.as_deref(), Some(&args.data))?;
    let stack = case.check_fit(board)?;
    match board.reach {
        Reach::Probe { .. } => probe::check()?,
        Reach::Qemu { .. } => qemu::check()?,
    }
    let sources = case.sources(board)?;
    let path = sources.image();
    let build = Build {
        program: Program::Classify,
        board,
        sources: Some(sources.path()),
        stack: Some(stack),
    };
    build.run(&checkout, &path)?;
    let image = Image::read(&path)?;
    say(board, &case, &image, stack, out)?;
    out.flush()?;
    let comparison = match board.reach {
        Reach::Probe { .. } => converse(
            &case,
            sources.code,
            board.name,
            Probe::start(board, &path, &image)?,
        )?,
        Reach::Qemu { .. } => converse(
            &case,
            sources.code,
            board.name,
            Qemu::start(board, &path, &image, true)?,
        )?,
    };
    judge(&comparison, out)
}

fn converse(case: &Case, code: u64, name: &str, wire: impl Wire) -> anyhow::Result<Comparison> {
    let mut log = |line: &str| eprintln!("{name}: {line}");
    let mut session = Session::new(wire, &mut log);
    let comparison = compare(
        &mut session,
        &case.ticket,
        &case.table,
        &case.predictions,
        Some(code),
    )?;
    session.end()?;
    Ok(comparison)
}
