//! Finds what separates the columns of a file: a comma, a semicolon or a tab.

use super::line::split;
use super::number::is_number;

/// What may separate columns, and what it is called. Those before the comma are rarer inside a cell, so they win where
/// more than one would do: `a,b;c,d` over `1,5;2,5` has two columns.
const READ: [(u8, &str); 3] = [(b'\t', "tabs"), (b';', "semicolons"), (b',', "commas")];

/// What separates the columns of files that are not read.
const OTHERS: [(u8, &str); 4] = [(b'|', "'|'"), (b':', "':'"), (b'^', "'^'"), (b'~', "'~'")];

/// So many rows are looked at.
const LOOKED_AT: usize = 100;

/// What separates the columns of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    pub(super) separator: u8,
    /// What else divides the header and all rows that were looked at alike, in the plural.
    pub(super) would_do_too: Option<&'static str>,
}

/// What separates the columns: it divides the header, and most rows into as many cells, of which most are numbers.
///
/// Where none divides the header, it is what divides all rows alike; where none of it divides any row as the header, it
/// is what the header has most of.
///
/// # Errors
/// What is wrong, and the remedy, if it is something else.
pub(super) fn separator<'a>(
    header: &str,
    rows: impl Iterator<Item = &'a str> + Clone,
) -> Result<Found, String> {
    let rows = rows.take(LOOKED_AT);
    let row_count = rows.clone().count();
    let fits = |separator: u8| {
        let columns = cell_count(header, separator).filter(|&columns| 1 < columns)?;
        let alike = rows
            .clone()
            .filter(|row| cell_count(row, separator) == Some(columns));
        Some(alike.count())
    };
    let mut fitting: Vec<Fit> = READ
        .iter()
        .filter_map(|&(separator, name)| {
            Some(Fit {
                separator,
                name,
                alike: fits(separator).filter(|&alike| 0 < alike || row_count == 0)?,
                numbers: number_share(rows.clone(), separator),
            })
        })
        .collect();
    // Those before the comma come first where nothing tells.
    fitting.sort_by(|one, other| {
        let by_numbers = || other.numbers.total_cmp(&one.numbers);
        other.alike.cmp(&one.alike).then_with(by_numbers)
    });
    if let Some(best) = fitting.first() {
        let second = fitting.get(1).filter(|second| second.alike == row_count);
        return Ok(Found {
            separator: best.separator,
            would_do_too: second.map(|second| second.name),
        });
    }
    let blanks = |line: &str| line.split_whitespace().count();
    let fits_first = |separator: u8| {
        let columns = cell_count(header, separator).filter(|&columns| 1 < columns);
        columns.is_some()
            && rows
                .clone()
                .next()
                .is_none_or(|row| cell_count(row, separator) == columns)
    };
    let other = OTHERS.iter().find(|(separator, _)| fits_first(*separator));
    let other = other.map(|(_, name)| *name).or_else(|| {
        let mut rows = rows.clone();
        let fits = 1 < blanks(header) && rows.next().is_some_and(|row| blanks(row) == blanks(header));
        fits.then_some("blanks")
    });
    if let Some(name) = other {
        return Err(format!(
            "the columns are separated by {name}; separate them by commas, semicolons or tabs"
        ));
    }
    let divides_rows = |separator: u8| {
        let mut counts = rows.clone().map(|row| cell_count(row, separator));
        let first = counts.next().flatten().filter(|&count| 1 < count);
        first.is_some() && counts.all(|count| count == first)
    };
    let in_header = |separator: u8| cell_count(header, separator).map_or(0, |count| count - 1);
    let most = READ
        .iter()
        .map(|&(separator, _)| separator)
        .max_by_key(|&separator| (in_header(separator), divides_rows(separator)));
    Ok(Found {
        separator: most.unwrap_or(b','),
        would_do_too: None,
    })
}

/// A separator that divides the header and some row alike.
struct Fit {
    separator: u8,
    name: &'static str,
    /// Rows that it divides into as many cells as the header.
    alike: usize,
    /// The share of numbers among the cells of the rows.
    numbers: f64,
}

fn number_share<'a>(rows: impl Iterator<Item = &'a str>, separator: u8) -> f64 {
    let (mut numbers, mut cells) = (0_u32, 0_u32);
    for row in rows {
        // Where a quote stands in the way, the cells before it count.
        let _ = split(row, separator, |cell| {
            cells += 1;
            numbers += u32::from(is_number(&cell));
        });
    }
    f64::from(numbers) / f64::from(cells.max(1))
}

