//! Makes a ticket of a network from elsewhere: a PyTorch `state_dict` saved as safetensors, or an ONNX model.
//!
//! What a ticket can be is little: linear layers with ReLU between them. All else in a file is refused by name, with what
//! can be done, and what is read but changed, as by rounding to 32 bits, is told. Logits are those of PyTorch and
//! onnxruntime to rounding: the weights are the same, and sums are taken in the order of Tombola.
//!
//! In reading order: `format` tells files apart, `state_dict` and `onnx` read the two kinds, `tensor` the numbers of both,
//! `network` puts their layers into the buffers of a ticket, `tasks` says which inputs and outputs belong together,
//! `labels` what they are called, and `scaling` how raw inputs are normalized.

mod format;
mod labels;
mod network;
mod onnx;
mod scaling;
mod state_dict;
mod tasks;
mod tensor;
#[cfg(test)]
mod tests;

pub use labels::Names;
pub use scaling::Scaling;
pub use tasks::{TaskSpec, name_of};

use std::collections::{BTreeMap, BTreeSet};

use crate::bad_input;
use crate::text::quoted;
use crate::ticket::{Normalization, TaskPorts, Ticket};
use format::{Format, format};
use network::{Ending, Flat, Network, unless_counted};

/// What a file cannot say of its network, or not with certainty.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The layers to take from a `state_dict`, in their order; all of them unless given.
    pub layers: Option<Vec<String>>,
    /// Which inputs and outputs belong together; one task of all unless any is given.
    pub tasks: Vec<TaskSpec>,
    /// The name of that one.
    pub task_name: String,
    /// Whether inputs may be lost, as pixels of which many are blank.
    pub spare_inputs: bool,
    /// Whether weights that are 0 count as pruned, besides those whose mask is 0.
    pub zeros_are_pruned: bool,
    /// The content of the files that a model keeps numbers in, by the names that [`companions`] gives.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the inputs are called.
    pub names: Option<Names>,
    /// The labels of classes, `TASK:LABEL,LABEL,…`; where there is one task, without its name.
    pub classes: Vec<String>,
    /// How raw inputs become the network's.
    pub scaling: Option<Scaling>,
}

/// A network made a ticket.
#[derive(Debug)]
pub struct Imported {
    /// The ticket, which is checked.
    pub ticket: Ticket,
    /// What should be known of it: what was changed, and what was taken for granted.
    pub notes: Vec<String>,
}

/// The names of the files beside a model that hold its numbers: none of most files.
pub fn companions(bytes: &[u8]) -> BTreeSet<String> {
    match format(bytes, "") {
        // What is wrong with it is said when it is imported.
        Ok(Format::Onnx) => onnx::external::names(bytes).unwrap_or_default(),
        _ => BTreeSet::new(),
    }
}

/// Makes a ticket of the content of a file; `place` names the file in messages.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the bytes are of another kind, the network is not one of linear layers with
/// ReLU between them, or the options do not fit it.
pub fn import(bytes: &[u8], place: &str, options: &Options) -> anyhow::Result<Imported> {
    let at_place = |problem: String| bad_input!("{place}: {problem}");
    let mut network = network(bytes, place, options).map_err(at_place)?;
    let Flat { widths, params, mask } = network.flatten(options.zeros_are_pruned).map_err(at_place)?;
    let normalization = normalization(&mut network, options, place)?;
    let tasks = named_tasks(&mut network, options).map_err(at_place)?;
    let mut ticket = Ticket {
        mask,
        normalization,
        ..Ticket::new(&widths, tasks, params)
    };
    ticket.shares_inputs = !ticket.shared_inputs().is_empty();
    ticket.check().map_err(|error| at_place(format!("{error:#}")))?;
    check_parts(&network.said.parts, &ticket.tasks, widths[0]).map_err(at_place)?;
    let mut notes = network.notes;
    let rounding = network.rounding.to_string();
    notes.extend((!rounding.is_empty()).then_some(rounding));
    Ok(Imported { ticket, notes })
}

/// The layers of a file.
fn network(bytes: &[u8], place: &str, options: &Options) -> Result<Network, String> {
    match format(bytes, place).map_err(|unread| unread.to_string())? {
        Format::Safetensors => state_dict::read(bytes, options.layers.as_deref(), place),
        Format::Onnx if options.layers.is_some() => Err(
            "--layers is for a state_dict; an ONNX model says in which order its layers compute".to_owned(),
        ),
        Format::Onnx => onnx::read(bytes, &options.files),
    }
}

