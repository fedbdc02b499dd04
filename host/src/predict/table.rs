//! A CSV file as the inputs and labels of one ticket. Without this module a shifted column would be predicted from
//! as if it were right.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::StringRecord;

use crate::bad_input;
use crate::ticket::{TaskPorts, Ticket};

/// Raw inputs, and the classes of the tasks that have a column of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// `(rows, input_count)`; finite.
    pub(super) inputs: Vec<f32>,
    /// Per task of the ticket, the class of each row.
    pub(super) labels: Vec<Option<Vec<usize>>>,
    pub(super) input_count: usize,
    /// The line of the file that each row begins at.
    lines: Vec<u64>,
    place: String,
}

impl Table {
    /// Reads a CSV file for `ticket`: a header, then numbers. The first columns are the inputs, by position; each
    /// further column is named after a task and holds its classes, as numbers from 0 on or as the labels that the
    /// ticket gives them.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if there is no such file or it does not fit the ticket; another error if
    /// reading itself fails.
    pub fn read(path: &Path, ticket: &Ticket) -> anyhow::Result<Table> {
        let place = path.display();
        let cannot_open = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                bad_input!("{place}: there is no such file; check the path")
            }
            io::ErrorKind::PermissionDenied => {
                bad_input!("{place}: you may not read this file; change its permissions")
            }
            io::ErrorKind::IsADirectory => bad_input!("{place}: this is a directory; name a CSV file in it"),
            _ => anyhow::Error::new(error).context(format!("cannot read {place}")),
        };
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(cannot_open)?;
        Table::from_bytes(&bytes, &place.to_string(), ticket)
    }

    /// Reads the content of a CSV file; `place` names the file in messages.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if the bytes do not fit the ticket.
    pub fn from_bytes(bytes: &[u8], place: &str, ticket: &Ticket) -> anyhow::Result<Table> {
        let in_file = |problem: String| bad_input!("{place}:{problem}");
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader
            .headers()
            .map_err(|error| in_file(malformed(&error, bytes)))?
            .clone();
        let columns = Columns::of(&header, ticket).map_err(in_file)?;
        let mut table = Table {
            inputs: Vec::new(),
            labels: vec![None; ticket.tasks.len()],
            input_count: ticket.widths[0],
            lines: Vec::new(),
            place: place.to_owned(),
        };
        for &task in &columns.tasks {
            table.labels[task] = Some(Vec::new());
        }
        for record in reader.records() {
            let record = record.map_err(|error| in_file(malformed(&error, bytes)))?;
            table
                .push(
                    &record,
                    line_of(record.position(), bytes),
                    &header,
                    &columns,
                    ticket,
                )
                .map_err(in_file)?;
        }
        if table.row_count() == 0 {
            return Err(in_file(" there is no row below the header; add one".to_owned()));
        }
        Ok(table)
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.lines.len()
    }

    /// Where a row stands, for messages: `data.csv:7`.
    pub(super) fn place_of(&self, row: usize) -> String {
        format!("{}:{}", self.place, self.lines[row])
    }

    fn push(
        &mut self,
        record: &StringRecord,
        line: u64,
        header: &StringRecord,
        columns: &Columns,
        ticket: &Ticket,
    ) -> Result<(), String> {
        let at = |column: usize| {
            let (name, field) = (quoted(&header[column]), quoted(&record[column]));
            format!("{line}: column {} ({name}) holds {field}", column + 1)
        };
        for (column, field) in record.iter().take(self.input_count).enumerate() {
            let x = field.trim().parse::<f32>().ok().filter(|x| x.is_finite());
            let x = x.ok_or_else(|| format!("{}; an input is a finite number: correct it", at(column)))?;
            self.inputs.push(x);
        }
        for (offset, &task) in columns.tasks.iter().enumerate() {
            let column = self.input_count + offset;
            let ports = &ticket.tasks[task];
            let class = class(&record[column], ports)
                .ok_or_else(|| format!("{}; {}", at(column), expected(ports)))?;
            self.labels[task].get_or_insert_default().push(class);
        }
        self.lines.push(line);
        Ok(())
    }
}

/// What the columns after the inputs hold.
struct Columns {
    /// The task of each column of labels.
    tasks: Vec<usize>,
}

