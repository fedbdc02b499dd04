//! `tombola datasets`: where image files come from, and what given ones are.

use std::io::Write;
use std::path::PathBuf;

use crate::data::array::{idx, shown};
use crate::data::{sha256, unpacked};
use crate::datasets::{DIRECTORY, SOURCES, known};
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

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.files.is_empty() {
        write!(out, "{SOURCES}")?;
    }
    for path in &args.files {
        let place = path.display().to_string();
        let bytes = unpacked(files::read(path)?, &place)?;
        let array = idx::read(&bytes, &place)?;
        let digest = sha256(&bytes);
        let (element, shape) = (array.element().name(), shown(array.shape()));
        match known(&digest) {
            Some(known) => writeln!(
                out,
                "{place}: {}, {element} {shape}, to be {DIRECTORY}/{}.gz",
                known.what, known.name
            )?,
            None => writeln!(
                out,
                "{place}: no file that is known here, but a valid IDX file: {element} {shape}, SHA-256 {digest}"
            )?,
        }
    }
    Ok(())
}
