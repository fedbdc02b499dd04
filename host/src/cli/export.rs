//! `tombola export`: a ticket as code for a project, or as a model for a runtime.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::bad_input;
use crate::export::{assembly, c, onnx, rust};
use crate::files::write_atomically;
use crate::ticket::Ticket;

/// Make a ticket code: a Rust module, a C header or an ONNX model
///
/// Rust and C have the bits of `tombola predict`: only active weights, as straight-line code, and large layers as
/// compressed rows. Subnetworks of different tasks are functions of their own. Inputs are raw in every format: how the
/// ticket normalizes them is part of the code.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola export 9-15.safetensors --format rust --out src/ticket.rs    then: mod ticket;
  tombola export 9-15.safetensors --format rust --core cortex-m4f      the same, in fewer cycles
  tombola export 9-15.safetensors --format c --out ticket.h            cc -ffp-contract=off
  tombola export 9-15.safetensors --format onnx --out ticket.onnx
  tombola export 9-15.safetensors --format rust --flash 8192           in 8 KiB, or not at all")]
pub(super) struct Args {
    /// The ticket's file
    ticket: PathBuf,
    /// What to make
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write; - is standard output, for code
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Bytes of flash that the code may take on a Cortex-M4F, refused if it takes more: layers go to compressed rows
    /// until it fits [default: 32768, and more where even that does not suffice]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..))]
    flash: Option<u32>,
    /// The core that Rust is made fastest for; it runs on all others, too [default: none of them]
    #[arg(long, value_enum)]
    core: Option<Core>,
    /// What names begin with in C [default: ticket]
    #[arg(long, value_name = "NAME")]
    prefix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Format {
    /// A module without std, allocator or panic
    Rust,
    /// A header of C99
    C,
    /// A model of opset 17, dense
    Onnx,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Core {
    /// Straight-line code becomes assembly, scheduled for its pipeline; other cores run plain Rust
    #[value(name = "cortex-m4f")]
    CortexM4f,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.prefix.is_some() && args.format != Format::C {
        return Err(bad_input!("--prefix is for --format c; leave it out"));
    }
    if args.flash.is_some() && args.format == Format::Onnx {
        return Err(bad_input!(
            "--flash is for code: an ONNX model is dense; leave it out"
        ));
    }
    if args.core.is_some() && args.format != Format::Rust {
        return Err(bad_input!("--core is for --format rust; leave it out"));
    }
    let to_stdout = args.out == Path::new("-");
    if args.format == Format::Onnx && to_stdout {
        return Err(bad_input!(
            "a model is no text; name a file with --out, such as --out ticket.onnx"
        ));
    }
    if args.out.is_dir() {
        return Err(bad_input!(
            "cannot write {}: it is a directory; name a file in it",
            args.out.display()
        ));
    }
    let ticket = Ticket::read(&args.ticket)?;
    let in_ticket = |error: anyhow::Error| error.context(args.ticket.display().to_string());
    let flash = args.flash.map(|bytes| bytes as usize);
    let bytes = match args.format {
        Format::Rust => match args.core {
            None => rust::source(&ticket, flash),
            Some(Core::CortexM4f) => assembly::source(&ticket, flash),
        }
        .map(String::into_bytes),
        Format::C => {
            c::source(&ticket, flash, args.prefix.as_deref().unwrap_or(c::PREFIX)).map(String::into_bytes)
        }
        Format::Onnx => onnx::model(&ticket),
    }
    .map_err(in_ticket)?;
    if to_stdout {
        out.write_all(&bytes)?;
        return Ok(());
    }
    write_atomically(&args.out, &bytes).map_err(name_is_to_blame)
}

/// A name that cannot be written to is bad input; a full disk is a failure.
fn name_is_to_blame(error: anyhow::Error) -> anyhow::Error {
    let is_name = error.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound
                | io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
        )
    });
    if is_name { bad_input!("{error:#}") } else { error }
}
