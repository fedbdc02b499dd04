//! Tables of text in a terminal.

use itertools::Itertools;
use textwrap::core::display_width;

use crate::terminal;

/// Columns that running text takes at most: as many as the table of the founding experiment.
const COLUMNS: usize = 104;

/// What stands before the first column of a table and between two.
#[derive(Clone, Copy)]
struct Spaces {
    before: usize,
    between: usize,
    /// Whether a line is below the header.
    is_ruled: bool,
}

/// A line below the header and nothing else: eighteen rows are read down the columns.
const RULED: Spaces = Spaces {
    before: 2,
    between: 3,
    is_ruled: true,
};

const PLAIN: Spaces = Spaces {
    before: 1,
    between: 2,
    is_ruled: false,
};

/// Running text beside a table, in lines that fit.
pub(super) fn filled(text: &str) -> String {
    let columns = terminal::stdout().map_or(COLUMNS, |columns| columns.min(COLUMNS));
    textwrap::fill(text, terminal::options(columns))
}

/// Lines of a few words, broken only where the answer goes to a terminal that is narrower.
pub(super) fn fitted(text: &str) -> String {
    terminal::fitted(text, terminal::stdout())
}

/// Rows of numbers under a line.
pub(super) fn ruled(header: &[String], rows: &[Vec<String>]) -> String {
    render(RULED, 0, header, rows, terminal::stdout())
}

/// Columns of names, so many, and rows of numbers beside them, under a line.
pub(super) fn ruled_with_names(names: usize, header: &[String], rows: &[Vec<String>]) -> String {
    render(RULED, names, header, rows, terminal::stdout())
}

/// Names, and rows of numbers beside them, without a line.
pub(super) fn plain(header: &[String], rows: &[Vec<String>]) -> String {
    render(PLAIN, 1, header, rows, terminal::stdout())
}

/// Columns after these first few are numbers. A table that is wider than the terminal is shown in parts, each with the first
/// columns; where one column beside them is too wide, spaces are saved, and then cells have several lines.
fn render(
    spaces: Spaces,
    names: usize,
    header: &[String],
    rows: &[Vec<String>],
    terminal: Option<usize>,
) -> String {
    let (first, fits) = (names.max(1).min(header.len()), terminal.unwrap_or(usize::MAX));
    let width = |column: usize| {
        let cells = rows.iter().map(|row| &row[column]).chain([&header[column]]);
        cells.map(|cell| display_width(cell)).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..header.len()).map(width).collect();
    let spaces = narrowed(spaces, first, &mut widths, fits);
    let part = |columns: &Vec<usize>| {
        let line = |row: &[String]| lines(spaces, names, columns, &widths, row);
        let mut all = line(header);
        if spaces.is_ruled {
            let whole = columns
                .iter()
                .map(|&column| widths[column] + spaces.between)
                .sum::<usize>();
            // As far beyond the last column as before the first.
            let length = (whole - spaces.between + 2 * spaces.before).min(fits);
            all.push("─".repeat(length));
        }
        all.extend(rows.iter().flat_map(|row| line(row)));
        all.join("\n")
    };
    parts(spaces, first, &widths, fits).iter().map(part).join("\n\n")
}

/// The spaces and widths with which the first columns and any other fit beside each other.
fn narrowed(spaces: Spaces, first: usize, widths: &mut [usize], fits: usize) -> Spaces {
    let taken = |spaces: Spaces, widths: &[usize]| {
        let names: usize = widths[..first].iter().map(|width| width + spaces.between).sum();
        spaces.before + names
    };
    let other = widths[first..].iter().copied().max();
    let fit = |spaces, widths: &[usize]| taken(spaces, widths) + other.unwrap_or(0) <= fits;
    if fit(spaces, widths) {
        return spaces;
    }
    let spaces = Spaces {
        before: 0,
        between: 2,
        ..spaces
    };
    if fit(spaces, widths) {
        return spaces;
    }
    // Names get half of the terminal at least, and numbers what is left.
    let left = fits.saturating_sub(other.unwrap_or(0)).max(fits / 2);
    let most = (left / first.max(1)).saturating_sub(spaces.between).max(1);
    for width in &mut widths[..first] {
        *width = (*width).min(most);
    }
    let most = fits.saturating_sub(taken(spaces, widths)).max(1);
    for width in &mut widths[first..] {
        *width = (*width).min(most);
    }
    spaces
}

