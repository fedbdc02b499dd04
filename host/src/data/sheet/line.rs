//! Splits a line into cells, as RFC 4180 has it, and finds what is wrong with its quotes.
//!
//! Other readers go on at a quote that never closes until the file ends, or take one inside a cell as it is; rows are
//! lost in silence. Here a quoted cell ends in the line where it begins, and whatever is open to two readings is refused.

use std::borrow::Cow;

/// What is wrong with a quote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// It opens a cell and does not close in this line.
    Open,
    /// It stands inside a cell that has no quotes around it.
    Inside,
    /// A blank stands before it.
    Blank,
    /// Text follows the quote that closes a cell.
    After,
}

impl Fault {
    /// What is wrong, and the remedy.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Open => {
                "a quote opens here and does not close in this line; close it or delete it: a cell has no line break"
            }
            Self::Inside => {
                "a quote stands inside a cell; delete it, or put quotes around the cell and double those inside"
            }
            Self::Blank => "a blank stands before a quote; delete the blank",
            Self::After => "text follows a closing quote; delete the quote, or double those inside the cell",
        }
    }
}

/// The lines of a text that are not blank, each with its number from 1; they end in any system's way. A line of blanks
/// alone is none, unless they separate cells.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> + Clone {
    let mut rest = Some(text);
    let lines = std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.bytes().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            rest = None;
            return Some(text);
        };
        let next = &text[end..];
        rest = Some(next.strip_prefix("\r\n").unwrap_or(&next[1..]));
        Some(&text[..end])
    });
    (1..)
        .zip(lines)
        .filter(|(_, line)| !line.trim_matches(' ').is_empty())
}

/// Calls `cell` with each cell of a line, in order, without quotes and the blanks around it.
///
/// # Errors
/// The index of the first cell with a fault.
pub(super) fn split<'a>(
    line: &'a str,
    separator: u8,
    mut cell: impl FnMut(Cow<'a, str>),
) -> Result<(), (usize, Fault)> {
    let bytes = line.as_bytes();
    let mut start = 0;
    for index in 0.. {
        let end = if bytes.get(start) == Some(&b'"') {
            let (text, close) = quoted(line, start + 1).ok_or((index, Fault::Open))?;
            let end = find(&bytes[close..], |byte| byte == separator).map_or(bytes.len(), |at| close + at);
            if !line[close..end].trim().is_empty() {
                return Err((index, Fault::After));
            }
            cell(trimmed(text));
            end
        } else {
            let end = find(&bytes[start..], |byte| byte == separator || byte == b'"');
            let end = end.map_or(bytes.len(), |at| start + at);
            let text = &line[start..end];
            if bytes.get(end) == Some(&b'"') {
                let blank = text.trim().is_empty();
                return Err((index, if blank { Fault::Blank } else { Fault::Inside }));
            }
            cell(Cow::Borrowed(text.trim()));
            end
        };
        if end == bytes.len() {
            break;
        }
        start = end + 1;
    }
    Ok(())
}

/// The text of a quoted cell that begins at `from`, and where what follows its closing quote begins.
fn quoted(line: &str, from: usize) -> Option<(Cow<'_, str>, usize)> {
    let bytes = line.as_bytes();
    let quote = |from: usize| find(&bytes[from..], |byte| byte == b'"').map(|at| from + at);
    let mut end = quote(from)?;
    let mut text = Cow::Borrowed(&line[from..end]);
    while bytes.get(end + 1) == Some(&b'"') {
        let next = quote(end + 2)?;
        // The first of the two quotes belongs to the text.
        let text = text.to_mut();
        text.push('"');
        text.push_str(&line[end + 2..next]);
        end = next;
    }
    Some((text, end + 1))
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn find(bytes: &[u8], is: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|&byte| is(byte))
}

#[cfg(test)]
mod tests {
    use super::{Fault, lines, split};

    fn cells(line: &str, separator: u8) -> Result<Vec<String>, (usize, Fault)> {
        let mut cells = Vec::new();
        split(line, separator, |cell| cells.push(cell.into_owned()))?;
        Ok(cells)
    }

    #[test]
    fn lines_end_in_any_way_and_blank_ones_are_counted_alone() {
        let lines: Vec<_> = lines("a\r\n\r\nb\rc\n  \n\t\nd\n").collect();
        assert_eq!(lines, [(1, "a"), (3, "b"), (4, "c"), (6, "\t"), (7, "d")]);
    }

    #[test]
    fn cells_are_split_and_trimmed() {
        for (line, separator, expected) in [
            ("a,b", b',', &["a", "b"][..]),
            (" a , b ", b',', &["a", "b"]),
            (",", b',', &["", ""]),
            ("a\t\tb", b'\t', &["a", "", "b"]),
            ("1,5;2", b';', &["1,5", "2"]),
            ("\"a,b\",c", b',', &["a,b", "c"]),
            ("\"a\" ,\" b \"", b',', &["a", "b"]),
            (
                r#""5"" display","""","""""""#,
                b',',
                &["5\" display", "\"", "\"\""],
            ),
            ("\"\",x", b',', &["", "x"]),
            ("é,ü", b',', &["é", "ü"]),
        ] {
            assert_eq!(cells(line, separator).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn a_quote_that_is_open_to_two_readings_is_refused() {
        for (line, index, fault) in [
            ("4,3,\"1", 2, Fault::Open),
            ("4,3,\"", 2, Fault::Open),
            ("4,3,\"\"\"", 2, Fault::Open),
            ("4,\"3,1", 1, Fault::Open),
            ("4,\"3,\"\"1", 1, Fault::Open),
            ("5\" display,1", 0, Fault::Inside),
            ("1\",2", 0, Fault::Inside),
            ("1, \"x, y\"", 1, Fault::Blank),
            ("\"a\"b,2", 0, Fault::After),
            ("\"a\\\"b\",2", 0, Fault::After),
            ("\"a\"\tb,2", 0, Fault::After),
        ] {
            assert_eq!(cells(line, b','), Err((index, fault)), "{line}");
        }
    }
}
