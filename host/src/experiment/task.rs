//! Tasks: a name, a kind, and the settings of that kind, which for synthetic kinds the core describes.

use std::path::{Path, PathBuf};

use itertools::Itertools;
use tombola::data::{Circles, INPUT_COUNT, Kind as _, Moons, Parameter, Range, Synthetic};

use super::dials::Dials;
use super::page::Page;
use super::section::section;
use super::settings::{Data, SAMPLES};
use super::source::At;
use super::value::{Setting, Text, Value};
use crate::bad_input;

/// One of the tasks that share the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Names a column of `levels.csv`, `accuracy_NAME`: letters, digits, `-` and `_`. Defaults to the kind's.
    pub name: String,
    /// Where its samples come from.
    pub kind: Kind,
    /// How it depends on others, and how much it counts.
    pub dials: Dials,
}

/// Declares the kinds of tasks: those that are drawn, and one for each kind of file, with its word, what it is, and an
/// example of a file's name.
macro_rules! kinds {
    ($($about:literal $word:literal => $file:ident, $example:literal;)+) => {
        /// Where a task's samples come from.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Kind {
            /// They are drawn.
            Synthetic(Synthetic),
            $(#[doc = $about] $file($file),)+
        }

        impl Kind {
            /// Every kind that reads files, with the defaults of its settings.
            pub(super) fn of_files() -> impl Iterator<Item = Self> {
                [$(Self::$file($file::default())),+].into_iter()
            }

            /// The kind's word in a file.
            pub fn name(&self) -> &'static str {
                match self {
                    Self::Synthetic(synthetic) => synthetic.name(),
                    $(Self::$file(_) => $word,)+
                }
            }

            /// What the kind is, in a line.
            pub fn about(&self) -> &'static str {
                match self {
                    Self::Synthetic(synthetic) => synthetic.about(),
                    $(Self::$file(_) => $about,)+
                }
            }

            /// The settings of a kind that reads files; none of one that is drawn.
            pub(super) fn settings(&self) -> &'static [Setting] {
                match self {
                    Self::Synthetic(_) => &[],
                    $(Self::$file(_) => $file::SETTINGS,)+
                }
            }

            /// The files that the task is read from.
            pub fn files(&self) -> Vec<&Path> {
                match self {
                    Self::Synthetic(_) => Vec::new(),
                    $(Self::$file(own) => own.files(),)+
                }
            }

            /// What a file's name may be, for messages.
            fn example(&self) -> &'static str {
                match self {
                    Self::Synthetic(_) => "",
                    $(Self::$file(_) => $example,)+
                }
            }

            /// Reads the settings of a task of this kind.
            fn read(self, at: &At<'_>) -> anyhow::Result<Self> {
                Ok(match self {
                    Self::Synthetic(synthetic) => Self::Synthetic(read_synthetic(synthetic, at)?),
                    $(Self::$file(_) => Self::$file($file::read(at, &())?),)+
                })
            }

            /// Adds the settings of a task of this kind to a canonical text.
            fn lines(&self, page: &mut Page<'_>) {
                match self {
                    Self::Synthetic(synthetic) => {
                        for parameter in synthetic.parameters() {
                            page.line(parameter.name, &parameter_text(synthetic, parameter));
                        }
                    }
                    $(Self::$file(own) => own.lines(page),)+
                }
            }
        }
    };
}

kinds! {
    "A CSV file: a header, numeric columns, and one column that holds the class" "csv" => Csv, "FILE.csv";
    "Arrays of NumPy: one of inputs, with a row for each sample, and one of labels" "npy" => Npy, "FILE.npy";
    "Images, or other rows of numbers, in the files of MNIST and its like; gzipped or not" "idx" => Idx, "FILE";
}

impl Data {
    /// The files of all tasks, one that several read as often.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.task.iter().flat_map(|task| task.kind.files())
    }
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

section! {
    /// Arrays of NumPy: one of inputs, with a row for each sample, and one of labels
    pub struct Npy {
        /// The file of inputs: bool, integers, float32 or float64; dimensions beyond the first become columns
        pub inputs: PathBuf = PathBuf::new();
        /// The file of labels, whole numbers, one for each row
        pub labels: PathBuf = PathBuf::new();
        /// Which labels are classes, in their order, such as `[1, 6]`; rows of others are left out. All, if not set
        pub classes: Option<Vec<i64>> = None, ((), "[0, 1]");
        /// At most so many rows of each class, the first in the file. All, if not set
        pub samples: Option<usize> = None, (SAMPLES, "1000");
        /// Images become `size` by `size` averages
        pub size: Option<usize> = None, (Range::Whole(1, 65_536), "14");
    }
}

