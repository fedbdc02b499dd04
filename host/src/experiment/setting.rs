//! One setting at a time: its type and its range, and the message where it has not. Without this a number out of
//! range would be a panic, or worse a run of hours that means nothing.

use std::ops::{Add, RangeInclusive};
use std::str::FromStr;

use super::keys;
use super::tree::{Entry, Node, Value};
use crate::bad_input;

/// The most samples, units of a layer, or parameters: what 31 bits count, on any machine.
pub(super) const MOST: i128 = (1 << 31) - 1;

/// A section of the file, empty if the file does not have it.
pub(super) struct Section<'a> {
    /// Stands before its keys in messages: `training`, `data.task.moons`.
    pub(super) path: String,
    pub(super) table: &'a [Entry],
}

/// A range of decimal numbers, in code and in words.
pub(super) struct Bound {
    words: &'static str,
    holds: fn(f64) -> bool,
}

pub(super) const POSITIVE: Bound = Bound {
    words: "a number above 0",
    holds: |x| x > 0.0,
};
pub(super) const NOT_NEGATIVE: Bound = Bound {
    words: "a number of at least 0",
    holds: |x| x >= 0.0,
};
pub(super) const INSIDE_ONE: Bound = Bound {
    words: "a number above 0 and below 1",
    holds: |x| x > 0.0 && x < 1.0,
};
pub(super) const BELOW_ONE: Bound = Bound {
    words: "a number of at least 0 and below 1",
    holds: |x| (0.0..1.0).contains(&x),
};

impl<'a> Section<'a> {
    /// The section `name` of `tree`, all of whose keys are known.
    pub(super) fn of(tree: &'a [Entry], name: &str) -> anyhow::Result<Self> {
        let table = match tree.iter().find(|entry| entry.key == name) {
            Some(entry) => table(name, &entry.node)?,
            None => &[],
        };
        keys::refuse_unknown(&format!("[{name}]"), table, keys::of(name))?;
        Ok(Self {
            path: name.to_owned(),
            table,
        })
    }

    pub(super) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.table.iter().find(|entry| entry.key == key)
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub(super) fn full(&self, key: &str) -> String {
        keys::full(&self.path, key)
    }

    /// A whole number, or its default.
    pub(super) fn whole<T>(&self, key: &str, range: RangeInclusive<i128>, default: T) -> anyhow::Result<T>
    where
        T: TryFrom<i128> + ToString,
    {
        let example = default.to_string();
        Ok(self.optional_whole(key, range, &example)?.unwrap_or(default))
    }

    /// A whole number, if there is one.
    pub(super) fn optional_whole<T>(
        &self,
        key: &str,
        range: RangeInclusive<i128>,
        example: &str,
    ) -> anyhow::Result<Option<T>>
    where
        T: TryFrom<i128>,
    {
        self.node(key)
            .map(|node| whole(&self.full(key), node, &range, &format!("{key} = {example}")))
            .transpose()
    }

    /// A number of any precision, or its default.
    pub(super) fn number<T>(&self, key: &str, bound: &Bound, default: T) -> anyhow::Result<T>
    where
        T: FromStr + Into<f64> + Copy + Add<Output = T> + Default + std::fmt::Debug,
    {
        let Some(node) = self.node(key) else {
            return Ok(default);
        };
        let parsed = match &node.value {
            Value::Integer(integer) => integer.to_string().parse::<T>().ok(),
            Value::Decimal(decimal) => decimal.parse().ok(),
            _ => None,
        };
        match parsed {
            // Adding 0.0 turns −0.0 into 0.0: both mean the same experiment.
            Some(value) if value.into().is_finite() && (bound.holds)(value.into()) => {
                Ok(value + T::default())
            }
            _ => {
                let expected = if parsed.is_some_and(|value| !value.into().is_finite()) {
                    format!("finite, {}", bound.words)
                } else {
                    bound.words.to_owned()
                };
                Err(refused(
                    &self.full(key),
                    node,
                    &format!("must be {expected}, such as {key} = {default:?}"),
                ))
            }
        }
    }

