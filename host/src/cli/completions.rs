//! `tombola completions`: what a shell needs to complete commands and flags.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::Cli;

/// Print a script that completes commands and flags in a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola completions bash > ~/.local/share/bash-completion/completions/tombola
  tombola completions zsh > ~/.zfunc/_tombola
  tombola completions fish > ~/.config/fish/completions/tombola.fish")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    // Into memory first: the generator would panic on a closed pipe.
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "tombola", &mut script);
    out.write_all(&script)?;
    Ok(())
}
