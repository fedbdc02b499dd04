//! Lists and sums broken into lines.

/// A statement that ends in a sum, wrapped before its operators.
pub(super) fn statement(start: &str, terms: impl IntoIterator<Item = String>, end: &str) -> String {
    const WIDTH: usize = 110;
    fill(format!("    {start}"), terms, 8, WIDTH - end.len()) + end + "\n"
}

/// Items, each with a comma, in lines of at most `width` columns, each line indented.
pub(super) fn lines(items: impl IntoIterator<Item = String>, indent: usize, width: usize) -> String {
    let mut items = items.into_iter().map(|item| item + ",").peekable();
    if items.peek().is_none() {
        return String::new();
    }
    fill(" ".repeat(indent), items, indent, width) + "\n"
}

/// `text`, then the items, with a space between two, or a new line where one would go beyond `width`.
fn fill(mut text: String, items: impl IntoIterator<Item = String>, indent: usize, width: usize) -> String {
    let mut column = text.len();
    for (position, item) in items.into_iter().enumerate() {
        if 0 < position && width < column + 1 + item.len() {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if 0 < position {
            text.push(' ');
            column += 1;
        }
        column += item.len();
        text.push_str(&item);
    }
    text
}
