//! A parsed TOML text in which every value knows where it stands, so that messages can say it.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::bad_input;
use crate::text::{problem, shown};

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
    pub(super) value: Toml,
}

/// The TOML types, as far as settings tell them apart. A decimal stays text until it is known how precise it is
/// to be read, for a number rounded twice may be another number.
#[derive(Clone, Debug)]
pub(super) enum Toml {
    Text(String),
    Integer(i128),
    Decimal(String),
    /// A truth value or a date: no setting is one.
    Other,
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// Not what a file says: the setting gives way to others and has no value, not even its default.
    Unset,
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

impl Node {
    /// A value that no text has.
    pub(super) fn made(place: &Place, value: Toml) -> Self {
        Self {
            place: place.clone(),
            text: String::new(),
            value,
        }
    }

    /// What stands below a key such as `training.rate`.
    pub(super) fn find(&self, path: &str) -> Option<&Self> {
        path.split('.')
            .try_fold(self, |node, key| node.entry(key).map(|entry| &entry.node))
    }

    /// A key of a table.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Toml::Table(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// The value under `key`, which is `initial` if there was none.
pub(super) fn entry<'a>(table: &'a mut Vec<Entry>, key: &str, initial: Node) -> &'a mut Node {
    let found = table.iter().position(|entry| entry.key == key);
    let index = found.unwrap_or_else(|| {
        table.push(Entry {
            key: key.to_owned(),
            place: initial.place.clone(),
            node: initial,
            in_file: false,
        });
        table.len() - 1
    });
    &mut table[index].node
}

/// Sets a value and says from where it comes; that the file has the key too is remembered.
pub(super) fn put(table: &mut Vec<Entry>, key: &str, value: Node) {
    match table.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => {
            entry.place = value.place.clone();
            entry.node = value;
        }
        None => _ = entry(table, key, value),
    }
}

/// Parses a whole file; what comes of it is a table.
pub(super) fn document(text: &str, place: &str) -> anyhow::Result<Node> {
    let source = Source {
        text,
        place,
        set: false,
    };
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = source.at(error.span().map_or(0, |span| span.start));
        let problem = problem(&error.message());
        bad_input!(
            "{at}: not valid TOML: {problem}; correct it there (`tombola experiments moons-circles` prints a file to \
             start from)"
        )
    })?;
    Ok(Node::made(&source.at(0), source.table(parsed.get_ref())))
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
            problem(&error.message()),
        )),
        Err(_) => Ok(Node {
            text: shown(text),
            ..Node::made(&source.at(0), Toml::Text(text.to_owned()))
        }),
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
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let words = if self.set {
            self.place.to_owned()
        } else {
            format!("{}:{line}:{column}", self.place)
        };
        let set = self.set;
        Place { words, set }
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let span = value.span();
        let text = shown(self.text.get(span.clone()).unwrap_or_default());
        let value = match value.get_ref() {
            DeValue::String(text) => Toml::Text(text.to_string()),
            DeValue::Integer(integer) => {
                let digits = integer.as_str();
                // What does not fit is far out of every setting's range, and so is its stand-in.
                let stand_in = if digits.starts_with('-') {
                    i128::MIN
                } else {
                    i128::MAX
                };
                Toml::Integer(i128::from_str_radix(digits, integer.radix()).unwrap_or(stand_in))
            }
            DeValue::Float(decimal) => Toml::Decimal(decimal.as_str().to_owned()),
            DeValue::Boolean(_) | DeValue::Datetime(_) => Toml::Other,
            DeValue::Array(list) => Toml::List(list.iter().map(|value| self.node(value)).collect()),
            DeValue::Table(table) => self.table(table),
        };
        Node {
            place: self.at(span.start),
            text,
            value,
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Toml {
        let entries = table.iter().map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            place: self.at(key.span().start),
            node: self.node(value),
            in_file: !self.set,
        });
        Toml::Table(entries.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, wrong};

    #[test]
    fn malformed_toml_is_refused_with_file_line_and_column() {
        wrong(
            "name = \"a\"\nseeds = = 3\n",
            "my.toml:2:9 | not valid TOML | experiments moons-circles",
        );
        wrong("[training\nrate = 1\n", "my.toml:1: | not valid TOML");
        wrong("name = \"a", "my.toml:1: | not valid TOML");
        wrong("just words", "my.toml:1: | not valid TOML");
        check(&"[".repeat(100_000), &[], &["my.toml:1:", "not valid TOML"]);
        check(&format!("seeds = {}", "[".repeat(100_000)), &[], &["my.toml:1:"]);
    }

    #[test]
    fn a_key_given_twice_is_refused_where_it_stands_again() {
        wrong("seeds = 3\nseeds = 4\n", "my.toml:2:1 | duplicate key");
        wrong(
            "[training]\nrate = 1.0\n[data]\n[training]\n",
            "my.toml:4: | duplicate key",
        );
    }

    #[test]
    fn a_column_counts_characters_not_bytes() {
        wrong("[pruning]\nrewind = { \"\u{e4}\u{f6}\" = 1 }\n", "my.toml:2:12");
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
