//! A ticket as a crate of Rust: `no_std`, without dependencies, documented, with tests that hold it to the host's answers.
//!
//! Its code is the format `rust`'s, with what a crate wants before it. Everything that is published of it, name, license
//! and page, stands in `Cargo.toml`, which is its user's once it is there.

use itertools::Itertools;

use super::answers::{Answered, Answers};
use super::layout::lines;
use super::literal::{grouped_integer, rust_literal};
use super::package::{File, line, mark};
use super::program::Program;
use super::{Options, text};
use crate::bad_input;
use crate::ticket::Ticket;

/// How many samples its tests have.
pub const SAMPLES: usize = 64;

/// What no crate can be called: the language's words, and crates that are always there.
const RESERVED: &str = "abstract alloc as async await become box break const continue core crate do dyn else enum extern \
    false final fn for gen if impl in let loop macro match mod move mut override priv proc_macro pub ref return self \
    static std struct super test trait true try type typeof unsafe unsized use virtual where while yield";

/// The longest name that a registry takes.
const LONGEST: usize = 64;

/// Refuses what no crate can be called.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) that says what one can.
pub fn check_name(name: &str) -> anyhow::Result<()> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_reserved = RESERVED.split_whitespace().any(|word| word == name);
    if name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(is_letter)
        && name.len() <= LONGEST
        && !is_reserved
    {
        return Ok(());
    }
    Err(bad_input!(
        "a crate cannot be called '{}', as its folder is; a name has at most {LONGEST} letters, digits, '-' and '_', begins \
         with a letter, and is no word of Rust",
        name.escape_debug()
    ))
}

/// The files of a crate of this name. `is_within` says that its folder lies in a folder of another one's `Cargo.toml`.
///
/// # Errors
///
/// As of the format Rust and of [`check_name`].
pub fn files(
    name: &str,
    is_within: bool,
    ticket: &Ticket,
    options: &Options,
    answers: &Answers,
) -> anyhow::Result<Vec<File>> {
    check_name(name)?;
    let code = text("rust", ticket, options)?;
    let line = line(&Program::of(ticket)?);
    let names = Names {
        name,
        module: name.replace('-', "_"),
        line,
        // Functions whose body is assembly, numbers that change their signs, attributes with a reason.
        rust: match (&options.core, &options.integer) {
            (Some(_), _) => "1.88",
            (None, Some(_)) => "1.87",
            (None, None) => "1.81",
        },
        has_kernels: options.core.is_some(),
    };
    Ok(vec![
        File::of_user("Cargo.toml", manifest(&names, is_within)),
        File::of_user("README.md", readme(&names)),
        File::code("src/lib.rs".to_owned(), library(&names, answers, &code)),
        File::code("tests/answers.rs".to_owned(), test(&names, answers)),
    ])
}

struct Names<'a> {
    name: &'a str,
    module: String,
    /// What it does, as a sentence without its period.
    line: String,
    /// The oldest version of Rust that compiles it.
    rust: &'static str,
    has_kernels: bool,
}

