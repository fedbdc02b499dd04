//! Tables of text in a terminal.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

/// A line below the header and nothing else: eighteen rows are read down the columns.
const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// Width of running text beside a table: that of the founding experiment's.
pub(super) const COLUMNS: usize = 104;

/// Rows of numbers under a line.
pub(super) fn ruled(header: Vec<String>, rows: Vec<Vec<String>>) -> String {
    render(RULED, 0, header, rows)
}

/// Columns of names, so many, and rows of numbers beside them, under a line.
pub(super) fn ruled_with_names(names: usize, header: Vec<String>, rows: Vec<Vec<String>>) -> String {
    render(RULED, names, header, rows)
}

/// Names, and rows of numbers beside them, without a line.
pub(super) fn plain(header: Vec<String>, rows: Vec<Vec<String>>) -> String {
    render(TableStyle::new(), 1, header, rows)
}

/// Columns after these first few are numbers.
fn render(style: TableStyle, names: usize, header: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(style).set_header(header).add_rows(rows);
    for column in table.column_iter_mut().skip(names) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}