    /// One of a few words, or its default.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], default: T) -> anyhow::Result<T> {
        let Some(node) = self.node(key) else {
            return Ok(default);
        };
        let Value::Text(text) = &node.value else {
            return Err(self.not_a_word(key, node, words));
        };
        match words.iter().find(|(word, _)| word == text) {
            Some((_, value)) => Ok(*value),
            None => Err(self.not_a_word(key, node, words)),
        }
    }

    /// What is wrong with a value that should be one of `words`.
    pub(super) fn not_a_word<T>(&self, key: &str, node: &Node, words: &[(&str, T)]) -> anyhow::Error {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let near = match &node.value {
            Value::Text(text) => {
                keys::nearest(text, &names).map(|(near, _)| format!("; did you mean \"{near}\"?"))
            }
            _ => None,
        };
        let listed = names
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ");
        refused(
            &self.full(key),
            node,
            &format!("must be one of {listed}{}", near.unwrap_or_default()),
        )
    }

    /// Any text, if there is one.
    pub(super) fn text(&self, key: &str, example: &str) -> anyhow::Result<Option<&'a str>> {
        match self.node(key) {
            None => Ok(None),
            Some(Node {
                value: Value::Text(text),
                ..
            }) if !text.is_empty() => Ok(Some(text)),
            Some(node) => Err(refused(
                &self.full(key),
                node,
                &format!("must be text in quotes, such as {key} = \"{example}\""),
            )),
        }
    }

    /// A name: it becomes part of a file's name or of a column's.
    pub(super) fn name(&self, key: &str, default: &str) -> anyhow::Result<String> {
        /// A directory's name may have 255 bytes, of which the digest takes some.
        const LONGEST: usize = 100;
        let Some(name) = self.text(key, default)? else {
            return Ok(default.to_owned());
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match self.node(key) {
            Some(node) if !name.chars().all(allowed) || name.len() > LONGEST => {
                let rule = format!(
                    "must be at most {LONGEST} letters, digits, '-' and '_' (no spaces, dots or slashes), \
                     such as {key} = \"{default}\""
                );
                Err(refused(&self.full(key), node, &rule))
            }
            _ => Ok(name.to_owned()),
        }
    }

    /// A list of layer widths, if there is one.
    pub(super) fn widths(&self, key: &str, example: &str) -> anyhow::Result<Option<Vec<usize>>> {
        let Some(node) = self.node(key) else {
            return Ok(None);
        };
        let example = format!("{key} = {example}");
        let Value::List(list) = &node.value else {
            return Err(refused(
                &self.full(key),
                node,
                &format!("must be a list of widths, such as {example}"),
            ));
        };
        let width = |node| {
            whole(
                &format!("a width of {}", self.full(key)),
                node,
                &(1..=MOST),
                &example,
            )
        };
        list.iter().map(width).collect::<anyhow::Result<_>>().map(Some)
    }
}

fn whole<T>(name: &str, node: &Node, range: &RangeInclusive<i128>, example: &str) -> anyhow::Result<T>
where
    T: TryFrom<i128>,
{
    let value = match node.value {
        Value::Integer(integer) if range.contains(&integer) => T::try_from(integer).ok(),
        _ => None,
    };
    let (least, most) = (range.start(), range.end());
    value.ok_or_else(|| {
        refused(
            name,
            node,
            &format!("must be a whole number from {least} to {most}, such as {example}"),
        )
    })
}

/// The one form of a message about a value: where, which, what it is, and what it must be.
pub(super) fn refused(name: &str, node: &Node, rule: &str) -> anyhow::Error {
    let (place, text) = (&node.place, &node.text);
    bad_input!("{place}: {name} is {text}, but {rule}")
}

/// The table that a section is.
pub(super) fn table<'a>(name: &str, node: &'a Node) -> anyhow::Result<&'a [Entry]> {
    match &node.value {
        Value::Table(table) => Ok(table),
        _ => Err(not_a_table(name, node)),
    }
}

