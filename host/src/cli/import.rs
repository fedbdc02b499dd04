//! `tombola import`: a network from elsewhere as a ticket.

use std::collections::BTreeMap;
use std::io::Write;
use std::iter;
use std::path::{Path, PathBuf};

use super::output::Output;
use super::table;
use crate::board::note;
use crate::data::sheet::Sheet;
use crate::files::{read, read_data, read_if_there};
use crate::import::{Names, Options, Scaling, TaskSpec, companions, import, name_of};
use crate::text::{counted, legible, listed, visible};
use crate::ticket::Ticket;

/// Import a network from PyTorch or ONNX: it becomes a ticket
///
/// It reads a PyTorch `state_dict` that was saved as safetensors, pruned or not, and ONNX models. The network must be a
/// multilayer perceptron: linear layers with ReLU between them. What is taken for granted or rounded is said on standard
/// error. Weights whose mask is 0 are pruned.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola import net.safetensors --out ticket.safetensors     made with safetensors.torch.save_file(net.state_dict(), …)
  tombola import net.onnx --out ticket.safetensors --zeros-are-pruned
  tombola import net.safetensors --out ticket.safetensors --task moons:0,1:0 --task circles:2,3:1
  tombola import net.safetensors --out ticket.safetensors --task digits:0-63:0-9 --shift 0 --scale 0.0625
  tombola import net.safetensors --out ticket.safetensors --normalize train.csv --names train.csv
  tombola import net.safetensors --out ticket.safetensors --layers encoder.0,encoder.2,head
  tombola emulate ticket.safetensors                          the network on a board

A task with one output has two classes: 1 where the logit is above 0. One with more outputs has a class for each.")]
pub(super) struct Args {
    /// The file of the network: .safetensors or .onnx
    file: PathBuf,
    /// The file of the ticket
    #[arg(long, value_name = "TICKET")]
    out: PathBuf,
    /// A task, its inputs and its outputs, counted from 0: lists and ranges. Several may share inputs [default: one task of
    /// all, named after FILE]
    #[arg(long = "task", value_name = "NAME:INPUTS:OUTPUTS")]
    tasks: Vec<TaskSpec>,
    /// The layers of a `state_dict`, in the order in which they compute, where names and widths leave several [default: all]
    #[arg(long, value_name = "NAME,NAME,…", value_delimiter = ',')]
    layers: Option<Vec<String>>,
    /// Weights that are exactly 0 count as pruned, not only those whose mask is 0
    #[arg(long)]
    zeros_are_pruned: bool,
    /// Inputs may be lost and the ticket is none the worse, as pixels of which many are blank: it is degraded only where it
    /// lost an output. That an ONNX model takes images it says itself
    #[arg(long)]
    spare_inputs: bool,
    /// What the inputs are called, so that `predict` finds their columns: a name for each, or a CSV file whose header begins
    /// with them
    #[arg(long, value_name = "NAME,NAME,…|FILE.csv")]
    names: Option<String>,
    /// The labels of a task's classes, in the order of its outputs; without TASK where there is one
    #[arg(long, value_name = "TASK:LABEL,LABEL,…")]
    classes: Vec<String>,
    /// A CSV file with the data that the network was trained on: raw inputs are brought to mean 0 and deviation 1 as its
    /// columns are, found by --names, else the first ones
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["shift", "scale"])]
    normalize: Option<PathBuf>,
    /// What is subtracted from raw inputs: one number for all, or one for each [default: 0]
    #[arg(
        long,
        value_name = "NUMBERS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_parser = number
    )]
    shift: Option<Vec<f64>>,
    /// What the difference is multiplied by: one number for all, or one for each [default: 1]
    #[arg(
        long,
        value_name = "NUMBERS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_parser = number
    )]
    scale: Option<Vec<f64>>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let place = args.file.display().to_string();
    let names_file = args.names.as_deref().and_then(file_of_names);
    let named = iter::once(&*args.file)
        .chain(names_file)
        .chain(args.normalize.as_deref());
    Output::file(&args.out, named)?;
    let bytes = read(&args.file)?;
    // Only now it is known which files the model keeps its numbers in.
    let beside: Vec<PathBuf> = companions(&bytes)
        .iter()
        .map(|name| args.file.with_file_name(name))
        .collect();
    let output = Output::file(&args.out, beside.iter().map(|path| &**path))?;
    let stem = args.file.file_stem().unwrap_or_default();
    let options = Options {
        layers: args.layers.clone(),
        tasks: args.tasks.clone(),
        task_name: name_of(&stem.to_string_lossy()),
        spare_inputs: args.spare_inputs,
        zeros_are_pruned: args.zeros_are_pruned,
        files: files(args, &bytes)?,
        names: args.names.as_deref().map(names).transpose()?,
        classes: args.classes.clone(),
        scaling: scaling(args)?,
    };
    let imported = import(&bytes, &place, &options)?;
    output.write(&imported.ticket.to_bytes()?, out)?;
    for what in &imported.notes {
        note(format_args!("note: {what}"));
    }
    let line = format!("{}: {}", args.out.display(), summary(&imported.ticket));
    writeln!(out, "{}", table::fitted(&visible(&line)))?;
    Ok(())
}

