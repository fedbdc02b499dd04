//! Exported code is used as its reader likes: as a private module, a public one, or included, whole or in part, in any
//! edition and in either form, and no compiler has a warning to say.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::export::{assembly, c, rust};
use tombola_host::ticket::{Normalization, TaskPorts, Ticket};

use super::rust::tool;
use super::tickets::{self, Case};
use super::{run, write};

const EDITIONS: [&str; 3] = ["2018", "2021", "2024"];

/// Numbers that a lint takes for a constant of the standard library, and those that look like nothing at all.
#[expect(clippy::approx_constant, reason = "that is what they are for")]
const NUMBERS: [f32; 16] = [
    3.14, 2.718, 1.57, 0.693, 0.318, 1.414, 6.28, 0.434, 2.302, 0.785, 1.047, 1.0, -1.0, 0.0, -0.0, 1e7,
];

/// Names that mean something where code is included.
const NAMES: [&str; 4] = ["main", "drop", "Self", "test"];

/// Random tickets of one to six tasks, with logistic and softmax outputs, hidden layers or none, and a few of numbers and
/// names that lints and languages know.
fn cases() -> Vec<(Ticket, Option<usize>)> {
    let of_case = |case: Case| (case.ticket, case.flash);
    let mut cases: Vec<_> = tickets::random_few().into_iter().map(of_case).collect();
    for (widths, hidden) in [(&[16, 4][..], 0), (&[4, 4, 8][..], 8)] {
        let (inputs, outputs) = (widths[0], widths[widths.len() - 1]);
        let task = |task: usize| {
            let ports = |count: usize| task * count / 4..(task + 1) * count / 4;
            TaskPorts::new(NAMES[task], ports(inputs), ports(outputs))
        };
        let weights: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let biases: usize = widths[1..].iter().sum();
        let params = NUMBERS.iter().cycle().skip(hidden).copied();
        let mut ticket = Ticket::new(
            widths,
            (0..4).map(task).collect(),
            params.take(weights + biases).collect(),
        );
        ticket.normalization = Some(Normalization {
            shift: NUMBERS[..inputs].to_vec(),
            scale: NUMBERS.iter().map(|number| number + 0.5).take(inputs).collect(),
        });
        cases.push((ticket, None));
    }
    cases
}

/// A module of its own for each way, since no file can be two modules.
const MODULES: [&str; 4] = ["unused", "logits", "classes", "public"];

/// Writes files of code for each case, in one form, and returns how many cases there are.
fn write_all(directory: &Path, source: fn(&Ticket, Option<usize>) -> anyhow::Result<String>) -> usize {
    let cases = cases();
    for (number, (ticket, flash)) in cases.iter().enumerate() {
        let code = source(ticket, *flash).expect("code");
        for name in MODULES.iter().chain(&["t"]) {
            write(directory, &format!("{name}{number}.rs"), &code);
        }
    }
    cases.len()
}

/// Compiles what is written in `directory` in every way, as a tool with these flags does.
fn compile(directory: &Path, count: usize, tool_name: &str, flags: &[&str], targets: &[&[&str]]) {
    let mut ways = "#![no_std]\n//! Tickets in every way.\n".to_owned();
    for number in 0..count {
        let file = format!("t{number}.rs");
        let _ = writeln!(
            ways,
            "mod unused{number};
mod logits{number};
mod classes{number};
/// One of them.
pub mod public{number};
mod included{number} {{ include!(\"{file}\"); }}
/// One of them.
pub mod public_included{number} {{ include!(\"{file}\"); }}
/// From its logits.
#[must_use]
pub fn logits{number}(x: &[f32; logits{number}::INPUT_COUNT]) -> f32 {{ logits{number}::logits(x)[0] }}
/// And its classes.
#[must_use]
pub fn classes{number}() -> u16 {{ classes{number}::classes(&[1.0; classes{number}::OUTPUT_COUNT])[0] }}"
        );
        write(
            directory,
            &format!("root{number}.rs"),
            format!("//! A program.\ninclude!(\"{file}\");\nfn main() {{}}\n"),
        );
    }
    write(directory, "ways.rs", ways);
    for edition in EDITIONS {
        for target in targets {
            let compile = |file: &str, kind: &str| {
                run(tool(tool_name)
                    .current_dir(directory)
                    .args(*target)
                    .args([
                        "--edition",
                        edition,
                        "--crate-type",
                        kind,
                        "--emit",
                        "metadata",
                        file,
                    ])
                    .args(["-D", "warnings"])
                    .args(flags));
            };
            compile("ways.rs", "lib");
            // At the root of a program, whose own names must be left to it.
            if target.is_empty() {
                (0..count).step_by(3).chain(count - 2..count).for_each(|number| {
                    compile(&format!("root{number}.rs"), "bin");
                });
            }
        }
    }
}

#[test]
fn rust_is_used_in_every_way_without_a_warning() {
    for source in [rust::source, assembly::source] {
        let directory = TempDir::new().expect("a directory");
        let count = write_all(directory.path(), source);
        compile(directory.path(), count, "rustc", &[], &[&[]]);
    }
}

#[test]
#[ignore = "needs clippy and Rust's targets for boards; tests/run runs it"]
fn clippy_has_nothing_to_say_of_rust_in_any_way() {
    let directory = TempDir::new().expect("a directory");
    let count = write_all(directory.path(), rust::source);
    let pedantic = ["-D", "clippy::pedantic", "-D", "missing-docs"];
    compile(directory.path(), count, "clippy-driver", &pedantic, &[&[]]);
    let directory = TempDir::new().expect("a directory");
    let count = write_all(directory.path(), assembly::source);
    let targets: [&[&str]; 2] = [&["--target", "thumbv7em-none-eabihf"], &[]];
    compile(directory.path(), count, "clippy-driver", &pedantic, &targets);
}

/// Included by several files of a program, which use a part each.
#[test]
#[ignore = "needs cc and c++; tests/run runs it"]
fn c_is_used_in_part_by_several_files_of_c_and_of_cpp() {
    const WARNINGS: &str = "-Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wunused -Wshadow -Wundef \
                            -Wcast-qual -Wdouble-promotion -Wunused-const-variable=2";
    const FILES: [&str; 3] = [
        "#include \"ticket.h\"
#include \"ticket.h\"
float first(const float *x);
float first(const float *x) { float y[TICKET_OUTPUT_COUNT]; ticket_logits(x, y); return y[0]; }
",
        "#include \"ticket.h\"
int second(const float *y);
int second(const float *y) { uint16_t c[TICKET_TASK_COUNT]; ticket_classes(y, c); return c[0]; }
",
        "#include \"ticket.h\"\nint main(void) { return TICKET_TASK_COUNT == 0; }\n",
    ];
    let directory = TempDir::new().expect("a directory");
    for (ticket, flash) in cases().into_iter().step_by(2) {
        let header = c::source(&ticket, flash, c::PREFIX).expect("code");
        write(directory.path(), "ticket.h", header);
        for (compiler, ending, standards) in [
            ("cc", "c", &["c99", "c17"][..]),
            ("c++", "cpp", &["c++11", "c++14", "c++20"]),
        ] {
            let names = [0, 1, 2].map(|number| format!("{number}.{ending}"));
            for (name, text) in names.iter().zip(FILES) {
                write(directory.path(), name, text);
            }
            for standard in standards {
                run(Command::new(compiler)
                    .current_dir(directory.path())
                    .args(WARNINGS.split_whitespace())
                    .arg(format!("-std={standard}"))
                    .args(&names)
                    .args(["-o", "main"]));
            }
        }
    }
}
