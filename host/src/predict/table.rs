//! A CSV file as the inputs and labels of one ticket, checked column by column.

use std::collections::HashMap;

use super::Matching;
use crate::bad_input;
use crate::data::foreign;
use crate::data::sheet::{Sheet, is_mark};
use crate::naming::{Columns, Known, expected};
use crate::text::quoted;
use crate::ticket::{TaskPorts, Ticket};

/// Raw inputs, and the classes of the tasks that have a column of labels.
pub struct Table {
    /// `(rows, input_count)`; finite.
    pub(super) inputs: Vec<f32>,
    /// Per task of the ticket that has a column of labels, the class of each row that has one.
    pub(super) labels: Vec<Option<Vec<Option<usize>>>>,
    pub(super) input_count: usize,
    notes: Vec<String>,
    /// Where all of it stands; nowhere, if it was drawn.
    sheet: Option<Sheet>,
}

impl Table {
    /// Reads the content of a CSV file for `ticket`, as `tombola run` reads one: a header, then numbers. Labels are the
    /// ticket's, or classes as numbers from 0 on where it has none; a row without a label is one whose class is unknown. `place`
    /// names the file in messages.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if the bytes do not fit the ticket.
    pub fn from_bytes(
        bytes: &[u8],
        place: &str,
        ticket: &Ticket,
        matching: Matching,
    ) -> anyhow::Result<Table> {
        if let Some((name, remedy)) = foreign::to_csv(bytes, place) {
            return Err(bad_input!(
                "{place}: this is {name}, and a ticket's data is a CSV file; convert it: {remedy}"
            ));
        }
        let sheet = Sheet::parse(place.to_owned(), bytes)?;
        let columns = Columns::find(sheet.header(), ticket, matching)
            .map_err(|problem| bad_input!("{}: {problem}", sheet.header_place()))?;
        let mut inputs = Vec::with_capacity(sheet.row_count() * columns.inputs.len());
        for row in 0..sheet.row_count() {
            for &column in &columns.inputs {
                inputs.push(sheet.number(row, column)?);
            }
        }
        let labels = ticket.tasks.iter().zip(&columns.labels);
        let labels =
            labels.map(|(task, &column)| column.map(|column| labels_of(&sheet, column, task)).transpose());
        Ok(Table {
            inputs,
            labels: labels.collect::<anyhow::Result<_>>()?,
            input_count: columns.inputs.len(),
            notes: columns.notes,
            sheet: Some(sheet),
        })
    }

    /// Samples that were drawn: raw `inputs`, `(rows, inputs of the ticket)`, and `(rows, tasks)` classes, or none.
    ///
    /// # Panics
    ///
    /// If `classes` are of another number of rows.
    #[cfg(feature = "program")]
    pub(crate) fn of_samples(ticket: &Ticket, inputs: Vec<f32>, classes: Option<&[u16]>) -> Table {
        let input_count = ticket.widths[0];
        let task_count = ticket.tasks.len();
        let rows = inputs.len() / input_count;
        let of_task = |task| {
            let classes = classes?;
            assert_eq!(classes.len(), rows * task_count, "classes of each sample");
            let of_rows = classes[task..].iter().step_by(task_count);
            Some(of_rows.map(|&class| Some(usize::from(class))).collect())
        };
        Table {
            inputs,
            labels: (0..task_count).map(of_task).collect(),
            input_count,
            notes: vec![],
            sheet: None,
        }
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.inputs.len() / self.input_count
    }

    /// The raw inputs of a row.
    pub fn inputs(&self, row: usize) -> &[f32] {
        &self.inputs[row * self.input_count..][..self.input_count]
    }

    /// The raw inputs of all rows, `(rows, inputs)`.
    pub fn rows(&self) -> &[f32] {
        &self.inputs
    }

    /// The class of each task in a row, where there are labels.
    pub fn labels(&self, row: usize) -> impl Iterator<Item = Option<usize>> {
        self.labels.iter().map(move |labels| labels.as_ref()?[row])
    }

    /// How many rows have a label of each task, where a column of labels is there.
    pub fn labeled(&self) -> impl Iterator<Item = Option<usize>> {
        let count = |labels: &Vec<Option<usize>>| labels.iter().flatten().count();
        self.labels.iter().map(move |labels| labels.as_ref().map(count))
    }

    /// What the user should know of the columns: a line for each thing, which names the file.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        self.sheet.iter().flat_map(|sheet| {
            let notes = sheet.notes().iter().chain(&self.notes);
            notes.map(|note| format!("note: {}: {note}", sheet.file()))
        })
    }

    /// Where a row stands, for messages: `data.csv:7`, or `sample 5` of those that were drawn.
    pub(crate) fn place_of(&self, row: usize) -> String {
        match &self.sheet {
            Some(sheet) => sheet.place(row),
            None => format!("sample {row}"),
        }
    }
}

/// The class of each row.
fn labels_of(sheet: &Sheet, column: usize, task: &TaskPorts) -> anyhow::Result<Vec<Option<usize>>> {
    let known = Known::of(task);
    let mut class_of: HashMap<&str, Option<usize>> = HashMap::new();
    let rows = 0..sheet.row_count();
    rows.map(|row| {
        let cell = sheet.cell(row, column);
        if let Some(&class) = class_of.get(cell) {
            return Ok(class);
        }
        let class = known.class(&sheet.plain_label(row, column));
        if class.is_none() && !cell.is_empty() && !is_mark(cell) {
            let problem = format!("{} is no class; {}", quoted(cell), expected(task));
            return Err(sheet.refused(row, column, &problem));
        }
        class_of.insert(cell, class);
        Ok(class)
    })
    .collect()
}
