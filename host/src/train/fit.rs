//! Says which of the data's tasks, inputs and classes are which of a ticket's, by their names.

use itertools::Itertools;

use crate::bad_input;
use crate::data::sheet::Label;
use crate::predict::{Known, expected};
use crate::text::{counted, did_you_mean, listed, quoted};
use crate::ticket::{Normalization, TaskPorts, Ticket};

/// How many names a message lists.
const LISTED: usize = 5;

/// How data is laid out for a ticket.
#[derive(Debug, PartialEq)]
pub(super) struct Fit {
    /// The ticket's tasks, with the names that inputs and classes have in the data where the ticket has none.
    pub(super) tasks: Vec<TaskPorts>,
    /// The data's task for each of them.
    pub(super) data_tasks: Vec<usize>,
    /// The data's input for each input of the ticket.
    pub(super) inputs: Vec<usize>,
    /// For each task of the ticket and each class of the data, the ticket's class.
    pub(super) classes: Vec<Vec<u16>>,
    /// What the user should know of it, in sentences.
    pub(super) notes: Vec<String>,
}

impl Fit {
    /// Finds the tasks of `ticket` among those of the data, `ports`. `is_trained` says whether its weights know
    /// inputs and classes: then the data's must be the same.
    ///
    /// # Errors
    /// Bad input if the tasks are not the same, or have other numbers of inputs or classes.
    pub(super) fn of(ticket: &Ticket, ports: &[TaskPorts], is_trained: bool) -> anyhow::Result<Self> {
        if let Some(input) = ticket.shared_inputs().first() {
            return Err(bad_input!(
                "input {input} of the ticket belongs to several tasks, and the tasks of an experiment share none; train it \
                 where it comes from"
            ));
        }
        let name = |task: &TaskPorts| task.name.clone();
        if let Some(other) = ports
            .iter()
            .find(|task| ticket.tasks.iter().all(|own| own.name != task.name))
        {
            let names = ticket.tasks.iter().map(name).collect_vec();
            return Err(bad_input!(
                "data.task.{}: the ticket has no such task; its tasks are {}: name it so, or leave it out",
                other.name,
                listed(&names, "and")
            ));
        }
        let mut fit = Self {
            tasks: ticket.tasks.clone(),
            data_tasks: vec![],
            inputs: vec![0; ticket.widths[0]],
            classes: vec![],
            notes: vec![],
        };
        for own in &mut fit.tasks {
            let Some(place) = ports.iter().position(|task| task.name == own.name) else {
                let names = ports.iter().map(name).collect_vec();
                let near = did_you_mean(&own.name, &names).map_or(String::new(), |near| format!(" ({near})"));
                return Err(bad_input!(
                    "the ticket's task '{}' is none of the data's, {}{near}; call a [[data.task]] so",
                    own.name,
                    listed(&names, "and")
                ));
            };
            let task = &ports[place];
            let from = inputs(own, task, is_trained, &mut fit.notes)?;
            for (&input, from) in own.inputs.iter().zip(from) {
                fit.inputs[input] = from;
            }
            fit.classes.push(classes(own, task, is_trained)?);
            fit.data_tasks.push(place);
        }
        Ok(fit)
    }

    /// The data's normalization, for the ticket's inputs.
    pub(super) fn normalization(&self, of_data: Option<&Normalization>) -> Option<Normalization> {
        let by = of_data?;
        let rearranged = |values: &[f32]| self.inputs.iter().map(|&from| values[from]).collect();
        Some(Normalization {
            shift: rearranged(&by.shift),
            scale: rearranged(&by.scale),
        })
    }
}

/// The data's input for each input of a task, in the order of [`TaskPorts::inputs`]: by the names of columns, else in
/// their order where the ticket's weights know nothing of columns or one of the two has no names; then the ticket gets
/// those of the data. What is left over is told to `notes`.
fn inputs(
    own: &mut TaskPorts,
    data: &TaskPorts,
    is_trained: bool,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<usize>> {
    if let (Some(columns), Some(data_columns)) = (&own.columns, &data.columns) {
        let place = |name: &String| {
            data_columns
                .iter()
                .position(|column| column.trim() == name.trim())
        };
        let found: Vec<Option<usize>> = columns.iter().map(place).collect();
        if let Some(missing) = found.iter().position(Option::is_none) {
            if is_trained || columns.len() != data_columns.len() {
                let missing = &columns[missing];
                let near =
                    did_you_mean(missing, data_columns).map_or(String::new(), |near| format!(" ({near})"));
                return Err(bad_input!(
                    "data.task.{}: the data has no column {}, which is an input of the ticket{near}; rename the one that \
                     holds it, or give it data of the same inputs",
                    own.name,
                    quoted(missing)
                ));
            }
            notes.push(format!(
                "the columns of task '{}' are not called as the ticket's are, and taken for them in their order",
                own.name
            ));
        } else {
            let found: Vec<usize> = found.into_iter().flatten().collect();
            let unused = (0..data_columns.len()).filter(|place| !found.contains(place));
            let unused: Vec<String> = unused
                .map(|place| quoted(&data_columns[place]))
                .take(LISTED)
                .collect();
            if !unused.is_empty() {
                let count = data_columns.len() - found.len();
                notes.push(format!(
                    "{} of task '{}' {} no part of the ticket and not read: {}{}",
                    counted(count, "column"),
                    own.name,
                    if count == 1 { "is" } else { "are" },
                    unused.join(", "),
                    if LISTED < count { ", …" } else { "" }
                ));
            }
            own.label.clone_from(&data.label);
            return Ok(found.into_iter().map(|place| data.inputs[place]).collect());
        }
    }
    if data.inputs.len() != own.inputs.len() {
        return Err(bad_input!(
            "data.task.{}: the data has {} and the ticket {}; give it data of the same inputs",
            own.name,
            counted(data.inputs.len(), "input"),
            own.inputs.len()
        ));
    }
    own.columns.clone_from(&data.columns);
    own.label.clone_from(&data.label);
    Ok(data.inputs.clone())
}

/// The ticket's class for each class of the data: by their labels, as `predict` finds them, else in their order where the
/// ticket's weights know nothing of labels or the ticket has none; then it gets those of the data.
fn classes(own: &mut TaskPorts, data: &TaskPorts, is_trained: bool) -> anyhow::Result<Vec<u16>> {
    let [count, data_count] = [&*own, data].map(|task| task.outputs.len().max(2));
    let numbers = || (0..data_count).map(|class| class.to_string()).collect();
    let data_labels: Vec<String> = data.classes.clone().unwrap_or_else(numbers);
    let known = Known::of(own);
    let found: Vec<Option<usize>> = data_labels
        .iter()
        .map(|label| known.class(&Label::of(label.trim())))
        .collect();
    let Some(unknown) = found.iter().position(Option::is_none) else {
        return Ok(found.into_iter().flatten().map(|class| class as u16).collect());
    };
    if data_count != count {
        return Err(bad_input!(
            "data.task.{}: the data has {} and the ticket {count}; give it data of the same classes",
            own.name,
            counted(data_count, "class")
        ));
    }
    if is_trained && own.classes.is_some() {
        return Err(bad_input!(
            "data.task.{}: {} is no class of the ticket; {}; correct the labels, or train --from fresh",
            own.name,
            quoted(&data_labels[unknown]),
            expected(own)
        ));
    }
    own.classes.clone_from(&data.classes);
    Ok((0..count as u16).collect())
}
