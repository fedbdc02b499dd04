//! Tables of text in a terminal.

use std::io;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use itertools::Itertools;

/// A line below the header and nothing else: eighteen rows are read down the columns.
const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// Columns that running text takes at most: as many as the table of the founding experiment.
const COLUMNS: usize = 104;

/// What separates two columns of a table.
const GAP: usize = 3;

/// Columns of the terminal, where the answer goes to one.
fn terminal() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width).max(20))
}

/// Running text beside a table, in lines that fit.
pub(super) fn filled(text: &str) -> String {
    textwrap::fill(text, terminal().map_or(COLUMNS, |width| width.min(COLUMNS)))
}

/// Rows of numbers under a line.
pub(super) fn ruled(header: &[String], rows: &[Vec<String>]) -> String {
    render(RULED, 0, header, rows)
}

/// Columns of names, so many, and rows of numbers beside them, under a line.
pub(super) fn ruled_with_names(names: usize, header: &[String], rows: &[Vec<String>]) -> String {
    render(RULED, names, header, rows)
}

/// Names, and rows of numbers beside them, without a line.
pub(super) fn plain(header: &[String], rows: &[Vec<String>]) -> String {
    render(TableStyle::new(), 1, header, rows)
}

/// Columns after these first few are numbers. A table that is wider than the terminal is shown in parts, each with the first
/// columns.
fn render(style: TableStyle, names: usize, header: &[String], rows: &[Vec<String>]) -> String {
    let parts = parts(names.max(1), header, rows, terminal().unwrap_or(usize::MAX));
    let part = |columns: &Vec<usize>| {
        let of = |row: &[String]| columns.iter().map(|&column| row[column].clone()).collect_vec();
        let mut table = Table::new();
        table
            .load_style(style)
            .set_header(of(header))
            .add_rows(rows.iter().map(|row| of(row)));
        for column in table.column_iter_mut().skip(names) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    };
    parts.iter().map(part).join("\n\n")
}

/// The columns of each part of a table that is to fit into so many columns of a terminal: the first few are in every part,
/// and one more at least.
fn parts(first: usize, header: &[String], rows: &[Vec<String>], fits: usize) -> Vec<Vec<usize>> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| &row[column]).chain([&header[column]]);
        GAP + cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let start: Vec<usize> = (0..first.min(header.len())).collect();
    let taken: usize = start.iter().map(|&column| width(column)).sum();
    let (mut parts, mut used) = (vec![start.clone()], taken);
    for column in start.len()..header.len() {
        let part = parts.last_mut().expect("there is a part");
        if start.len() < part.len() && fits < used + width(column) {
            parts.push(start.iter().copied().chain([column]).collect());
            used = taken + width(column);
        } else {
            part.push(column);
            used += width(column);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_table_that_is_too_wide_is_shown_in_parts_that_fit() {
        let header = ["size", "a", "bbbbbb", "c"].map(str::to_owned);
        let rows = vec![["1216", "1", "2", "3"].map(str::to_owned).to_vec()];
        let check =
            |fits, expected: &[&[usize]]| assert_eq!(parts(1, &header, &rows, fits), expected, "{fits}");
        check(usize::MAX, &[&[0, 1, 2, 3]]);
        check(24, &[&[0, 1, 2, 3]]);
        check(23, &[&[0, 1, 2], &[0, 3]]);
        check(17, &[&[0, 1], &[0, 2], &[0, 3]]);
        check(0, &[&[0, 1], &[0, 2], &[0, 3]]);
    }
}
