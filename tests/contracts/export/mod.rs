//! Exported code computes what the core computes: the same bits in Rust and in C, as near as rounding allows in ONNX.
//!
//! A test writes the code of some tickets and a program that asks it, into a directory of its own; the program reads the
//! samples of ticket K from `K.in` and writes its answers to `K.out`. What a test needs beside the Rust toolchain stands
//! at its `#[ignore]`; `tests/run` installs it and runs all.

mod assembly;
mod c;
mod cargo;
mod integer;
mod onnx;
mod package;
mod refused;
mod riscv;
mod rust;
mod tickets;
mod used;

use std::fs;
use std::path::Path;
use std::process::Command;

use itertools::Itertools;
use tempfile::TempDir;
use tombola_host::export::onnx::model;
use tombola_host::export::program::{Group, Program};
use tombola_host::ticket::Ticket;

use tickets::{Answer, Case};

/// A ticket's code answers these samples with the core's bits, and its model up to rounding.
#[track_caller]
pub(crate) fn every_format_agrees(name: &str, ticket: Ticket, samples: Vec<Vec<f32>>) {
    let case = Case {
        name: name.to_owned(),
        ticket,
        flash: None,
        samples,
    };
    let cases = [case];
    let answers = [
        has_the_bits_of_the_core(&cases, |directory, cases| {
            rust::answer_all(directory, cases, &[]);
        }),
        has_the_bits_of_the_core(&cases, |directory, cases| {
            c::answer_all(directory, cases, &c::FLAGS);
        }),
    ];
    assert_eq!(answers, [cases[0].samples.len(); 2], "{name}");
    let model = |case: &Case| model(&case.ticket).expect("a model");
    assert_eq!(
        onnx::wrong(&[&cases[0]], model),
        [0, 0, cases[0].samples.len()],
        "{name}"
    );
}

/// Samples per ticket.
const SAMPLES: usize = 1024;

/// `answer`, which writes a program and runs it, gives the core's bits in all cases. Returns how many answers were
/// compared.
#[track_caller]
fn has_the_bits_of_the_core(cases: &[Case], answer: impl Fn(&Path, &[Case])) -> usize {
    let [different, compared] = differences(cases, |directory| answer(directory, cases));
    assert_eq!(different, 0, "of {compared} answers");
    compared
}

/// Bits that differ do not pass: those of tickets whose last bias is a little wrong.
#[track_caller]
fn a_wrong_bit_is_seen(answer: impl Fn(&Path, &[Case])) {
    let cases = tickets::random_few();
    let spoiled: Vec<Case> = cases.iter().map(Case::spoiled).collect();
    let [different, compared] = differences(&cases, |directory| answer(directory, &spoiled));
    assert!(compared / 4 < different, "{different} of {compared}");
}

/// Holds what `answer` writes to a directory against the core. For each sample it has the logits of the whole, those of
/// each group alone, and the classes, each as 32 bits.
///
/// Returns how many answers differ, and how many were compared.
fn differences(cases: &[Case], answer: impl Fn(&Path)) -> [usize; 2] {
    let directory = TempDir::new().expect("a directory");
    write_samples(directory.path(), cases);
    answer(directory.path());
    let (mut different, mut compared) = (0, 0);
    for (number, case) in cases.iter().enumerate() {
        let program = Program::of(&case.ticket).expect("a program");
        let row = 2 * program.net().output_count() + program.tasks.len();
        let mut finite = 0;
        for (sample, answer, words) in answers(directory.path(), number, case, row) {
            finite += 1;
            let expected = expected(&program, &answer);
            if expected != words {
                if different == 0 {
                    eprintln!(
                        "{}: {sample:?} gives {words:x?}, expected {expected:x?}",
                        case.name
                    );
                }
                different += 1;
            }
        }
        assert!(
            2 * finite > case.samples.len(),
            "{}: only {finite} samples have finite answers",
            case.name
        );
        compared += finite;
    }
    [different, compared]
}

/// Writes the samples of each case as floats of this machine, row by row.
fn write_samples<'a>(directory: &Path, cases: impl IntoIterator<Item = &'a Case>) {
    for (number, case) in cases.into_iter().enumerate() {
        let floats = case.samples.iter().flatten();
        let bytes: Vec<u8> = floats.flat_map(|x| x.to_le_bytes()).collect();
        fs::write(directory.join(format!("{number}.in")), bytes).expect("samples are written");
    }
}

/// Each sample with the core's answer, if that is finite, and the words of a row that a program wrote.
fn answers<'a>(
    directory: &Path,
    number: usize,
    case: &'a Case,
    row: usize,
) -> impl Iterator<Item = (&'a [f32], Answer, Vec<u32>)> {
    let bytes = fs::read(directory.join(format!("{number}.out"))).expect("answers");
    let words = bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
    let rows: Vec<Vec<u32>> = words.chunks(row).into_iter().map(Iterator::collect).collect();
    let all = rows.iter().all(|words| words.len() == row);
    assert!(
        all && rows.len() == case.samples.len(),
        "{}: an answer per sample",
        case.name
    );
    let samples = case.samples.iter().zip(case.answers()).zip(rows);
    samples.filter_map(|((sample, answer), words)| Some((&**sample, answer?, words)))
}

fn expected(program: &Program, answer: &Answer) -> Vec<u32> {
    let logit = |output: usize| answer.logits[output].to_bits();
    let of_groups = program.groups.iter().flat_map(|group| &group.outputs);
    (0..program.net().output_count())
        .map(logit)
        .chain(of_groups.map(|&output| logit(output)))
        .chain(answer.classes.iter().map(|&class| class as u32))
        .collect()
}

/// The inputs of a group's function, from those of the network.
fn inputs(group: &Group) -> String {
    group.inputs.iter().map(|input| format!("x[{input}]")).join(", ")
}

/// Writes a file of code.
fn write(directory: &Path, name: &str, text: impl AsRef<[u8]>) {
    fs::write(directory.join(name), text).expect("a file is written");
}

/// Runs a command that must succeed.
#[track_caller]
fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs `main` on an emulated Cortex-M4F that opens files of the directory.
fn emulate(directory: &Path) {
    run(Command::new("qemu-system-arm")
        .current_dir(directory)
        .args("-machine mps2-an386 -display none -monitor none -serial none".split(' '))
        .args("-semihosting-config enable=on,target=native -kernel main".split(' ')));
}