/// The table that a section is, to be changed.
pub(super) fn table_mut<'a>(name: &str, node: &'a mut Node) -> anyhow::Result<&'a mut Vec<Entry>> {
    match node.value {
        Value::Table(ref mut table) => Ok(table),
        _ => Err(not_a_table(name, node)),
    }
}

/// The list that the tasks are.
pub(super) fn list(node: &Node) -> anyhow::Result<&[Node]> {
    match &node.value {
        Value::List(list) => Ok(list),
        _ => Err(not_a_list(node)),
    }
}

/// The list that the tasks are, to be changed.
pub(super) fn list_mut(node: &mut Node) -> anyhow::Result<&mut Vec<Node>> {
    match node.value {
        Value::List(ref mut list) => Ok(list),
        _ => Err(not_a_list(node)),
    }
}

fn not_a_table(name: &str, node: &Node) -> anyhow::Error {
    let form = if name == "data.task" {
        "[[data.task]]".to_owned()
    } else {
        format!("[{name}]")
    };
    refused(
        name,
        node,
        &format!("must be a section: write {form} on a line of its own, and its keys below"),
    )
}

fn not_a_list(node: &Node) -> anyhow::Error {
    bad_input!(
        "{}: data.task must be a list: write [[data.task]], in double brackets, above each task",
        node.place
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, good};

    /// One setting of one section.
    fn setting(path: &str, value: &str) -> String {
        match path.rsplit_once('.') {
            Some((section, key)) => format!("[{section}]\n{key} = {value}\n"),
            None => format!("\n{path} = {value}\n"),
        }
    }

    /// One setting of one task.
    fn task(kind: &str, key: &str, value: &str) -> String {
        format!("[[data.task]]\nkind = \"{kind}\"\n{key} = {value}\n")
    }

    #[test]
    fn a_whole_number_out_of_range_is_refused_with_the_range() {
        for (path, value, range) in [
            ("seeds", "0", "from 1 to"),
            ("seeds", "1000001", "from 1 to 1000000"),
            ("training.epochs", "4294967296", "from 1 to 4294967295"),
            ("first_seed", "-1", "from 0 to"),
            (
                "first_seed",
                "99999999999999999999999999999999999999999999",
                "from 0 to",
            ),
            ("data.train", "0", "from 1 to 2147483647"),
            ("data.validation", "0", "from 1 to 2147483647"),
            ("data.test", "2147483648", "from 1 to 2147483647"),
            ("data.seed", "-5", "from 0 to 9223372036854775807"),
            ("training.batch", "0", "from 1 to"),
            ("training.epochs", "0", "from 1 to"),
            ("training.patience", "0", "from 1 to"),
            ("pruning.levels", "-1", "from 0 to"),
            ("pruning.target", "0", "from 1 to"),
            ("training.epochs", "30.0", "whole number"),
            ("training.epochs", "\"30\"", "whole number"),
            ("training.epochs", "true", "whole number"),
            ("training.epochs", "[30]", "whole number"),
            ("training.epochs", "{ a = 1 }", "whole number"),
            ("training.epochs", "2024-01-01", "whole number"),
        ] {
            check(
                &setting(path, value),
                &[],
                &["my.toml:2:", path, value, range, "such as"],
            );
        }
    }

    #[test]
    fn a_number_out_of_range_is_refused_with_the_range() {
        for (path, value, range) in [
            ("training.rate", "0.0", "above 0"),
            ("training.rate", "-0.1", "above 0"),
            ("training.rate", "1e-60", "above 0"),
            ("training.momentum", "1.0", "below 1"),
            ("training.momentum", "-0.1", "at least 0"),
            ("training.weight_decay", "-1e-4", "at least 0"),
            ("pruning.rate", "0", "above 0 and below 1"),
            ("pruning.rate", "1", "above 0 and below 1"),
            ("training.rate", "\"fast\"", "a number"),
            ("training.rate", "false", "a number"),
        ] {
            check(
                &setting(path, value),
                &[],
                &["my.toml:2:", path, value, range, "such as"],
            );
        }
    }

    #[test]
    fn a_number_that_is_not_finite_is_refused() {
        for value in ["inf", "-inf", "nan", "+nan", "1e39", "1e999"] {
            check(
                &setting("training.rate", value),
                &[],
                &["my.toml:2:8", value, "finite"],
            );
            check(
                &task("moons", "noise", value),
                &[],
                &["data.task.moons.noise", value, "finite"],
            );
        }
        check(&setting("pruning.rate", "nan"), &[], &["finite"]);
    }

    #[test]
    fn a_setting_of_a_task_out_of_range_is_refused() {
        for (kind, key, value, range) in [
            ("moons", "noise", "-0.1", "at least 0"),
            ("circles", "factor", "0.0", "above 0 and below 1"),
            ("circles", "factor", "1", "above 0 and below 1"),
            ("blobs", "classes", "1", "from 2 to 1024"),
            ("spirals", "classes", "1025", "from 2 to 1024"),
            ("spirals", "turns", "0", "above 0"),
            ("csv", "path", "5", "text in quotes"),
            ("csv", "path", "\"\"", "text in quotes"),
            ("moons", "name", "\"\"", "text in quotes"),
            ("moons", "name", "\"a b\"", "letters, digits"),
            ("moons", "name", "\"a,b\"", "letters, digits"),
            ("moons", "name", "\"mönd\"", "letters, digits"),
        ] {
            check(&task(kind, key, value), &[], &["my.toml:3:", key, value, range]);
        }
    }

    #[test]
    fn the_ends_of_the_ranges_are_allowed() {
        let text = "seeds = 1\nfirst_seed = 9223372036854775806\n[data]\ntrain = 1\nvalidation = 1\ntest = 2147483647\n\
                    [[data.task]]\nkind = \"blobs\"\nclasses = 1024\nnoise = 0\n\
                    [training]\nmomentum = 0.0\nbatch = 1\nepochs = 1\npatience = 1\nweight_decay = -0.0\n\
                    [pruning]\nlevels = 0\ntarget = 1\n[network]\nhidden = []\n";
        let experiment = good(text, &[]);
        assert_eq!(experiment.first_seed, 9_223_372_036_854_775_806);
        assert_eq!(experiment.training.weight_decay.to_bits(), 0);
    }

    #[test]
    fn a_name_that_is_no_directory_is_refused() {
        for name in ["\"../up\"", "\"a/b\"", "\"a b\"", "\".\"", "\"a\\nb\"", "\"\""] {
            check(&format!("name = {name}"), &[], &["my.toml:1:8", "name is"]);
        }
        check(&format!("name = \"{}\"", "a".repeat(101)), &[], &["at most 100"]);
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_known_and_the_nearest() {
        check(
            &setting("training.optimizer", "\"sdg\""),
            &[],
            &["my.toml:2:13", "\"sgd\", \"adam\"", "did you mean \"sgd\"?"],
        );
        check(
            &setting("data.normalize", "\"minmax\""),
            &[],
            &["\"standard\", \"min-max\", \"none\"", "\"min-max\"?"],
        );
        check(
            &task("moons", "kind2", "1").replace("moons", "moon"),
            &[],
            &["\"circles\"", "did you mean \"moons\"?"],
        );
        check(
            &setting("pruning.rewind", "\"inital\""),
            &[],
            &["\"initial\", \"none\"", "{ epoch = 5 }", "\"initial\"?"],
        );
        check(
            &setting("training.optimizer", "3"),
            &[],
            &["is 3", "\"sgd\", \"adam\""],
        );
        check(&setting("pruning.rewind", "5"), &[], &["is 5", "{ epoch = 5 }"]);
    }

    #[test]
    fn a_section_that_is_no_section_is_refused() {
        check("training = 5", &[], &["my.toml:1:12", "write [training]"]);
        check("[[training]]\nrate = 0.1", &[], &["training", "write [training]"]);
        check("[data.task]\nkind = \"moons\"", &[], &["write [[data.task]]"]);
        check(
            "[data]\ntask = [5]",
            &[],
            &["my.toml:2:9", "is 5", "[[data.task]]"],
        );
    }
}
