//! The Rust module: the core's bits, nothing that panics, and code that its readers' tools have nothing to say about.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::export::program::Program;
use tombola_host::export::rust::source;

use super::tickets::{self, Case};
use super::{differences, run, write_samples};

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

/// What reads samples and writes answers.
const MAIN: &str = "
fn answer<const I: usize, const O: usize, const T: usize>(
    number: usize,
    logits: impl Fn(&[f32; I]) -> [f32; O],
    parts: impl Fn(&[f32; I]) -> Vec<f32>,
    classes: impl Fn(&[f32; O]) -> [u16; T],
) {
    let bytes = std::fs::read(format!(\"{number}.in\")).unwrap();
    let mut out = vec![];
    for row in bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect::<Vec<_>>().as_chunks().0 {
        let logits = logits(row);
        out.extend(logits.iter().flat_map(|x| x.to_bits().to_le_bytes()));
        out.extend(parts(row).iter().flat_map(|x| x.to_bits().to_le_bytes()));
        out.extend(classes(&logits).iter().flat_map(|&x| u32::from(x).to_le_bytes()));
    }
    std::fs::write(format!(\"{number}.out\"), out).unwrap();
}
";

/// Compiles the code of all cases into one program with these flags and runs it; `code` makes the code.
fn answer_all(directory: &Path, cases: &[Case], flags: &[&str], code: impl Fn(&Case) -> String) {
    let (mut modules, mut main) = (String::new(), MAIN.to_owned());
    main += "fn main() {\n";
    for (number, case) in cases.iter().enumerate() {
        fs::write(directory.join(format!("t{number}.rs")), code(case)).expect("code is written");
        // As a module and included: both must do.
        let _ = match number % 2 {
            0 => writeln!(modules, "mod t{number};"),
            _ => writeln!(modules, "mod t{number} {{ include!(\"t{number}.rs\"); }}"),
        };
        let program = Program::of(&case.ticket).expect("a program");
        let names: Vec<_> = program.tasks.iter().map(|task| &*task.name).collect();
        let parts = program.groups.iter().map(|part| {
            let inputs: Vec<_> = part.inputs.iter().map(|input| format!("x[{input}]")).collect();
            let (name, count) = (&part.name, part.outputs.len());
            format!(
                "let part: [f32; {count}] = t{number}::{name}(&[{}]); parts.extend(part);",
                inputs.join(", ")
            )
        });
        let _ = writeln!(
            main,
            "    assert_eq!(t{number}::TASK_NAMES, {names:?} as [&str; t{number}::TASK_COUNT]);
    assert_eq!((t{number}::INPUT_COUNT, t{number}::OUTPUT_COUNT), ({}, {}));
    assert_eq!((t{number}::WEIGHTS_LEFT, t{number}::WEIGHTS_ACTIVE), ({}, {}));
    answer({number}, t{number}::logits, |x| {{ let mut parts = vec![]; {} parts }}, t{number}::classes);",
            program.net().input_count(),
            program.net().output_count(),
            program.weights_left,
            program.weights_active,
            parts.collect::<Vec<_>>().join(" ")
        );
    }
    main += "}\n";
    fs::write(directory.join("main.rs"), modules + &main).expect("code is written");
    write_samples(directory, cases);
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
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::all();
    answer_all(directory.path(), cases, &[], code);
    let (different, compared) = differences(directory.path(), cases);
    assert_eq!(different, 0, "of {compared} answers");
    assert!(300 * super::SAMPLES < compared, "{compared}");
}

/// Every second of the random ones, as fast as the compiler can and with all instructions of this machine.
#[test]
fn rust_has_the_bits_of_the_core_however_it_is_compiled() {
    let cases: Vec<Case> = tickets::random_few();
    for flags in [
        ["-C", "opt-level=3", "-C", "target-cpu=native"],
        ["-C", "opt-level=0", "-C", "overflow-checks=on"],
    ] {
        let directory = TempDir::new().expect("a directory");
        answer_all(directory.path(), &cases, &flags, code);
        let (different, compared) = differences(directory.path(), &cases);
        assert_eq!(different, 0, "of {compared} answers, {flags:?}");
    }
}

#[test]
fn one_wrong_bit_is_seen() {
    let cases: Vec<Case> = tickets::random_few();
    let directory = TempDir::new().expect("a directory");
    let spoiled = |case: &Case| source(&tickets::spoiled(&case.ticket), case.flash).expect("code");
    answer_all(directory.path(), &cases, &[], spoiled);
    let (different, compared) = differences(directory.path(), &cases);
    assert!(compared / 4 < different, "{different} of {compared}");
}

/// Compiles a library without std and returns the object file.
pub(super) fn object(directory: &Path, text: &str, flags: &[&str]) -> Vec<u8> {
    let file = directory.join("bare.rs");
    fs::write(&file, format!("#![no_std]\n{text}")).expect("code is written");
    run(rustc()
        .current_dir(directory)
        .args([
            "--crate-type",
            "lib",
            "--emit",
            "obj",
            "-C",
            "panic=abort",
            "-C",
            "codegen-units=1",
            "-o",
            "bare.o",
        ])
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

/// Who takes a module into a project is not to be told about it by the project's own tools.
#[test]
#[ignore = "needs clippy and rustfmt; tests/run runs it"]
fn rust_is_clean_and_stays_as_it_is_formatted() {
    let directory = TempDir::new().expect("a directory");
    let cases = tickets::all();
    let mut text = "//! Tickets.\n#![no_std]\n".to_owned();
    for (number, case) in cases.iter().step_by(7).enumerate() {
        let file = format!("t{number}.rs");
        fs::write(directory.path().join(&file), code(case)).expect("code is written");
        let _ = writeln!(text, "/// One of them.\npub mod t{number};");
        // Whatever the width of the project's lines.
        for width in ["80", "100", "120"] {
            run(tool("rustfmt").current_dir(directory.path()).args([
                "--check",
                "--edition",
                "2024",
                "--config",
                &format!("max_width={width}"),
                &file,
            ]));
        }
    }
    fs::write(directory.path().join("lib.rs"), text).expect("code is written");
    run(tool("clippy-driver")
        .current_dir(directory.path())
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "lib.rs",
        ])
        .args([
            "-D",
            "warnings",
            "-D",
            "clippy::pedantic",
            "-D",
            "missing-docs",
            "-F",
            "unsafe-code",
        ]));
}
