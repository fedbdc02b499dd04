//! The Rust module: the core's bits, nothing that panics, and code that its readers' tools have nothing to say about.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use itertools::Itertools;
use tempfile::TempDir;
use tombola_host::export::program::Program;
use tombola_host::export::rust::source;

use super::tickets::{self, Case};
use super::{a_wrong_bit_is_seen, has_the_bits_of_the_core, inputs, run, write};

/// A program that belongs to this cargo.
pub(super) fn tool(name: &str) -> Command {
    let beside = Path::new(env!("CARGO")).with_file_name(name);
    Command::new(if beside.exists() { beside } else { name.into() })
}

pub(super) fn rustc() -> Command {
    let mut rustc = tool("rustc");
    rustc.args(["--edition", "2024"]);
    rustc
}

/// Writes the code of each case, and returns declarations of its modules: as a file of their own and included, since both
/// must do.
pub(super) fn write_modules(directory: &Path, cases: &[Case], code: impl Fn(&Case) -> String) -> String {
    write_file_modules(directory, cases.iter().map(code))
}

/// The same of code.
pub(super) fn write_file_modules(directory: &Path, codes: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (number, code) in codes.enumerate() {
        write(directory, &format!("t{number}.rs"), code);
        let _ = match number % 2 {
            0 => writeln!(text, "mod t{number};"),
            _ => writeln!(text, "mod t{number} {{ include!(\"t{number}.rs\"); }}"),
        };
    }
    text
}

/// Compiles the code of all cases into one program with these flags and runs it.
pub(super) fn answer_all(directory: &Path, cases: &[Case], flags: &[&str]) {
    let mut main = write_modules(directory, cases, code);
    main += concat!(include_str!("programs/host.rs"), "fn main() {\n");
    for (number, case) in cases.iter().enumerate() {
        let program = Program::of(&case.ticket).expect("a program");
        let names = program.tasks.iter().map(|task| &*task.name).collect_vec();
        let groups = program.groups.iter().map(|group| {
            let (name, count, inputs) = (&group.name, group.outputs.len(), inputs(group));
            format!("let logits: [f32; {count}] = t{number}::{name}(&[{inputs}]); all.extend(logits);")
        });
        let _ = writeln!(
            main,
            "    assert_eq!(t{number}::TASK_NAMES, {names:?} as [&str; t{number}::TASK_COUNT]);
    assert_eq!((t{number}::INPUT_COUNT, t{number}::OUTPUT_COUNT), ({}, {}));
    assert_eq!((t{number}::WEIGHTS_LEFT, t{number}::WEIGHTS_ACTIVE), ({}, {}));
    answer({number}, t{number}::logits, |x| {{ let mut all = vec![]; {} all }}, t{number}::classes);",
            program.net().input_count(),
            program.net().output_count(),
            program.weights_left,
            program.weights_active,
            groups.format(" ")
        );
    }
    run_main(directory, &(main + "}\n"), flags);
}

/// Compiles a program without a warning, beside the files that it includes, and runs it.
pub(super) fn run_main(directory: &Path, main: &str, flags: &[&str]) {
    write(directory, "main.rs", main);
    run(rustc()
        .current_dir(directory)
        .args(["-D", "warnings", "main.rs", "-o", "main"])
        .args(flags));
    run(Command::new(directory.join("main")).current_dir(directory));
}

fn code(case: &Case) -> String {
    source(&case.ticket, case.flash).unwrap_or_else(|error| panic!("{}: {error:#}", case.name))
}

#[test]
fn rust_has_the_bits_of_the_core() {
    let compared = has_the_bits_of_the_core(tickets::all(), |directory, cases| {
        answer_all(directory, cases, &[]);
    });
    assert!(300 * super::SAMPLES < compared, "{compared}");
}

/// As fast as the compiler can and with all instructions of this machine, and not optimized at all.
#[test]
fn rust_has_the_bits_of_the_core_however_it_is_compiled() {
    for flags in [
        ["-C", "opt-level=3", "-C", "target-cpu=native"],
        ["-C", "opt-level=0", "-C", "overflow-checks=on"],
    ] {
        has_the_bits_of_the_core(&tickets::random_few(), |directory, cases| {
            answer_all(directory, cases, &flags);
        });
    }
}

#[test]
fn one_wrong_bit_is_seen() {
    a_wrong_bit_is_seen(|directory, cases| answer_all(directory, cases, &[]));
}

/// Compiles a library without std and returns the object file.
pub(super) fn object(directory: &Path, text: &str, flags: &[&str]) -> Vec<u8> {
    write(directory, "bare.rs", format!("#![no_std]\n{text}"));
    run(rustc()
        .current_dir(directory)
        .args(["--crate-type", "lib", "--emit", "obj", "-o", "bare.o"])
        .args(["-C", "panic=abort", "-C", "codegen-units=1"])
        .args(flags)
        .arg("bare.rs"));
    fs::read(directory.join("bare.o")).expect("an object")
}

fn names_a_panic(object: &[u8]) -> bool {
    object.windows(9).any(|bytes| bytes == b"panicking")
}

#[test]
fn rust_cannot_panic() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::random_few();
    let mut text = String::new();
    for (number, case) in cases.iter().enumerate() {
        let _ = writeln!(
            text,
            "pub mod t{number} {{
{}}}
#[unsafe(no_mangle)]
pub fn f{number}(x: &[f32; t{number}::INPUT_COUNT]) -> [u16; t{number}::TASK_COUNT] {{
    t{number}::classes(&t{number}::logits(x))
}}",
            code(case)
        );
    }
    for flags in [
        &["-C", "opt-level=1"][..],
        &["-C", "opt-level=2", "-C", "overflow-checks=on"],
        &["-C", "opt-level=3"],
        &["-C", "opt-level=s"],
        &["-C", "opt-level=z"],
    ] {
        assert!(
            !names_a_panic(&object(directory.path(), &text, flags)),
            "{flags:?}"
        );
    }
    let planted = "#[unsafe(no_mangle)] pub fn f(x: &[f32; 3]) -> f32 { x[core::hint::black_box(3)] }";
    assert!(names_a_panic(&object(
        directory.path(),
        planted,
        &["-C", "opt-level=3"]
    )));
}

/// Formatters leave these modules as they are, whatever the width of a project's lines, and lints have nothing to say of
/// them on any target.
pub(super) fn is_clean(codes: impl Iterator<Item = String>, targets: &[&[&str]], lints: &[&str]) {
    let directory = TempDir::new().expect("a directory");
    let mut text = "//! Tickets.\n#![no_std]\n".to_owned();
    for (number, code) in codes.enumerate() {
        let file = format!("t{number}.rs");
        write(directory.path(), &file, code);
        let _ = writeln!(text, "/// One of them.\npub mod t{number};");
        for width in ["80", "100", "120"] {
            let options = format!("--check --edition 2024 --config max_width={width} {file}");
            run(tool("rustfmt")
                .current_dir(directory.path())
                .args(options.split(' ')));
        }
    }
    write(directory.path(), "lib.rs", text);
    for target in targets {
        run(tool("clippy-driver")
            .current_dir(directory.path())
            .args(*target)
            .args("--edition 2024 --crate-type lib --emit metadata lib.rs".split(' '))
            .args("-D warnings -D clippy::pedantic -D missing-docs".split(' '))
            .args(lints));
    }
}

#[test]
#[ignore = "needs clippy and rustfmt; tests/run runs it"]
fn rust_is_clean_and_stays_as_it_is_formatted() {
    is_clean(
        tickets::all().iter().step_by(7).map(code),
        &[&[]],
        &["-F", "unsafe-code"],
    );
}
