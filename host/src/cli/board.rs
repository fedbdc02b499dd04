//! What the commands for boards share: naming a board, building `classify` for it, and comparing its answers.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use serde_json::json;
use tombola_firmware::boards::{BOARDS, Board, Reach, find};

use super::columns::Columns;
use super::integer::{Integers, lines};
use crate::bad_input;
use crate::board::build::{Build, Program};
use crate::board::probe::Options;
use crate::board::{
    Checkout, Comparison, Event, Image, Qemu, Session, Sources, Transcript, Wire, check_fit,
    check_fit_of_integers, compare, note, probe, qemu, samples, teensy,
};
use crate::predict::{Predictions, Table};
use crate::structure::anatomy;
use crate::text::{counted, did_you_mean, quoted, visible};
use crate::ticket::Ticket;

/// How long a board may say nothing before it is looked whether the log is still wanted.
const LOOK: Duration = Duration::from_millis(200);

/// The boards that a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Emulated,
    Real,
    /// What it says can be read.
    Heard,
}

impl Kind {
    fn takes(self, board: &Board) -> bool {
        match self {
            Self::Any => true,
            Self::Emulated => matches!(board.reach, Reach::Qemu { .. }),
            Self::Real => !matches!(board.reach, Reach::Qemu { .. }),
            Self::Heard => !matches!(board.reach, Reach::Teensy { .. }),
        }
    }

    fn boards(self) -> impl Iterator<Item = &'static Board> {
        BOARDS.iter().filter(move |board| self.takes(board))
    }

    /// The board of this name; `by` stands before the name in messages.
    ///
    /// # Errors
    /// Bad input that says what to name, or which command takes the board.
    pub(super) fn find(self, by: &str, name: &str) -> anyhow::Result<&'static Board> {
        match find(name) {
            Some(board) if self.takes(board) => Ok(board),
            Some(_) if self == Self::Emulated => Err(bad_input!(
                "{name} is not emulated; run it with tombola flash TICKET --board {name}"
            )),
            Some(_) if self == Self::Heard => Err(bad_input!(
                "{name} has no debug port, so that its answers cannot be read; tombola flash TICKET --board {name} loads its \
                 flash"
            )),
            Some(_) => Err(bad_input!(
                "{name} is emulated, there is nothing to flash; run tombola emulate TICKET --board {name}"
            )),
            None => {
                let names: Vec<&str> = self.boards().map(|board| board.name).collect();
                let remedy =
                    did_you_mean(name, &names).unwrap_or_else(|| format!("there are {}", names.join(", ")));
                Err(bad_input!(
                    "{by}{}: there is no such board; {remedy}",
                    quoted(name)
                ))
            }
        }
    }
}

impl TypedValueParser for Kind {
    type Value = &'static Board;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Self::Value, clap::Error> {
        self.find("--board ", &value.to_string_lossy()).map_err(|error| {
            clap::Error::raw(ErrorKind::InvalidValue, format!("{error}\n")).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |board: &Board| PossibleValue::new(board.name).help(board.line);
        Some(Box::new(self.boards().map(value)))
    }
}

/// The program `classify` with a ticket in it, for a board.
pub(super) struct Classify {
    board: &'static Board,
    ticket: Ticket,
    table: Table,
    predictions: Predictions,
    sources: Sources,
    pub(super) image: Image,
    pub(super) path: PathBuf,
    probe: Options,
}

/// What a command that builds `classify` was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) board: &'static Board,
    /// The firmware's own, where none is named.
    pub(super) ticket: Option<&'a Path>,
    pub(super) data: Option<&'a Path>,
    pub(super) columns: Columns,
    pub(super) integers: &'a Integers,
    /// A program that is built already.
    pub(super) built: Option<&'a Path>,
}

