//! Tasks: a name, a kind, and the settings of that kind, which for synthetic kinds the core describes.

use std::path::{Path, PathBuf};

use itertools::Itertools;
use tombola::data::{Circles, INPUT_COUNT, Kind as _, Moons, Parameter, Range, Synthetic};

use super::page::Page;
use super::section::section;
use super::source::At;
use super::value::{Text, Value};
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

    fn read(at: &At<'_>) -> anyhow::Result<Self> {
        let kinds: Vec<_> = Kind::all().map(|kind| (kind.name(), kind)).collect();
        at.table()?;
        let Some(word) = at.find("kind") else {
            let (place, words) = (at.place(), kinds.iter().map(|(word, _)| word).join("\", \""));
            return Err(bad_input!(
                "{place}: the task has no kind; add kind = one of \"{words}\""
            ));
        };
        let word = At {
            path: "data.task.kind",
            ..word
        };
        let kind = word.word(&kinds)?;
        let name = at.read("name", &Text::Name, kind.name().to_owned())?;
        let at = At {
            path: &format!("data.task.{name}"),
            ..*at
        };
        let kind = match kind {
            Kind::Synthetic(synthetic) => Kind::Synthetic(read_synthetic(synthetic, &at)?),
            Kind::Csv(_) if at.find("path").is_none() => {
                return Err(bad_input!(
                    "{}: task '{name}' has no path; add path = \"FILE.csv\"",
                    word.place(),
                ));
            }
            Kind::Csv(_) => Kind::Csv(Csv::read(&at, &())?),
        };
        Ok(Self { name, kind })
    }
}

/// The tasks of a file.
impl Value for Vec<Task> {
    type Range = ();

    fn read(at: &At<'_>, (): &()) -> anyhow::Result<Self> {
        at.list()?.map(|at| Task::read(&at)).collect()
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn write(&self, _: &'static str, page: &mut Page<'_>) {
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

    /// The files that the task is read from.
    pub fn files(&self) -> Vec<&Path> {
        match self {
            Self::Synthetic(_) => Vec::new(),
            Self::Csv(csv) => csv.files(),
        }
    }

    /// The keys, of any kind, that name a file.
    pub(super) fn file_keys() -> impl Iterator<Item = &'static str> {
        let settings = [Csv::SETTINGS].into_iter().flatten();
        settings
            .filter(|setting| setting.is_file)
            .map(|setting| setting.key)
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
fn read_synthetic(mut synthetic: Synthetic, at: &At<'_>) -> anyhow::Result<Synthetic> {
    for parameter in synthetic.parameters() {
        let Parameter { name, range, .. } = parameter;
        let default = synthetic.get(name).unwrap_or_default();
        let value = match range {
            Range::Whole(..) => at.read(name, range, default as u32)?.into(),
            _ => at.read(name, range, default as f32)?.into(),
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

#[cfg(test)]
mod tests {
    use tombola::data::{Blobs, Circles, Moons, Spirals, Xor};

    use super::super::testing::good;
    use super::{Csv, Kind, Task};

    #[test]
    fn a_task_defaults_to_its_kinds_settings_and_name() {
        let csv = Csv {
            path: "some/iris.csv".into(),
            label: "label".to_owned(),
        };
        let expected: [Kind; 6] = [
            Moons { noise: 0.1 }.into(),
            Circles {
                noise: 0.05,
                factor: 0.5,
            }
            .into(),
            Xor { noise: 0.2 }.into(),
            Blobs {
                noise: 0.2,
                classes: 3,
            }
            .into(),
            Spirals {
                noise: 0.05,
                classes: 2,
                turns: 1.0,
            }
            .into(),
            Kind::Csv(csv),
        ];
        let tasks = expected
            .iter()
            .map(|kind| format!("[[data.task]]\nkind = \"{}\"\n", kind.name()));
        let text = tasks.collect::<String>() + "path = \"some/iris.csv\"\n";
        let expected = expected.map(|kind| Task {
            name: kind.name().to_owned(),
            kind,
        });
        assert_eq!(good(&text, &[]).data.task, expected);
    }
}
