//! What `emulate` and `hil` do with `--learn`: a ticket is trained on a board, and every digest held against the host's.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use tombola_firmware::boards::{Board, Reach};
use tombola_firmware::stream::message::Unit;

use super::board::Wanted;
use super::output::Output;
use crate::bad_input;
use crate::board::build::{Build, Program};
use crate::board::estimate::learning::{STACK, learning};
use crate::board::probe::Options;
use crate::board::{
    Checkout, Course, Epoch, Image, Qemu, Session, Sources, Transcript, Wire, note, probe, qemu, teach,
};
use crate::experiment::Experiment;
use crate::predict::{Predictions, Table};
use crate::text::{counted, visible};
use crate::ticket::Ticket;

#[derive(Debug, clap::Args)]
pub(super) struct Learning {
    /// Train the ticket on the board: its surviving weights, from where they stand, on the labelled rows of this CSV file
    #[arg(long, value_name = "FILE.csv")]
    learn: Option<PathBuf>,
    /// The ticket to write that comes of it
    #[arg(long, value_name = "FILE", requires = "learn")]
    out: Option<PathBuf>,
    /// Set how it learns: a key of training, as training.epochs=10
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "learn")]
    overrides: Vec<String>,
    /// The seed of the order of samples
    #[arg(long, value_name = "S", default_value_t = 0, requires = "learn")]
    seed: u64,
}

impl Learning {
    /// The file that is to be learned from, if one is.
    pub(super) fn file(&self) -> Option<&Path> {
        self.learn.as_deref()
    }

