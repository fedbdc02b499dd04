//! Sections of a file: structures whose fields are settings, each declared once with its doc, default and range.

use super::settings::Experiment;
use super::task::Kind;
use super::tree::{Entry, Node, Toml};
use super::value::{At, Value, refused};
use crate::bad_input;
use crate::text::{listed, nearest, quoted};

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
}

impl Setting {
    /// Whether it is nothing but a place for the settings below it.
    pub(super) fn is_section(&self) -> bool {
        !self.inner.is_empty() && (self.default)().is_none()
    }
}

/// Declares a section: a structure, its default, and how it is read and written, from each setting's doc, type, default
/// and range (which types without one leave out). The order is that of the canonical text.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $section:ident {$(
            $(#[doc = $doc:literal])+
            pub $key:ident: $type:ty = $default:expr $(, $range:expr)?;
        )+}
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $section {$(
            $(#[doc = $doc])+
            pub $key: $type,
        )+}

        impl Default for $section {
            fn default() -> Self {
                Self { $($key: $default),+ }
            }
        }

        impl $crate::experiment::value::Value for $section {
            type Range = ();

            const SETTINGS: &'static [$crate::experiment::Setting] = &[$($crate::experiment::Setting {
                key: stringify!($key),
                about: &[$($doc),+],
                default: || $crate::experiment::value::Value::text(&Self::default().$key),
                inner: <$type as $crate::experiment::value::Value>::SETTINGS,
            }),+];

            fn read(at: &$crate::experiment::value::At<'_>, (): &()) -> anyhow::Result<Self> {
                Self::of_table(&$crate::experiment::section::Table::of(at, Self::SETTINGS)?)
            }

            fn text(&self) -> Option<String> {
                None
            }

            fn write(&self, key: &'static str, page: &mut $crate::experiment::canonical::Page) {
                page.section(key);
                self.lines(page);
            }
        }

        impl $section {
            /// Reads the settings of a table, which may have other keys, too.
            pub(in $crate::experiment) fn of_table(
                table: &$crate::experiment::section::Table<'_>,
            ) -> anyhow::Result<Self> {
                let default = Self::default();
                Ok(Self {$(
                    $key: table.read(stringify!($key), &section!(@range $($range)?), default.$key)?,
                )+})
            }

            /// Adds the settings to a canonical text.
            pub(in $crate::experiment) fn lines(&self, page: &mut $crate::experiment::canonical::Page) {
                $($crate::experiment::value::Value::write(&self.$key, stringify!($key), page);)+
            }
        }
    };
    (@range) => { () };
    (@range $range:expr) => { $range };
}

pub(super) use section;

/// A table of a file, and where its keys belong.
pub(super) struct Table<'a> {
    path: String,
    entries: &'a [Entry],
}

impl<'a> Table<'a> {
    /// A section, all of whose keys are known.
    pub(super) fn of(at: &At<'a>, settings: &[Setting]) -> anyhow::Result<Self> {
        let known: Vec<&str> = settings.iter().map(|setting| setting.key).collect();
        let entries = entries(at.path, at.node)?;
        refuse_unknown(&header(at.path), entries, &known)?;
        Ok(Self::new(at.path.to_owned(), entries))
    }

    /// `path` stands before its keys in messages.
    pub(super) fn new(path: String, entries: &'a [Entry]) -> Self {
        Self { path, entries }
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(&entry.node)
    }

    /// The value of a setting, or its default.
    pub(super) fn read<T: Value>(&self, key: &str, range: &T::Range, default: T) -> anyhow::Result<T> {
        let Some(node) = self.node(key) else {
            return Ok(default);
        };
        let (path, example) = (full(&self.path, key), default.text().unwrap_or_default());
        T::read(&At::new(&path, node, &example), range)
    }
}

/// A key with the section it stands in, as `--set` writes it.
pub(super) fn full(section: &str, key: &str) -> String {
    match section {
        "" => key.to_owned(),
        _ => format!("{section}.{key}"),
    }
}

/// How messages call a section.
fn header(path: &str) -> String {
    match path {
        "" => String::new(),
        _ if path.contains('.') => path.to_owned(),
        _ => format!("[{path}]"),
    }
}

/// The keys and values of a section.
pub(super) fn entries<'a>(path: &str, node: &'a Node) -> anyhow::Result<&'a [Entry]> {
    match &node.value {
        Toml::Table(entries) => Ok(entries),
        _ => Err(not_a_section(path, node)),
    }
}

