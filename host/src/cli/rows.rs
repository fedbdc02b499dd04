//! `tombola table`: the rows of several runs as one table, for what is bigger than a spreadsheet.

use std::io::Write;
use std::path::PathBuf;

use super::output::Output;
use crate::rows::{Format, Rows, write_parquet};

/// Write the rows of one or more runs as one table, with a column that says which run
///
/// The rows are those of each run's levels.csv. What one run has as a column and another has not is empty there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola table runs/* > all.csv
  tombola table runs/first runs/second --out all.jsonl
  tombola table runs/* --out all.parquet")]
pub(super) struct Args {
    /// Directories of finished runs, sweeps or cells
    #[arg(value_name = "DIR", required = true)]
    runs: Vec<PathBuf>,
    /// How it is written [default: as the name of --out says, or csv]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file to write; - is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let format = Format::of(args.format, &args.out)?;
    format.check()?;
    let rows = Rows::open(&args.runs)?;
    if format.is_text() {
        let output = Output::new(&args.out, rows.files())?;
        return output.write_with(out, |file| format.write(&rows, file));
    }
    Output::file(&args.out, rows.files())?.write_file_with(|file| write_parquet(&rows, file))
}