/// What a separator is called, in the plural.
pub(super) fn name(separator: u8) -> &'static str {
    READ.iter()
        .find(|(read, _)| *read == separator)
        .map_or("", |(_, name)| name)
}

/// What else would divide a line into so many cells.
pub(super) fn dividing(line: &str, columns: usize) -> Option<&'static str> {
    let all = READ.iter().chain(&OTHERS);
    let mut fitting = all.filter(|(separator, _)| cell_count(line, *separator) == Some(columns));
    let blanks = || (line.split_whitespace().count() == columns).then_some("blanks");
    fitting.next().map(|(_, name)| *name).or_else(blanks)
}

/// The cells of a line by whatever separates most of them, unless a quote stands in the way.
pub(super) fn cells(line: &str) -> Option<Vec<String>> {
    let cells = |separator: u8| {
        let mut cells = Vec::new();
        split(line, separator, |cell| cells.push(cell.into_owned())).ok()?;
        Some(cells)
    };
    let all = READ.iter().filter_map(|(separator, _)| cells(*separator));
    all.max_by_key(Vec::len)
}

/// How many cells a line has, unless a quote stands in the way.
fn cell_count(line: &str, separator: u8) -> Option<usize> {
    let mut count = 0;
    split(line, separator, |_| count += 1).ok()?;
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::separator;

    #[test]
    fn the_header_and_the_rows_tell_what_separates() {
        for (header, row, expected) in [
            ("a,b,label", "1,2,0", b','),
            ("a;b;label", "1,5;2,5;0", b';'),
            ("a\tb\tlabel", "1,5\t2.5\t0", b'\t'),
            // Names with what could separate.
            ("a;x,b;y,label", "1,2,0", b','),
            ("length, cm;width, cm;label", "1,5;2,5;0", b';'),
            ("\"a;b\",\"c;d\"", "1,2", b','),
            ("a,b;c,d", "1,5;2,5", b';'),
            ("\"a, x\";b;c", "1,5;2,5;0", b';'),
            ("a;\"b, x\";c", "1,5;2,5;0", b';'),
            // The first row is like no other.
            ("a,b;c", "1,2;3\n1;2\n3;4", b';'),
            ("a;b,c;d,e", "x;y,z;1,2\n1,2,3\n3,4,5", b','),
            // The header has none.
            ("My measurements", "1;2;0\n2;3;1", b';'),
            ("label", "1\t2\n3\t4", b'\t'),
            ("x", "1,5\n2,5", b','),
            // Nothing fits: the header decides.
            ("\"a, b, c, d\";e", "1;2;3", b';'),
            ("a,b,label", "1,5,2,5,0", b','),
            ("a;b;label", "1;\"2;0", b';'),
            ("a;b", "1", b';'),
            ("label", "1", b','),
            ("a,b|label", "1|0", b','),
        ] {
            let found = separator(header, row.split('\n')).map(|found| found.separator);
            if header == "a,b|label" {
                assert!(found.unwrap_err().contains("'|'"));
            } else {
                assert_eq!(found, Ok(expected), "{header}");
            }
        }
        assert_eq!(separator("a;label", [].into_iter()).unwrap().separator, b';');
    }

    #[test]
    fn what_would_do_too_is_told() {
        for (header, rows, would_do_too) in [
            ("a,b;c,d", "1,5;2,5\n1,5;3,5", Some("commas")),
            ("a,b;c,d", "1,5;2,5\n1;3,5", None),
            ("a;x,b;y,label", "1;2,3;4,0", Some("commas")),
            ("a,b", "1,2", None),
        ] {
            let found = separator(header, rows.split('\n')).unwrap();
            assert_eq!(found.would_do_too, would_do_too, "{header}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (header, row, name) in [
            ("a|b|label", "1|2|0", "'|'"),
            ("a:b", "1:2", "':'"),
            ("a b label", "1 2 0", "blanks"),
            ("a   b  label", "1.5 2.5    0", "blanks"),
        ] {
            let what = separator(header, [row].into_iter()).unwrap_err();
            assert!(what.contains(name) && what.contains("by commas"), "{what}");
        }
    }
}