impl Classify {
    /// Builds it, unless it is, and says what it is. A board is not looked at yet, only what speaks to it.
    ///
    /// # Errors
    /// Bad input if something cannot be used or the board is too small; else, if a program is missing or fails.
    pub(super) fn build(wanted: &Wanted<'_>, probe: Options, out: &mut dyn Write) -> anyhow::Result<Self> {
        let &Wanted {
            board,
            ticket,
            data,
            columns,
            integers,
            built,
        } = wanted;
        let checkout = Checkout::find()?;
        let path = ticket.map_or_else(|| checkout.default_ticket(), Path::to_owned);
        let ticket = Ticket::read(&path)?;
        let (table, origin) = match data {
            Some(path) => {
                let table = Table::read(path, &ticket, columns.matching())?;
                table.notes().for_each(note);
                (table, path.display().to_string())
            }
            None => samples(&ticket)?,
        };
        let given = data.map(|path| (&table, path.file_name().unwrap_or_default().display().to_string()));
        let given = given.as_ref().map(|(table, name)| (*table, &**name));
        let made = integers.network((&ticket, &path), given, Some((&table, &origin)), columns)?;
        let predictions = match &made {
            Some((network, _)) => Predictions::of_integers(network, &network.answers(table.rows())),
            None => Predictions::of(&ticket, &table, false)?,
        };
        let stack = match &made {
            Some((network, _)) => check_fit_of_integers(network, board)?,
            None => check_fit(&ticket, board)?,
        };
        match board.reach {
            Reach::Probe { .. } => probe::check(board, &probe)?,
            Reach::Qemu { .. } => qemu::check()?,
            Reach::Teensy { .. } => teensy::check()?,
        }
        let sources = match &made {
            Some((network, _)) => Sources::of_integers(network, &table, board)?,
            None => Sources::new(&ticket, &table, board)?,
        };
        let image_path = built.map_or_else(|| sources.image(), Path::to_owned);
        if built.is_none() {
            let build = Build {
                program: Program::Classify,
                board,
                sources: Some(sources.path()),
                stack: Some(stack),
            };
            build.run(&checkout, &image_path)?;
        }
        let image = Image::read(&image_path)?;
        let anatomy = anatomy(&ticket);
        let name = path.file_name().unwrap_or_default().display().to_string();
        let name = visible(&name);
        writeln!(
            out,
            "board      {}: {}, {}",
            board.name, board.line, board.core.cpu
        )?;
        writeln!(
            out,
            "ticket     {name}: {} left, {} active",
            counted(anatomy.weights_left, "weight"),
            anatomy.active_weights
        )?;
        for line in made.iter().flat_map(lines) {
            writeln!(out, "integers   {}", visible(&line))?;
        }
        writeln!(
            out,
            "image      {} bytes of flash, {} of RAM and a stack of {stack}",
            image.flash, image.ram
        )?;
        writeln!(out, "samples    {}: {}", table.row_count(), visible(&origin))?;
        out.flush()?;
        Ok(Self {
            board,
            ticket,
            table,
            predictions,
            sources,
            image,
            path: image_path,
            probe,
        })
    }

    /// Where it runs, in JSON.
    fn about(&self) -> serde_json::Value {
        let Board { name, line, core, .. } = self.board;
        json!({
            "tombola": env!("CARGO_PKG_VERSION"),
            "board": name,
            "line": line,
            "core": core.cpu,
            "probe": format!("{:?}", self.probe),
            "flash": self.image.flash,
            "ram": self.image.ram,
            "code": format!("{:016x}", self.sources.code),
        })
    }

    /// Runs it, sends it every sample, and says whether its answers are the host's. What goes to the board and comes
    /// from there is written down, if `transcript` names a file.
    ///
    /// # Errors
    /// If the board cannot be reached, falls silent, or runs another ticket.
    pub(super) fn compare(&self, transcript: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let transcript = transcript
            .map(|path| Transcript::create(path, &self.about()))
            .transpose()?;
        let compared = self.compared(transcript.as_ref());
        if let Some(transcript) = &transcript {
            match &compared {
                Ok(comparison) => transcript.note("compared", &comparison.to_string().into())?,
                Err(error) => transcript.note("failed", &format!("{error:#}").into())?,
            }
        }
        let comparison = compared?;
        write!(out, "{}", visible(&comparison.to_string()))?;
        if comparison.is_equal() {
            return Ok(ExitCode::SUCCESS);
        }
        note("error: the board's answers are not the host's");
        Ok(ExitCode::FAILURE)
    }

    fn compared(&self, transcript: Option<&Transcript>) -> anyhow::Result<Comparison> {
        let Self {
            board, path, image, ..
        } = self;
        match board.reach {
            Reach::Probe { .. } | Reach::Teensy { .. } => {
                self.compare_over(probe::start(board, path, image, &self.probe)?, transcript)
            }
            Reach::Qemu { .. } => self.compare_over(Qemu::start(board, path, image, true)?, transcript),
        }
    }

    fn compare_over(&self, wire: impl Wire, transcript: Option<&Transcript>) -> anyhow::Result<Comparison> {
        match transcript {
            Some(transcript) => self.compare_by(transcript.of(wire)),
            None => self.compare_by(wire),
        }
    }

    fn compare_by(&self, wire: impl Wire) -> anyhow::Result<Comparison> {
        let mut log = |line: &str| note(format_args!("{}: {line}", self.board.name));
        let mut session = Session::new(wire, &mut log);
        // Whoever brings an image may have built it with another ticket in it: the digest of its code tells.
        let code = Some(self.sources.code);
        let comparison = compare(&mut session, &self.ticket, &self.table, &self.predictions, code)?;
        session.end()?;
        Ok(comparison)
    }

    /// Puts it on the board, and shows its log until the program ends or `is_over`.
    ///
    /// # Errors
    /// If the board cannot be reached, or its program fails.
    pub(super) fn show(&self, mut is_over: impl FnMut() -> bool) -> anyhow::Result<()> {
        if let Reach::Teensy { mcu } = self.board.reach {
            return teensy::load(mcu, &self.path);
        }
        let mut wire = probe::start(self.board, &self.path, &self.image, &self.probe)?;
        while !is_over() {
            match wire.next(LOOK)? {
                Some(Event::Log(line)) => note(format_args!("{}: {line}", self.board.name)),
                Some(Event::End(0)) => return Ok(()),
                Some(Event::End(code)) => bail!("the board's program has ended with code {code}"),
                Some(Event::Replies(_)) | None => {}
            }
        }
        Ok(())
    }
}
