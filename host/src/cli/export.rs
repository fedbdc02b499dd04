//! `tombola export`: a ticket as code for a project, as a folder for another system, or as a model for a runtime.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::columns::Columns;
use super::folder;
use super::integer::{Integers, lines};
use super::output::{Output, is_stdout};
use super::size;
use crate::bad_input;
use crate::board::{note, samples};
use crate::export::answers::Answers;
use crate::export::package::{self, File, PACKAGES, Package};
use crate::export::{Core, FORMATS, Format, Options, cargo};
use crate::predict::Table;
use crate::text::listed;
use crate::ticket::Ticket;

/// Export a ticket: as a Rust module, a C header or an ONNX model
///
/// Rust and C have the bits of `tombola predict`: only active weights, as straight-line code, and large layers as
/// compressed sparse rows. Subnetworks of different tasks are functions of their own. Inputs are raw in every format:
/// how the ticket normalizes them is part of the code.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola export 9-15.safetensors --format rust --out src/ticket.rs    then: mod ticket;
  tombola export 9-15.safetensors --format rust --core cortex-m4f      the same, in fewer cycles
  tombola export 9-15.safetensors --format c --out ticket.h            then: #include \"ticket.h\"
  tombola export 9-15.safetensors --format onnx --out ticket.onnx
  tombola export 9-15.safetensors --format rust --flash 8K             in 8 KiB, or not at all
  tombola export 9-15.safetensors --format c --integer 16              for a core without floating-point unit
  tombola export 9-15.safetensors --format c --integer 8 --calibrate my.csv --input-scale 0.01
  tombola export 9-15.safetensors --format c --package arduino --prefix gesture --out libraries/gesture
  tombola export 9-15.safetensors --format rust --crate gesture        a crate, with tests

A package or a crate has samples in it, and what the host answers to them: those of --data, else what the ticket was tested \
on, else normal deviates. In a folder that is there already the code is written anew; what is yours to edit stays.

With --integer, weights are integers of 8 or 16 bits, activations of 16 and sums of 32, which cannot overflow; the code \
has the bits of tombola predict with the same options. Inputs are clamped to the range that they have in the calibration \
data, which is what the ticket was trained on, where that is known, unless --calibrate names another. What that changes is said on standard error: for each task the accuracy before and after, the classes that change, \
and the largest change of a logit, on --data or what the ticket was tested on.")]
pub(super) struct Args {
    /// The ticket's file
    ticket: PathBuf,
    /// What to make
    #[arg(long, value_parser = format())]
    format: &'static Format,
    /// The file to write, or the folder of a package; - is standard output, for code
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Make C a folder that another system takes as it is: with what it wants to know of a library, and an example
    #[arg(long, value_name = "SYSTEM", value_parser = system())]
    package: Option<&'static Package>,
    /// Make Rust a crate in this folder, which is called as the folder is: with documentation, and tests that hold it to the
    /// host's answers
    #[arg(long = "crate", value_name = "DIR", conflicts_with = "out")]
    folder: Option<PathBuf>,
    /// Bytes of flash that the code may take on a Cortex-M4F, such as 8192 or 8K (K is 1024, M its square), refused if
    /// it takes more: layers go to compressed sparse rows until it fits [default: 32K, and more where even that does not suffice]
    #[arg(long, value_name = "BYTES", value_parser = size::bytes)]
    flash: Option<usize>,
    /// The core that Rust is made fastest for; it runs on all others, too [default: none of them]
    #[arg(long, value_enum)]
    core: Option<CoreName>,
    /// What names begin with in C [default: ticket]
    #[arg(long, value_name = "NAME")]
    prefix: Option<String>,
    #[command(flatten)]
    integers: Integers,
    /// A CSV file of samples that integers are tried on, and where it is not known what the ticket was trained on,
    /// calibrated on, too; that a package or a crate is held to [default: what it was tested on]
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CoreName {
    /// Straight-line code becomes assembly, scheduled for its pipeline; other cores run plain Rust
    #[value(name = "cortex-m4f")]
    CortexM4f,
}

fn format() -> impl TypedValueParser<Value = &'static Format> {
    let names = FORMATS
        .iter()
        .map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(names).map(|name| {
        let mut formats = FORMATS.iter();
        formats
            .find(|format| format.name == name)
            .expect("a possible value")
    })
}

