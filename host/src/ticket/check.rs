//! Checks that the fields of a ticket agree, after reading and before writing: what is written can be read.

use std::collections::HashSet;
use std::fmt::Display;

use tombola::Mlp;

use super::columns::check_columns;
use super::layout::{self, Part};
use super::{LevelResult, Normalization, TaskPorts, Ticket};
use crate::text::{counted, quoted};

/// Says what is wrong with `ticket`.
///
/// # Errors
///
/// The message: the place and the remedy.
pub(super) fn check(ticket: &Ticket) -> Result<(), String> {
    let net = layout::network(&ticket.widths)?;
    check_lengths(ticket, net)?;
    check_tasks(ticket, net)?;
    check_finite(Some(&ticket.params), net, &[Part::WEIGHT, Part::BIAS])?;
    check_pruned(ticket, net)?;
    let initial = [Part::INITIAL_WEIGHT, Part::INITIAL_BIAS];
    check_finite(ticket.initial.as_deref(), net, &initial[..initial_parts(ticket)])?;
    let rewind = [Part::REWIND_WEIGHT, Part::REWIND_BIAS];
    check_finite(ticket.rewind.as_deref(), net, &rewind)?;
    if let Some(Normalization { shift, scale }) = &ticket.normalization {
        check_each("input.shift", shift, f32::is_finite, "finite")?;
        let rule = "finite and not 0: a constant column has scale 1";
        check_each("input.scale", scale, |x| x.is_finite() && x != 0.0, rule)?;
    }
    let result = ticket.origin.as_ref().and_then(|origin| origin.result.as_ref());
    result.map_or(Ok(()), |result| check_result(result, ticket.tasks.len()))
}

/// How many tensors of a layer hold what is initial: of weights, and where they are there, of biases.
pub(super) fn initial_parts(ticket: &Ticket) -> usize {
    let has_biases = ticket.initial.as_ref().map(Vec::len) == Some(ticket.params.len());
    1 + usize::from(has_biases)
}

/// Every buffer is as long as the widths say: what was read is, by its shapes; what was built by hand may not be.
fn check_lengths(ticket: &Ticket, net: Mlp<'_>) -> Result<(), String> {
    let (weight_count, param_count) = (net.weight_count(), net.param_count());
    let normalization = ticket.normalization.as_ref();
    // With biases it is longer.
    let initial = ticket.initial.as_ref().map(Vec::len);
    let initial = initial.filter(|&length| length != param_count);
    let lengths = [
        ("params", Some(ticket.params.len()), param_count),
        ("mask", Some(ticket.mask.len()), weight_count),
        ("initial", initial, weight_count),
        ("rewind", ticket.rewind.as_ref().map(Vec::len), param_count),
        ("shift", normalization.map(|by| by.shift.len()), net.input_count()),
        ("scale", normalization.map(|by| by.scale.len()), net.input_count()),
    ];
    for (name, length, expected) in lengths {
        if let Some(length) = length.filter(|&length| length != expected) {
            return Err(format!(
                "{name} has {}, expected {expected} from widths",
                counted(length, "element")
            ));
        }
    }
    Ok(())
}

fn check_tasks(ticket: &Ticket, net: Mlp<'_>) -> Result<(), String> {
    let tasks = &ticket.tasks;
    if tasks.is_empty() {
        return Err("tasks is empty; name at least one task with its inputs and outputs".to_owned());
    }
    let mut names = HashSet::new();
    for task in tasks {
        let name = &task.name;
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || !name.bytes().all(is_allowed) {
            return Err(format!(
                "the task name {} cannot be used; a name is one or more of A-Z, a-z, 0-9, '-' and '_'",
                quoted(name)
            ));
        }
        if !names.insert(name) {
            return Err(format!("two tasks are named '{name}'; give each its own name"));
        }
        check_classes(task)?;
        check_columns(task)?;
    }
    let shared = if ticket.shares_inputs {
        Shared::Allowed
    } else {
        Shared::Refused(", or let the metadata say \"shares_inputs\":true")
    };
    check_ports(tasks, "input", net.input_count(), |task| &task.inputs, shared)?;
    let shared = Shared::Refused("");
    check_ports(tasks, "output", net.output_count(), |task| &task.outputs, shared)?;
    check_structure(tasks.len(), net.neuron_count())
}

/// A structure keeps sets of tasks for every neuron, of a gigabyte at most.
fn check_structure(task_count: usize, neuron_count: usize) -> Result<(), String> {
    const MOST: usize = 1 << 28;
    let sets = task_count.div_ceil(32).checked_mul(2 * neuron_count);
    if sets.is_some_and(|words| words <= MOST) {
        return Ok(());
    }
    Err(format!(
        "{task_count} tasks in a network of {neuron_count} neurons are too many to look into; declare fewer tasks"
    ))
}

