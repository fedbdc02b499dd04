//! Finds what separates the columns of a file: a comma, a semicolon or a tab.

use super::line::split;

/// What may separate columns, and what it is called. Those before the comma are rarer inside a cell, so they win where
/// more than one would do: `a,b;c,d` over `1,5;2,5` has two columns.
const READ: [(u8, &str); 3] = [(b'\t', "tabs"), (b';', "semicolons"), (b',', "commas")];

/// What separates the columns of files that are not read.
const OTHERS: [(u8, &str); 4] = [(b'|', "'|'"), (b':', "':'"), (b'^', "'^'"), (b'~', "'~'")];

/// What separates the columns: the header has some of it, and the first row as many.
///
/// Where none is like that, it is what the header has most of.
///
/// # Errors
/// What is wrong, and the remedy, if it is something else.
pub(super) fn separator(header: &str, row: Option<&str>) -> Result<u8, String> {
    let fits = |separator: u8| {
        let columns = cell_count(header, separator).filter(|&columns| 1 < columns);
        columns.is_some() && row.is_none_or(|row| cell_count(row, separator) == columns)
    };
    if let Some((separator, _)) = READ.iter().find(|(separator, _)| fits(*separator)) {
        return Ok(*separator);
    }
    let blanks = |line: &str| line.split_whitespace().count();
    let other = OTHERS.iter().find(|(separator, _)| fits(*separator));
    let other = other.map(|(_, name)| *name).or_else(|| {
        let fits = 1 < blanks(header) && row.is_some_and(|row| blanks(row) == blanks(header));
        fits.then_some("blanks")
    });
    if let Some(name) = other {
        return Err(format!(
            "the columns are separated by {name}; separate them by commas, semicolons or tabs"
        ));
    }
    let count = |separator: u8| header.bytes().filter(|&byte| byte == separator).count();
    let most = READ
        .iter()
        .map(|&(separator, _)| separator)
        .max_by_key(|&separator| count(separator));
    Ok(most.unwrap_or(b','))
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
    fn the_header_and_the_first_row_tell_what_separates() {
        for (header, row, expected) in [
            ("a,b,label", "1,2,0", b','),
            ("a;b;label", "1,5;2,5;0", b';'),
            ("a\tb\tlabel", "1,5\t2.5\t0", b'\t'),
            // Names with what could separate.
            ("a;x,b;y,label", "1,2,0", b','),
            ("length, cm;width, cm;label", "1,5;2,5;0", b';'),
            ("\"a;b\",\"c;d\"", "1,2", b','),
            ("a,b;c,d", "1,5;2,5", b';'),
            // Nothing fits: the header decides.
            ("a,b,label", "1,5,2,5,0", b','),
            ("a;b;label", "1;\"2;0", b';'),
            ("a;b", "1", b';'),
            ("label", "1", b','),
            ("a,b|label", "1|0", b','),
        ] {
            let found = separator(header, Some(row));
            if header == "a,b|label" {
                assert!(found.unwrap_err().contains("'|'"));
            } else {
                assert_eq!(found, Ok(expected), "{header}");
            }
        }
        assert_eq!(separator("a;label", None), Ok(b';'));
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (header, row, name) in [
            ("a|b|label", "1|2|0", "'|'"),
            ("a:b", "1:2", "':'"),
            ("a b label", "1 2 0", "blanks"),
            ("a   b  label", "1.5 2.5    0", "blanks"),
        ] {
            let what = separator(header, Some(row)).unwrap_err();
            assert!(what.contains(name) && what.contains("by commas"), "{what}");
        }
    }
}