fn system() -> impl TypedValueParser<Value = &'static Package> {
    let names = PACKAGES
        .iter()
        .map(|package| PossibleValue::new(package.name).help(package.about));
    PossibleValuesParser::new(names).map(|name| {
        let mut packages = PACKAGES.iter();
        packages
            .find(|package| package.name == name)
            .expect("a possible value")
    })
}

/// What is written.
enum Made<'a> {
    /// One file, or standard output.
    File(Output<'a>),
    /// A folder of a system.
    Package(&'static Package, &'a Path),
    /// A crate of this name.
    Crate(String, &'a Path),
}

/// Where what is asked for goes.
///
/// # Errors
///
/// Bad input if it cannot go there.
fn made(args: &Args) -> anyhow::Result<Made<'_>> {
    if let Some(folder) = &args.folder {
        let full = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        let name = full
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        cargo::check_name(&name)?;
        return Ok(Made::Crate(name, folder));
    }
    if let Some(package) = args.package {
        if is_stdout(&args.out) {
            return Err(bad_input!(
                "--package {} makes a folder; name it with --out",
                package.name
            ));
        }
        return Ok(Made::Package(package, &args.out));
    }
    if !args.format.is_text && is_stdout(&args.out) {
        let ending = args.format.ending;
        return Err(bad_input!(
            "a model is no text; name a file with --out, such as --out ticket.{ending}"
        ));
    }
    let read = [Some(&*args.ticket), args.data.as_deref()];
    Ok(Made::File(Output::new(&args.out, read.into_iter().flatten())?))
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    for (option, is_given) in [
        ("flash", args.flash.is_some()),
        ("core", args.core.is_some()),
        ("prefix", args.prefix.is_some()),
        ("integer", args.integers.are_asked_for()),
        ("package", args.package.is_some()),
        ("crate", args.folder.is_some()),
    ] {
        if is_given && !args.format.options.contains(&option) {
            let takers = FORMATS.iter().filter(|format| format.options.contains(&option));
            let takers: Vec<_> = takers.map(|format| format.name).collect();
            return Err(bad_input!(
                "--{option} is for --format {}; leave it out",
                listed(&takers, "or")
            ));
        }
    }
    let made = made(args)?;
    if args.data.is_some() && !args.integers.are_asked_for() && matches!(made, Made::File(_)) {
        return Err(bad_input!(
            "--data is for --integer, --package and --crate; leave it out"
        ));
    }
    let ticket = Ticket::read(&args.ticket)?;
    let table = match &args.data {
        None => None,
        Some(path) => {
            let table = Table::read(path, &ticket, args.columns.matching())?;
            table.notes().for_each(note);
            Some((table, path.file_name().unwrap_or_default().display().to_string()))
        }
    };
    let given = table.as_ref().map(|(table, name)| (table, &**name));
    let place = || args.ticket.display().to_string();
    let network = args
        .integers
        .network((&ticket, &args.ticket), given, None, args.columns);
    let network = network.with_context(place)?;
    for line in network.iter().flat_map(lines) {
        note(format_args!("note: integers: {line}"));
    }
    let options = Options {
        flash: args.flash,
        core: args.core.map(|CoreName::CortexM4f| Core::CortexM4f),
        prefix: args.prefix.clone(),
        integer: network.map(|(network, _)| network),
    };
    let answers = |most| {
        let table = match &table {
            Some((table, _)) => table,
            None => &samples(&ticket)?.0,
        };
        Answers::of(&ticket, options.integer.as_ref(), table, most)
    };
    let (folder, files): (&Path, anyhow::Result<Vec<File>>) = match &made {
        Made::File(output) => {
            let bytes = (args.format.export)(&ticket, &options).with_context(place)?;
            return output.write(&bytes, out);
        }
        Made::Package(package, folder) => {
            let answers = answers(package::sample_count(ticket.widths[0])).with_context(place)?;
            (folder, package::files(package, &ticket, &options, &answers))
        }
        Made::Crate(name, folder) => {
            let answers = answers(cargo::SAMPLES).with_context(place)?;
            let is_within = folder::is_within_a_project(folder);
            (folder, cargo::files(name, is_within, &ticket, &options, &answers))
        }
    };
    folder::write(folder, &files.with_context(place)?)
}
