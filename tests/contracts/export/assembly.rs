//! Assembly for the Cortex-M4F: the core's bits, and those of the plain form, on an emulated board.
//!
//! One program holds many tickets. It has nothing of the firmware: a vector table, and a debugger's calls to read samples
//! and to write answers.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::export::assembly::source;
use tombola_host::export::program::Program;

use super::rust::{object, rustc, tool};
use super::tickets::{self, Case};
use super::{differences, run, write_samples};

/// The memory of an emulated MPS2 AN386.
const MEMORY: &str = "
ENTRY(start)
SECTIONS {
    .text 0x00000000 : { KEEP(*(.vectors)) *(.text .text.* .rodata .rodata.*) }
    .data 0x21000000 (NOLOAD) : { *(.bss .bss.*) }
    /DISCARD/ : { *(.ARM.exidx .ARM.exidx.*) }
}
ASSERT(SIZEOF(.text) < 0x400000, \"too many tickets for one program\")
";

/// What reads samples and writes answers, `K.out` of a module's functions and `K.plain` of its plain ones.
const MAIN: &str = "
#![no_std]
#![no_main]
use core::arch::asm;

#[repr(C)]
struct Vectors(u32, unsafe extern \"C\" fn() -> !);
#[used]
#[unsafe(link_section = \".vectors\")]
static VECTORS: Vectors = Vectors(0x2040_0000, start);

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    exit(1)
}

fn call(operation: u32, block: *const u32) -> u32 {
    let result;
    unsafe { asm!(\"bkpt 0xab\", inout(\"r0\") operation => result, in(\"r1\") block) };
    result
}

fn exit(code: u32) -> ! {
    call(0x20, [0x20026, code].as_ptr());
    loop {}
}

fn open(name: &str, mode: u32) -> u32 {
    call(1, [name.as_ptr() as u32, mode, name.len() as u32 - 1].as_ptr())
}

static mut INPUTS: [f32; 1 << 20] = [0.0; 1 << 20];
static mut OUTPUTS: [u32; 1 << 20] = [0; 1 << 20];

/// All samples, and room for all answers.
fn read(name: &str) -> (&'static [f32], &'static mut [u32]) {
    let file = open(name, 1);
    unsafe {
        let all = 4 << 20;
        let left = call(6, [file, &raw mut INPUTS as u32, all].as_ptr());
        call(2, [file].as_ptr());
        let inputs = core::slice::from_raw_parts(&raw const INPUTS as *const f32, ((all - left) / 4) as usize);
        (inputs, core::slice::from_raw_parts_mut(&raw mut OUTPUTS as *mut u32, 1 << 20))
    }
}

fn write(name: &str, words: &[u32]) {
    let file = open(name, 5);
    if call(5, [file, words.as_ptr() as u32, 4 * words.len() as u32].as_ptr()) != 0 {
        exit(2);
    }
    call(2, [file].as_ptr());
}

fn answer<const I: usize, const O: usize, const T: usize>(
    [samples, answers]: [&str; 2],
    logits: impl Fn(&[f32; I]) -> [f32; O],
    parts: impl Fn(&[f32; I], &mut dyn FnMut(f32)),
    classes: impl Fn(&[f32; O]) -> [u16; T],
) {
    let (inputs, outputs) = read(samples);
    let mut count = 0;
    let mut put = |word| {
        outputs[count] = word;
        count += 1;
    };
    for row in inputs.as_chunks().0 {
        let logits = logits(row);
        logits.iter().for_each(|x| put(x.to_bits()));
        parts(row, &mut |x| put(x.to_bits()));
        classes(&logits).iter().for_each(|&x| put(x.into()));
    }
    write(answers, &outputs[..count]);
}

#[unsafe(no_mangle)]
unsafe extern \"C\" fn start() -> ! {
    unsafe {
        // The floating-point unit is off after a reset.
        let access = 0xE000_ED88 as *mut u32;
        access.write_volatile(access.read_volatile() | 0xF << 20);
        asm!(\"dsb\", \"isb\");
    }
    answer_all();
    exit(0)
}
";

/// Compiles the code of all cases for a Cortex-M4F and runs it there.
fn answer_all(directory: &Path, cases: &[Case], code: impl Fn(&Case) -> String) {
    let mut main = MAIN.to_owned();
    let mut calls = String::new();
    for (number, case) in cases.iter().enumerate() {
        fs::write(directory.join(format!("t{number}.rs")), code(case)).expect("code is written");
        let _ = match number % 2 {
            0 => writeln!(main, "mod t{number};"),
            _ => writeln!(main, "mod t{number} {{ include!(\"t{number}.rs\"); }}"),
        };
        let program = Program::of(&case.ticket).expect("a program");
        for (form, ending) in [("", "out"), ("::plain", "plain")] {
            let parts = program.groups.iter().map(|part| {
                let inputs: Vec<_> = part.inputs.iter().map(|input| format!("x[{input}]")).collect();
                format!(
                    "for y in t{number}{form}::{}(&[{}]) {{ put(y); }}",
                    part.name,
                    inputs.join(", ")
                )
            });
            let _ = writeln!(
                calls,
                "    answer([\"{number}.in\\0\", \"{number}.{ending}\\0\"], t{number}{form}::logits, |x, put| {{ {} }}, \
                 t{number}::classes);",
                parts.collect::<Vec<_>>().join(" ")
            );
        }
    }
    let _ = writeln!(main, "#[inline(never)]\nfn answer_all() {{\n{calls}}}");
    fs::write(directory.join("main.rs"), main).expect("code is written");
    fs::write(directory.join("memory.x"), MEMORY).expect("a file is written");
    write_samples(directory, cases);
    run(rustc()
        .current_dir(directory)
        .args(["--target", "thumbv7em-none-eabihf", "-C", "target-cpu=cortex-m4"])
        .args([
            "-C",
            "panic=abort",
            "-C",
            "opt-level=2",
            "-C",
            "link-arg=-Tmemory.x",
        ])
        .args(["-D", "warnings", "-A", "unused", "main.rs", "-o", "main"]));
    run(Command::new("qemu-system-arm")
        .current_dir(directory)
        .args([
            "-machine",
            "mps2-an386",
            "-display",
            "none",
            "-monitor",
            "none",
            "-serial",
            "none",
        ])
        .args([
            "-semihosting-config",
            "enable=on,target=native",
            "-kernel",
            "main",
        ]));
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
    let mut all = 0;
    for cases in tickets::all().chunks(80) {
        let directory = TempDir::new().expect("a directory");
        answer_all(directory.path(), cases, code);
        let (different, compared) = differences(directory.path(), cases);
        assert_eq!(different, 0, "of {compared} answers");
        assert_eq!(unlike_plain(directory.path(), cases), 0);
        all += compared;
    }
    assert!(300 * super::SAMPLES < all, "{all}");
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
        let cases: Vec<Case> = tickets::random_few();
        let directory = TempDir::new().expect("a directory");
        answer_all(directory.path(), &cases, |case| planted(&code(case), kind));
        (unlike_plain(directory.path(), &cases), cases.len())
    };
    for kind in 0..3 {
        let (seen, all) = of_kind(kind);
        // Some tickets have only rows in tables, no weights, or two constants that are the same.
        assert!(all / 3 < seen, "kind {kind}: {seen} of {all}");
    }
}

/// Who takes a module into a project is not to be told about it by the project's own tools, whatever it is built for.
#[test]
#[ignore = "needs clippy, rustfmt and Rust's targets for boards; tests/run runs it"]
fn assembly_is_clean_and_stays_as_it_is_formatted() {
    let directory = TempDir::new().expect("a directory");
    let mut text = "//! Tickets.\n#![no_std]\n".to_owned();
    for (number, case) in tickets::random_few().iter().enumerate() {
        let file = format!("t{number}.rs");
        fs::write(directory.path().join(&file), code(case)).expect("code is written");
        let _ = writeln!(text, "/// One of them.\npub mod t{number};");
        for width in ["80", "120"] {
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
    for target in [&["--target", "thumbv7em-none-eabihf"][..], &[]] {
        run(tool("clippy-driver")
            .current_dir(directory.path())
            .args(target)
            .args([
                "--edition",
                "2024",
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
                "lib.rs",
            ])
            .args(["-D", "warnings", "-D", "clippy::pedantic", "-D", "missing-docs"]));
    }
}

/// Elsewhere the plain form is used.
#[test]
fn the_module_compiles_everywhere_without_a_warning() {
    let directory = TempDir::new().expect("a directory");
    for case in &tickets::random_few() {
        object(directory.path(), &code(case), &["-D", "warnings"]);
    }
}
