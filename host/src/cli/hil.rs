//! `tombola hil`: hardware in the loop.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use tombola_firmware::boards::Board;

use super::board::{Classify, Kind, Wanted};
use super::columns::Columns;
use super::integer::Integers;
use super::learn::Learning;
use super::probe::ProbeArgs;

/// Flash a ticket to a board, send it samples, and compare every answer with the host's
///
/// As tombola emulate, but on the board itself: the library of probe-rs (<https://probe.rs>) flashes it, where this program is
/// built with the feature probe, and the samples go through RTT. Cycles are measured by the core's own counter.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola data moons circles --seed 28 --out data.csv
  tombola hil --board nrf52840-dk --data data.csv
  tombola hil runs/NAME/tickets/9-15.safetensors --board nrf52840-dk --data data.csv
  tombola hil --board pico --data data.csv --transcript pico.jsonl
  tombola hil --board nrf52840-dk --learn today.csv --data tomorrow.csv --out adapted.safetensors

Exit code 1 if an answer differs, or with --learn a digest.")]
pub(super) struct Args {
    /// The ticket's file [default: the one that the firmware comes with]
    ticket: Option<PathBuf>,
    /// The former way to name the ticket, kept as an alias
    #[arg(long = "ticket", value_name = "FILE", hide = true, conflicts_with = "ticket")]
    ticket_option: Option<PathBuf>,
    /// The board
    #[arg(long, value_name = "NAME", value_parser = Kind::Heard)]
    board: &'static Board,
    /// A CSV file of samples; - is standard input
    #[arg(long, value_name = "FILE.csv", required_unless_present = "learn")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    integers: Integers,
    #[command(flatten)]
    learning: Learning,
    #[command(flatten)]
    probe: ProbeArgs,
    /// Write down what goes to the board and comes from there, as lines of JSON: for a report of what happened
    #[arg(long, value_name = "FILE.jsonl")]
    transcript: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let wanted = Wanted {
        board: args.board,
        ticket: args.ticket.as_deref().or(args.ticket_option.as_deref()),
        data: args.data.as_deref(),
        columns: args.columns,
        integers: &args.integers,
        built: None,
    };
    let (probe, transcript) = (args.probe.options(), args.transcript.as_deref());
    if let Some(file) = args.learning.file() {
        return args.learning.run(&wanted, file, (&probe, transcript), out);
    }
    Classify::build(&wanted, probe, out)?.compare(transcript, out)
}