/// The columns of each part of a table that is to fit into so many columns of a terminal: the first few are in every part,
/// and one more at least.
fn parts(spaces: Spaces, first: usize, widths: &[usize], fits: usize) -> Vec<Vec<usize>> {
    let start: Vec<usize> = (0..first).collect();
    let taken = spaces.before + start.iter().map(|&column| widths[column]).sum::<usize>();
    let taken = taken + spaces.between * first.saturating_sub(1);
    let (mut parts, mut used) = (vec![start.clone()], taken);
    for (column, width) in widths.iter().enumerate().skip(first) {
        let part = parts.last_mut().expect("there is a part");
        let with = spaces.between + width;
        if start.len() < part.len() && fits < used.saturating_add(with) {
            parts.push(start.iter().copied().chain([column]).collect());
            used = taken + with;
        } else {
            part.push(column);
            used += with;
        }
    }
    parts
}

/// The lines of a row: one, but for cells that are wider than their column.
fn lines(spaces: Spaces, names: usize, columns: &[usize], widths: &[usize], row: &[String]) -> Vec<String> {
    let cells: Vec<_> = columns
        .iter()
        .map(|&column| textwrap::wrap(&row[column], terminal::options(widths[column]).break_words(true)))
        .collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let line = |number: usize| {
        let cells = columns.iter().zip(&cells).map(|(&column, cell)| {
            let text = cell.get(number).map_or("", |text| text);
            let blanks = " ".repeat(widths[column].saturating_sub(display_width(text)));
            if column < names {
                format!("{text}{blanks}")
            } else {
                format!("{blanks}{text}")
            }
        });
        let line = cells.collect_vec().join(&" ".repeat(spaces.between));
        format!("{}{line}", " ".repeat(spaces.before))
            .trim_end()
            .to_owned()
    };
    (0..count).map(line).collect()
}

#[cfg(test)]
mod tests {
    use textwrap::core::display_width;

    use super::{PLAIN, RULED, Spaces, parts, render};

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |row: &&[&str]| row.iter().map(|&cell| cell.to_owned()).collect();
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_table_that_is_too_wide_is_shown_in_parts_that_fit() {
        let spaces = Spaces { before: 0, ..RULED };
        let check = |fits, expected: &[&[usize]]| {
            assert_eq!(parts(spaces, 1, &[4, 1, 6, 1], fits), expected, "{fits}");
        };
        check(usize::MAX, &[&[0, 1, 2, 3]]);
        check(21, &[&[0, 1, 2, 3]]);
        check(20, &[&[0, 1, 2], &[0, 3]]);
        check(16, &[&[0, 1], &[0, 2], &[0, 3]]);
        check(0, &[&[0, 1], &[0, 2], &[0, 3]]);
    }

    #[test]
    fn numbers_stand_under_each_other_and_names_too() {
        let table = rows(&[&["arm", "solved"], &["imp", "7 %"], &["labels-shuffled", "100 %"]]);
        let expected = "  arm               solved
────────────────────────────
  imp                  7 %
  labels-shuffled    100 %";
        assert_eq!(render(RULED, 1, &table[0], &table[1..], None), expected);
        assert_eq!(render(RULED, 1, &table[0], &table[1..], Some(28)), expected);
        let expected = " arm              solved
 imp                 7 %
 labels-shuffled   100 %";
        assert_eq!(render(PLAIN, 1, &table[0], &table[1..], None), expected);
    }

    #[test]
    fn whatever_the_terminal_no_line_is_longer_and_nothing_is_lost() {
        let table = rows(&[
            &[
                "task",
                "a name of words",
                "a_name_without_any_space",
                "日本語の課題",
            ],
            &["quite_a_long_task_name", "0.993 (0.987)", "100 %", "1"],
            &["t", "0.5", "", "2"],
        ]);
        for (spaces, names) in [(RULED, 0), (RULED, 2), (PLAIN, 1)] {
            for columns in 20..120 {
                let text = render(spaces, names, &table[0], &table[1..], Some(columns));
                for line in text.lines() {
                    assert!(display_width(line) <= columns, "{columns}:\n{text}");
                }
                let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
                let all: String = table.concat().concat();
                assert!(count(&all) <= count(&text), "{columns}:\n{text}");
            }
        }
    }
}
