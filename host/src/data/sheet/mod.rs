//! A CSV file as cells that know their line and column, so that messages can say where something is wrong.
//!
//! `encoding` finds the text, `separator` what separates its columns, `line` its cells, which `cells` keeps and `unequal`
//! compares with the header; `header` checks the names, `index` finds columns that only number the rows; `number`,
//! `decimal`, `label` and `missing` say what is in a cell, `thousands` which columns leave that open.

mod cells;
mod decimal;
mod encoding;
mod header;
mod index;
mod label;
mod line;
mod missing;
mod number;
mod separator;
#[cfg(test)]
mod tests;
mod thousands;
mod unequal;

use cells::{Cells, mark};
pub(crate) use header::{no_header, sample};
pub(crate) use label::{Label, missing_label};
use line::{lines, split};
pub(crate) use missing::{is_mark, is_missing};
use number::Mark;
pub(crate) use number::is_number;
use unequal::{Header, misquoted};

use crate::bad_input;
use crate::text::{quoted, unwanted};

/// A header and its rows, all of them as long as the header. Cells are without the spaces around them.
///
/// Columns in front that only number the rows are left out.
#[derive(Debug)]
pub(crate) struct Sheet {
    file: String,
    header: Vec<String>,
    header_line: usize,
    /// The line of each row, from 1.
    lines: Vec<usize>,
    cells: Cells,
    separator: u8,
    mark: Mark,
    /// Of each column, the text of a whole number that makes its decimals doubtful: see [`thousands`].
    doubtful: Vec<Option<String>>,
    /// What may separate the columns as well.
    would_do_too: Option<&'static str>,
    notes: Vec<String>,
}

impl Sheet {
    /// Names of the columns, all different, none empty.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Rows below the header, at least one.
    pub(crate) fn row_count(&self) -> usize {
        self.lines.len()
    }

    /// The file as it was named, for messages.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// What was left out of the file, in sentences.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How the columns are separated, to be added to what is said of their names, where they may be separated otherwise; else
    /// empty.
    pub(crate) fn otherwise(&self) -> String {
        self.would_do_too.map_or(String::new(), |other| {
            let marks = separator::name(self.separator);
            format!(" (columns are taken to be separated by {marks}, not by {other}: put quotes around names that have {marks})")
        })
    }

    /// The text of a cell, which may be empty.
    pub(crate) fn cell(&self, row: usize, column: usize) -> &str {
        self.cells.get(row, column)
    }

    /// The text of a cell.
    ///
    /// # Errors
    /// Bad input if it is empty.
    pub(crate) fn text(&self, row: usize, column: usize) -> anyhow::Result<&str> {
        let text = self.cell(row, column);
        if text.is_empty() {
            return Err(self.refused(row, column, "the cell is empty; fill it or delete the row"));
        }
        Ok(text)
    }

    /// The number in a cell, rounded to the nearest f64 and within the range of f32.
    ///
    /// # Errors
    /// As [`Sheet::numbers`].
    pub(crate) fn exact_number(&self, row: usize, column: usize) -> anyhow::Result<f64> {
        self.numbers(row, column).map(|(exact, _)| exact)
    }

    /// The number in a cell, rounded once: the shortest text of an f32 gives it back, which it does not always by way of
    /// f64.
    ///
    /// # Errors
    /// As [`Sheet::numbers`].
    pub(crate) fn number(&self, row: usize, column: usize) -> anyhow::Result<f32> {
        self.numbers(row, column).map(|(_, rounded)| rounded)
    }

    /// The number in a cell as [`Sheet::exact_number`] and as [`Sheet::number`] give it.
    ///
    /// # Errors
    /// Bad input if it is not a finite number, or one whose decimals may be a group of thousands.
    pub(crate) fn numbers(&self, row: usize, column: usize) -> anyhow::Result<(f64, f32)> {
        let text = self.text(row, column)?;
        if let Some(whole) = &self.doubtful[column]
            && self.mark.is_in(text)
        {
            return Err(self.refused(row, column, &thousands::refusal(text, whole, self.mark)));
        }
        let rounded = self.mark.parse_as(text).filter(|number: &f32| number.is_finite());
        self.mark.parse(text).zip(rounded).ok_or_else(|| {
            let what = unwanted(text).map_or_else(
                || number::refusal(text, self.mark, self.separator).to_owned(),
                |what| format!("is not a number: it {what}"),
            );
            self.refused(row, column, &format!("{} {what}", quoted(text)))
        })
    }

