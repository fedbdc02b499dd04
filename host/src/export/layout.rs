//! Lists and sums broken into lines.

use std::fmt::Write as _;

/// A statement that ends in a sum, wrapped before its operators.
pub(super) fn statement(start: &str, terms: impl IntoIterator<Item = String>, end: &str) -> String {
    const WIDTH: usize = 110;
    let mut text = format!("    {start}");
    let mut column = text.len();
    for (position, term) in terms.into_iter().enumerate() {
        if 0 < position && WIDTH < column + 1 + term.len() + end.len() {
            text.push_str("\n        ");
            column = 8;
        } else if 0 < position {
            text.push(' ');
            column += 1;
        }
        column += term.len();
        text.push_str(&term);
    }
    text.push_str(end);
    text.push('\n');
    text
}

/// Items in lines of at most `width` columns, each line indented.
pub(super) fn lines(items: impl IntoIterator<Item = String>, indent: usize, width: usize) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for item in items {
        if !line.is_empty() && width < indent + line.len() + 2 + item.len() {
            let _ = writeln!(text, "{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&item);
        line.push(',');
    }
    if !line.is_empty() {
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
    text
}