/// What to say of a value that should be a section.
pub(super) fn not_a_section(path: &str, node: &Node) -> anyhow::Error {
    let form = match path {
        "data.task" => "[[data.task]]".to_owned(),
        _ => format!("[{path}]"),
    };
    let rule = format!("must be a section: write {form} on a line of its own, and its keys below");
    refused(path, node, rule)
}

/// Refuses a table that has a key not in `known`; `section` is how messages call the table.
pub(super) fn refuse_unknown(section: &str, table: &[Entry], known: &[&str]) -> anyhow::Result<()> {
    let Some(entry) = table.iter().find(|entry| !known.contains(&&*entry.key)) else {
        return Ok(());
    };
    let Entry { key, place, .. } = entry;
    let inside = match section {
        "" => String::new(),
        _ => format!(" in {section}"),
    };
    Err(bad_input!(
        "{place}: unknown key {}{inside}{} (known: {})",
        quoted(key),
        hint(key, known),
        known.join(", ")
    ))
}

/// Every key but those of tasks, as `--set` writes it.
pub fn keys() -> Vec<String> {
    fn below(path: &str, settings: &[Setting], keys: &mut Vec<String>) {
        for setting in settings {
            let key = full(path, setting.key);
            below(&key, setting.inner, keys);
            keys.push(key);
        }
    }
    let mut keys = Vec::new();
    below("", Experiment::SETTINGS, &mut keys);
    keys
}

/// What may be meant by an unknown key where the keys `known` are: one of these, or one from elsewhere.
pub(super) fn hint<S: AsRef<str>>(key: &str, known: &[S]) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    let near = nearest(key, known);
    let mut elsewhere = keys();
    elsewhere.retain(|path| path != key && path.rsplit('.').next() == Some(last));
    let kinds = Kind::all().filter(|kind| kind.keys().contains(&last));
    let kinds: Vec<&str> = kinds.map(|kind| kind.name()).collect();
    match near {
        Some((near, distance)) if distance == 1 || elsewhere.is_empty() => {
            format!("; did you mean '{near}'?")
        }
        _ if !elsewhere.is_empty() => format!("; did you mean {}?", elsewhere.join(" or ")),
        _ if !kinds.is_empty() => format!("; it belongs to a task of kind {}", listed(&kinds, "or")),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, wrong, wrong_set};

    #[test]
    fn an_unknown_key_is_refused_at_every_level_with_the_nearest_known_one() {
        wrong(
            "\nsedes = 3",
            "my.toml:2:1 | unknown key 'sedes' | did you mean 'seeds'?",
        );
        wrong("[trainning]\nrate = 0.1", "my.toml:1:2 | 'training'?");
        wrong("[data]\nvalidaton = 5", "my.toml:2:1 | in [data] | 'validation'?");
        wrong("[network]\nhiden = [5]", "my.toml:2:1 | in [network] | 'hidden'?");
        wrong("[training]\nepoch = 5", "my.toml:2:1 | in [training] | 'epochs'?");
        wrong("[pruning]\nlevel = 5", "my.toml:2:1 | in [pruning] | 'levels'?");
        wrong(
            "[pruning]\nrewind = { epcoh = 5 }",
            "my.toml:2:12 | in pruning.rewind | 'epoch'?",
        );
        wrong(
            "[[data.task]]\nkind = \"moons\"\nnose = 0.1",
            "my.toml:3:1 | 'noise'?",
        );
        wrong("[[data.task]]\nkin = \"moons\"", "my.toml:2:1 | 'kind'?");
        wrong("[Training]\nrate = 0.1", "my.toml:1:2 | 'training'?");
    }

    #[test]
    fn a_key_of_another_section_is_sent_there() {
        wrong("rate = 0.1", "my.toml:1:1 | training.rate or pruning.rate");
        wrong("[training]\nlevels = 3", "pruning.levels");
        wrong("[data]\nnoise = 0.1", "to a task of kind moons, circles, xor");
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let task = |kind: &str, key: &str| format!("[[data.task]]\nkind = \"{kind}\"\n{key} = 1\n");
        for (kind, key) in [
            ("moons", "factor"),
            ("circles", "classes"),
            ("xor", "turns"),
            ("blobs", "factor"),
            ("csv", "noise"),
        ] {
            let named = format!("in task '{kind}'");
            check(
                &task(kind, key),
                &[],
                &["my.toml:3:1", "unknown key", &named, "(known: name, kind"],
            );
        }
        wrong_set(
            "data.task.moons.factor=0.5",
            "--set data.task.moons.factor=0.5 | unknown key 'factor'",
        );
    }

    #[test]
    fn an_unlike_key_gets_the_list_of_the_known() {
        wrong(
            "[training]\nxyzzy = 1",
            "'xyzzy' in [training] (known: optimizer, rate",
        );
    }
}
