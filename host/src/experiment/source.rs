//! The TOML of an experiment: one tree of the file with the `--set` values over it, whose spans say where each value
//! stands.
//!
//! The tree is [`toml`]'s own, and not deserialized by serde: a decimal stays text until it is known how precise it is
//! to be read, for a number rounded twice may be another number.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::bad_input;
use crate::text::{problem, shown};

/// A value and where it stands.
pub(super) type Toml<'a> = Spanned<DeValue<'a>>;

/// The texts that spans point into: the file, and each `--set`.
pub(super) struct Source {
    parts: Vec<Part>,
}

/// One text.
pub(super) struct Part {
    /// What messages call it.
    pub(super) place: String,
    /// Spaces in front make its spans begin behind those of the part before.
    text: String,
    start: usize,
}

impl Source {
    pub(super) fn new(text: &str, place: &str, overrides: &[String]) -> Self {
        let mut parts = vec![Part {
            place: place.to_owned(),
            text: text.to_owned(),
            start: 0,
        }];
        for assignment in overrides {
            let start = parts.last().map_or(0, |part| part.text.len()) + 1;
            parts.push(Part {
                place: format!("--set {}", shown(assignment)),
                text: " ".repeat(start) + &spelled_out(assignment),
                start,
            });
        }
        Self { parts }
    }

    /// Parses the file; what comes of it is a table.
    pub(super) fn file(&self) -> anyhow::Result<Toml<'_>> {
        let table = DeTable::parse(&self.parts[0].text).map_err(|error| {
            bad_input!(
                "{}: not valid TOML: {}; correct it there (`tombola experiments moons-circles` prints a file to start \
                 from)",
                self.place(&error.span().unwrap_or_default()),
                if error.message().contains("expected digits") {
                    "a number has digits before and behind its point, as in 0.05 and 5.0".to_owned()
                } else {
                    problem(&error.message())
                },
            )
        })?;
        Ok(Spanned::new(table.span(), DeValue::Table(table.into_inner())))
    }

    /// Each `--set`.
    pub(super) fn sets(&self) -> &[Part] {
        &self.parts[1..]
    }

    /// As [`Source::place`], for a message that may not be told.
    pub(super) fn spot(&self, span: Range<usize>) -> Spot<'_> {
        Spot { source: self, span }
    }

    fn part(&self, span: &Range<usize>) -> &Part {
        let part = self.parts.iter().rfind(|part| part.start <= span.start);
        part.unwrap_or(&self.parts[0])
    }

    /// `FILE:LINE:COLUMN`, or the `--set` that gives the value.
    pub(super) fn place(&self, span: &Range<usize>) -> String {
        let Part { place, text, start } = self.part(span);
        if 0 < *start {
            return place.clone();
        }
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        format!("{place}:{line}:{column}")
    }
}

/// A place as messages call it. It is worked out only when it is told, since that means to count the lines of the file.
pub(super) struct Spot<'a> {
    source: &'a Source,
    span: Range<usize>,
}

impl Display for Spot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source.place(&self.span))
    }
}

/// An assignment whose number has digits before and behind its point, as TOML wants them: `.05` is 0.05, and `5.` is 5.0.
fn spelled_out(assignment: &str) -> Cow<'_, str> {
    let number = || {
        let (key, value) = assignment.split_once('=')?;
        let value = value.trim();
        let (sign, digits) = value.split_at(value.len() - value.trim_start_matches(['+', '-']).len());
        let (whole, rest) = digits.split_once('.')?;
        let (fraction, exponent) = rest.split_at(rest.find(['e', 'E']).unwrap_or(rest.len()));
        if value.parse::<f64>().is_err() || (!whole.is_empty() && !fraction.is_empty()) {
            return None;
        }
        let [whole, fraction] = [whole, fraction].map(|digits| if digits.is_empty() { "0" } else { digits });
        Some(format!("{key}={sign}{whole}.{fraction}{exponent}"))
    };
    number().map_or(Cow::Borrowed(assignment), Cow::Owned)
}

impl Part {
    pub(super) fn assignment(&self) -> &str {
        &self.text[self.start..]
    }

    /// The key of an assignment.
    pub(super) fn key(&self) -> &str {
        self.assignment().split('=').next().unwrap_or_default().trim()
    }

