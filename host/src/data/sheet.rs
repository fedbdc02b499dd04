//! A CSV file as cells that know their line and column, so that messages can say where something is wrong.

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::bad_input;
use crate::text::quoted;

/// A header and its rows, all of them as long as the header. Cells are without the spaces around them.
pub(crate) struct Sheet {
    file: String,
    header: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    /// From 1; a row may span several lines.
    line: usize,
    cells: StringRecord,
}

impl Sheet {
    /// Names of the columns, all different, none empty.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Rows below the header, at least one.
    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The file as it was named, for messages.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The text of a cell, which may be empty.
    pub(crate) fn cell(&self, row: usize, column: usize) -> &str {
        &self.rows[row].cells[column]
    }

    /// The text of a cell.
    ///
    /// # Errors
    /// Bad input if it is empty.
    pub(crate) fn text(&self, row: usize, column: usize) -> anyhow::Result<&str> {
        let text = &self.rows[row].cells[column];
        if text.is_empty() {
            return Err(self.refused(row, column, "the cell is empty; fill it or delete the row"));
        }
        Ok(text)
    }

    /// The number in a cell, rounded to the nearest f32.
    ///
    /// # Errors
    /// Bad input if it is not a finite number.
    pub(crate) fn number(&self, row: usize, column: usize) -> anyhow::Result<f32> {
        let text = self.text(row, column)?;
        let what = match text.parse::<f32>() {
            Ok(number) if number.is_finite() => return Ok(number),
            Ok(_) => "is not finite in 32 bits; write a number up to 3.4e38 or delete the row",
            Err(_) => "is not a number; write one, such as 0.5, or delete the column",
        };
        Err(self.refused(row, column, &format!("{} {what}", quoted(text))))
    }

    /// What is wrong with a cell, after its place.
    pub(crate) fn refused(&self, row: usize, column: usize, what: &str) -> anyhow::Error {
        let (place, name) = (self.place(row), &self.header[column]);
        bad_input!("{place}: column {}: {what}", quoted(name))
    }

    /// Where a row stands, for messages: file and line.
    pub(crate) fn place(&self, row: usize) -> String {
        format!("{}:{}", self.file, self.rows[row].line)
    }

    /// Reads the content of a file; `file` names it in messages.
    ///
    /// # Errors
    /// Bad input, with file, line, column and remedy, if it is not UTF-8, lacks a header or rows, has a column without a
    /// name or two of one name, or a row that is not as long as the header.
    pub(crate) fn parse(file: String, bytes: &[u8]) -> anyhow::Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = 1 + breaks(bytes, 0, error.valid_up_to());
            bad_input!("{file}:{line}: the text is not UTF-8; save the file as CSV in UTF-8")
        })?;
        // Spreadsheets put a byte order mark before the header.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut records = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes())
            .into_records();
        let Some(header) = records.next() else {
            return Err(bad_input!(
                "{file}: the file is empty; it begins with a header, a name for each column"
            ));
        };
        let header: Vec<String> = header
            .map_err(|error| bad_input!("{file}: {error}"))?
            .iter()
            .map(str::to_owned)
            .collect();
        check_header(&file, &header)?;

        let (mut rows, mut seen, mut line) = (Vec::new(), 0, 1);
        for record in records {
            let cells = record.map_err(|error| bad_input!("{file}: {error}"))?;
            // The reader's own line is that of the end of the row before, so blank lines would be missed.
            let start = cells.position().map_or(0, |position| position.byte() as usize);
            let start = start
                + text.as_bytes()[start..]
                    .iter()
                    .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                    .count();
            line += breaks(text.as_bytes(), seen, start);
            seen = start;
            if cells.len() != header.len() {
                return Err(bad_input!(
                    "{file}:{line}: the row has {} cells and the header {}; give each column one cell, with a comma \
                     between two and quotes around text that has commas",
                    cells.len(),
                    header.len()
                ));
            }
            rows.push(Row { line, cells });
        }
        if rows.is_empty() {
            return Err(bad_input!(
                "{file}: there are no rows below the header; write one for each sample"
            ));
        }
        Ok(Self { file, header, rows })
    }
}

fn check_header(file: &str, header: &[String]) -> anyhow::Result<()> {
    for (column, name) in header.iter().enumerate() {
        let number = column + 1;
        if name.is_empty() {
            return Err(bad_input!(
                "{file}:1: column {number} has no name; give it one, or delete it if it only counts the rows"
            ));
        }
        if let Some(first) = header[..column].iter().position(|other| other == name) {
            let (first, name) = (first + 1, quoted(name));
            return Err(bad_input!(
                "{file}:1: columns {first} and {number} are both called {name}; rename or delete one"
            ));
        }
    }
    Ok(())
}

/// Line breaks of any system that end in `from..to`.
fn breaks(text: &[u8], from: usize, to: usize) -> usize {
    (from..to)
        .filter(|&at| text[at] == b'\n' || (text[at] == b'\r' && text.get(at + 1) != Some(&b'\n')))
        .count()
}
