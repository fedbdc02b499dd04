//! `tombola fit`: whether a ticket fits a board, and how fast it would be.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};
use tombola_firmware::boards::{BOARDS, Board};

use super::board::Kind;
use super::columns::Columns;
use super::integer::Integers;
use super::learn::training;
use super::table;
use crate::board::estimate::learning::{Learning, learning};
use crate::board::estimate::{Estimate, Shape, Wanted, estimates_of_all, micros};
use crate::board::{note, samples};
use crate::export::program::Program;
use crate::integer::{Network, Width};
use crate::predict::Table;
use crate::structure::anatomy;
use crate::text::{counted, visible, visible_json};
use crate::ticket::Ticket;

/// Say what a ticket takes on boards in each form, and whether it fits, without building anything
///
/// Flash is the whole program of tombola flash, RAM its variables with the stack that it is given. Both are estimates of what
/// would be built: within 2 % of an image in assembly, tables (rows) or integers, within 10 % in straight Rust, where the
/// compiler decides most.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola fit 9-15.safetensors                          the best form on each board
  tombola fit 9-15.safetensors --board pico             all forms on one
  tombola fit 9-15.safetensors --all --json             all forms on all, for a program
  tombola fit mine.safetensors --board pico --data my.csv
  tombola fit 9-15.safetensors --learn 500 --set training.batch=16

Forms: assembly is what tombola flash builds for a Cortex-M4F; rust is straight-line code and rows are tables of compressed \
rows, of which it builds what suits the board's flash elsewhere; integer 8 and integer 16 are what --integer builds. \
Each board's forms are sorted, the fastest that fits first, which is the best and has an asterisk. Instructions are exact where no ~ \
stands before them. Cycles are a model's, for flash that answers at once, and times follow from them: model, not measured. \
There is one for the Cortex-M4F, and one for the Cortex-M0 and M0+ whose products take a cycle; where a core has none, forms \
are sorted by instructions. Integers take their ranges from what the ticket was trained on, or from --data; what they change, tombola export \
--integer says. What it takes to learn on the board (tombola hil --learn) is exact, too, and comes after the forms.")]
pub(super) struct Args {
    /// The ticket's file
    ticket: PathBuf,
    /// The board [default: all of them, each with its best form]
    #[arg(long, value_name = "NAME", value_parser = Kind::Any, conflicts_with = "all")]
    board: Option<&'static Board>,
    /// Every form on every board
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// A CSV file of samples that integers take their ranges from
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// How many samples it is to learn from on the board
    #[arg(long, value_name = "SAMPLES", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    learn: u32,
    /// Set how it learns: a key of training, as training.batch=16
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let ticket = Ticket::read(&args.ticket)?;
    let program = Program::of(&ticket)?;
    let data = data(args, &ticket)?;
    let networks = networks(args, &ticket, data.as_ref());
    let is_labeled = match &data {
        Some((table, _)) => has_labels(table),
        None => has_labels(&samples(&ticket)?.0),
    };
    let boards = BOARDS
        .iter()
        .filter(|board| args.board.is_none_or(|one| one == *board));
    let wanted = Wanted {
        program: &program,
        networks: &networks,
        is_labeled,
    };
    let lessons = lessons(args, &ticket, boards.clone())?;
    let all = estimates_of_all(&wanted, boards)?;
    if args.json {
        let boards = all.iter().zip(&lessons);
        let boards: Vec<Value> = boards.map(|(forms, lesson)| of_board(forms, lesson)).collect();
        let name = args.ticket.file_name().unwrap_or_default().display().to_string();
        let anatomy = anatomy(&ticket);
        let answer = json!({
            "ticket": name,
            "weights_left": anatomy.weights_left,
            "active_weights": anatomy.active_weights,
            "learned_samples": args.learn,
            "boards": boards,
        });
        writeln!(out, "{}", visible_json(&answer.to_string()))?;
        return Ok(());
    }
    let is_short = args.board.is_none() && !args.all;
    let anatomy = anatomy(&ticket);
    let name = args.ticket.file_name().unwrap_or_default().display().to_string();
    writeln!(
        out,
        "{}: {} left, {} active\n",
        visible(&name),
        counted(anatomy.weights_left, "weight"),
        anatomy.active_weights
    )?;
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|forms| rows(if is_short { &forms[..1] } else { forms }))
        .collect();
    let header = [
        "board",
        "form",
        "fits",
        "flash",
        "of",
        "RAM",
        "of",
        "stack",
        "instructions",
        "model cycles",
        "model µs, waking",
        "model µs, at most",
    ]
    .map(str::to_owned);
    writeln!(out, "{}", table::ruled_with_names(3, &header, &rows))?;
    if is_short {
        writeln!(
            out,
            "\nThe best form of each board; --board NAME and --all show the others."
        )?;
    }
    writeln!(
        out,
        "\nTo learn on the board, from {} (tombola hil --learn):\n",
        counted(args.learn as usize, "sample")
    )?;
    let header = ["board", "fits", "RAM", "of", "samples at most"].map(str::to_owned);
    let rows: Vec<Vec<String>> = lessons.iter().map(of_lesson).collect();
    writeln!(out, "{}", table::ruled_with_names(1, &header, &rows))?;
    Ok(())
}

