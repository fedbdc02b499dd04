//! Writes a sweep as its directory keeps it, and finds the digest that names the directory.
//!
//! The text has what was given, and no defaults: those of a task depend on its kind, which may be swept. In full, settings
//! stand in the experiment of each cell. The digest is that of the base and the swept keys, and of no value, so that more
//! values are added to what is there; where two sweeps have one digest, their cells do not.

use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};

use super::super::canonical::DIGITS;
use super::super::overrides;
use super::super::page::{Page, full};
use super::super::settings::{Experiment, Network};
use super::super::source::{At, Toml};
use super::super::value::Value;
use super::{Cells, Sweep};
use crate::data::{Contents, sha256};

impl Sweep<'_> {
    /// The settings that all cells begin from, as far as they make an experiment without a cell's: its name, and the number of
    /// seeds.
    ///
    /// # Errors
    /// Bad input, with place and remedy, if a value cannot be, with those of the first cell where some are missing.
    pub fn base(&self) -> anyhow::Result<Experiment> {
        let read = |tree: &Toml<'_>| Experiment::read(&At::new(self.source, "", tree), &());
        let mut base = read(&self.base).or_else(|_| read(&self.merged(0)?))?;
        // Which form of a network holds may be the cells' to say.
        let Network {
            base: network,
            extend,
            hidden,
            ..
        } = &mut base.network;
        if network.is_some() || extend.is_some() {
            *hidden = None;
        }
        Ok(base)
    }

    /// Names the directory of the sweep: the SHA-256 of the base's canonical text, as in [`Experiment::digest`], without the
    /// lines of keys that a grid sweeps, and of these keys in alphabetical order; its first 16 hexadecimal digits.
    ///
    /// # Errors
    /// As [`Sweep::base`].
    ///
    /// # Panics
    /// If `contents` lacks a file of the base.
    pub fn digest(&self, contents: &Contents) -> anyhow::Result<String> {
        let mut page = Page {
            digested: Some(contents),
            ..Page::default()
        };
        self.base()?.lines(&mut page);
        let mut text = page.text;
        match &self.cells {
            Cells::Named(_) => text.push_str("\n[[sweep.cell]]\n"),
            Cells::Grid(axes) => {
                let mut keys: Vec<&str> = axes.iter().map(|axis| &*axis.key).collect();
                keys.sort_unstable();
                text = without(&text, &keys);
                let _ = write!(text, "\n[sweep]\n{}\n", keys.join("\n"));
            }
        }
        let mut digest = sha256(text.as_bytes());
        digest.truncate(DIGITS);
        Ok(digest)
    }

    /// The sweep as TOML: what the file and `--set` gave, in one form.
    pub fn written(&self) -> String {
        let mut text = String::new();
        if let DeValue::Table(base) = self.base.get_ref() {
            section("", base, &mut text);
        }
        match &self.cells {
            Cells::Grid(axes) => {
                text.push_str("\n[sweep]\n");
                for axis in axes {
                    let values: Vec<String> = axis
                        .values
                        .iter()
                        .map(|value| toml_text(value.get_ref()))
                        .collect();
                    let _ = writeln!(text, "\"{}\" = [{}]", axis.key, values.join(", "));
                }
            }
            Cells::Named(cells) => {
                for cell in cells {
                    let _ = writeln!(text, "\n[[sweep.cell]]\nname = {}", quoted(&cell.name));
                    for (key, value) in &cell.values {
                        let _ = writeln!(text, "\"{key}\" = {}", toml_text(value.get_ref()));
                    }
                }
            }
        }
        text
    }
}

/// A canonical text without the lines of keys, and, where the kind of a task is one of them, without all of tasks, whose
/// defaults depend on it.
fn without(text: &str, keys: &[&str]) -> String {
    let of_task = |key: &str| {
        keys.iter().any(|swept| {
            let mut parts = swept.split('.');
            let is_of_task = parts.next() == Some("data") && parts.next() == Some("task");
            is_of_task && parts.nth(1).is_none_or(|swept| swept == key || swept == "kind")
        })
    };
    let mut section = "";
    let kept = text.lines().filter(|line| {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_matches(['[', ']']);
        }
        let key = line.split(" = ").next().unwrap_or_default();
        match section {
            "data.task" => !of_task(key),
            _ => !keys.contains(&&*full(section, key)),
        }
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// Adds a section: single values first, then the sections below it; of tasks, name and kind first.
fn section(path: &str, table: &DeTable<'_>, text: &mut String) {
    let is_section = |key: &str, value: &DeValue<'_>| {
        let path = full(path, key);
        value.is_table() && !overrides::is_one(&path) || path == "data.task" && value.is_array()
    };
    let order = |key: &str| {
        ["name", "kind"]
            .iter()
            .position(|first| *first == key)
            .unwrap_or(2)
    };
    let mut entries: Vec<(&str, &DeValue<'_>)> = table
        .iter()
        .map(|(key, value)| (&**key.get_ref(), value.get_ref()))
        .collect();
    entries.sort_by_key(|(key, _)| order(key));
    for (key, value) in entries.iter().filter(|(key, value)| !is_section(key, value)) {
        let _ = writeln!(text, "{} = {}", key_text(key), toml_text(value));
    }
    for (key, value) in entries.iter().filter(|(key, value)| is_section(key, value)) {
        let path = full(path, key);
        match value {
            DeValue::Table(table) => {
                let _ = writeln!(text, "\n[{path}]");
                section(&path, table, text);
            }
            DeValue::Array(list) => {
                for entry in list {
                    let _ = writeln!(text, "\n[[{path}]]");
                    if let DeValue::Table(table) = entry.get_ref() {
                        section(&path, table, text);
                    }
                }
            }
            _ => {}
        }
    }
}

fn quoted(text: &str) -> String {
    text.to_owned().text().unwrap_or_default()
}

fn key_text(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A value in one line.
pub(super) fn toml_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(integer) => match i128::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => number.to_string(),
            Err(_) => integer.to_string(),
        },
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| toml_text(value.get_ref())).collect();
            format!("[{}]", values.join(", "))
        }
        DeValue::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| format!("{} = {}", key_text(key.get_ref()), toml_text(value.get_ref())));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
