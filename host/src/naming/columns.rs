//! Finds the inputs and labels of a ticket among the columns of a file, by their names or by position.

use std::collections::{HashMap, HashSet};

use itertools::Itertools;

use super::names::Names;
use crate::data::sheet::no_header;
use crate::text::{counted, did_you_mean, listed, quoted};
use crate::ticket::{TaskPorts, Ticket};

/// How many names a message lists.
const LISTED: usize = 5;

/// How a file's columns are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// By the names that the ticket has for its inputs; where it has none, by position.
    ByName,
    /// The first columns are the inputs, in order, and the others are named after tasks.
    ByPosition,
}

/// Which columns hold what.
#[derive(Debug)]
pub(crate) struct Columns {
    /// Of each input.
    pub(crate) inputs: Vec<usize>,
    /// Of the labels of each task, where they are there.
    pub(crate) labels: Vec<Option<usize>>,
    /// What the user should know of it, in sentences.
    pub(crate) notes: Vec<String>,
}

impl Columns {
    /// Finds them by a file's header.
    ///
    /// # Errors
    ///
    /// What is missing, and the remedy.
    pub(crate) fn find(header: &[String], ticket: &Ticket, matching: Matching) -> Result<Self, String> {
        let names = Names::of(&ticket.tasks, ticket.widths[0]);
        let Some(names) = names.filter(|_| matching == Matching::ByName) else {
            return by_position(header, ticket, matching);
        };
        let all: Vec<usize> = (0..header.len()).collect();
        let or = ", or take the first columns as they stand with --by-position";
        by_name(header, &ticket.tasks, &names, or)
            .map_err(|problem| no_header(header, &all).unwrap_or(problem))
    }
}

/// Finds the inputs of one task, in its own order, among the columns of a file of this task alone; `None` if the task has
/// no names for them. `header` has no column of labels. `or` is another remedy where no name is there.
pub(crate) fn in_file_of(task: &TaskPorts, header: &[String], or: &str) -> Option<Result<Columns, String>> {
    let task = TaskPorts {
        inputs: (0..task.inputs.len()).collect(),
        ..task.clone()
    };
    let tasks = [task];
    let names = Names {
        labels: vec![vec![]],
        ..Names::of(&tasks, tasks[0].inputs.len())?
    };
    Some(by_name(header, &tasks, &names, or))
}

fn by_name(header: &[String], tasks: &[TaskPorts], names: &Names, or: &str) -> Result<Columns, String> {
    let place: HashMap<&str, usize> = header.iter().map(String::as_str).zip(0..).collect();
    let mut inputs: Vec<Option<usize>> = names
        .inputs
        .iter()
        .map(|name| place.get(&**name).copied())
        .collect();
    for (column, name) in header.iter().enumerate() {
        if let Some(&input) = names.others.get(name) {
            inputs[input].get_or_insert(column);
        }
    }
    let mut notes = Vec::new();
    // What has no other name than its number may be found.
    let is_found = |input: usize| inputs[input].is_some() && names.inputs[input] != format!("x{input}");
    if !(0..inputs.len()).any(is_found)
        && let Some(numbered) = numbered(&place, inputs.len())
        // What is called as the ticket has it needs no word.
        && !inputs.iter().copied().eq(numbered.iter().copied().map(Some))
    {
        let (first, last) = (&header[numbered[0]], &header[numbered[inputs.len() - 1]]);
        notes.push(match inputs.len() {
            1 => format!(
                "{} is taken for the input {}",
                quoted(first),
                quoted(&names.inputs[0])
            ),
            _ => format!(
                "the columns {} to {} are taken for the ticket's inputs by their numbers: {}",
                quoted(first),
                quoted(last),
                some(&names.inputs)
            ),
        });
        inputs = numbered.into_iter().map(Some).collect();
    }
    let Some(inputs) = inputs.iter().copied().collect::<Option<Vec<usize>>>() else {
        return Err(missing(header, tasks, names, &inputs, or));
    };
    let labels: Vec<Option<usize>> = names
        .labels
        .iter()
        .map(|labels| labels.iter().find_map(|label| place.get(&**label).copied()))
        .collect();
    for name in header.iter().filter(|name| names.shared_labels.contains(*name)) {
        let is_of = |(task, found): &(&TaskPorts, &Option<usize>)| {
            found.is_none() && task.label.as_deref().map(str::trim) == Some(name)
        };
        let of = tasks.iter().zip(&labels).filter(is_of);
        let of: Vec<&str> = of.map(|(task, _)| &*task.name).collect();
        if !of.is_empty() {
            return Err(format!(
                "the column {} may hold the classes of {}; name it after one of these tasks, or remove it",
                quoted(name),
                listed(&of, "or of")
            ));
        }
    }
    let used: HashSet<usize> = inputs.iter().chain(labels.iter().flatten()).copied().collect();
    let unused = (0..header.len()).filter(|column| !used.contains(column));
    let unused: Vec<&String> = unused.map(|column| &header[column]).collect();
    if !unused.is_empty() {
        notes.push(format!(
            "{} {} no part of the ticket and not read: {}",
            counted(unused.len(), "column"),
            if unused.len() == 1 { "is" } else { "are" },
            some(&unused)
        ));
    }
    Ok(Columns {
        inputs,
        labels,
        notes,
    })
}

