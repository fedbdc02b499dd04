//! Says which of the data's tasks, inputs and classes are which of a ticket's, by their names.

use itertools::Itertools;
use tombola::Task;

use crate::bad_input;
use crate::data::sheet::Label;
use crate::experiment::Data;
use crate::naming::{Known, expected, in_file_of, some};
use crate::text::{counted, did_you_mean, listed, quoted};
use crate::ticket::{Normalization, TaskPorts, Ticket};

/// How many labels a message lists.
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
    /// Finds the tasks of `ticket` among those of the data, `ports`. `is_trained` says whether its weights were
    /// trained on inputs and classes: then the data's must be the same.
    ///
    /// # Errors
    /// Bad input if the tasks are not the same, or have other numbers of inputs or classes.
    pub(super) fn of(ticket: &Ticket, ports: &[TaskPorts], is_trained: bool) -> anyhow::Result<Self> {
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
            inputs: vec![usize::MAX; ticket.widths[0]],
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
            // What is trained on images is a ticket of images.
            own.spare_inputs |= task.spare_inputs;
            let from = inputs(own, task, is_trained, &mut fit.notes)?;
            for (&input, from) in own.inputs.iter().zip(from) {
                // An input that the ticket's tasks share must be one in the data, too.
                if ![usize::MAX, from].contains(&fit.inputs[input]) {
                    return Err(bad_input!(
                        "data.task.{}: input {input} of the ticket belongs to several tasks, and the data has a different one \
                         for each; let its tasks share it, by share and other, or train the ticket where it comes from",
                        own.name
                    ));
                }
                fit.inputs[input] = from;
            }
            fit.classes.push(classes(own, task, is_trained, &mut fit.notes)?);
            fit.data_tasks.push(place);
        }
        Ok(fit)
    }

    /// The ticket's tasks as the core wants them, with the weights that their losses have in the data.
    pub(super) fn tasks_of(&self, data: &Data) -> Vec<Task<'_>> {
        let tasks = self.tasks.iter().zip(&self.data_tasks);
        tasks
            .map(|(ports, &task)| Task {
                weight: data.task[task].dials.loss_weight,
                ..ports.as_task()
            })
            .collect()
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

/// The data's input for each input of a task, in the order of [`TaskPorts::inputs`]: by the names of columns, as `predict`
/// finds them, else in their order where the ticket's weights were not trained or one of the two has no names. Then the
/// ticket gets the names that the data has. What the user should know is told to `notes`.
fn inputs(
    own: &mut TaskPorts,
    data: &TaskPorts,
    is_trained: bool,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<usize>> {
    let name = own.name.clone();
    let [count, data_count] = [own.inputs.len(), data.inputs.len()];
    if let Some(columns) = &data.columns {
        let header: Vec<String> = columns.iter().map(|column| column.trim().to_owned()).collect();
        let or = if is_trained && count == data_count {
            ", or train --from fresh, which takes them in their order"
        } else {
            ""
        };
        match in_file_of(own, &header, or) {
            Some(Ok(found)) => {
                notes.extend(found.notes.iter().map(|note| format!("task '{name}': {note}")));
                keep_label(own, data);
                return Ok(found.inputs.into_iter().map(|place| data.inputs[place]).collect());
            }
            Some(Err(problem)) if is_trained || count != data_count => {
                return Err(bad_input!("data.task.{name}: {problem}"));
            }
            _ => {}
        }
    }
    if count != data_count {
        return Err(bad_input!(
            "data.task.{name}: the data has {} and the ticket {count}; give it data of the same inputs",
            counted(data_count, "input"),
        ));
    }
    match (&own.columns, &data.columns) {
        (Some(_), Some(_)) => notes.push(format!(
            "the columns of task '{name}' are not called as the ticket's are, and taken for them in their order"
        )),
        (Some(columns), None) => notes.push(format!(
            "the inputs of task '{name}' have no names in the data, and are taken in their order: {}",
            some(columns)
        )),
        (None, Some(columns)) if is_trained => notes.push(format!(
            "the inputs of task '{name}' have no names in the ticket; the columns are taken for them in their order: {}",
            some(columns)
        )),
        _ => {}
    }
    if data.columns.is_some() {
        own.columns.clone_from(&data.columns);
    }
    keep_label(own, data);
    Ok(data.inputs.clone())
}

/// The column of labels that the data has, if it has one that is no input of the ticket.
fn keep_label(own: &mut TaskPorts, data: &TaskPorts) {
    let columns = own.columns.as_deref().unwrap_or_default();
    let is_input = |label: &String| columns.iter().any(|column| column.trim() == label.trim());
    if let Some(label) = data.label.as_ref().filter(|label| !is_input(label)) {
        own.label = Some(label.clone());
    }
}

/// The ticket's class for each class of the data, no two alike: by their labels, as `predict` finds them, else in their
/// order where the data has no column of labels, the ticket has none or its weights were not trained; then it gets those of the data,
/// which is told to `notes`.
fn classes(
    own: &mut TaskPorts,
    data: &TaskPorts,
    is_trained: bool,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<u16>> {
    let name = &own.name;
    let [count, data_count] = [&*own, data].map(|task| task.outputs.len().max(2));
    let counts_differ = || {
        bad_input!(
            "data.task.{name}: the data has {} and the ticket {count}; give it data of the same classes",
            counted(data_count, "class")
        )
    };
    if data.classes.is_none() && data.label.is_none() {
        return if data_count <= count {
            Ok((0..data_count as u16).collect())
        } else {
            Err(counts_differ())
        };
    }
    // Of a column whose labels are 0, 1, … no labels are kept.
    let numbers = || (0..data_count).map(|class| class.to_string()).collect();
    let data_labels: Vec<String> = data.classes.clone().unwrap_or_else(numbers);
    // Different labels are different numbers or different text, so that no two are one class.
    let known = Known::of(own);
    let found = data_labels
        .iter()
        .map(|label| known.class(&Label::of(label.trim())).ok_or(label));
    let unknown = match found.collect::<Result<Vec<usize>, _>>() {
        Ok(found) => return Ok(found.into_iter().map(|class| class as u16).collect()),
        Err(unknown) => unknown,
    };
    if data_count != count {
        return Err(counts_differ());
    }
    if is_trained && own.classes.is_some() {
        return Err(bad_input!(
            "data.task.{name}: {} is no class of the ticket; {}; correct the labels, or train --from fresh",
            quoted(unknown),
            expected(own)
        ));
    }
    let which = data_labels.iter().take(LISTED).zip(0..);
    let which = which.map(|(label, class)| format!("{} is class {class}", quoted(label)));
    let which = format!(
        "{}{}",
        which.format(", "),
        if LISTED < count { ", …" } else { "" }
    );
    notes.push(if is_trained {
        format!(
            "the classes of task '{name}' have no labels in the ticket; that they are in this order is a guess: {which} \
             (if it is wrong, the accuracy before training is low)"
        )
    } else {
        format!("the classes of task '{name}' are called as in the data, in their order: {which}")
    });
    own.classes.clone_from(&data.classes);
    Ok((0..count as u16).collect())
}
