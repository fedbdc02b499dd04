//! Checks that the fields of a ticket agree, after reading and before writing: what is written can be read.

use std::collections::HashSet;

use tombola::Mlp;

use super::layout::{self, Part};
use super::{LevelResult, Normalization, TaskPorts, Ticket};
use crate::text::quoted;

/// Says what is wrong with `ticket`.
///
/// # Errors
///
/// The message: the place and the remedy.
pub(super) fn check(ticket: &Ticket) -> Result<(), String> {
    let net = layout::network(&ticket.widths)?;
    check_lengths(ticket, net)?;
    check_tasks(&ticket.tasks, net.input_count(), net.output_count())?;
    check_structure(ticket.tasks.len(), net)?;
    check_finite(&ticket.params, net, &[Part::Weight, Part::Bias])?;
    check_pruned(ticket, net)?;
    if let Some(initial) = &ticket.initial {
        check_finite(initial, net, &[Part::InitialWeight])?;
    }
    if let Some(rewind) = &ticket.rewind {
        check_finite(rewind, net, &[Part::RewindWeight, Part::RewindBias])?;
    }
    if let Some(normalization) = &ticket.normalization {
        check_normalization(normalization)?;
    }
    match ticket.origin.as_ref().and_then(|origin| origin.result.as_ref()) {
        Some(result) => check_result(result, ticket.tasks.len()),
        None => Ok(()),
    }
}

/// Every buffer is as long as the widths say: what was read is, by its shapes; what was built by hand may not be.
fn check_lengths(ticket: &Ticket, net: Mlp<'_>) -> Result<(), String> {
    let (weight_count, param_count) = (net.weight_count(), net.param_count());
    let input_count = net.input_count();
    let normalization = ticket.normalization.as_ref();
    let lengths = [
        ("params", Some(ticket.params.len()), param_count),
        ("mask", Some(ticket.mask.len()), weight_count),
        ("initial", ticket.initial.as_ref().map(Vec::len), weight_count),
        ("rewind", ticket.rewind.as_ref().map(Vec::len), param_count),
        (
            "shift",
            normalization.map(|normalization| normalization.shift.len()),
            input_count,
        ),
        (
            "scale",
            normalization.map(|normalization| normalization.scale.len()),
            input_count,
        ),
    ];
    match lengths
        .iter()
        .find(|(_, length, expected)| length.is_some_and(|length| length != *expected))
    {
        None => Ok(()),
        Some((name, length, expected)) => Err(format!(
            "{name} has {} elements, expected {expected} from widths",
            length.unwrap_or(0)
        )),
    }
}

/// Its structure keeps sets of tasks for every neuron, of a gigabyte at most.
fn check_structure(task_count: usize, net: Mlp<'_>) -> Result<(), String> {
    const MOST: usize = 1 << 28;
    let sets = task_count.div_ceil(32).checked_mul(2 * net.neuron_count());
    if sets.is_some_and(|words| words <= MOST) {
        return Ok(());
    }
    Err(format!(
        "{task_count} tasks in a network of {} neurons are too many to look into; declare fewer tasks",
        net.neuron_count()
    ))
}

fn check_tasks(tasks: &[TaskPorts], input_count: usize, output_count: usize) -> Result<(), String> {
    if tasks.is_empty() {
        return Err("tasks is empty; name at least one task with its inputs and outputs".to_owned());
    }
    let mut names = HashSet::new();
    for task in tasks {
        let name = &task.name;
        if !is_task_name(name) {
            return Err(format!(
                "the task name {} cannot be used; a name is one or more of A-Z, a-z, 0-9, '-' and '_'",
                quoted(name)
            ));
        }
        if !names.insert(name) {
            return Err(format!("two tasks are named '{name}'; give each its own name"));
        }
        check_classes(task)?;
    }
    check_partition(tasks, "input", input_count, |task| &task.inputs)?;
    check_partition(tasks, "output", output_count, |task| &task.outputs)
}

fn is_task_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn check_classes(task: &TaskPorts) -> Result<(), String> {
    let Some(classes) = &task.classes else {
        return Ok(());
    };
    let name = &task.name;
    let class_count = task.outputs.len().max(2);
    if classes.len() != class_count {
        return Err(format!(
            "task '{name}' names {} classes, expected {class_count}: two for one output, else one per output",
            classes.len()
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

/// Each of `count` ports belongs to exactly one task, and each task has one.
fn check_partition(
    tasks: &[TaskPorts],
    port: &str,
    count: usize,
    ports_of: impl Fn(&TaskPorts) -> &[usize],
) -> Result<(), String> {
    let mut owners: Vec<Option<&str>> = vec![None; count];
    for task in tasks {
        let name = &task.name;
        let ports = ports_of(task);
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
            match owner.replace(name) {
                Some(other) if other == name => {
                    return Err(format!(
                        "{port} {index} is listed twice in task '{name}'; list it once"
                    ));
                }
                Some(other) => {
                    return Err(format!(
                        "{port} {index} belongs to the tasks '{other}' and '{name}'; give it to one of them"
                    ));
                }
                None => {}
            }
        }
    }
    match owners.iter().position(Option::is_none) {
        None => Ok(()),
        Some(index) => Err(format!("{port} {index} belongs to no task; add it to one")),
    }
}

/// All of `values` are finite; `parts` names the tensors they belong to.
fn check_finite(values: &[f32], net: Mlp<'_>, parts: &[Part]) -> Result<(), String> {
    for &part in parts {
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
        let weights = &ticket.params[layer.weights.clone()];
        let mask = &ticket.mask[layer.weights.clone()];
        let nonzero = weights
            .iter()
            .zip(mask)
            .position(|(&weight, &survives)| !survives && weight != 0.0);
        if let Some(position) = nonzero {
            return Err(format!(
                "{} is {:e}, but its mask is 0; save the weights with the mask applied",
                Part::Weight.element(index, &layer, position),
                weights[position]
            ));
        }
    }
    Ok(())
}

fn check_normalization(normalization: &Normalization) -> Result<(), String> {
    if let Some(input) = normalization.shift.iter().position(|shift| !shift.is_finite()) {
        return Err(format!(
            "input.shift[{input}] is {}; it must be finite",
            normalization.shift[input]
        ));
    }
    match normalization
        .scale
        .iter()
        .position(|scale| !scale.is_finite() || *scale == 0.0)
    {
        None => Ok(()),
        Some(input) => Err(format!(
            "input.scale[{input}] is {}; it must be finite and not 0: a constant column has scale 1",
            normalization.scale[input]
        )),
    }
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
    if result.accuracy.len() != task_count {
        return Err(format!(
            "result.accuracy has {} entries; there are {task_count} tasks: one for each",
            result.accuracy.len()
        ));
    }
    match result
        .accuracy
        .iter()
        .position(|accuracy| !(0.0..=1.0).contains(accuracy))
    {
        None => Ok(()),
        Some(task) => Err(format!(
            "result.accuracy[{task}] is {}; it must be in 0 to 1",
            result.accuracy[task]
        )),
    }
}