/// The columns of all inputs by number, x0, x1, … as `tombola data` calls them or 0, 1, … as pandas does.
fn numbered(place: &HashMap<&str, usize>, input_count: usize) -> Option<Vec<usize>> {
    ["x", ""].into_iter().find_map(|prefix| {
        let column = |input: usize| place.get(&*format!("{prefix}{input}")).copied();
        (0..input_count).map(column).collect()
    })
}

/// Which inputs are missing, each with the column that may be meant.
fn missing(
    header: &[String],
    tasks: &[TaskPorts],
    names: &Names,
    inputs: &[Option<usize>],
    or: &str,
) -> String {
    let used: HashSet<usize> = inputs.iter().flatten().copied().collect();
    let is_label = |name: &String| names.labels.iter().any(|labels| labels.contains(name));
    let unused = header.iter().enumerate();
    let unused = unused.filter(|&(column, name)| !used.contains(&column) && !is_label(name));
    let unused: Vec<&String> = unused.map(|(_, name)| name).collect();
    let without: Vec<usize> = (0..inputs.len())
        .filter(|&input| inputs[input].is_none())
        .collect();
    let item = |input: usize| {
        let name = &names.inputs[input];
        // A name that is needed with its task, and is there without.
        let short = name.split_once('.').map(|(_, short)| short);
        let near = match short.filter(|short| unused.iter().any(|unused| unused == short)) {
            Some(short) => Some(format!("there is only {}", quoted(short))),
            None => did_you_mean(name, &unused),
        };
        match near {
            Some(near) => format!("{} ({near})", quoted(name)),
            None => quoted(name),
        }
    };
    let mut items: Vec<String> = without.iter().take(LISTED).map(|&input| item(input)).collect();
    if LISTED < without.len() {
        items.push(format!("{} more", without.len() - LISTED));
    }
    let or = if without.len() == inputs.len() && inputs.len() <= header.len() {
        or
    } else {
        ""
    };
    let inputs = counted(inputs.len(), "input");
    let which = match without.len() {
        count if count == names.inputs.len() => format!("none of the ticket's {inputs} is"),
        1 => format!("of the ticket's {inputs}, 1 is not"),
        count => format!("of the ticket's {inputs}, {count} are not"),
    };
    format!(
        "{which} among the columns: {}; name the columns as in the file of {}{or}",
        listed(&items, "and"),
        task_with_columns(tasks)
    )
}

/// Whose columns are missing.
fn task_with_columns(tasks: &[TaskPorts]) -> String {
    match tasks {
        [task] => task.name.clone(),
        _ => "each task".to_owned(),
    }
}

/// The first names of many.
pub(crate) fn some(names: &[impl AsRef<str>]) -> String {
    let shown = names.iter().take(LISTED).map(|name| quoted(name.as_ref()));
    let more = if LISTED < names.len() { ", …" } else { "" };
    format!("{}{more}", shown.format(", "))
}

