//! A CSV file as the inputs and labels of one ticket, checked column by column.

use itertools::Itertools;

use crate::bad_input;
use crate::data::sheet::Sheet;
use crate::text::{did_you_mean, quoted};
use crate::ticket::{TaskPorts, Ticket};

/// Raw inputs, and the classes of the tasks that have a column of labels.
pub struct Table {
    /// `(rows, input_count)`; finite.
    pub(super) inputs: Vec<f32>,
    /// Per task of the ticket, the class of each row.
    pub(super) labels: Vec<Option<Vec<usize>>>,
    pub(super) input_count: usize,
    /// Where all of it stands.
    sheet: Sheet,
}

impl Table {
    /// Reads the content of a CSV file for `ticket`: a header, then numbers. The first columns are the inputs, by
    /// position; each further column is named after a task and holds its classes, as numbers from 0 on or as the labels
    /// that the ticket gives them. `place` names the file in messages.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if the bytes do not fit the ticket.
    pub fn from_bytes(bytes: &[u8], place: &str, ticket: &Ticket) -> anyhow::Result<Table> {
        let sheet = Sheet::parse(place.to_owned(), bytes)?;
        let input_count = ticket.widths[0];
        let task_of_column = tasks_of_columns(sheet.header(), ticket)
            .map_err(|problem| bad_input!("{}:1: {problem}", sheet.file()))?;
        let mut inputs = Vec::with_capacity(sheet.row_count() * input_count);
        for row in 0..sheet.row_count() {
            for column in 0..input_count {
                inputs.push(sheet.number(row, column)?);
            }
        }
        let mut labels = vec![None; ticket.tasks.len()];
        for (offset, task) in task_of_column.into_iter().enumerate() {
            let classes = (0..sheet.row_count()).map(|row| {
                let (column, ports) = (input_count + offset, &ticket.tasks[task]);
                let field = sheet.text(row, column)?;
                let refused = || format!("{} is no class; {}", quoted(field), expected(ports));
                class(field, ports).ok_or_else(|| sheet.refused(row, column, &refused()))
            });
            labels[task] = Some(classes.collect::<anyhow::Result<_>>()?);
        }
        Ok(Table {
            inputs,
            labels,
            input_count,
            sheet,
        })
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.sheet.row_count()
    }

    /// The raw inputs of a row.
    pub fn inputs(&self, row: usize) -> &[f32] {
        &self.inputs[row * self.input_count..][..self.input_count]
    }

    /// The class of each task in a row, where there are labels.
    pub fn labels(&self, row: usize) -> impl Iterator<Item = Option<usize>> {
        self.labels
            .iter()
            .map(move |labels| labels.as_ref().map(|labels| labels[row]))
    }

    /// Where a row stands, for messages: `data.csv:7`.
    pub(super) fn place_of(&self, row: usize) -> String {
        self.sheet.place(row)
    }
}

/// The task of each column after the inputs.
fn tasks_of_columns(header: &[String], ticket: &Ticket) -> Result<Vec<usize>, String> {
    let input_count = ticket.widths[0];
    let position = |name: &String| ticket.tasks.iter().position(|task| task.name == *name);
    if header.iter().all(|name| name.parse::<f32>().is_ok()) {
        return Err("the first line holds numbers; put a header such as x0,x1,… above it".to_owned());
    }
    let inputs_found = header
        .iter()
        .position(|name| position(name).is_some())
        .unwrap_or(header.len());
    if inputs_found < input_count {
        return Err(format!(
            "{inputs_found} columns of inputs are there, and the ticket has {input_count} inputs; add the missing \
             ones, in order, before any labels"
        ));
    }
    let task_of = |name: &String| {
        position(name).ok_or_else(|| {
            format!(
                "column {} comes after the {input_count} inputs, so it should be named after a task{}",
                quoted(name),
                suggestion(name, &ticket.tasks)
            )
        })
    };
    header[input_count..].iter().map(task_of).collect()
}

/// The class that a field names.
fn class(field: &str, task: &TaskPorts) -> Option<usize> {
    let class_count = task.outputs.len().max(2);
    let labels = task.classes.as_deref().unwrap_or_default();
    let by_label = labels.iter().position(|label| label.trim() == field);
    // Labels that are numbers themselves leave no room for a second meaning of numbers.
    let may_count = labels.iter().all(|label| label.trim().parse::<f64>().is_err());
    let by_number = || {
        let number = field.parse::<f64>().ok().filter(|_| may_count)?;
        (0..class_count).find(|&class| class as f64 == number)
    };
    by_label.or_else(by_number)
}

/// What a column of labels may hold.
fn expected(task: &TaskPorts) -> String {
    let name = &task.name;
    match &task.classes {
        None => format!(
            "a class of {name} is a whole number from 0 to {}",
            task.outputs.len().max(2) - 1
        ),
        Some(labels) => format!(
            "a class of {name} is one of {}",
            labels.iter().map(|label| quoted(label)).join(", ")
        ),
    }
}

/// The nearest task, or else all of them.
fn suggestion(name: &str, tasks: &[TaskPorts]) -> String {
    let names = tasks.iter().map(|task| &*task.name).collect_vec();
    match did_you_mean(name, &names) {
        Some(near) => format!("; {near}"),
        None => format!(": '{}'; rename or remove it", names.join("', '")),
    }
}
