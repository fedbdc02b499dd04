//! `tombola prune`: a ticket with fewer weights, the greatest, in one step.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use tombola::{Mlp, StateCounts};

use super::output::Output;
use super::table;
use crate::prune::pruned;
use crate::structure::anatomy;
use crate::text::{counted, visible};
use crate::ticket::Ticket;

/// Prune a ticket once: of all layers together, the weights of greatest magnitude stay
///
/// Exactly so many weights are left; biases stay as they are, and nothing is trained. For a lottery ticket, which is
/// trained, pruned and rewound again and again, see `tombola run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola prune imported.safetensors --to 500 --out pruned.safetensors
  tombola train pruned.safetensors my.toml --out tuned.safetensors       then train what is left
  tombola export tuned.safetensors --format c --out network.h            and take it to a board")]
pub(super) struct Args {
    /// The ticket's file; `tombola import` makes one of a network of PyTorch or ONNX
    ticket: PathBuf,
    /// How many weights are left: at least 1, at most what the ticket has
    #[arg(long, value_name = "N", value_parser = count)]
    to: usize,
    /// The ticket to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| {
        "must be a number of weights, such as 500, and no share of them; tombola inspect says how many the ticket has"
            .to_owned()
    })
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let output = Output::file(&args.out, [&*args.ticket])?;
    let ticket = Ticket::read(&args.ticket)?;
    let pruned = pruned(&ticket, args.to).with_context(|| args.ticket.display().to_string())?;
    output.write(&pruned.to_bytes()?, out)?;
    let anatomy = anatomy(&pruned);
    if anatomy.active_weights == 0 {
        // Nothing can be said to a standard error that is closed.
        let _ = writeln!(
            io::stderr(),
            "warning: none of the weights that are left is on a path from an input to an output: the ticket answers the \
             same to every sample; leave it more with --to"
        );
    }
    let lost: usize = [anatomy.layers.first(), anatomy.layers.last()]
        .into_iter()
        .flatten()
        .map(StateCounts::dead)
        .sum();
    let lost = match lost {
        0 => String::new(),
        1 => ", an input or output is lost".to_owned(),
        count => format!(", {count} inputs or outputs are lost"),
    };
    let left = format!(
        "{} of {} left, {} active: {}{lost}",
        anatomy.weights_left,
        counted(pruned.mask.len(), "weight"),
        anatomy.active_weights,
        anatomy.verdict.name(),
    );
    writeln!(
        out,
        "{}\n\n{}\n\nWritten to {}",
        table::fitted(&left),
        layers(&ticket, &pruned),
        visible(&args.out.display().to_string())
    )?;
    Ok(())
}

/// What is left of each layer of weights.
fn layers(before: &Ticket, after: &Ticket) -> String {
    let header = ["layer", "weights", "before", "left", "% of before"].map(str::to_owned);
    let net = Mlp::new(&after.widths);
    let row = |(index, layer): (usize, tombola::Layer)| {
        let count = |ticket: &Ticket| {
            ticket.mask[layer.weights.clone()]
                .iter()
                .filter(|&&survives| survives)
                .count()
        };
        let [was, left] = [before, after].map(count);
        let share = (0 < was).then(|| format!("{:.1}", 100.0 * left as f64 / was as f64));
        vec![
            format!("{index} ({} to {})", layer.fan_in, layer.fan_out),
            layer.weights.len().to_string(),
            was.to_string(),
            left.to_string(),
            share.unwrap_or_default(),
        ]
    };
    table::plain(&header, &net.layers().enumerate().map(row).collect::<Vec<_>>())
}
