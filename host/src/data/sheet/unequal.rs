//! Says why a row cannot be divided into the cells that the header has.

use super::line::Fault;
use super::{header, is_number, separator};
use crate::bad_input;
use crate::text::{counted, unwanted};

/// What to say of a quote that is open to two readings.
pub(super) fn misquoted(place: &str, column: usize, fault: Fault) -> anyhow::Error {
    bad_input!("{place}: column {}: {}", column + 1, fault.what())
}

/// What the rows are compared with.
pub(super) struct Header<'a> {
    pub(super) place: &'a str,
    pub(super) names: &'a [String],
    pub(super) separator: u8,
}

impl Header<'_> {
    /// What to say of a row that has another number of cells than the header.
    pub(super) fn unequal(&self, place: &str, row: &str, count: usize) -> anyhow::Error {
        if let Some(what) = unwanted(&row.replace('\t', " ")) {
            return bad_input!("{place}: the line {what}");
        }
        let (width, marks) = (self.names.len(), separator::name(self.separator));
        if let Some(name) = self.names.iter().find(|name| is_number(name)) {
            return bad_input!("{}: {}", self.place, header::sample(name));
        }
        let remedy = match separator::dividing(row, width).filter(|_| count == 1) {
            _ if row.starts_with('#') => "delete it if it is a comment".to_owned(),
            Some(other) => format!("separate all columns by {marks}, not by {other}"),
            None if self.names.last().is_some_and(String::is_empty) => {
                format!("the header ends in {marks} that no row has; delete them")
            }
            _ if width == 1 && is_number(row) => {
                "write decimals with a point: in a file of one column a comma would separate two".to_owned()
            }
            None if width == 1 => {
                "the first line must be a header, a name for each column; delete what stands above it"
                    .to_owned()
            }
            None => {
                let example = if self.separator == b',' {
                    " (and no decimal commas)"
                } else {
                    ""
                };
                format!(
                    "give each column one cell, with {marks} between them{example} and quotes around text that has {marks}"
                )
            }
        };
        bad_input!(
            "{place}: the row has {} and the header {width}; {remedy}",
            counted(count, "cell")
        )
    }
}