    /// Builds the program `learn` for a ticket (the firmware's own, where none is named), teaches it the first file, and says
    /// what the ticket gets right before and after, of the second one if there is one.
    ///
    /// # Errors
    /// Bad input if something cannot be used or the board is too small; else, if a program is missing or fails, or the board
    /// comes to other parameters than the host.
    pub(super) fn run(
        &self,
        wanted: &Wanted<'_>,
        learn: &Path,
        (probe, transcript): (&Options, Option<&Path>),
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let &Wanted {
            board,
            ticket,
            data,
            columns,
            integers,
            built: _,
        } = wanted;
        if integers.are_asked_for() {
            return Err(bad_input!(
                "integers do not learn: leave out one of --learn and --integer, and export what has been learned with --integer"
            ));
        }
        let checkout = Checkout::find()?;
        let path = ticket.map_or_else(|| checkout.default_ticket(), Path::to_owned);
        let read = [Some(&*path), Some(learn), data];
        let output = match &self.out {
            Some(file) => Some(Output::file(file, read.into_iter().flatten())?),
            None => None,
        };
        let ticket = Ticket::read(&path)?;
        let table = |path: &Path| -> anyhow::Result<Table> {
            let table = Table::read(path, &ticket, columns.matching())?;
            table.notes().for_each(note);
            Ok(table)
        };
        let learned_from = table(learn)?;
        let tried_on = data.map(table).transpose()?;
        let tried_on = tried_on.as_ref().unwrap_or(&learned_from);
        let training = training(&self.overrides)?.of(learned_from.row_count());
        let course = Course::new(&ticket, &learned_from, training, self.seed)?;
        if course.unlabeled != 0 {
            note(format_args!(
                "note: {} without a label of each task are not learned from",
                counted(course.unlabeled, "row")
            ));
        }
        check_room(&ticket, training, course.samples().len(), board)?;
        match board.reach {
            Reach::Probe { .. } | Reach::Teensy { .. } => probe::check(board, probe)?,
            Reach::Qemu { .. } => qemu::check()?,
        }
        let sources = Sources::new(&ticket, &learned_from, board)?.with_network(&course.source())?;
        let image_path = sources.image();
        Build {
            program: Program::Learn,
            board,
            sources: Some(sources.path()),
            stack: Some(STACK),
        }
        .run(&checkout, &image_path)?;
        let image = Image::read(&image_path)?;
        writeln!(
            out,
            "board      {}: {}, {}",
            board.name, board.line, board.core.cpu
        )?;
        writeln!(
            out,
            "image      {} bytes of flash, {} of RAM, {} of them to learn in",
            image.flash,
            image.ram,
            course.bytes()
        )?;
        let name = learn.file_name().unwrap_or_default();
        let name = name.display().to_string();
        writeln!(out, "samples    {}: {}", course.samples().len(), visible(&name))?;
        say_score(out, "before", &ticket, tried_on)?;
        out.flush()?;
        let about = json!({
            "tombola": env!("CARGO_PKG_VERSION"),
            "board": board.name,
            "learn": name,
            "probe": format!("{probe:?}"),
            "code": format!("{:016x}", sources.code),
        });
        let transcript = transcript
            .map(|path| Transcript::create(path, &about))
            .transpose()?;
        let lesson = Lesson {
            board,
            course: &course,
            code: sources.code,
            transcript: transcript.as_ref(),
        };
        let learned = lesson.taught((&image_path, &image), probe, out)?;
        say_score(out, "after", &learned, tried_on)?;
        writeln!(
            out,
            "learned    {}, each digest the host's",
            counted(course.epochs() as usize, "epoch")
        )?;
        if let Some(output) = output {
            output.write(&learned.to_bytes()?, out)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Checks that there is RAM to learn in.
///
/// # Errors
/// Bad input if a board has too little for so many samples.
fn check_room(
    ticket: &Ticket,
    training: tombola::Training,
    samples: usize,
    board: &'static Board,
) -> anyhow::Result<()> {
    let taken = learning(ticket, training, samples, board);
    if taken.fits() {
        return Ok(());
    }
    let remedy = match taken.most {
        0 => "choose a smaller network, a smaller training.batch, or another board".to_owned(),
        most => format!(
            "name a file of {} at most, or choose another board",
            counted(most, "sample")
        ),
    };
    Err(bad_input!(
        "{}: to learn from {} takes {} bytes of RAM, and it has {}; {remedy}",
        board.name,
        counted(samples, "sample"),
        taken.ram,
        board.ram.length
    ))
}

/// How a board learns: as the founding experiment, but for what `overrides` set.
///
/// # Errors
/// Bad input if what is set is no key of training, or not its value.
pub(super) fn training(overrides: &[String]) -> anyhow::Result<crate::experiment::Training> {
    if let Some(other) = overrides
        .iter()
        .find(|set| !set.trim_start().starts_with("training."))
    {
        return Err(bad_input!(
            "--set {other}: a board that learns has keys of training alone, such as training.epochs=10 or training.optimizer=adam"
        ));
    }
    Ok(Experiment::parse("", "--set", overrides)?.training)
}

/// What is taught to a board.
struct Lesson<'a> {
    board: &'static Board,
    course: &'a Course,
    /// The digest of the code that runs there.
    code: u64,
    transcript: Option<&'a Transcript>,
}

impl Lesson<'_> {
    /// Runs the program and teaches it; a transcript ends with what went wrong.
    fn taught(
        &self,
        (path, image): (&Path, &Image),
        probe: &Options,
        out: &mut dyn Write,
    ) -> anyhow::Result<Ticket> {
        let learned = match self.board.reach {
            Reach::Probe { .. } | Reach::Teensy { .. } => {
                probe::start(self.board, path, image, probe).and_then(|wire| self.over(wire, out))
            }
            Reach::Qemu { .. } => {
                Qemu::start(self.board, path, image, true).and_then(|wire| self.over(wire, out))
            }
        };
        if let (Some(transcript), Err(error)) = (self.transcript, &learned) {
            transcript.note("failed", &format!("{error:#}").into())?;
        }
        learned
    }

    /// Teaches over a wire, and says what comes of each epoch.
    fn over(&self, wire: impl Wire, out: &mut dyn Write) -> anyhow::Result<Ticket> {
        match self.transcript {
            Some(transcript) => self.by(transcript.of(wire), out),
            None => self.by(wire, out),
        }
    }

    fn by(&self, wire: impl Wire, out: &mut dyn Write) -> anyhow::Result<Ticket> {
        let mut log = |line: &str| note(format_args!("{}: {line}", self.board.name));
        let mut session = Session::new(wire, &mut log);
        let ticket = teach(&mut session, self.course, self.code, |epoch| {
            say_epoch(out, &epoch)
        })?;
        session.end()?;
        Ok(ticket)
    }
}

fn say_epoch(out: &mut dyn Write, epoch: &Epoch) -> anyhow::Result<()> {
    let unit = match epoch.unit {
        Unit::Instructions => "instructions",
        Unit::Cycles => "cycles",
    };
    let cost = match epoch.count / u64::from(epoch.steps.max(1)) {
        0 => String::new(),
        each => format!(", {each} {unit} a step"),
    };
    let steps = counted(epoch.steps as usize, "step");
    writeln!(
        out,
        "epoch {:<4} {steps}{cost}, digest {:016x}",
        epoch.number, epoch.digest
    )?;
    Ok(out.flush()?)
}

/// Says of how many rows a ticket gets the class of each task right.
fn say_score(out: &mut dyn Write, when: &str, ticket: &Ticket, table: &Table) -> anyhow::Result<()> {
    let predictions = Predictions::of(ticket, table, false)?;
    for (number, task) in ticket.tasks.iter().enumerate() {
        if let Some(score) = predictions.score(table, number) {
            writeln!(
                out,
                "{when:<10} {}: {} of {} right",
                task.name, score.right, score.count
            )?;
        }
    }
    Ok(())
}