/// The inputs of a ticket without names for them are the columns that are numbered as they are, else the first ones, and
/// each other column is named after a task.
fn by_position(header: &[String], ticket: &Ticket, matching: Matching) -> Result<Columns, String> {
    let input_count = ticket.widths[0];
    let task = |name: &String| {
        let by_name = ticket.tasks.iter().position(|task| task.name == *name);
        by_name.or_else(|| {
            let mut with_label = ticket
                .tasks
                .iter()
                .enumerate()
                .filter(|(_, task)| task.label.as_deref().map(str::trim) == Some(name));
            with_label
                .next()
                .filter(|_| with_label.next().is_none())
                .map(|(task, _)| task)
        })
    };
    let first: Vec<usize> = (0..header.len().min(input_count)).collect();
    if matching == Matching::ByName {
        let place: HashMap<&str, usize> = header.iter().map(String::as_str).zip(0..).collect();
        // A line of a one and a nought is rather a sample.
        let is_header =
            |inputs: &Vec<usize>| inputs.is_sorted() || 2 < input_count || header[inputs[0]] != "0";
        if let Some(inputs) = numbered(&place, input_count).filter(is_header) {
            return labeled(header, ticket, inputs, task);
        }
        if input_count <= header.len() {
            check_numbers(&place, input_count)?;
        }
    }
    if let Some(problem) = no_header(header, &first) {
        return Err(problem);
    }
    let inputs_found = header
        .iter()
        .take(input_count)
        .position(|name| task(name).is_some());
    let inputs_found = inputs_found.unwrap_or(header.len().min(input_count));
    if inputs_found < input_count {
        return Err(format!(
            "{} of inputs and no more, and the ticket has {}; add the missing ones, in order, before any labels",
            counted(inputs_found, "column"),
            counted(input_count, "input")
        ));
    }
    labeled(header, ticket, first, task)
}

/// Refuses columns some of which are numbered as inputs, and some not: whether they stand in order, nobody knows.
fn check_numbers(place: &HashMap<&str, usize>, input_count: usize) -> Result<(), String> {
    let is_there = |input: &usize| place.contains_key(&*format!("x{input}"));
    let missing: Vec<usize> = (0..input_count).filter(|input| !is_there(input)).collect();
    if missing.len() == input_count {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|input| format!("x{input}")).collect();
    Err(format!(
        "some columns are called as inputs, x0 to x{}, but not {}: rename those that hold {}, or take the first columns as \
         they stand with --by-position",
        input_count - 1,
        some(&names),
        if names.len() == 1 { "it" } else { "them" }
    ))
}

/// Finds the labels among the columns that are no inputs.
fn labeled(
    header: &[String],
    ticket: &Ticket,
    inputs: Vec<usize>,
    task: impl Fn(&String) -> Option<usize>,
) -> Result<Columns, String> {
    let mut labels = vec![None; ticket.tasks.len()];
    let is_input: HashSet<usize> = inputs.iter().copied().collect();
    let others = header.iter().enumerate();
    for (column, name) in others.filter(|(column, _)| !is_input.contains(column)) {
        let Some(task) = task(name) else {
            return Err(format!(
                "column {} is none of the {}, so it should be named after a task{}",
                quoted(name),
                counted(inputs.len(), "input"),
                suggestion(name, &ticket.tasks)
            ));
        };
        if let Some(first) = labels[task].replace(column) {
            return Err(format!(
                "the columns {} and {} are both of the task {}; remove one",
                quoted(&header[first]),
                quoted(name),
                ticket.tasks[task].name
            ));
        }
    }
    let mut notes = Vec::new();
    if !inputs.is_sorted() {
        notes.push(format!(
            "the columns {} to {} are the inputs by their numbers, not in the order of the file",
            quoted(&header[inputs[0]]),
            quoted(&header[inputs[inputs.len() - 1]])
        ));
    }
    Ok(Columns {
        inputs,
        labels,
        notes,
    })
}

/// The nearest task, or else all of them.
fn suggestion(name: &str, tasks: &[TaskPorts]) -> String {
    let names = tasks.iter().map(|task| &*task.name).collect_vec();
    match did_you_mean(name, &names) {
        Some(near) => format!("; {near}"),
        None => format!(": {}; rename or remove it", some(&names)),
    }
}