/// The tasks, with what their inputs and classes are called.
fn named_tasks(network: &mut Network, options: &Options) -> Result<Vec<TaskPorts>, String> {
    let widths = network.widths();
    let (input_count, output_count) = (widths[0], widths[widths.len() - 1]);
    let mut tasks = match network.said.tasks.take() {
        Some(tasks) if options.tasks.is_empty() => tasks,
        own => {
            let mut tasks = tasks::tasks(&options.tasks, &options.task_name, [input_count, output_count])?;
            for task in &mut tasks {
                let own = own.iter().flatten().find(|own| own.outputs == task.outputs);
                task.classes = own.and_then(|own| own.classes.clone());
            }
            tasks
        }
    };
    let is_there = |ports: &[usize], count: usize| ports.iter().all(|&port| port < count);
    if let Some(task) = tasks
        .iter()
        .find(|task| !is_there(&task.inputs, input_count) || !is_there(&task.outputs, output_count))
    {
        return Err(format!(
            "the model's own task {} has inputs or outputs that are not there; name its tasks with --task",
            quoted(&task.name)
        ));
    }
    // What the user says goes before what the file says.
    let mut of_file: Vec<Option<Vec<String>>> = tasks.iter_mut().map(|task| task.classes.take()).collect();
    if let Some(classes) = network.said.classes.take() {
        of_file = vec![classes_of(classes, &tasks)?];
    }
    if let Some(names) = &options.names {
        labels::name_inputs(&mut tasks, names.of_inputs(input_count, &mut network.notes)?);
    }
    labels::name_classes(&mut tasks, &options.classes)?;
    for (task, classes) in tasks.iter_mut().zip(of_file) {
        task.classes = task.classes.take().or(classes);
    }
    check_ending(network, &tasks)?;
    for task in &mut tasks {
        task.spare_inputs |= options.spare_inputs || network.said.is_image;
    }
    Ok(tasks)
}

/// The labels of the only task, unless they are 0, 1, …
fn classes_of(classes: Vec<String>, tasks: &[TaskPorts]) -> Result<Option<Vec<String>>, String> {
    let [task] = tasks else {
        return Err(
            "the model has one list of labels, for all of its outputs; leave out --task, or give one"
                .to_owned(),
        );
    };
    // Of one output there are two labels, of several one each, in whatever order the task has them.
    let classes = match &*task.outputs {
        [_] => classes,
        outputs => outputs
            .iter()
            .map(|&output| classes.get(output).cloned())
            .collect::<Option<_>>()
            .unwrap_or_default(),
    };
    Ok(unless_counted(classes))
}

/// Where a model answers for some outputs apart, they must be those of a task.
fn check_parts(parts: &[Vec<usize>], tasks: &[TaskPorts], input_count: usize) -> Result<(), String> {
    let is_task = |part: &&Vec<usize>| tasks.iter().any(|task| task.outputs == **part);
    match parts.iter().find(|part| !is_task(part)) {
        None if parts.is_empty() || parts.len() == tasks.len() => Ok(()),
        part => {
            let outputs: Vec<String> = part
                .unwrap_or(&parts[0])
                .iter()
                .map(ToString::to_string)
                .collect();
            Err(format!(
                "the model answers for some outputs apart; give each such task, as --task NAME:0-{}:{}",
                input_count - 1,
                crate::text::shown(&outputs.join(","))
            ))
        }
    }
}

/// Where the model says what its outputs mean, the tasks must not say otherwise.
fn check_ending(network: &mut Network, tasks: &[TaskPorts]) -> Result<(), String> {
    let several = tasks.iter().find(|task| 1 < task.outputs.len());
    let single = tasks.iter().find(|task| task.outputs.len() == 1);
    match (network.said.ending, several, single) {
        (Some(Ending::Logistic), Some(task), _) => Err(format!(
            "the model takes the sigmoid of each output, so that each is a task of its own, and task '{0}' has {1}; give \
             each output its task, such as --task {0}-0:0-{2}:0",
            task.name,
            task.outputs.len(),
            network.widths()[0] - 1
        )),
        (Some(Ending::Softmax), Some(_), None) if 1 < tasks.len() => {
            network.notes.push(
                "the model answers with the greatest of all its outputs, and each task with the greatest of its own".to_owned(),
            );
            Ok(())
        }
        (Some(Ending::Softmax), _, Some(task)) => {
            network.notes.push(format!(
                "the model answers with the greatest of its outputs, and task {} with whether its one is above 0",
                quoted(&task.name)
            ));
            Ok(())
        }
        (None, _, Some(task))
            if network.widths().ends_with(&[1])
                && task.classes.is_none()
                && network.said.parts.is_empty() =>
        {
            network.notes.push(format!(
                "the one output of task {} is read as the logit of two classes, the second where it is above 0; a network \
                 that estimates a quantity (a regression) makes no such ticket",
                quoted(&task.name)
            ));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What the model does to its inputs, or what the user says; not both.
fn normalization(
    network: &mut Network,
    options: &Options,
    place: &str,
) -> anyhow::Result<Option<Normalization>> {
    let input_count = network.widths()[0];
    match (network.normalization.take(), &options.scaling) {
        (Some(_), Some(_)) => Err(bad_input!(
            "{place}: the model normalizes its inputs itself; leave out --normalize, --shift and --scale"
        )),
        (None, Some(scaling)) => {
            let names = options.names.as_ref();
            scaling
                .normalization(input_count, names, &mut network.notes)
                .map(Some)
        }
        (of_model, None) => Ok(of_model),
    }
}

/// What to say of a file that is no ticket, where it may hold a network all the same.
pub(crate) fn elsewhere(bytes: &[u8], place: &str) -> Option<String> {
    match format(bytes, place) {
        Ok(Format::Safetensors) => None,
        Ok(Format::Onnx) => Some(
            "this is an ONNX model and no ticket; make one of it with tombola import FILE --out TICKET"
                .to_owned(),
        ),
        Err(unread) => unread.is_network.then(|| {
            format!(
                "this is {} and no ticket; {}; then make a ticket of it with tombola import",
                unread.what, unread.remedy
            )
        }),
    }
}
