//! The types of values that settings have: what each accepts, how a message refuses the rest, and how each is written.

use std::fmt::Display;
use std::ops::Add;
use std::path::PathBuf;
use std::str::FromStr;

use tombola::data::Range;

use super::canonical::Page;
use super::section::Setting;
use super::tree::{Node, Toml};
use crate::bad_input;
use crate::text::nearest;

/// The most samples, units of a layer, or parameters: what 31 bits count, on any machine.
pub(super) const MOST: u64 = (1 << 31) - 1;

/// The value of a setting, where it stands in a file.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    /// Its key, such as `training.rate`; empty for the file itself.
    pub(super) path: &'a str,
    pub(super) node: &'a Node,
    /// The setting's default as TOML, or empty.
    example: &'a str,
}

impl<'a> At<'a> {
    pub(super) fn new(path: &'a str, node: &'a Node, example: &'a str) -> Self {
        Self { path, node, example }
    }

    /// The one form of a message about a value: where, which, what it is, and what it must be.
    pub(super) fn refused(&self, rule: impl Display) -> anyhow::Error {
        refused(self.path, self.node, rule)
    }

    /// The same, with an example.
    fn refused_for(&self, rule: impl Display) -> anyhow::Error {
        let key = self.path.rsplit('.').next().unwrap_or_default();
        self.refused(format_args!("{rule}, such as {key} = {}", self.example))
    }
}

/// The message about a value that is not what it must be.
pub(super) fn refused(path: &str, node: &Node, rule: impl Display) -> anyhow::Error {
    let Node { place, text, .. } = node;
    bad_input!("{place}: {path} is {text}, but {rule}")
}

/// A type that settings have.
pub(super) trait Value: Sized {
    /// What narrows the type down.
    type Range;

    /// The settings of a section; none of a single value.
    const SETTINGS: &'static [Setting] = &[];

    /// # Errors
    /// Bad input, with place, key and remedy.
    fn read(at: &At<'_>, range: &Self::Range) -> anyhow::Result<Self>;

    /// As TOML; `None` if it is not set, or no single value. These bytes are what digests are made of.
    fn text(&self) -> Option<String>;

    /// Adds the value to a canonical text.
    fn write(&self, key: &'static str, page: &mut Page) {
        if let Some(text) = self.text() {
            page.line(key, &text);
        }
    }
}

macro_rules! numbers {
    ($read:ident: $($type:ty),+) => {$(
        impl Value for $type {
            type Range = Range;

            fn read(at: &At<'_>, range: &Range) -> anyhow::Result<Self> {
                $read(at, range)
            }

            fn text(&self) -> Option<String> {
                // The shortest decimal that gives the number back, with a point or an exponent if it is no integer's.
                Some(format!("{self:?}"))
            }
        }
    )+};
}

numbers!(whole: u32, u64, usize);
numbers!(decimal: f32, f64);

fn whole<T: TryFrom<i128>>(at: &At<'_>, range: &Range) -> anyhow::Result<T> {
    let value = match (&at.node.value, range) {
        (Toml::Integer(integer), Range::Whole(least, most))
            if (i128::from(*least)..=i128::from(*most)).contains(integer) =>
        {
            T::try_from(*integer).ok()
        }
        _ => None,
    };
    value.ok_or_else(|| at.refused_for(format_args!("must be {range}")))
}

/// The text is read in the type's own precision: a number rounded twice may be another one.
fn decimal<T>(at: &At<'_>, range: &Range) -> anyhow::Result<T>
where
    T: FromStr + Into<f64> + Copy + Add<Output = T> + Default,
{
    let parsed: Option<T> = match &at.node.value {
        Toml::Integer(integer) => integer.to_string().parse().ok(),
        Toml::Decimal(decimal) => decimal.parse().ok(),
        _ => None,
    };
    let finite = parsed.is_none_or(|value| value.into().is_finite());
    match parsed {
        // Adding 0.0 turns −0.0 into 0.0: both mean the same experiment.
        Some(value) if finite && range.holds(value.into()) => Ok(value + T::default()),
        _ if finite => Err(at.refused_for(format_args!("must be {range}"))),
        _ => Err(at.refused_for(format_args!("must be finite, {range}"))),
    }
}

/// A value that may be missing: the range of one that is there, and an example of it.
impl<T: Value> Value for Option<T> {
    type Range = (T::Range, &'static str);

    fn read(at: &At<'_>, (range, example): &Self::Range) -> anyhow::Result<Self> {
        if matches!(at.node.value, Toml::Unset) {
            return Ok(None);
        }
        let example = if at.example.is_empty() {
            *example
        } else {
            at.example
        };
        T::read(&At { example, ..*at }, range).map(Some)
    }

    fn text(&self) -> Option<String> {
        self.as_ref()?.text()
    }
}

/// What a text may be.
pub(super) enum Text {
    /// Anything but empty.
    Any,
    /// Part of the name of a file or column.
    Name,
}

impl Value for String {
    type Range = Text;

    fn read(at: &At<'_>, range: &Text) -> anyhow::Result<Self> {
        /// A directory's name may have 255 bytes, of which the digest takes some.
        const LONGEST: usize = 100;
        let text = match &at.node.value {
            Toml::Text(text) if !text.is_empty() => text,
            _ => return Err(at.refused_for("must be text in quotes")),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match range {
            Text::Name if LONGEST < text.len() || !text.chars().all(allowed) => {
                Err(at.refused_for(format_args!(
                    "must be at most {LONGEST} letters, digits, '-' and '_' (no spaces, dots or slashes)"
                )))
            }
            _ => Ok(text.clone()),
        }
    }

    /// A TOML basic string.
    fn text(&self) -> Option<String> {
        let escaped = |c: char| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\U{:08X}", u32::from(c)),
            c => c.to_string(),
        };
        Some(format!("\"{}\"", self.chars().map(escaped).collect::<String>()))
    }
}

/// A file. Its content counts, not its path, where a page says so.
impl Value for PathBuf {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        String::read(at, &Text::Any).map(Self::from)
    }

    fn text(&self) -> Option<String> {
        self.to_string_lossy().into_owned().text()
    }

    fn write(&self, key: &'static str, page: &mut Page) {
        page.file(key, self);
    }
}

/// The widths of layers.
impl Value for Vec<usize> {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        let Toml::List(list) = &at.node.value else {
            return Err(at.refused_for("must be a list of widths"));
        };
        let path = format!("a width of {}", at.path);
        let width = |node| usize::read(&At::new(&path, node, at.example), &Range::Whole(1, MOST));
        list.iter().map(width).collect()
    }

    fn text(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

/// A choice of a few words.
pub(super) trait Word: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

impl<T: Word> Value for T {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        word(at, T::WORDS)
    }

    fn text(&self) -> Option<String> {
        let (word, _) = T::WORDS.iter().find(|(_, value)| value == self)?;
        Some(format!("\"{word}\""))
    }
}

/// The value that a word stands for.
pub(super) fn word<T: Copy>(at: &At<'_>, words: &[(&str, T)]) -> anyhow::Result<T> {
    let text = match &at.node.value {
        Toml::Text(text) => text.as_str(),
        _ => "",
    };
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let near = nearest(text, &words).filter(|_| !text.is_empty());
    let near = near.map(|(near, _)| format!("; did you mean \"{near}\"?"));
    let near = near.unwrap_or_default();
    Err(at.refused(format_args!("must be one of \"{}\"{near}", words.join("\", \""))))
}

#[cfg(test)]
mod tests;
