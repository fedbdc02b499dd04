//! `tombola boards`: the table of boards.

use std::io::Write;

use serde_json::{Value, json};
use tombola_firmware::boards::{BOARDS, Board, Boot, Reach};

use super::table;
use crate::text::visible_json;

/// List the boards that tickets are built for
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola boards
  tombola boards --json

Those that are emulated run with tombola emulate, the others with tombola flash and hil. Another board is an entry in \
firmware/src/boards.rs; firmware/README.md says more.")]
pub(super) struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.json {
        let boards: Value = BOARDS.iter().map(of_board).collect();
        writeln!(out, "{}", visible_json(&boards.to_string()))?;
        return Ok(());
    }
    let rows: Vec<Vec<String>> = BOARDS.iter().map(row).collect();
    let header = [
        "board",
        "what it is",
        "core",
        "reached by",
        "flash",
        "RAM",
        "MHz, waking",
        "at most",
    ];
    let header = header.map(str::to_owned);
    writeln!(out, "{}", table::ruled_with_names(4, &header, &rows))?;
    Ok(())
}

fn row(board: &Board) -> Vec<String> {
    let size = |bytes: u32| match bytes >> 10 {
        kib if kib % 1024 == 0 => format!("{} MiB", kib >> 10),
        kib => format!("{kib} KiB"),
    };
    let mhz = |hertz: u32| {
        let mhz = f64::from(hertz / 1000) / 1000.0;
        format!("{mhz}")
    };
    [
        board.name.to_owned(),
        board.line.to_owned(),
        core(board),
        reached_by(board).to_owned(),
        size(board.flash.length),
        size(board.ram.length),
        mhz(board.clock.wake),
        mhz(board.clock.top),
    ]
    .to_vec()
}

/// What people call the core.
fn core(board: &Board) -> String {
    let name = board
        .core
        .cpu
        .replace("cortex-m", "Cortex-M")
        .replace("plus", "+");
    let float = if board.core.target.ends_with("hf") {
        "F"
    } else {
        ""
    };
    format!("{name}{float}")
}

fn reached_by(board: &Board) -> &'static str {
    match board.reach {
        Reach::Qemu { .. } => "QEMU",
        Reach::Probe { .. } => "debug probe",
        Reach::Teensy { .. } => "loader",
    }
}

/// A board, in JSON.
pub(super) fn of_board(board: &Board) -> Value {
    let boot = match board.boot {
        Boot::Core => "core",
        Boot::Rp2040 => "rp2040",
        Boot::Rp2350 => "rp2350",
        Boot::FlexSpi => "flexspi",
        Boot::Loader => "bootloader",
    };
    let chip = match board.reach {
        Reach::Probe { chip } => Some(chip),
        _ => None,
    };
    json!({
        "board": board.name,
        "line": board.line,
        "core": board.core.cpu,
        "target": board.core.target,
        "reached_by": reached_by(board),
        "chip": chip,
        "boot": boot,
        "flash_origin": board.flash.origin,
        "flash_length": board.flash.length,
        "ram_origin": board.ram.origin,
        "ram_length": board.ram.length,
        "wake_hz": board.clock.wake,
        "top_hz": board.clock.top,
    })
}
