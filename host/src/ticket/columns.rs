//! Checks the names that a task keeps of the columns of its file: a ticket may come from anywhere, and its names are shown
//! in messages and in comments of code.

use std::collections::HashSet;

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

/// What each input was called in the file that its task was read from; the first of its tasks that says so.
pub fn input_names(tasks: &[TaskPorts], input_count: usize) -> Vec<Option<&str>> {
    let mut names = vec![None; input_count];
    for task in tasks {
        for (&input, column) in std::iter::zip(&task.inputs, task.columns.as_deref().unwrap_or_default()) {
            names[input].get_or_insert(column.trim());
        }
    }
    names
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