fn manifest(names: &Names<'_>, is_within: bool) -> String {
    let Names { name, line, rust, .. } = names;
    let workspace = if is_within {
        "
# The folder lies in another project's. If it is to be a member of that workspace, leave this out.
[workspace]
"
    } else {
        ""
    };
    format!(
        "# Yours to edit: tombola export leaves this file alone once it is there.

[package]
name = \"{name}\"
version = \"0.1.0\"
edition = \"2021\"
rust-version = \"{rust}\"
description = \"{line}, without std or allocator\"
license = \"MIT OR Apache-2.0\"
documentation = \"https://docs.rs/{name}\"
readme = \"README.md\"
keywords = [\"classifier\", \"neural-network\", \"no-std\", \"tombola\"]
categories = [\"embedded\", \"no-std::no-alloc\", \"science\"]
{workspace}"
    )
}

fn readme(names: &Names<'_>) -> String {
    let Names {
        name, module, line, ..
    } = names;
    format!(
        "# {name}

{line}. No `std`, no allocator, no panic and no dependency.

```rust,ignore
let logits = {module}::logits(&inputs);
let classes = {module}::classes(&logits);
```

Inputs are raw, as a sensor has them: how they are normalized is part of the code. `cargo doc --open` says what each of them
is; `cargo test` holds the code to the answers of `tombola predict`, bit for bit.

Tombola made this crate: `tombola export TICKET --format rust --crate .` writes `src` and `tests` anew, and leaves this file and
`Cargo.toml` alone. The license that stands there is a proposal, and yours to choose.
"
    )
}

/// The code, with its documentation and a sample as an example.
fn library(names: &Names<'_>, answers: &Answers, code: &str) -> String {
    let Names { module, line, .. } = names;
    let sample = &answers.rows[0];
    let forbidden = if names.has_kernels {
        ""
    } else {
        "#![forbid(unsafe_code)]\n"
    };
    // The comment of the module is what its reader wants to know, too.
    let comment = code
        .lines()
        .take_while(|line| line.starts_with("//") && !line.starts_with("///"));
    let about = comment.map(|line| line.strip_prefix("// ").unwrap_or(""));
    // What it was made by is not what it does. A name with an accent may not end the block of text.
    let about = about.skip_while(|line| !line.starts_with("Network "));
    let about = about.map(|line| format!("//! {}", line.replace('`', "'")).trim_end().to_owned());
    let (about, mark) = (about.collect_vec().join("\n"), mark());
    // What stands in brackets is no link.
    let escaped = |line: &str| {
        if line.trim_start().starts_with("///") {
            line.replace('[', "\\[").replace(']', "\\]")
        } else {
            line.to_owned()
        }
    };
    let code = code.lines().map(|line| escaped(line) + "\n").join("");
    let inputs = sample.inputs.iter().map(|&bits| input(bits, answers)).join(", ");
    let classes = sample.classes.iter().join(", ");
    format!(
        "// A lottery ticket as a crate, {mark}. Do not edit this file, make it again.

//! {line}.
//!
//! ```
//! let logits = {module}::logits(&[{inputs}]);
//! assert_eq!({module}::classes(&logits), [{classes}]);
//! ```
//!
//! ```text
{about}
//! ```
#![no_std]
{forbidden}#![warn(missing_docs)]

{code}"
    )
}

fn input(bits: u32, answers: &Answers) -> String {
    if answers.whole_inputs {
        grouped_integer(bits.cast_signed())
    } else {
        rust_literal(f32::from_bits(bits))
    }
}

/// A test that holds the crate to its answers.
fn test(names: &Names<'_>, answers: &Answers) -> String {
    let Names { module, .. } = names;
    let [input_type, logit_type] =
        [answers.whole_inputs, answers.whole_logits].map(|is_whole| if is_whole { "i32" } else { "u32" });
    let [of_input, of_logit] = [
        if answers.whole_inputs {
            "inputs"
        } else {
            "&inputs.map(f32::from_bits)"
        },
        if answers.whole_logits {
            "logits"
        } else {
            "logits.map(f32::to_bits)"
        },
    ];
    let number = |is_whole: bool| {
        move |&bits: &u32| {
            if is_whole {
                grouped_integer(bits.cast_signed())
            } else {
                format!("0x{:04x}_{:04x}", bits >> 16, bits & 0xFFFF)
            }
        }
    };
    let row = |row: &Answered| {
        format!(
            "    (\n        [\n{}        ],\n        [\n{}        ],\n        [\n{}        ],\n    ),\n",
            lines(row.inputs.iter().map(number(answers.whole_inputs)), 12, 100),
            lines(row.logits.iter().map(number(answers.whole_logits)), 12, 100),
            lines(row.classes.iter().map(ToString::to_string), 12, 100),
        )
    };
    let (rows, mark): (String, _) = (answers.rows.iter().map(row).collect(), mark());
    format!(
        "//! The answers of the host, {mark}. Do not edit this file, make it again.

use {module} as ticket;

/// Raw inputs, logits and classes of a sample, floats as their bits.
#[rustfmt::skip]
type Sample = ([{input_type}; ticket::INPUT_COUNT], [{logit_type}; ticket::OUTPUT_COUNT], [u16; ticket::TASK_COUNT]);

#[rustfmt::skip]
static SAMPLES: [Sample; {}] = [
{rows}];

#[test]
fn answers_are_those_of_the_host() {{
    for (sample, (inputs, expected, expected_classes)) in SAMPLES.iter().enumerate() {{
        let logits = ticket::logits({of_input});
        let classes = ticket::classes(&logits);
        assert_eq!({of_logit}, *expected, \"sample {{sample}}\");
        assert_eq!(classes, *expected_classes, \"sample {{sample}}\");
    }}
}}
",
        answers.rows.len()
    )
}

#[cfg(test)]
mod tests {
    use super::check_name;
    use crate::error::refused;

    #[test]
    fn a_crate_is_called_as_cargo_allows() {
        for name in ["ticket", "my-ticket", "t2_x", &"x".repeat(64)] {
            check_name(name).unwrap();
        }
        for name in [
            "",
            "7up",
            "-a",
            "a b",
            "mönd",
            "fn",
            "core",
            "test",
            "a/b",
            &"x".repeat(65),
        ] {
            refused(check_name(name), &["cannot be called", "letters"]);
        }
    }
}