    /// What is wrong with a cell, after its place.
    pub(crate) fn refused(&self, row: usize, column: usize, what: &str) -> anyhow::Error {
        let (place, name) = (self.place(row), &self.header[column]);
        bad_input!("{place}: column {}: {what}", quoted(name))
    }

    /// Where a row stands, for messages: file and line.
    pub(crate) fn place(&self, row: usize) -> String {
        format!("{}:{}", self.file, self.lines[row])
    }

    /// Where the header stands, for messages: file and line.
    pub(crate) fn header_place(&self) -> String {
        format!("{}:{}", self.file, self.header_line)
    }

    /// Reads the content of a file; `file` names it in messages.
    ///
    /// # Errors
    /// Bad input, with file, line, column and remedy, if it is not UTF-8 text in columns, lacks a header or rows, has a
    /// quote that can be read in two ways, a column without a name or two of one name, or a row that is not as long as the
    /// header.
    pub(crate) fn parse(file: String, bytes: &[u8]) -> anyhow::Result<Self> {
        let text = encoding::text(&file, bytes)?;
        let mut rows = lines(text);
        let Some((header_line, first)) = rows.next() else {
            return Err(bad_input!(
                "{file}: the file is empty; it begins with a header, a name for each column"
            ));
        };
        let place = format!("{file}:{header_line}");
        let below = rows.clone().map(|(_, row)| row);
        if let Some(what) = header::preamble(first, below.clone()) {
            return Err(bad_input!("{place}: {what}"));
        }
        let found = separator::separator(first, below);
        let separator::Found {
            separator,
            would_do_too,
        } = found.map_err(|what| bad_input!("{place}: {what}"))?;

        let mut names = Vec::new();
        split(first, separator, |name| names.push(name.into_owned()))
            .map_err(|(column, fault)| misquoted(&place, column, fault))?;
        let width = names.len();
        let (mut text, mut ends, mut line_of_row) =
            (String::with_capacity(text.len()), Vec::new(), Vec::new());
        for (line, row) in rows {
            let before = ends.len();
            let cells = split(row, separator, |cell| {
                text.push_str(&cell);
                ends.push(text.len());
            });
            cells.map_err(|(column, fault)| misquoted(&format!("{file}:{line}"), column, fault))?;
            if ends.len() - before != width {
                let header = Header {
                    place: &place,
                    names: &names,
                    separator,
                };
                return Err(header.unequal(&format!("{file}:{line}"), row, ends.len() - before));
            }
            line_of_row.push(line);
        }
        let mut cells = Cells {
            text,
            ends,
            width,
            left_out: 0,
        };
        cells.left_out =
            index::index_columns(&names, line_of_row.len(), |row, column| cells.get(row, column));
        header::check(&place, &names, cells.left_out, separator)?;
        if line_of_row.is_empty() {
            return Err(bad_input!(
                "{file}: there are no rows below the header; write one for each sample"
            ));
        }
        let taken = would_do_too.map(|other| {
            let marks = separator::name(separator);
            format!("its columns are taken to be separated by {marks}, though {other} would do, too")
        });
        let row_count = line_of_row.len();
        let left_out = names.drain(..cells.left_out).zip(0..).map(|(name, column)| {
            let column_cells = (0..row_count).map(|row| cells.of_file(row, column));
            index::left_out(column, &name, column_cells)
        });
        let notes = taken.into_iter().chain(left_out).collect();
        let mark = mark(&cells, separator);
        let doubtful = (0..names.len())
            .map(|column| {
                let column_cells = (0..row_count).map(|row| cells.get(row, column));
                thousands::doubt(column_cells, mark).map(str::to_owned)
            })
            .collect();
        Ok(Self {
            file,
            header: names,
            header_line,
            lines: line_of_row,
            cells,
            separator,
            mark,
            doubtful,
            would_do_too,
            notes,
        })
    }
}
