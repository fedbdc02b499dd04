//! Assembly for the Cortex-M4F: the core's bits, and those of the plain form, on an emulated board.
//!
//! One program holds many tickets. It has nothing of the firmware: a vector table, and a debugger's calls to read samples
//! and to write answers.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use itertools::Itertools;
use tempfile::TempDir;
use tombola_host::export::assembly::source;
use tombola_host::export::program::Program;

use super::rust::{is_clean, object, rustc, write_modules};
use super::tickets::{self, Case};
use super::{emulate, has_the_bits_of_the_core, inputs, run, write, write_samples};

/// Compiles the code of all cases for a Cortex-M4F and runs it there.
fn answer_all(directory: &Path, cases: &[Case], code: impl Fn(&Case) -> String) {
    let modules = write_modules(directory, cases, code);
    let mut calls = String::new();
    for (number, case) in cases.iter().enumerate() {
        let program = Program::of(&case.ticket).expect("a program");
        for (form, ending) in [("", "out"), ("::plain", "plain")] {
            let groups = program.groups.iter().map(|group| {
                let (name, inputs) = (&group.name, inputs(group));
                format!("for y in t{number}{form}::{name}(&[{inputs}]) {{ put(y); }}")
            });
            let _ = writeln!(
                calls,
                "    answer([\"{number}.in\\0\", \"{number}.{ending}\\0\"], t{number}{form}::logits, |x, put| {{ {} }}, \
                 t{number}::classes);",
                groups.format(" ")
            );
        }
    }
    let program = include_str!("programs/board.rs");
    let main = format!("{program}{modules}#[inline(never)]\nfn answer_all() {{\n{calls}}}\n");
    write(directory, "main.rs", main);
    write(directory, "memory.ld", include_str!("programs/memory.ld"));
    run(rustc()
        .current_dir(directory)
        .args("--target thumbv7em-none-eabihf -C target-cpu=cortex-m4".split(' '))
        .args("-C panic=abort -C opt-level=2 -C link-arg=-Tmemory.ld".split(' '))
        .args(["-D", "warnings", "-A", "unused", "main.rs", "-o", "main"]));
    emulate(directory);
}

fn code(case: &Case) -> String {
    source(&case.ticket, case.flash).unwrap_or_else(|error| panic!("{}: {error:#}", case.name))
}

/// Of how many cases the answers of both forms differ, whatever the core says of the samples.
fn unlike_plain(directory: &Path, cases: &[Case]) -> usize {
    let read = |number: usize, ending: &str| {
        fs::read(directory.join(format!("{number}.{ending}"))).expect("answers")
    };
    (0..cases.len())
        .filter(|&number| read(number, "out") != read(number, "plain"))
        .count()
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn assembly_has_the_bits_of_the_core_and_of_plain_rust() {
    let answer = |directory: &Path, cases: &[Case]| {
        answer_all(directory, cases, code);
        assert_eq!(unlike_plain(directory, cases), 0);
    };
    let chunks = tickets::all().chunks(80);
    let compared: usize = chunks.map(|cases| has_the_bits_of_the_core(cases, answer)).sum();
    assert!(300 * super::SAMPLES < compared, "{compared}");
}

/// A kernel that is a little wrong: an output's last sum reads a wrong register, a weight is left out, or two constants
/// are in each other's place. As it is, where it has nothing of that kind.
fn planted(text: &str, kind: usize) -> String {
    let (plain, assembly) = text.split_once("\nmod assembly {").expect("kernels");
    let starts = |name: &'static str| move |line: &&str| line.trim_start().starts_with(name);
    let planted = match kind % 3 {
        0 => assembly.lines().rfind(starts("vadd.f32")).map(|line| {
            let (operands, _) = line.split_once("//").unwrap_or((line, ""));
            let (rest, _) = operands.rsplit_once(',').expect("operands");
            let (_, same) = rest.rsplit_once(' ').expect("operands");
            assembly.replace(line, &format!("{rest}, {same}"))
        }),
        1 => assembly.lines().rfind(starts("vadd.f32")).map(|line| {
            let (operands, _) = line.split_once("//").unwrap_or((line, ""));
            let (to, kept) = operands.split_once(',').expect("operands");
            let kept = kept.split(',').next().expect("operands");
            assembly.replace(line, &format!("{},{kept}", to.replace("vadd", "vmov")))
        }),
        _ => {
            let line = assembly.lines().rfind(starts(".word"));
            line.and_then(|line| {
                let (rest, last) = line.rsplit_once(", ")?;
                let (rest, other) = rest.rsplit_once(' ')?;
                Some(assembly.replace(line, &format!("{rest} {last}, {other}")))
            })
        }
    };
    let planted = planted.unwrap_or_else(|| assembly.to_owned());
    format!("{plain}\nmod assembly {{{planted}")
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn what_is_wrong_in_a_kernel_is_seen() {
    let of_kind = |kind: usize| {
        let cases = tickets::random_few();
        let directory = TempDir::new().expect("a directory");
        write_samples(directory.path(), &cases);
        answer_all(directory.path(), &cases, |case| planted(&code(case), kind));
        (unlike_plain(directory.path(), &cases), cases.len())
    };
    for kind in 0..3 {
        let (seen, all) = of_kind(kind);
        // Some tickets have only rows in tables, no weights, or two constants that are the same.
        assert!(all / 3 < seen, "kind {kind}: {seen} of {all}");
    }
}

#[test]
#[ignore = "needs clippy, rustfmt and Rust's targets for boards; tests/run runs it"]
fn assembly_is_clean_and_stays_as_it_is_formatted() {
    let targets: [&[&str]; 2] = [&["--target", "thumbv7em-none-eabihf"], &[]];
    is_clean(tickets::random_few().iter().map(code), &targets, &[]);
}

/// Elsewhere the plain form is used.
#[test]
fn the_module_compiles_everywhere_without_a_warning() {
    let directory = TempDir::new().expect("a directory");
    for case in &tickets::random_few() {
        object(directory.path(), &code(case), &["-D", "warnings"]);
    }
}