/// The files that the model keeps numbers in. They are beside it; of those that are not there is said what is missing.
fn files(args: &Args, bytes: &[u8]) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for name in companions(bytes) {
        if let Some(content) = read_if_there(&args.file.with_file_name(&name))? {
            files.insert(name, content);
        }
    }
    Ok(files)
}

/// A list, or the header of a file.
fn names(text: &str) -> anyhow::Result<Names> {
    Ok(match file_of_names(text) {
        Some(path) => Names::Header(
            Sheet::parse(text.to_owned(), &read_data(path)?.0)?
                .header()
                .to_vec(),
        ),
        None => Names::Given(text.split(',').map(|name| name.trim().to_owned()).collect()),
    })
}

/// The file, if it is no list.
fn file_of_names(text: &str) -> Option<&Path> {
    let is_file = !text.contains(',') && [".csv", ".csv.gz", ".tsv"].iter().any(|end| text.ends_with(end));
    is_file.then(|| Path::new(text))
}

/// A number of --shift or --scale.
fn number(text: &str) -> Result<f64, String> {
    let finite = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
    };
    if let Some(number) = finite(text) {
        return Ok(number);
    }
    let quotient = text
        .split_once('/')
        .and_then(|(above, below)| Some(finite(above)? / finite(below)?));
    Err(match quotient.filter(|quotient| quotient.is_finite()) {
        Some(quotient) => format!("must be a number and no quotient; write {quotient:?}"),
        None => "must be a finite number, such as 0.5 or -1e-3, or several with commas between, one for each input"
            .to_owned(),
    })
}

/// `4-32-32-2, 43 of 1216 weights, tasks moons and circles`.
fn summary(ticket: &Ticket) -> String {
    let widths: Vec<String> = ticket.widths.iter().map(ToString::to_string).collect();
    let left = ticket.mask.iter().filter(|&&survives| survives).count();
    let tasks: Vec<&str> = ticket.tasks.iter().map(|task| &*task.name).collect();
    format!(
        "{}, {left} of {}, {} {}",
        legible(&widths.join("-"), 80),
        counted(ticket.mask.len(), "weight"),
        if tasks.len() == 1 { "task" } else { "tasks" },
        listed(&tasks, "and")
    )
}

/// What is said of raw inputs.
fn scaling(args: &Args) -> anyhow::Result<Option<Scaling>> {
    if let Some(path) = &args.normalize {
        let (bytes, place) = read_data(path)?;
        return Ok(Some(Scaling::Fitted { place, bytes }));
    }
    if args.shift.is_none() && args.scale.is_none() {
        return Ok(None);
    }
    Ok(Some(Scaling::Given {
        shift: args.shift.clone().unwrap_or_else(|| vec![0.0]),
        scale: args.scale.clone().unwrap_or_else(|| vec![1.0]),
    }))
}