    /// The value of an assignment to `path`. A bare word, which is no TOML value, is a string.
    pub(super) fn value(&self, path: &[&str]) -> anyhow::Result<Toml<'_>> {
        let (_, bare) = self.assignment().split_once('=').unwrap_or_default();
        let bare = bare.trim();
        match DeTable::parse(&self.text) {
            Ok(table) if table.get_ref().len() == 1 => {
                let table = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
                let value = path
                    .iter()
                    .try_fold(&table, |value, key| value.get_ref().get(*key));
                Ok(value.cloned().unwrap_or(table))
            }
            Err(error) if bare.starts_with(['[', '{', '"', '\'']) => Err(bad_input!(
                "{}: not a valid value: {}; write it as in a TOML file, and put the whole in quotes for the shell",
                self.place,
                problem(&error.message()),
            )),
            _ => {
                let end = self.text.trim_end().len();
                Ok(Spanned::new(end - bare.len()..end, DeValue::String(bare.into())))
            }
        }
    }
}

/// The value of a setting, where it stands.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) source: &'a Source,
    /// Its key, such as `training.rate`; empty for the file itself.
    pub(super) path: &'a str,
    pub(super) value: &'a Toml<'a>,
    /// The setting's default as TOML, or empty.
    pub(super) example: &'a str,
}

impl<'a> At<'a> {
    /// A value without a default.
    pub(super) fn new(source: &'a Source, path: &'a str, value: &'a Toml<'a>) -> Self {
        Self {
            source,
            path,
            value,
            example: "",
        }
    }

    /// What stands below this under a key such as `training.rate`.
    pub(super) fn find(&self, path: &'a str) -> Option<Self> {
        let mut keys = path.split('.');
        let value = keys.try_fold(self.value, |value, key| value.get_ref().get(key))?;
        Some(Self { path, value, ..*self })
    }

    pub(super) fn place(&self) -> String {
        self.source.place(&self.value.span())
    }

    /// The one form of a message about a value: where, which, what it is, and what it must be.
    pub(super) fn refused(&self, rule: impl Display) -> anyhow::Error {
        let span = self.value.span();
        let text = self.source.part(&span).text.get(span).unwrap_or_default();
        bad_input!("{}: {} is {}, but {rule}", self.place(), self.path, shown(text))
    }

    /// The value as it was written behind `--set`, if it was.
    pub(super) fn assigned(&self) -> Option<&'a str> {
        let span = self.value.span();
        let part = self.source.part(&span);
        (0 < part.start).then(|| part.text.get(span).unwrap_or_default())
    }

    /// The keys and values of a section.
    pub(super) fn table(&self) -> anyhow::Result<&'a DeTable<'a>> {
        let path = self.path;
        self.value.get_ref().as_table().ok_or_else(|| {
            let form = match path {
                "data.task" => "[[data.task]]".to_owned(),
                _ => format!("[{path}]"),
            };
            self.refused(format_args!(
                "must be a section: write {form} on a line of its own, and its keys below"
            ))
        })
    }

    /// The tasks.
    pub(super) fn list(self) -> anyhow::Result<impl Iterator<Item = Self>> {
        let list = self.value.get_ref().as_array().ok_or_else(|| {
            bad_input!(
                "{}: {path} must be a list: write [[{path}]], in double brackets, above each task",
                self.place(),
                path = self.path,
            )
        })?;
        Ok(list.iter().map(move |value| Self { value, ..self }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, wrong};

    #[test]
    fn malformed_toml_is_refused_with_file_line_and_column() {
        wrong(
            r#"
            name = "a" / seeds = = 3 => my.toml:2:9 | not valid TOML | experiments moons-circles
            [training / rate = 1     => my.toml:1: | not valid TOML
            name = "a                => my.toml:1: | not valid TOML
            just words               => my.toml:1: | not valid TOML
            "#,
        );
        check(&"[".repeat(100_000), &[], &["my.toml:1:", "not valid TOML"]);
        check(&format!("seeds = {}", "[".repeat(100_000)), &[], &["my.toml:1:"]);
    }

    #[test]
    fn a_key_given_twice_is_refused_where_it_stands_again() {
        wrong(
            "
            seeds = 3 / seeds = 4                          => my.toml:2:1 | duplicate key
            [training] / rate = 1.0 / [data] / [training]  => my.toml:4: | duplicate key
            ",
        );
    }

    #[test]
    fn a_column_counts_characters_not_bytes() {
        wrong("[pruning] / rewind = { \"\u{e4}\u{f6}\" = 1 } => my.toml:2:12");
    }

    #[test]
    fn a_long_value_is_quoted_in_part() {
        let long = format!("name = \"{}\"", "?".repeat(5000));
        check(&long, &[], &["????…", "my.toml:1:8"]);
    }
}