/// What it takes to learn on each board.
///
/// # Errors
/// Bad input if what is set is no key of training, or not its value.
fn lessons(
    args: &Args,
    ticket: &Ticket,
    boards: impl Iterator<Item = &'static Board>,
) -> anyhow::Result<Vec<Learning>> {
    let samples = args.learn as usize;
    let training = training(&args.overrides)?.of(samples);
    Ok(boards
        .map(|board| learning(ticket, training, samples, board))
        .collect())
}

/// The row of a board that learns.
fn of_lesson(lesson: &Learning) -> Vec<String> {
    vec![
        lesson.board.name.to_owned(),
        yes(lesson.fits()),
        size(lesson.ram),
        size(lesson.board.ram.length as usize),
        lesson.most.to_string(),
    ]
}

fn yes(fits: bool) -> String {
    if fits { "yes" } else { "no" }.to_owned()
}

/// The samples that are named, and their file's name.
fn data(args: &Args, ticket: &Ticket) -> anyhow::Result<Option<(Table, String)>> {
    let Some(path) = &args.data else {
        return Ok(None);
    };
    let table = Table::read(path, ticket, args.columns.matching())?;
    table.notes().for_each(note);
    Ok(Some((
        table,
        path.file_name().unwrap_or_default().display().to_string(),
    )))
}

fn has_labels(table: &Table) -> bool {
    table.labeled().any(|count| count.is_some_and(|count| 0 < count))
}

/// The ticket in integers, as far as it can be said in them.
fn networks(args: &Args, ticket: &Ticket, data: Option<&(Table, String)>) -> Vec<Network> {
    let given = data.map(|(table, name)| (table, &**name));
    let mut networks = Vec::new();
    for width in Width::ALL {
        let integers = Integers::of(width);
        match integers.network((ticket, &args.ticket), given, None, args.columns) {
            Ok(made) => networks.extend(made.map(|(network, _)| network)),
            // The others are still to be had.
            Err(error) => note(format_args!("{}: {error:#}", Shape::Integers(width).name())),
        }
    }
    networks
}

/// The rows of a board; the first form is the best, if it fits.
fn rows(forms: &[Estimate]) -> Vec<Vec<String>> {
    let row = |(number, estimate): (usize, &Estimate)| {
        let Board {
            name,
            flash,
            ram,
            clock,
            ..
        } = estimate.board;
        let best = if number == 0 && estimate.fits { "*" } else { "" };
        let count = estimate.instructions.map_or(String::new(), |count| {
            let about = if count.is_exact { "" } else { "~" };
            format!("{about}{}", count.number)
        });
        let cycles = estimate.cycles.map_or(String::new(), |cycles| {
            let about = if estimate.instructions.is_some_and(|count| count.is_exact) {
                ""
            } else {
                "~"
            };
            format!("{about}{cycles}")
        });
        let time = |hertz: u32| {
            let micros = estimate.cycles.map(|cycles| micros(cycles, hertz));
            micros.map_or(String::new(), short)
        };
        vec![
            (*name).to_owned(),
            format!("{}{best}", estimate.shape.name()),
            yes(estimate.fits),
            size(estimate.flash),
            size(flash.length as usize),
            size(estimate.ram),
            size(ram.length as usize),
            size(estimate.stack),
            count,
            cycles,
            time(clock.wake),
            time(clock.top),
        ]
    };
    forms.iter().enumerate().map(row).collect()
}

/// A number of bytes, in KiB.
fn size(bytes: usize) -> String {
    let tenths = (bytes * 10 + 512) / 1024;
    match (tenths / 10, tenths % 10) {
        (kib, 0) if bytes.is_multiple_of(1024) => format!("{kib} KiB"),
        (kib, tenth) => format!("{kib}.{tenth} KiB"),
    }
}

/// A time of three digits or so.
fn short(micros: f64) -> String {
    match micros {
        0.0..10.0 => format!("{micros:.2}"),
        10.0..100.0 => format!("{micros:.1}"),
        _ => format!("{micros:.0}"),
    }
}

/// The estimates of a board, in JSON.
fn of_board(forms: &[Estimate], lesson: &Learning) -> Value {
    let Some(board) = forms.first().map(|estimate| estimate.board) else {
        return Value::Null;
    };
    let of_form = |(number, estimate): (usize, &Estimate)| {
        let time = |hertz: u32| estimate.cycles.map(|cycles| micros(cycles, hertz));
        json!({
            "form": estimate.shape.name(),
            "fits": estimate.fits,
            "best": number == 0 && estimate.fits,
            "flash": estimate.flash,
            "ram": estimate.ram,
            "stack": estimate.stack,
            "instructions": estimate.instructions.map(|count| count.number),
            "instructions_exact": estimate.instructions.is_some_and(|count| count.is_exact),
            "model_cycles": estimate.cycles,
            "model_us_wake": time(board.clock.wake),
            "model_us_top": time(board.clock.top),
        })
    };
    let all: Vec<Value> = forms.iter().enumerate().map(of_form).collect();
    let mut value = super::boards::of_board(board);
    if let Value::Object(map) = &mut value {
        map.insert("forms".to_owned(), all.into());
        let lesson = json!({
            "fits": lesson.fits(),
            "ram": lesson.ram,
            "memory": lesson.memory,
            "samples_at_most": lesson.most,
        });
        map.insert("learn".to_owned(), lesson);
    }
    value
}
