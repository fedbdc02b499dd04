//! What a ticket's inputs and labels are called in a file.
//!
//! An input is called what its column was called in the file that its task was read from, and one of a synthetic task
//! `x3`, by its number, as `tombola data` writes it. Where two inputs would have one name, each is called by its task, too:
//! `iris.length`. That longer name is also taken for an input that does not need it. The labels of a task are in the column
//! that they were read from, or in one that is named after the task.

use std::collections::{HashMap, HashSet};

use crate::ticket::{TaskPorts, distinct_names};

/// The names, where a ticket has any.
pub(super) struct Names {
    /// Of each input: no two alike.
    pub(super) inputs: Vec<String>,
    /// Of some inputs, another name that is taken; none of them is one of `inputs`.
    pub(super) others: HashMap<String, usize>,
    /// Of each task, the columns that may hold its labels, the first of them that is there; none is an input's.
    pub(super) labels: Vec<Vec<String>>,
    /// Names that several tasks have for their labels, none of them an input's.
    pub(super) shared_labels: HashSet<String>,
}

impl Names {
    /// The names of the inputs and labels of `tasks`, if one of them has names for its inputs.
    pub(super) fn of(tasks: &[TaskPorts], input_count: usize) -> Option<Self> {
        tasks.iter().find(|task| task.columns.is_some())?;
        let (inputs, long) = distinct_names(tasks, input_count);
        let is_taken: HashSet<&String> = inputs.iter().collect();
        let others = long.into_iter().enumerate();
        let others = others.flat_map(|(input, long)| long.into_iter().map(move |name| (name, input)));
        let others = others.filter(|(name, _)| !is_taken.contains(name)).collect();

        let mut count: HashMap<&str, usize> = HashMap::new();
        for label in tasks.iter().filter_map(label) {
            *count.entry(label).or_default() += 1;
        }
        let of_task = |task: &TaskPorts| {
            let long = format!("{}.{}", task.name, label(task).unwrap_or("label"));
            let label = label(task).filter(|label| count[label] == 1).map(str::to_owned);
            let names = label.into_iter().chain([long, task.name.clone()]);
            names.filter(|name| !is_taken.contains(name)).collect()
        };
        let labels = tasks.iter().map(of_task).collect();
        let shared = tasks.iter().filter_map(label);
        let shared = shared.filter(|label| 1 < count[label]).map(str::to_owned);
        let shared_labels = shared.filter(|label| !is_taken.contains(label)).collect();
        Some(Self {
            inputs,
            others,
            labels,
            shared_labels,
        })
    }
}

fn label(task: &TaskPorts) -> Option<&str> {
    task.label.as_deref().map(str::trim)
}
