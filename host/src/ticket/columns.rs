//! Checks the names that a task keeps of the columns of its file: a ticket may come from anywhere, and its names are shown
//! in messages and in comments of code.

use std::collections::{HashMap, HashSet};

use super::TaskPorts;
use crate::text::{counted, quoted, unwanted};

/// Characters of a column's name: a question of a survey fits.
const LONGEST: usize = 1000;

/// Why a ticket cannot keep this name of a column, and what to do.
pub fn name_problem(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        Some("is empty; give the column a name".to_owned())
    } else if let Some(problem) = unwanted(name) {
        Some(problem)
    } else if LONGEST < name.chars().count() {
        Some(format!("has more than {LONGEST} characters; shorten it"))
    } else {
        None
    }
}

/// The number of the input that is called so where no column has a name for it: 3 for `x3`.
pub(crate) fn input_called(name: &str) -> Option<usize> {
    let digits = name.strip_prefix('x')?;
    let is_number =
        digits == "0" || !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

/// What each input was called in the file that its task was read from, the first of its tasks that says so; with its task
/// where two inputs would have one name, see `distinct_names`.
pub fn input_names(tasks: &[TaskPorts], input_count: usize) -> Vec<Option<String>> {
    let (names, _) = distinct_names(tasks, input_count);
    let is_named = plain(tasks, input_count).into_iter().map(|name| name.is_some());
    is_named
        .zip(names)
        .map(|(is_named, name)| is_named.then_some(name))
        .collect()
}

/// What each input is called, no two alike, and what it is called by each of its tasks: `iris.length`. An input that was
/// not read from a file is called by its number, `x3`.
pub(crate) fn distinct_names(tasks: &[TaskPorts], input_count: usize) -> (Vec<String>, Vec<Vec<String>>) {
    let names = plain(tasks, input_count).into_iter().zip(0..);
    let names = names.map(|(name, input)| name.map_or_else(|| format!("x{input}"), str::to_owned));
    let names: Vec<String> = names.collect();
    let long = long(tasks, &names);
    (different(names, &long), long)
}

/// The name of each input's column; the first of its tasks that says so.
fn plain(tasks: &[TaskPorts], input_count: usize) -> Vec<Option<&str>> {
    let mut names = vec![None; input_count];
    for task in tasks {
        for (&input, column) in std::iter::zip(&task.inputs, task.columns.as_deref().unwrap_or_default()) {
            names[input].get_or_insert(column.trim());
        }
    }
    names
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

/// There is a name for each input, no two alike.
///
/// # Errors
///
/// The message: the place and the remedy.
pub(super) fn check_columns(task: &TaskPorts) -> Result<(), String> {
    let (name, columns) = (&task.name, task.columns.as_deref().unwrap_or_default());
    let (count, expected) = (columns.len(), task.inputs.len());
    if task.columns.is_some() && count != expected {
        return Err(format!(
            "task '{name}' names {}, expected {expected}: one for each of its inputs",
            counted(count, "column")
        ));
    }
    let mut seen = HashSet::new();
    for column in columns.iter().chain(&task.label) {
        if let Some(problem) = name_problem(column) {
            return Err(format!(
                "task '{name}': the name {} of a column {problem}",
                quoted(column)
            ));
        }
        if !seen.insert(column.trim()) {
            return Err(format!(
                "task '{name}' names the column {} twice; give each its own name",
                quoted(column)
            ));
        }
    }
    Ok(())
}
