//! `tombola experiments`: what is built in, as a list or as a file to start from.

use std::io::Write;

use super::table;
use crate::bad_input;
use crate::experiment::{BUILTIN, builtin};
use crate::text::{listed, quoted};

/// List the built-in experiments, or print one as a file to start from
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola experiments
  tombola experiments moons-circles > my.toml")]
pub(super) struct Args {
    /// The experiment to print
    name: Option<String>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
    let Some(name) = &args.name else {
        let widest = names.iter().map(|name| name.len()).max().unwrap_or(0);
        for builtin in BUILTIN {
            let line = format!("{:widest$}  {}", builtin.name, builtin.line);
            writeln!(out, "{}", table::fitted(&line))?;
        }
        return Ok(());
    };
    let Some(builtin) = builtin(name) else {
        let (name, names) = (quoted(name), listed(&names, "and"));
        return Err(bad_input!(
            "no built-in experiment is called {name}; there are {names}"
        ));
    };
    write!(out, "{}", builtin.text)?;
    Ok(())
}
