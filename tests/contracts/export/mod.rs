//! Exported code computes what the core computes: the same bits in Rust and in C, as near as rounding allows in ONNX.
//!
//! What a test needs beside the Rust toolchain stands at its `#[ignore]`; `tests/run` installs it and runs all.

mod assembly;
mod c;
mod onnx;
mod refused;
mod rust;
mod tickets;

use std::fs;
use std::path::Path;
use std::process::Command;

use tombola_host::export::program::{Group, Program};

use tickets::{Answer, Case};

/// Samples per ticket.
const SAMPLES: usize = 1024;

/// Writes the samples of each case where a program of generated code reads them: `K.in`, floats of this machine, row
/// by row.
fn write_samples<'a>(directory: &Path, cases: impl IntoIterator<Item = &'a Case>) {
    for (number, case) in cases.into_iter().enumerate() {
        let bytes: Vec<u8> = case
            .samples
            .iter()
            .flatten()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        fs::write(directory.join(format!("{number}.in")), bytes).expect("samples are written");
    }
}

/// Holds what a program wrote to `K.out` against the core. For each sample it has the logits of the whole, those of
/// each part alone, part after part, and the classes, each as 32 bits.
///
/// Returns how many answers differ, and how many were compared.
fn differences(directory: &Path, cases: &[Case]) -> (usize, usize) {
    let (mut different, mut compared) = (0, 0);
    for (number, case) in cases.iter().enumerate() {
        let bytes = fs::read(directory.join(format!("{number}.out"))).expect("answers");
        let words: Vec<u32> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|&word| u32::from_le_bytes(word))
            .collect();
        let program = Program::of(&case.ticket).expect("a program");
        let row = 2 * program.net().output_count() + program.tasks.len();
        assert_eq!(
            words.len(),
            row * case.samples.len(),
            "{}: an answer per sample",
            case.name
        );
        let mut finite = 0;
        for ((answer, words), sample) in case
            .answers()
            .iter()
            .zip(words.chunks_exact(row))
            .zip(&case.samples)
        {
            let Some(answer) = answer else { continue };
            finite += 1;
            let expected = expected(&program, answer);
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
    (different, compared)
}

fn expected(program: &Program, answer: &Answer) -> Vec<u32> {
    let logit = |output: usize| answer.logits[output].to_bits();
    let of_group = |group: &Group| {
        group
            .outputs
            .iter()
            .map(|&output| logit(output))
            .collect::<Vec<_>>()
    };
    (0..program.net().output_count())
        .map(logit)
        .chain(program.groups.iter().flat_map(of_group))
        .chain(answer.classes.iter().map(|&class| class as u32))
        .collect()
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
