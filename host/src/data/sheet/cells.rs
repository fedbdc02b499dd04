//! The cells of all rows, and how they write decimals.

use super::number::{self, Hint, Mark};

/// The text of all cells, row by row.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) text: String,
    /// Where each cell ends in `text`; the next begins there.
    pub(super) ends: Vec<usize>,
    /// Cells of a row.
    pub(super) width: usize,
    /// So many in front are left out.
    pub(super) left_out: usize,
}

impl Cells {
    /// The text of a cell, among the columns that are not left out.
    pub(super) fn get(&self, row: usize, column: usize) -> &str {
        self.of_file(row, self.left_out + column)
    }

    /// The text of a cell by its column in the file.
    pub(super) fn of_file(&self, row: usize, column: usize) -> &str {
        let index = row * self.width + column;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }
}

/// How decimals are written in the columns that hold numbers. Where commas separate columns, by a point; elsewhere by a
/// comma, if a cell has one.
///
/// A comma before three digits is a thousands separator if tabs separate the columns, as in what a spreadsheet shows, and
/// nothing in the file speaks for decimals; semicolons are only written where commas are decimal.
pub(super) fn mark(cells: &Cells, separator: u8) -> Mark {
    let row_count = cells.ends.len() / cells.width;
    let has_commas = |column: usize| {
        let hints = (0..row_count).map(|row| number::hint(cells.get(row, column)));
        let mut has_commas = false;
        for hint in hints {
            match hint {
                Hint::Text => return false,
                Hint::Comma => has_commas = true,
                Hint::Thousand => has_commas |= separator == b';',
                Hint::Either => {}
            }
        }
        has_commas
    };
    if separator != b',' && (0..cells.width - cells.left_out).any(has_commas) {
        Mark::Comma
    } else {
        Mark::Point
    }
}
