//! `tombola datasets`: where image files come from, and what given ones are.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use itertools::Itertools;

use super::{note, table};
use crate::data::array::{idx, shown};
use crate::data::{sha256, unpacked};
use crate::datasets::{DIRECTORY, SOURCES, known};
use crate::error::is_bad_input;
use crate::files;
use crate::terminal;
use crate::text::visible;

/// Say where the image files of the built-in experiments come from, or what given files are
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola datasets
  tombola datasets datasets/*/*")]
pub(super) struct Args {
    /// IDX files, gzipped or not
    files: Vec<PathBuf>,
}

/// Lines that stand in so far are commands and names of files.
const COMMAND: usize = 4;

/// The exit code is that of the worst file, and all of them are looked at.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.files.is_empty() {
        write!(out, "{}", sources(terminal::stdout()))?;
    }
    let mut code = 0_u8;
    for path in &args.files {
        match described(path) {
            Ok(line) => writeln!(out, "{}", table::fitted(&visible(&line)))?,
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

/// The text of [`SOURCES`] for a terminal of so many columns: what is said is filled again, commands stay whole.
fn sources(columns: Option<usize>) -> String {
    let Some(columns) = columns.filter(|&columns| SOURCES.lines().any(|line| columns < line.len())) else {
        return SOURCES.to_owned();
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_filled = |line: &str| !line.is_empty() && indent(line) < COMMAND;
    let lines: Vec<&str> = SOURCES.lines().collect();
    let paragraphs = lines.chunk_by(|a, b| is_filled(a) && is_filled(b) && indent(a) == indent(b));
    let fill = |lines: &[&str]| {
        let blanks = " ".repeat(indent(lines[0]));
        let words = lines.iter().map(|line| line.trim_start());
        let whole = format!("{blanks}{}", words.format(" "));
        let options = terminal::options(columns).subsequent_indent(&blanks);
        if is_filled(lines[0]) {
            textwrap::fill(&whole, options) + "\n"
        } else {
            whole + "\n"
        }
    };
    paragraphs.map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::{SOURCES, sources};

    #[test]
    fn where_files_come_from_is_said_in_lines_that_fit_but_for_commands() {
        assert_eq!(sources(None), SOURCES);
        assert_eq!(sources(Some(200)), SOURCES);
        let narrow = sources(Some(40));
        for line in narrow.lines() {
            assert!(line.len() <= 40 || line.starts_with("    "), "{line}");
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&narrow), words(SOURCES));
    }
}
