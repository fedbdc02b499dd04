//! What a ticket's inputs and labels are called in a file.
//!
//! An input is called what its column was called in the file that its task was read from, and one of a synthetic task
//! `x3`, by its number, as `tombola data` writes it. Where two inputs would have one name, each is called by its task, too:
//! `iris.length`. That longer name is also taken for an input that does not need it. The labels of a task are in the column
//! that they were read from, or in one that is named after the task.

use std::collections::{HashMap, HashSet};

use crate::ticket::{TaskPorts, input_names};

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
        let names = input_names(tasks, input_count).into_iter().zip(0..);
        let plain = names.map(|(name, input)| name.map_or_else(|| format!("x{input}"), str::to_owned));
        let plain: Vec<String> = plain.collect();
        let long = long(tasks, &plain);

        let inputs = different(plain, &long);
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

/// What each input is called by each of its tasks.
fn long(tasks: &[TaskPorts], plain: &[String]) -> Vec<Vec<String>> {
    let mut long = vec![Vec::new(); plain.len()];
    for task in tasks {
        for (place, &input) in task.inputs.iter().enumerate() {
            let own = task.columns.as_ref().map(|columns| columns[place].trim());
            long[input].push(format!("{}.{}", task.name, own.unwrap_or(&plain[input])));
        }
    }
    long
}

/// Each plain name that is not the only one of its kind is replaced by the first long one. A task's name has no dot, so
/// long names differ from each other, and each step makes one plain name less.
fn different(mut names: Vec<String>, long: &[Vec<String>]) -> Vec<String> {
    let mut is_long = vec![false; names.len()];
    loop {
        let mut count: HashMap<&str, usize> = HashMap::new();
        for name in &names {
            *count.entry(name).or_default() += 1;
        }
        let repeated: Vec<usize> = (0..names.len())
            .filter(|&input| !is_long[input] && 1 < count[&*names[input]])
            .collect();
        if repeated.is_empty() {
            return names;
        }
        for input in repeated {
            names[input].clone_from(&long[input][0]);
            is_long[input] = true;
        }
    }
}
