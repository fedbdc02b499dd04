//! `tombola playground`: writes the page that draws lotteries without a run, and opens it.

use std::io::Write;
use std::path::PathBuf;

use super::output::{Output, is_stdout};
use super::report::told;
use crate::page;

/// Write a page that draws lotteries in the browser: choose tasks and settings, and watch
///
/// One file that needs nothing else, and no network. Tickets can be saved from it, and `tombola inspect` and `emulate`
/// take them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola playground --open
  tombola playground --out docs/playground.html")]
pub(super) struct Args {
    /// The file to write; - is standard output
    #[arg(long, value_name = "FILE", default_value = "playground.html")]
    out: PathBuf,
    /// Open it in the browser
    #[arg(long)]
    open: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let output = Output::new(&args.out, [])?;
    let page = page::playground();
    output.write(page.as_bytes(), out)?;
    if is_stdout(&args.out) {
        return Ok(());
    }
    told(&args.out, args.open, out)
}
