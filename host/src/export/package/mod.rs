//! A ticket's C header as a package of a system that embedded developers use: a folder that it takes as it is.
//!
//! Each package has the header, what its system wants to know of a library, and an example that classifies stored samples
//! and says whether the answers are the host's. To add a system, write its file and its entry in [`PACKAGES`].

mod arduino;
mod platformio;
mod samples;
mod zephyr;

use super::answers::Answers;
use super::program::Program;
use super::{Options, c, text};
use crate::text::{counted, listed};
use crate::ticket::Ticket;

/// A system that takes packages.
#[derive(Debug)]
pub struct Package {
    /// As it is called in a command.
    pub name: &'static str,
    /// What the folder is, in a few words.
    pub about: &'static str,
    /// Its files beside the header and `README.md`.
    files: fn(&Contents<'_>) -> Vec<File>,
    /// The folder of the header.
    header: &'static str,
    /// How to use it, for `README.md`.
    usage: fn(&Contents<'_>) -> String,
}

/// All systems.
pub const PACKAGES: &[Package] = &[arduino::PACKAGE, zephyr::PACKAGE, platformio::PACKAGE];

/// A file of a package or a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path within the folder, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
    /// Whether it is all the ticket's: one that is there already is replaced. Others are their user's from then on.
    pub is_code: bool,
}

impl File {
    pub(super) fn code(path: String, text: String) -> Self {
        Self {
            path,
            text,
            is_code: true,
        }
    }

    pub(super) fn of_user(path: impl Into<String>, text: String) -> Self {
        Self {
            path: path.into(),
            text,
            is_code: false,
        }
    }
}

/// What a file that is [`File::is_code`] has in its first line, with a version after it.
pub const MAKER: &str = "made by tombola ";

/// The same with the version.
pub(super) fn mark() -> String {
    format!("{MAKER}{}", env!("CARGO_PKG_VERSION"))
}

/// What packages are made of.
struct Contents<'a> {
    /// What names begin with, and what the package is called.
    prefix: &'a str,
    /// The same in capitals.
    upper: String,
    /// What it does, as a sentence without its period.
    line: String,
    answers: &'a Answers,
}

impl Contents<'_> {
    /// The types of inputs and logits in C.
    fn types(&self) -> [&'static str; 2] {
        [self.answers.whole_inputs, self.answers.whole_logits].map(
            |is_whole| {
                if is_whole { "int32_t" } else { "float" }
            },
        )
    }

    /// The statements of an example that classify the sample of a number `sample`, up to its classes.
    fn classify(&self, indent: &str) -> String {
        let (prefix, upper, [_, logit]) = (self.prefix, &self.upper, self.types());
        [
            format!("{logit} logits[{upper}_OUTPUT_COUNT];"),
            format!("uint16_t classes[{upper}_TASK_COUNT];"),
            format!("{prefix}_logits({prefix}_samples[sample], logits);"),
            format!("{prefix}_classes(logits, classes);"),
        ]
        .map(|line| format!("{indent}{line}\n"))
        .concat()
    }
}

/// What a ticket does, as a sentence without its period.
pub(super) fn line(program: &Program) -> String {
    const NAMED: usize = 4;
    let names: Vec<&str> = program.tasks.iter().map(|task| &*task.name).collect();
    let tasks = match names.len() {
        ..=NAMED => listed(&names, "and"),
        count => counted(count, "task"),
    };
    format!(
        "Classifies {tasks} from {} by {} of a pruned neural network",
        counted(program.net().input_count(), "input"),
        counted(program.weights_active, "weight"),
    )
}

/// How many samples an example has of so many inputs each: few where they are wide, since some boards keep constants in RAM.
pub fn sample_count(input_count: usize) -> usize {
    (64 / input_count.max(1)).clamp(1, 8)
}

/// The files of a ticket's package.
///
/// # Errors
///
/// As of the format C.
pub fn files(
    package: &Package,
    ticket: &Ticket,
    options: &Options,
    answers: &Answers,
) -> anyhow::Result<Vec<File>> {
    let prefix = options.prefix.as_deref().unwrap_or(c::PREFIX);
    let header = text("c", ticket, options)?;
    let contents = Contents {
        prefix,
        upper: prefix.to_ascii_uppercase(),
        line: line(&Program::of(ticket)?),
        answers,
    };
    let mut files = vec![
        File::code(format!("{}/{prefix}.h", package.header), header),
        File::of_user("README.md", readme(&contents, &(package.usage)(&contents))),
    ];
    files.extend((package.files)(&contents));
    Ok(files)
}

fn readme(contents: &Contents<'_>, usage: &str) -> String {
    let Contents {
        prefix, upper, line, ..
    } = contents;
    let [input, logit] = contents.types();
    format!(
        "# {prefix}

{line}. Tombola made this folder: `tombola export TICKET --format c --package …` writes its code anew, and leaves the
files alone that are yours to edit.

{usage}
```c
#include <{prefix}.h>

{input} inputs[{upper}_INPUT_COUNT];          /* raw, as a sensor has them: they are normalized in the code */
{logit} logits[{upper}_OUTPUT_COUNT];
uint16_t classes[{upper}_TASK_COUNT];
{prefix}_logits(inputs, logits);
{prefix}_classes(logits, classes);
```

The header says at its top what each input is. Its answers have the bits of `tombola predict`; the example compares some of
them. It needs no library, no allocator, and C99 or C++11.
"
    )
}
