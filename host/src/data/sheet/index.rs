//! Finds the columns that number or name the rows, as pandas and R write them in front of the data.

use std::collections::HashSet;

use super::header::is_unnamed;
use crate::text::quoted;

/// How many of the first columns only say which row it is: columns without a name (or with the name that pandas gives
/// them when it reads such a file again) whose cells are all different, and whole numbers or text. They count the rows, or
/// did before the rows were shuffled.
///
/// `cell` is the text of a cell by row and column.
pub(super) fn index_columns<'a>(
    names: &[String],
    row_count: usize,
    cell: impl Fn(usize, usize) -> &'a str,
) -> usize {
    let is_index = |column: usize| {
        let mut seen = HashSet::with_capacity(row_count);
        (0..row_count).all(|row| {
            let text = cell(row, column);
            let is_measured = || text.parse::<f64>().is_ok() && text.parse::<i128>().is_err();
            !text.is_empty() && !is_measured() && seen.insert(text)
        })
    };
    let may_be = |name: &String| name.is_empty() || is_unnamed(name);
    let unnamed = names
        .iter()
        .take_while(|name| may_be(name))
        .count()
        .min(names.len() - 1);
    (0..unnamed).take_while(|&column| is_index(column)).count()
}

/// What to say of a column of the file, counted from 0, that is left out.
pub(super) fn left_out<'a>(column: usize, name: &str, mut cells: impl Iterator<Item = &'a str>) -> String {
    let called = if name.is_empty() {
        "has no name".to_owned()
    } else {
        format!("is called {}", quoted(name))
    };
    let does = if cells.all(|text| text.parse::<i128>().is_ok()) {
        "numbers the rows"
    } else {
        "has another text in every row, as a name or a date"
    };
    format!("column {} {called} and {does}; it is left out", column + 1)
}
