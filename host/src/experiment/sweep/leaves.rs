//! Finds the keys of a table with their values, however they are written: dotted, quoted, or in tables of their own.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::super::source::{Part, Toml};
use super::SWEEP;
use crate::bad_input;

/// A key, dotted, and its value.
pub(super) struct Leaf<'a> {
    pub(super) key: String,
    /// Where the last part of the key stands, or the `--set`.
    pub(super) span: Range<usize>,
    pub(super) value: Toml<'a>,
}

/// All keys of a table in the order of the file. A value that is a table has keys, unless `is_one` of its own key.
pub(super) fn leaves<'a>(table: &DeTable<'a>, is_one: &dyn Fn(&str) -> bool) -> Vec<Leaf<'a>> {
    fn below<'a>(path: &str, table: &DeTable<'a>, is_one: &dyn Fn(&str) -> bool, found: &mut Vec<Leaf<'a>>) {
        for (key, value) in table {
            let name = key.get_ref().trim();
            let full = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            };
            match value.get_ref() {
                DeValue::Table(table) if !is_one(&full) => below(&full, table, is_one, found),
                _ => found.push(Leaf {
                    key: full,
                    span: key.span(),
                    value: value.clone(),
                }),
            }
        }
    }
    let mut found = Vec::new();
    below("", table, is_one, &mut found);
    found.sort_by_key(|leaf| leaf.span.start);
    found
}

impl<'a> Leaf<'a> {
    /// What `--set sweep.KEY=LIST` gives.
    pub(super) fn of_set(set: &'a Part) -> anyhow::Result<Self> {
        let (key, _) = set.assignment().split_once('=').unwrap_or_default();
        let key = key.trim().strip_prefix(SWEEP).unwrap_or_default();
        let key = key.trim_start_matches('.').trim();
        let quotes = ['"', '\''];
        let is_quoted = key.starts_with(quotes) && key.ends_with(quotes);
        let bare = key.trim_matches(quotes);
        if bare.is_empty() || bare.contains(quotes) {
            return Err(bad_input!(
                "{}: which key is swept? Write sweep.KEY=LIST, such as --set 'sweep.training.rate=[0.1, 0.05]'",
                set.place
            ));
        }
        let path: Vec<&str> = if is_quoted {
            vec![SWEEP, bare]
        } else {
            std::iter::once(SWEEP).chain(bare.split('.')).collect()
        };
        let value = set.value(&path)?;
        Ok(Self {
            key: bare.to_owned(),
            span: value.span(),
            value,
        })
    }
}