section! {
    /// Images, or other rows of numbers, in the files of MNIST and its like; gzipped or not
    pub struct Idx {
        /// The file of images
        pub images: PathBuf = PathBuf::new();
        /// The file of their labels
        pub labels: PathBuf = PathBuf::new();
        /// A second file of images, from which then the test part is dealt, and the others from the first
        pub test_images: Option<PathBuf> = None, ((), "\"t10k-images-idx3-ubyte\"");
        /// The file of their labels
        pub test_labels: Option<PathBuf> = None, ((), "\"t10k-labels-idx1-ubyte\"");
        /// Which labels are classes, in their order, such as `[1, 6]`; rows of others are left out. All, if not set
        pub classes: Option<Vec<i64>> = None, ((), "[0, 1]");
        /// At most so many rows of each class, the first in the file. All, if not set
        pub samples: Option<usize> = None, (SAMPLES, "1000");
        /// Images become `size` by `size` averages
        pub size: Option<usize> = None, (Range::Whole(1, 65_536), "14");
    }
}

/// What every task has, whatever its kind.
const COMMON: [&str; 2] = ["name", "kind"];

impl Task {
    /// A task whose dials are at their defaults.
    pub fn new(name: impl Into<String>, kind: impl Into<Kind>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            dials: Dials::default(),
        }
    }

    /// Moons and circles.
    pub(super) fn founding() -> Vec<Self> {
        [Moons::DEFAULT.into(), Circles::DEFAULT.into()]
            .map(|kind: Kind| Self::new(kind.name(), kind))
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
        let required = |setting: &&Setting| {
            setting.is_file && (setting.default)().is_some() && at.find(setting.key).is_none()
        };
        if let Some(Setting { key, .. }) = kind.settings().iter().find(required) {
            return Err(bad_input!(
                "{}: task '{name}' has no {key}; add {key} = \"{}\"",
                word.place(),
                kind.example(),
            ));
        }
        let kind = kind.read(&at)?;
        if let Kind::Idx(idx) = &kind
            && idx.test_images.is_some() != idx.test_labels.is_some()
        {
            let (has, lacks) = match idx.test_images {
                Some(_) => ("test_images", "test_labels"),
                None => ("test_labels", "test_images"),
            };
            return Err(bad_input!(
                "{}: task '{name}' has {has} and no {lacks}; give both or none",
                word.place(),
            ));
        }
        let dials = Dials::read(&at, &())?;
        Ok(Self { name, kind, dials })
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
            task.kind.lines(page);
            task.dials.lines(page);
        }
    }
}

impl Kind {
    /// Every kind, with the defaults of its settings.
    pub fn all() -> impl Iterator<Item = Self> {
        let synthetic = Synthetic::ALL.iter().copied().map(Self::Synthetic);
        synthetic.chain(Self::of_files())
    }

    /// The keys that a task of this kind may have.
    pub fn keys(&self) -> Vec<&'static str> {
        let own: Vec<&str> = match self {
            Self::Synthetic(synthetic) => synthetic.parameters().iter().map(|own| own.name).collect(),
            _ => self.settings().iter().map(|own| own.key).collect(),
        };
        let dials: Vec<&str> = Dials::SETTINGS.iter().map(|dial| dial.key).collect();
        [&COMMON, &*own, &dials].concat()
    }

    /// The keys, of any kind, that name a file.
    pub(crate) fn file_keys() -> impl Iterator<Item = &'static str> {
        let settings = Self::of_files().flat_map(|kind| kind.settings());
        settings
            .filter(|setting| setting.is_file)
            .map(|setting| setting.key)
    }

    /// How many inputs and outputs the task has; `None` for a file, which is known only once it is read.
    pub fn inputs_and_outputs(&self) -> Option<(usize, usize)> {
        match self {
            Self::Synthetic(synthetic) => Some((INPUT_COUNT, output_count(synthetic.class_count()))),
            _ => None,
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

    use super::super::testing::{check, good, wrong};
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
        let expected = expected.map(|kind| Task::new(kind.name(), kind));
        assert_eq!(good(&text, &[]).data.task, expected);
    }

    #[test]
    fn what_a_task_of_files_lacks_is_named() {
        wrong(
            r#"
            [[data.task]] / kind = "npy"                                   => my.toml:2:8 | task 'npy' has no inputs; add inputs = "FILE.npy"
            [[data.task]] / kind = "npy" / inputs = "a.npy"                => task 'npy' has no labels; add labels = "FILE.npy"
            [[data.task]] / kind = "idx" / labels = "a"                    => task 'idx' has no images; add images = "FILE"
            [[data.task]] / kind = "idx" / images = "a" / labels = "b" / test_images = "c" => has test_images and no test_labels
            [[data.task]] / kind = "idx" / images = "a" / labels = "b" / test_labels = "c" => has test_labels and no test_images
            "#,
        );
    }

    #[test]
    fn options_of_images_have_their_ranges() {
        for (option, fragment) in [
            ("classes = [1]", "2 to 1024 labels"),
            ("classes = [1, 1]", "each once"),
            ("classes = [1, 0.5]", "list of whole numbers"),
            ("classes = 3", "list of labels"),
            ("samples = 0", "samples"),
            ("size = 0", "size"),
            ("size = 65537", "size"),
        ] {
            let text = "[[data.task]]\nkind = \"idx\"\nimages = \"a\"\nlabels = \"b\"\n";
            check(&format!("{text}{option}\n"), &[], &["my.toml:5:", fragment]);
        }
    }
}