impl Columns {
    fn of(header: &StringRecord, ticket: &Ticket) -> Result<Columns, String> {
        let input_count = ticket.widths[0];
        let position = |name: &str| ticket.tasks.iter().position(|task| task.name == name.trim());
        if header.is_empty() {
            return Err(format!(
                " the file is empty; it needs a header, {input_count} columns of inputs, and rows"
            ));
        }
        if header.iter().all(|name| name.trim().parse::<f32>().is_ok()) {
            return Err("1: the first line holds numbers; put a header such as x0,x1,… above it".to_owned());
        }
        let inputs_found = header
            .iter()
            .position(|name| position(name).is_some())
            .unwrap_or(header.len());
        if inputs_found < input_count {
            return Err(format!(
                "1: {inputs_found} columns of inputs are there, and the ticket has {input_count} inputs: add the \
                 missing ones, in order, before any labels"
            ));
        }
        let mut tasks = Vec::new();
        for (column, name) in header.iter().enumerate().skip(input_count) {
            let place = format!("1: column {} ({})", column + 1, quoted(name));
            let Some(task) = position(name) else {
                return Err(format!(
                    "{place} comes after the {input_count} inputs, so it should be named after a task{}",
                    suggestion(name, &ticket.tasks)
                ));
            };
            if tasks.contains(&task) {
                return Err(format!(
                    "{place} is there twice; keep one column of labels per task"
                ));
            }
            tasks.push(task);
        }
        Ok(Columns { tasks })
    }
}

/// The class that a field names.
fn class(field: &str, task: &TaskPorts) -> Option<usize> {
    let class_count = task.outputs.len().max(2);
    let labels = task.classes.as_deref().unwrap_or_default();
    let by_label = || {
        let exact = labels.iter().position(|label| label == field);
        exact.or_else(|| labels.iter().position(|label| label.trim() == field.trim()))
    };
    // Labels that are numbers themselves leave no room for a second meaning of numbers.
    let may_count = labels.iter().all(|label| label.trim().parse::<f64>().is_err());
    let by_number = || {
        let number = field.trim().parse::<f64>().ok().filter(|_| may_count)?;
        (0..class_count).find(|&class| class as f64 == number)
    };
    by_label().or_else(by_number)
}

/// What a column of labels may hold.
fn expected(task: &TaskPorts) -> String {
    let name = &task.name;
    match &task.classes {
        None => format!(
            "a class of {name} is a whole number from 0 to {}",
            task.outputs.len().max(2) - 1
        ),
        Some(labels) => {
            let labels: Vec<_> = labels.iter().map(|label| quoted(label)).collect();
            format!("a class of {name} is one of {}", labels.join(", "))
        }
    }
}

/// The nearest task, where at most half of the name would have to change, else all of them.
fn suggestion(name: &str, tasks: &[TaskPorts]) -> String {
    let distance = |task: &TaskPorts| {
        strsim::damerau_levenshtein(&name.trim().to_lowercase(), &task.name.to_lowercase())
    };
    let nearest = tasks
        .iter()
        .map(|task| (distance(task), &task.name))
        .min_by_key(|near| near.0);
    match nearest {
        Some((distance, nearest)) if distance <= (name.chars().count() / 2).max(1) => {
            format!("; did you mean '{nearest}'?")
        }
        _ => {
            let names: Vec<_> = tasks.iter().map(|task| format!("'{}'", task.name)).collect();
            format!(": {}; rename or remove it", names.join(", "))
        }
    }
}

/// What the reader found, with its line.
fn malformed(error: &csv::Error, bytes: &[u8]) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => format!(
            "{}: the row has {len} columns and the header {expected_len}; every row needs as many as the header",
            line_of(pos.as_ref(), bytes)
        ),
        csv::ErrorKind::Utf8 { pos, err } => format!(
            "{}: column {} is not UTF-8; save the file as UTF-8",
            line_of(pos.as_ref(), bytes),
            err.field() + 1
        ),
        _ => format!(" the file cannot be read as CSV: {error}; write it again"),
    }
}

/// The line that a row stands on. The reader's position is where the row before it ended: empty lines, and the second
/// half of a Windows line end, lie between.
fn line_of(position: Option<&csv::Position>, bytes: &[u8]) -> u64 {
    let Some(position) = position else { return 1 };
    let rest = bytes.get(position.byte() as usize..).unwrap_or_default();
    let between = rest.iter().take_while(|&&byte| byte == b'\n' || byte == b'\r');
    position.line() + between.filter(|&&byte| byte == b'\n').count() as u64
}

/// `text` from a file, fit for a message: of bounded length and without control characters.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    format!("'{short}'")
}