fn check_classes(task: &TaskPorts) -> Result<(), String> {
    let (name, classes) = (&task.name, task.classes.as_deref().unwrap_or_default());
    let (count, expected) = (classes.len(), task.outputs.len().max(2));
    if task.classes.is_some() && count != expected {
        return Err(format!(
            "task '{name}' names {}, expected {expected}: two for one output, else one per output",
            counted(count, "class")
        ));
    }
    let mut seen = HashSet::new();
    match classes.iter().find(|class| !seen.insert(*class)) {
        None => Ok(()),
        Some(class) => Err(format!(
            "task '{name}' names the class {} twice; name each once",
            quoted(class)
        )),
    }
}

/// Whether a port may belong to several tasks; where not, what the remedy adds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shared {
    Allowed,
    Refused(&'static str),
}

/// Each of `count` ports belongs to a task, to exactly one unless they may be shared, and each task has one.
fn check_ports(
    tasks: &[TaskPorts],
    port: &str,
    count: usize,
    ports_of: impl Fn(&TaskPorts) -> &[usize],
    shared: Shared,
) -> Result<(), String> {
    let mut owners: Vec<Option<&str>> = vec![None; count];
    for task in tasks {
        let (name, ports) = (&*task.name, ports_of(task));
        if ports.is_empty() {
            return Err(format!("task '{name}' has no {port}s; give it at least one"));
        }
        for &index in ports {
            let Some(owner) = owners.get_mut(index) else {
                return Err(format!(
                    "{port} {index} of task '{name}' is out of range; the network's {port}s are 0 to {}",
                    count - 1
                ));
            };
            match (owner.replace(name), shared) {
                (Some(other), _) if other == name => {
                    return Err(format!(
                        "{port} {index} is listed twice in task '{name}'; list it once"
                    ));
                }
                (Some(other), Shared::Refused(more)) => {
                    return Err(format!(
                        "{port} {index} belongs to the tasks '{other}' and '{name}'; give it to one of them{more}"
                    ));
                }
                _ => {}
            }
        }
    }
    match owners.iter().position(Option::is_none) {
        None => Ok(()),
        Some(index) => Err(format!("{port} {index} belongs to no task; add it to one")),
    }
}

/// All of `values` are finite; `parts` names the tensors they belong to.
fn check_finite(values: Option<&[f32]>, net: Mlp<'_>, parts: &[Part]) -> Result<(), String> {
    let Some(values) = values else { return Ok(()) };
    for part in parts {
        for (index, layer) in net.layers().enumerate() {
            let values = &values[part.range(&layer)];
            if let Some(position) = values.iter().position(|value| !value.is_finite()) {
                return Err(format!(
                    "{} is {}; every number must be finite: save a network whose training did not diverge",
                    part.element(index, &layer, position),
                    values[position]
                ));
            }
        }
    }
    Ok(())
}

/// A pruned weight is 0.
fn check_pruned(ticket: &Ticket, net: Mlp<'_>) -> Result<(), String> {
    for (index, layer) in net.layers().enumerate() {
        for (position, weight) in layer.weights.clone().enumerate() {
            if !ticket.mask[weight] && ticket.params[weight] != 0.0 {
                return Err(format!(
                    "{} is {:e}, but its mask is 0; save the weights with the mask applied",
                    Part::WEIGHT.element(index, &layer, position),
                    ticket.params[weight]
                ));
            }
        }
    }
    Ok(())
}

fn check_result(result: &LevelResult, task_count: usize) -> Result<(), String> {
    let losses = [
        ("train_loss", result.train_loss),
        ("validation_loss", result.validation_loss),
        ("test_loss", result.test_loss),
    ];
    if let Some((name, loss)) = losses.iter().find(|(_, loss)| !loss.is_finite()) {
        return Err(format!("result.{name} is {loss}; it must be finite"));
    }
    let (accuracy, count) = (&result.accuracy, result.accuracy.len());
    if count != task_count {
        return Err(format!(
            "result.accuracy has {}, expected {task_count}: one for each task",
            counted(count, "entry")
        ));
    }
    let is_share = |share| (0.0..=1.0).contains(&share);
    check_each("result.accuracy", accuracy, is_share, "in 0 to 1")
}

/// Every one of `values` is as `rule` says.
fn check_each<T: Copy + Display>(
    name: &str,
    values: &[T],
    holds: impl Fn(T) -> bool,
    rule: &str,
) -> Result<(), String> {
    match values.iter().position(|&value| !holds(value)) {
        None => Ok(()),
        Some(index) => Err(format!("{name}[{index}] is {}; it must be {rule}", values[index])),
    }
}
