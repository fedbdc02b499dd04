//! `tombola datasets`: where image files come from, and what given ones are.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::board::note;
use crate::data::array::{idx, shown};
use crate::data::{sha256, unpacked};
use crate::datasets::{DIRECTORY, SOURCES, known};
use crate::error::is_bad_input;
use crate::files;

/// Say where the image files of the built-in experiments come from, or what given files are
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola datasets
  tombola datasets datasets/*/*")]
pub(super) struct Args {
    /// IDX files, gzipped or not
    files: Vec<PathBuf>,
}

/// The exit code is that of the worst file, and all of them are looked at.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.files.is_empty() {
        write!(out, "{SOURCES}")?;
    }
    let mut code = 0_u8;
    for path in &args.files {
        match described(path) {
            Ok(line) => writeln!(out, "{line}")?,
            Err(error) => {
                note(format_args!("error: {error:#}"));
                code = code.max(if is_bad_input(&error) { 2 } else { 1 });
            }
        }
    }
    Ok(ExitCode::from(code))
}

/// What a file is, in a line.
fn described(path: &Path) -> anyhow::Result<String> {
    let place = path.display().to_string();
    let bytes = unpacked(files::read(path)?, &place)?;
    let array = idx::read(&bytes, &place)?;
    let digest = sha256(&bytes);
    let (element, shape) = (array.element().name(), shown(array.shape()));
    Ok(match known(&digest) {
        Some(known) => format!(
            "{place}: {}, {element} {shape}, to be {DIRECTORY}/{}.gz",
            known.what, known.name
        ),
        None => format!(
            "{place}: no file that is known here, but a valid IDX file: {element} {shape}, SHA-256 {digest}"
        ),
    })
}
