//! The types of values that settings have: what each accepts, how a message refuses the rest, and how each is written.

use std::fmt::Display;
use std::ops::Add;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use itertools::Itertools;
use tombola::data::Range;
use toml::de::DeValue;

use super::page::{Page, full};
use super::source::At;
use crate::text::nearest;

/// The most samples, units of a layer, or parameters: what 31 bits count, on any machine.
pub(super) const MOST: u64 = (1 << 31) - 1;

/// What is known about a setting without a file.
#[derive(Debug)]
pub struct Setting {
    /// The last part of its key.
    pub key: &'static str,
    /// What it is, line by line.
    pub about: &'static [&'static str],
    /// What it is where nothing is said, as TOML; `None` if it is not set, or a section.
    pub default: fn() -> Option<String>,
    /// The settings below it.
    pub inner: &'static [Self],
    /// Whether it is nothing but a place for the settings below it.
    pub(super) is_section: bool,
    /// Whether it names a file, whose content counts in a digest.
    pub(super) is_file: bool,
}

impl Setting {
    /// A part of a value that may be a table.
    pub(super) const fn part(key: &'static str) -> Self {
        Self {
            key,
            about: &[],
            default: || None,
            inner: &[],
            is_section: false,
            is_file: false,
        }
    }
}

/// A type that settings have.
pub(super) trait Value: Sized {
    /// What narrows the type down.
    type Range;

    /// The settings of a section; none of a single value.
    const SETTINGS: &'static [Setting] = &[];
    /// Whether those settings are all that it is.
    const IS_SECTION: bool = false;
    /// Whether it is the path of a file, whose content counts in a digest.
    const IS_FILE: bool = false;

    /// # Errors
    /// Bad input, with place, key and remedy.
    fn read(at: &At<'_>, range: &Self::Range) -> anyhow::Result<Self>;

    /// As TOML; `None` if it is not set, or no single value. These bytes are what digests are made of.
    fn text(&self) -> Option<String>;

    /// The files that it names.
    fn files(&self) -> Vec<&Path> {
        Vec::new()
    }

    /// Adds the value to a canonical text.
    fn write(&self, key: &'static str, page: &mut Page<'_>) {
        if let Some(text) = self.text() {
            page.line(key, &text);
        }
    }
}

impl At<'_> {
    /// The value of a setting of this section, or its default.
    pub(super) fn read<T: Value>(&self, key: &str, range: &T::Range, default: T) -> anyhow::Result<T> {
        let Some(value) = self.table()?.get(key) else {
            return Ok(default);
        };
        let (path, example) = (&full(self.path, key), &default.text().unwrap_or_default());
        T::read(
            &At {
                path,
                value,
                example,
                ..*self
            },
            range,
        )
    }

