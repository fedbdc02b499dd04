//! A parsed TOML text in which every value knows where it stands. Without the places a message could say what
//! is wrong, but not where to correct it.

use std::fmt;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::bad_input;

/// Where a value was given: `FILE:LINE:COLUMN`, or the `--set` that gave it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    words: String,
    /// Whether it came by `--set`, which wins over the file.
    pub(super) set: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    /// As written, cut after some characters: what a message quotes.
    pub(super) text: String,
    pub(super) value: Value,
}

/// The TOML types, as far as settings tell them apart. A decimal stays text until it is known how precise it is
/// to be read, for a number rounded twice may be another number.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i128),
    Decimal(String),
    /// A truth value or a date: no setting is one.
    Other,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Where the key stands.
    pub(super) place: Place,
    pub(super) node: Node,
    /// Whether the file has this key, be its value overridden or not.
    pub(super) in_file: bool,
}

/// Parses a whole file.
pub(super) fn document(text: &str, place: &str) -> anyhow::Result<Vec<Entry>> {
    let source = Source {
        text,
        place,
        set: false,
    };
    match DeTable::parse(text) {
        Ok(table) => Ok(source.table(table.get_ref())),
        Err(error) => Err(bad_input!(
            "{}: not valid TOML: {}; correct it there (`tombola experiments moons-circles` prints a file to start from)",
            source.at(error.span().map_or(0, |span| span.start)),
            one_line(error.message()),
        )),
    }
}

/// Parses the value of a `--set`. A bare word, which is no TOML value, is a string.
pub(super) fn set_value(text: &str, place: &str) -> anyhow::Result<Node> {
    let source = Source {
        text,
        place,
        set: true,
    };
    match DeValue::parse(text) {
        Ok(value) => Ok(source.node(&value)),
        Err(error) if text.starts_with(['[', '{', '"', '\'']) => Err(bad_input!(
            "{place}: not a valid value: {}; write it as in a TOML file, and put the whole in quotes for the shell",
            one_line(error.message()),
        )),
        Err(_) => {
            let value = Value::Text(text.to_owned());
            Ok(Node {
                place: source.at(0),
                text: shown(text),
                value,
            })
        }
    }
}

/// A place that is a `--set`.
pub(super) fn set_place(place: &str) -> Place {
    Place {
        words: place.to_owned(),
        set: true,
    }
}

/// The text that spans point into.
struct Source<'a> {
    text: &'a str,
    place: &'a str,
    set: bool,
}

impl Source<'_> {
    fn at(&self, offset: usize) -> Place {
        if self.set {
            return set_place(self.place);
        }
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Place {
            words: format!("{}:{line}:{column}", self.place),
            set: false,
        }
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let span = value.span();
        let text = shown(self.text.get(span.clone()).unwrap_or_default());
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(integer) => {
                let digits = integer.as_str();
                // What does not fit is far out of every setting's range, and so is its stand-in.
                let stand_in = if digits.starts_with('-') {
                    i128::MIN
                } else {
                    i128::MAX
                };
                Value::Integer(i128::from_str_radix(digits, integer.radix()).unwrap_or(stand_in))
            }
            DeValue::Float(decimal) => Value::Decimal(decimal.as_str().to_owned()),
            DeValue::Boolean(_) | DeValue::Datetime(_) => Value::Other,
            DeValue::Array(list) => Value::List(list.iter().map(|value| self.node(value)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node {
            place: self.at(span.start),
            text,
            value,
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Vec<Entry> {
        let entry = |(key, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| Entry {
            key: String::clone(&std::borrow::Cow::<'_, str>::into_owned(Clone::clone(
                key.get_ref(),
            ))),
            place: self.at(key.span().start),
            node: self.node(value),
            in_file: !self.set,
        };
        table.iter().map(entry).collect()
    }
}

/// A value as a message quotes it: one line, not endless.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown = one_line(text);
    if let Some((end, _)) = shown.char_indices().nth(MOST) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // A control character could make a terminal do anything.
    line.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn malformed_toml_is_refused_with_file_line_and_column() {
        check(
            "name = \"a\"\nseeds = = 3\n",
            &[],
            &["my.toml:2:9", "not valid TOML", "experiments moons-circles"],
        );
        check("[training\nrate = 1\n", &[], &["my.toml:1:", "not valid TOML"]);
        check("name = \"a", &[], &["my.toml:1:", "not valid TOML"]);
        check("just words", &[], &["my.toml:1:", "not valid TOML"]);
        check(&"[".repeat(100_000), &[], &["my.toml:1:", "not valid TOML"]);
        check(&format!("seeds = {}", "[".repeat(100_000)), &[], &["my.toml:1:"]);
    }

    #[test]
    fn a_key_given_twice_is_refused_where_it_stands_again() {
        check("seeds = 3\nseeds = 4\n", &[], &["my.toml:2:1", "duplicate key"]);
        check(
            "[training]\nrate = 1.0\n[data]\n[training]\n",
            &[],
            &["my.toml:4:", "duplicate key"],
        );
    }

    #[test]
    fn a_column_counts_characters_not_bytes() {
        check(
            "[pruning]\nrewind = { \"\u{e4}\u{f6}\" = 1 }\n",
            &[],
            &["my.toml:2:12"],
        );
    }

    #[test]
    fn a_long_value_is_quoted_in_part() {
        check(
            &format!("name = \"{}\"", "?".repeat(5000)),
            &[],
            &["????…", "my.toml:1:8"],
        );
    }
}
