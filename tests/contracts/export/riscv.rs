//! RISC-V without a floating-point unit, as in the ESP32-C3 and in the RP2350's other cores: the same bits from Rust and
//! from C.
//!
//! QEMU's machine `virt` runs the programs, with a core that has no floating-point instruction to run.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use itertools::Itertools;
use tombola_host::export::program::{Group, Program};
use tombola_host::export::rust::source;

use super::rust::{rustc, write_file_modules};
use super::tickets::{self, Case};
use super::{a_wrong_bit_is_seen, c, has_the_bits_of_the_core, inputs, integer, run, write};

/// What a program is compiled for: with atomic instructions and without.
const CORES: [&str; 2] = ["imc", "imac"];

/// Runs `main` on an emulated RISC-V that opens files of the directory.
fn emulate(directory: &Path) {
    run(Command::new("qemu-system-riscv32")
        .current_dir(directory)
        .args(
            "-machine virt -cpu rv32,f=false,d=false -bios none -display none -monitor none -serial none"
                .split(' '),
        )
        .args("-semihosting-config enable=on,target=native -kernel main".split(' ')));
}

/// Compiles the C program that was written, and runs it.
fn run_c(directory: &Path, core: &str) {
    write(directory, "riscv.ld", include_str!("programs/riscv.ld"));
    run(Command::new("riscv64-unknown-elf-gcc")
        .current_dir(directory)
        .arg(format!("-march=rv32{core}"))
        .args("-mabi=ilp32 -O2 -std=gnu11 -ffreestanding -nostdlib -e reset -T riscv.ld".split(' '))
        .args(["main.c", "-lgcc", "-o", "main"]));
    emulate(directory);
}

/// Compiles a program of Rust that calls these modules, and runs it.
fn run_rust<'a>(
    directory: &Path,
    core: &str,
    codes: impl Iterator<Item = String>,
    programs: impl Iterator<Item = &'a Program>,
) {
    let modules = write_file_modules(directory, codes);
    let mut calls = String::new();
    for (number, program) in programs.enumerate() {
        let call = |group: &Group| {
            let (name, inputs) = (&group.name, inputs(group));
            format!("for y in t{number}::{name}(&[{inputs}]) {{ put(y); }}")
        };
        let _ = writeln!(
            calls,
            "    answer([\"{number}.in\\0\", \"{number}.out\\0\"], t{number}::logits, |x, put| {{ {} }}, t{number}::classes);",
            program.groups.iter().map(call).format(" ")
        );
    }
    let program = include_str!("programs/board.rs");
    write(
        directory,
        "main.rs",
        format!("{program}{modules}#[inline(never)]\nfn answer_all() {{\n{calls}}}\n"),
    );
    write(directory, "riscv.ld", include_str!("programs/riscv.ld"));
    run(rustc()
        .current_dir(directory)
        .arg(format!("--target=riscv32{core}-unknown-none-elf"))
        .args("-C panic=abort -C opt-level=2 -C link-arg=-Triscv.ld -C link-arg=-estart".split(' '))
        .args(["-D", "warnings", "-A", "unused", "main.rs", "-o", "main"]));
    emulate(directory);
}

fn answer_in_rust(directory: &Path, cases: &[Case], core: &str) {
    let code = |case: &Case| source(&case.ticket, case.flash).expect("code");
    let programs = cases
        .iter()
        .map(|case| Program::of(&case.ticket).expect("a program"))
        .collect_vec();
    run_rust(directory, core, cases.iter().map(code), programs.iter());
}

fn answer_in_c(directory: &Path, cases: &[Case], core: &str) {
    c::write_program(include_str!("programs/board.c"), directory, cases);
    run_c(directory, core);
}

#[test]
#[ignore = "needs QEMU and Rust's targets for RISC-V; tests/run runs it"]
fn rust_has_the_bits_of_the_core() {
    for core in CORES {
        has_the_bits_of_the_core(&tickets::random_few(), |directory, cases| {
            answer_in_rust(directory, cases, core);
        });
    }
}

#[test]
#[ignore = "needs a compiler for RISC-V and QEMU; tests/run runs it"]
fn c_has_the_bits_of_the_core() {
    for core in CORES {
        has_the_bits_of_the_core(&tickets::random_few(), |directory, cases| {
            answer_in_c(directory, cases, core);
        });
    }
}

#[test]
#[ignore = "needs a compiler for RISC-V and QEMU; tests/run runs it"]
fn one_wrong_bit_is_seen() {
    a_wrong_bit_is_seen(|directory, cases| answer_in_rust(directory, cases, CORES[0]));
    a_wrong_bit_is_seen(|directory, cases| answer_in_c(directory, cases, CORES[0]));
}

#[test]
#[ignore = "needs a compiler for RISC-V, QEMU and Rust's targets; tests/run runs it"]
fn integers_are_those_of_the_host() {
    let cases = integer::cases(16);
    for core in CORES {
        integer::has_the_hosts_bits(&cases, |directory| {
            let programs = cases.iter().map(|case| &case.network.program);
            run_rust(directory, core, cases.iter().map(integer::Case::rust), programs);
        });
        integer::has_the_hosts_bits(&cases, |directory| {
            integer::write_c(include_str!("programs/board.c"), directory, &cases);
            run_c(directory, core);
        });
    }
}