    /// The value that a word stands for.
    pub(super) fn word<T: Clone>(&self, words: &[(&str, T)]) -> anyhow::Result<T> {
        let text = self.value.get_ref().as_str().unwrap_or_default();
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(value.clone());
        }
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let near = nearest(text, &words).filter(|_| !text.is_empty());
        let near = near.map_or(String::new(), |(near, _)| format!("; did you mean \"{near}\"?"));
        Err(self.refused(format_args!("must be one of \"{}\"{near}", words.join("\", \""))))
    }

    /// The message about a value that is not what it must be, with an example.
    fn refused_for(&self, rule: impl Display) -> anyhow::Error {
        let key = self.path.rsplit('.').next().unwrap_or_default();
        self.refused(format_args!("{rule}, such as {key} = {}", self.example))
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

fn integer(value: &DeValue<'_>) -> Option<i128> {
    let integer = value.as_integer()?;
    i128::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn whole<T: TryFrom<i128>>(at: &At<'_>, range: &Range) -> anyhow::Result<T> {
    let value = integer(at.value.get_ref()).filter(|value| match range {
        Range::Whole(least, most) => (i128::from(*least)..=i128::from(*most)).contains(value),
        _ => false,
    });
    let value = value.and_then(|value| T::try_from(value).ok());
    value.ok_or_else(|| at.refused_for(format_args!("must be {range}")))
}

/// A number that is written with a comma, as in `0,05`, with a point.
fn with_point(value: &DeValue<'_>) -> Option<String> {
    let text = value.as_str().filter(|text| text.contains(','))?;
    let number = text.replace(',', ".");
    number.parse::<f64>().is_ok().then_some(number)
}

/// The text is read in the type's own precision: a number rounded twice may be another one.
fn decimal<T>(at: &At<'_>, range: &Range) -> anyhow::Result<T>
where
    T: FromStr + Into<f64> + Copy + Add<Output = T> + Default,
{
    let parsed: Option<T> = match at.value.get_ref() {
        DeValue::Float(decimal) => decimal.as_str().parse().ok(),
        value => integer(value).and_then(|integer| integer.to_string().parse().ok()),
    };
    let finite = parsed.is_none_or(|value| value.into().is_finite());
    match parsed {
        // Adding 0.0 turns −0.0 into 0.0: both mean the same experiment.
        Some(value) if finite && range.holds(value.into()) => Ok(value + T::default()),
        _ if finite => match with_point(at.value.get_ref()) {
            Some(number) => Err(at.refused(format_args!("must be {range}, with a point: {number}"))),
            None => Err(at.refused_for(format_args!("must be {range}"))),
        },
        _ => Err(at.refused_for(format_args!("must be finite, {range}"))),
    }
}

/// A value that may be missing: the range of one that is there, and an example of it.
impl<T: Value> Value for Option<T> {
    type Range = (T::Range, &'static str);

    const IS_FILE: bool = T::IS_FILE;

    fn read(at: &At<'_>, (range, example): &Self::Range) -> anyhow::Result<Self> {
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

    fn files(&self) -> Vec<&Path> {
        self.as_ref().map_or_else(Vec::new, T::files)
    }

    fn write(&self, key: &'static str, page: &mut Page<'_>) {
        if let Some(value) = self {
            value.write(key, page);
        }
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
        let text = at.value.get_ref().as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| match at.assigned() {
            // A shell takes quotes away that no others are around.
            Some(value) if !value.is_empty() && !value.contains(['"', '\'', '[', '{']) => at.refused(format_args!(
                "must be text in quotes, which a shell leaves where others are around them: --set '{}=\"{value}\"'",
                at.path
            )),
            _ => at.refused_for("must be text in quotes"),
        })?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match range {
            Text::Name if LONGEST < text.len() || !text.chars().all(allowed) => {
                Err(at.refused_for(format_args!(
                    "must be at most {LONGEST} letters, digits, '-' and '_' (no spaces, dots or slashes)"
                )))
            }
            _ => Ok(text.to_owned()),
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

/// A file. For a digest, its content stands for its path.
impl Value for PathBuf {
    type Range = ();

    const IS_FILE: bool = true;

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        let example = "\"data.csv\"";
        String::read(&At { example, ..*at }, &Text::Any).map(Self::from)
    }

    fn text(&self) -> Option<String> {
        self.to_string_lossy().into_owned().text()
    }

    fn files(&self) -> Vec<&Path> {
        vec![self]
    }

    fn write(&self, key: &'static str, page: &mut Page<'_>) {
        match page.digested {
            // The first key of a file was called so in digests, and old ones must be found.
            Some(contents) => page.line(
                if key == "path" { "content" } else { key },
                &format!("\"{}\"", contents.of(self).digest),
            ),
            None => page.line(key, &self.text().unwrap_or_default()),
        }
    }
}

/// The widths of layers.
impl Value for Vec<usize> {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        let list = at.value.get_ref().as_array();
        let list = list.ok_or_else(|| at.refused_for("must be a list of widths"))?;
        let path = &format!("a width of {}", at.path);
        let width = |value| usize::read(&At { path, value, ..*at }, &Range::Whole(1, MOST));
        list.iter().map(width).collect()
    }

    fn text(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

/// Labels of classes, at least two and each once.
impl Value for Vec<i64> {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        /// As many outputs as a softmax may have.
        const MOST: usize = 1024;
        let list = at.value.get_ref().as_array();
        let list = list.ok_or_else(|| at.refused_for("must be a list of labels"))?;
        let label = |value| integer(value).and_then(|label| i64::try_from(label).ok());
        let labels: Option<Self> = list.iter().map(|value| label(value.get_ref())).collect();
        let labels = labels.ok_or_else(|| at.refused_for("must be a list of whole numbers"))?;
        if !(2..=MOST).contains(&labels.len()) || !labels.iter().all_unique() {
            return Err(at.refused_for(format_args!("must list 2 to {MOST} labels, each once")));
        }
        Ok(labels)
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
        at.word(T::WORDS)
    }

    fn text(&self) -> Option<String> {
        let (word, _) = T::WORDS.iter().find(|(_, value)| value == self)?;
        Some(format!("\"{word}\""))
    }
}

#[cfg(test)]
mod tests;
