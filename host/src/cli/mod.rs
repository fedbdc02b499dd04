//! The command line: what can be asked, and how an answer or an error leaves the program.

mod board;
mod boards;
mod columns;
mod compare;
mod completions;
mod data;
mod datasets;
mod emulate;
mod experiments;
mod export;
mod fit;
mod flash;
mod folder;
mod hil;
mod import;
mod inspect;
mod integer;
mod learn;
mod merge;
mod open;
mod output;
mod playground;
mod predict;
mod probe;
mod progress;
mod prune;
mod report;
mod reproduce;
mod rows;
mod run;
mod size;
mod slurm;
mod status;
mod subject;
mod submitted;
mod sweep;
mod table;
mod train;
mod trajectory;
mod typed;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{Parser, Subcommand};

use crate::board::note;
use crate::error::{is_bad_input, is_closed_pipe};
use crate::machine::Machine;
use crate::text::visible;

/// Finds lottery tickets and looks inside them.
#[derive(Debug, Parser)]
#[command(
    name = "tombola",
    version = version(),
    arg_required_else_help = true,
    max_term_width = 100
)]
#[command(after_help = "Examples:
  tombola run                                    the founding experiment, 64 seeds
  tombola run --set training.rate=0.05           the same with another setting
  tombola inspect runs/NAME-DIGEST/tickets/0-15.safetensors
  tombola export 0-15.safetensors --format rust --out src/ticket.rs
  tombola trajectory --parameters 1216 --rate 0.2 --levels 14

Exit codes: 0 done, 1 something failed, 2 the input cannot be used, 130 interrupted.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Merge(merge::Args),
    Status(status::Args),
    Slurm(slurm::Args),
    Report(report::Args),
    Playground(playground::Args),
    Reproduce(reproduce::Args),
    Compare(compare::Args),
    Table(rows::Args),
    Experiments(experiments::Args),
    Inspect(inspect::Args),
    Predict(predict::Args),
    Train(train::Args),
    Prune(prune::Args),
    Import(import::Args),
    Export(export::Args),
    Data(data::Args),
    Datasets(datasets::Args),
    Trajectory(trajectory::Args),
    Boards(boards::Args),
    Fit(fit::Args),
    Emulate(emulate::Args),
    Flash(flash::Args),
    Hil(hil::Args),
    Completions(completions::Args),
}

/// The version, and the vector unit that does the work.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        // A wrong choice is refused where it matters; here it is only not named.
        let machine = Machine::get().map_or("unknown", Machine::name);
        format!("{} ({machine})", env!("CARGO_PKG_VERSION"))
    })
}

/// Runs the program on its arguments, the program's name first. Answers go to `out`; messages to standard error.
pub fn main(arguments: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(error) = typed::empty(&arguments) {
        return report(&error);
    }
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too. Nothing can be said about a pipe that is closed.
            let text = error.render().to_string();
            match visible(&text) {
                Cow::Borrowed(_) => drop(error.print()),
                // What was typed, without colors.
                Cow::Owned(text) => note(text.trim_end()),
            }
            if let Some(hint) = typed::split(&arguments, &text) {
                note(format_args!("\n{hint}"));
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = match &cli.command {
        Command::Run(args) => run::run(args, out),
        Command::Merge(args) => merge::run(args, out),
        Command::Status(args) => status::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Slurm(args) => slurm::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Report(args) => report::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Playground(args) => playground::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Reproduce(args) => reproduce::run(args, out),
        Command::Table(args) => rows::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Compare(args) => compare::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Experiments(args) => experiments::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Inspect(args) => inspect::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Predict(args) => predict::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Train(args) => train::run(args, out),
        Command::Prune(args) => prune::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Import(args) => import::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Export(args) => export::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Data(args) => data::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Datasets(args) => datasets::run(args, out),
        Command::Trajectory(args) => trajectory::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Boards(args) => boards::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Fit(args) => fit::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Emulate(args) => emulate::run(args, out),
        Command::Flash(args) => flash::run(args, out).map(|()| ExitCode::SUCCESS),
        Command::Hil(args) => hil::run(args, out),
        Command::Completions(args) => completions::run(args, out).map(|()| ExitCode::SUCCESS),
    };
    done.and_then(|code| match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(code),
    })
    .unwrap_or_else(|error| {
        let code = report(&error);
        if let Some(hint) = typed::split(&arguments, &format!("{error:#}")) {
            note(hint);
        }
        code
    })
}

/// Says what went wrong, unless it is only that a pipe is closed.
fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    // An error of a file names it; one without context is that of the answer itself.
    let place = if error
        .chain()
        .next()
        .is_some_and(<dyn std::error::Error>::is::<io::Error>)
    {
        "cannot write to standard output: "
    } else {
        ""
    };
    note(format_args!("error: {place}{error:#}"));
    ExitCode::from(if is_bad_input(error) { 2 } else { 1 })
}
