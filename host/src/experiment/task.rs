//! Tasks: a name, a kind, and the settings of that kind, which for synthetic kinds the core describes.

use std::path::PathBuf;

use tombola::data::{Circles, INPUT_COUNT, Kind as _, Moons, Parameter, Range, Synthetic};

use super::canonical::Page;
use super::section::{Table, entries, refuse_unknown, section};
use super::tree::{Node, Toml};
use super::value::{At, Text, Value, word};
use crate::bad_input;

/// One of the tasks that share the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Names a column of `levels.csv`, `accuracy_NAME`: letters, digits, `-` and `_`. Defaults to the kind's.
    pub name: String,
    /// Where its samples come from.
    pub kind: Kind,
}

/// Where a task's samples come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// They are drawn.
    Synthetic(Synthetic),
    /// They are read.
    Csv(Csv),
}

section! {
    /// A CSV file: a header, numeric columns, and one column that holds the class
    pub struct Csv {
        /// The file; a relative path starts at the current directory, not at the experiment file
        pub path: PathBuf = PathBuf::new();
        /// The header of the class column; all others are inputs
        pub label: String = "label".to_owned(), Text::Any;
    }
}

/// What every task has, whatever its kind.
const COMMON: [&str; 2] = ["name", "kind"];

impl Task {
    /// Moons and circles.
    pub(super) fn founding() -> Vec<Self> {
        [Moons::DEFAULT.into(), Circles::DEFAULT.into()]
            .map(|kind: Kind| Self {
                name: kind.name().to_owned(),
                kind,
            })
            .to_vec()
    }

    fn read(node: &Node) -> anyhow::Result<Self> {
        let entries = entries("data.task", node)?;
        let kinds: Vec<Kind> = Kind::all().collect();
        let words: Vec<(&str, &Kind)> = kinds.iter().map(|kind| (kind.name(), kind)).collect();
        let table = Table::new("data.task".to_owned(), entries);
        let Some(kind_node) = table.node("kind") else {
            // The nearest misspelling of it is worth more than that it is missing.
            let mut known: Vec<&str> = kinds.iter().flat_map(Kind::keys).collect();
            known.sort_unstable();
            known.dedup();
            refuse_unknown("[[data.task]]", entries, &known)?;
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            return Err(bad_input!(
                "{}: the task has no kind; add kind = one of \"{}\"",
                node.place,
                words.join("\", \"")
            ));
        };
        let kind = word(&At::new("data.task.kind", kind_node, ""), &words)?;
        let name = table.read("name", &Text::Name, kind.name().to_owned())?;
        let section = format!("task '{name}', which is of kind {}", kind.name());
        refuse_unknown(&section, entries, &kind.keys())?;
        let table = Table::new(format!("data.task.{name}"), entries);
        let kind = match kind {
            Kind::Synthetic(synthetic) => Kind::Synthetic(read_synthetic(*synthetic, &table)?),
            Kind::Csv(_) => {
                if table.node("path").is_none() {
                    let place = &kind_node.place;
                    return Err(bad_input!(
                        "{place}: task '{name}' has no path; add path = \"FILE.csv\""
                    ));
                }
                Kind::Csv(Csv::of_table(&table)?)
            }
        };
        Ok(Self { name, kind })
    }
}

/// The tasks of a file.
impl Value for Vec<Task> {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        list(at.node)?.iter().map(Task::read).collect()
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn write(&self, _: &'static str, page: &mut Page) {
        for task in self {
            page.list_entry("data.task");
            task.name.write("name", page);
            task.kind.name().to_owned().write("kind", page);
            match &task.kind {
                Kind::Synthetic(synthetic) => {
                    for parameter in synthetic.parameters() {
                        page.line(parameter.name, &parameter_text(synthetic, parameter));
                    }
                }
                Kind::Csv(csv) => csv.lines(page),
            }
        }
    }
}

/// The list that the tasks are.
pub(super) fn list(node: &Node) -> anyhow::Result<&[Node]> {
    match &node.value {
        Toml::List(list) => Ok(list),
        _ => Err(not_a_list(node)),
    }
}

pub(super) fn not_a_list(node: &Node) -> anyhow::Error {
    bad_input!(
        "{}: data.task must be a list: write [[data.task]], in double brackets, above each task",
        node.place
    )
}

impl Kind {
    /// Every kind, with the defaults of its settings.
    pub fn all() -> impl Iterator<Item = Self> {
        let synthetic = Synthetic::ALL.iter().copied().map(Self::Synthetic);
        synthetic.chain([Self::Csv(Csv::default())])
    }

    /// The kind's word in a file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Synthetic(synthetic) => synthetic.name(),
            Self::Csv(_) => "csv",
        }
    }

    /// The keys that a task of this kind may have.
    pub fn keys(&self) -> Vec<&'static str> {
        let own: Vec<&str> = match self {
            Self::Synthetic(synthetic) => synthetic.parameters().iter().map(|own| own.name).collect(),
            Self::Csv(_) => Csv::SETTINGS.iter().map(|own| own.key).collect(),
        };
        [&COMMON, &*own].concat()
    }

    /// How many inputs and outputs the task has; `None` for a file, which is known only once it is read.
    pub fn inputs_and_outputs(&self) -> Option<(usize, usize)> {
        match self {
            Self::Synthetic(synthetic) => Some((INPUT_COUNT, output_count(synthetic.class_count()))),
            Self::Csv(_) => None,
        }
    }
}

impl<T: Into<Synthetic>> From<T> for Kind {
    fn from(synthetic: T) -> Self {
        Self::Synthetic(synthetic.into())
    }
}

/// Two classes share one logistic output, more have one each.
pub(crate) fn output_count(class_count: usize) -> usize {
    match class_count {
        2 => 1,
        _ => class_count,
    }
}

/// Gives a synthetic kind the parameters of a task.
fn read_synthetic(mut synthetic: Synthetic, table: &Table<'_>) -> anyhow::Result<Synthetic> {
    for parameter in synthetic.parameters() {
        let Parameter { name, range, .. } = parameter;
        let default = synthetic.get(name).unwrap_or_default();
        let value = match range {
            Range::Whole(..) => table.read(name, range, default as u32)?.into(),
            _ => table.read(name, range, default as f32)?.into(),
        };
        synthetic.set(name, value);
    }
    Ok(synthetic)
}

/// The value of a parameter as TOML.
pub fn parameter_text(synthetic: &Synthetic, parameter: &Parameter) -> String {
    let value = synthetic.get(parameter.name).unwrap_or_default();
    match parameter.range {
        Range::Whole(..) => format!("{}", value as u32),
        _ => format!("{:?}", value as f32),
    }
}
