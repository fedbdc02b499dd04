//! What an inference takes on a Cortex-M4F, held against a committed baseline: nothing may grow by more than 2 %.
//!
//! Instructions are counted twice, by the board's own counter and in a trace of the emulator, and both must agree.
//! Cycles are those of the host's model of the pipeline ([`tombola_host::export::pipeline`]), for the
//! instructions of the trace; *model*, never *measured*.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use object::{Object, ObjectSymbol};
use tempfile::TempDir;
use tombola_firmware::boards::Reach;
use tombola_host::board::build::Program;
use tombola_host::board::{Image, Qemu, Sources, samples};
use tombola_host::export::integer::rust_source;
use tombola_host::export::pipeline::{Pipeline, Step};
use tombola_host::export::{assembly, rust};
use tombola_host::integer::Width;
use tombola_host::ticket::Ticket;

use super::integer::network;
use super::{board, build, default_ticket};
use crate::program::{command, programs, succeeds};

/// By how much a number may exceed its baseline, in percent.
const TOLERANCE: u64 = 2;

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts/firmware/costs.txt");

/// An instruction of a disassembly: its length in bytes, and what the pipeline makes of it.
struct Listed {
    length: u32,
    step: Result<Step, String>,
}

/// All instructions of a program, by their addresses.
fn disassembly(image: &Path) -> BTreeMap<u32, Listed> {
    let output = Command::new("arm-none-eabi-objdump")
        .args(["--disassemble", "--no-show-raw-insn", "--wide"])
        .arg(image)
        .output()
        .expect("arm-none-eabi-objdump, which tests/run installs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let mut listed: BTreeMap<u32, Listed> = BTreeMap::new();
    let mut last: Option<u32> = None;
    for line in text.lines() {
        let Some((address, instruction)) = line.split_once(":\t") else {
            continue;
        };
        let Ok(address) = u32::from_str_radix(address.trim(), 16) else {
            continue;
        };
        if let Some(before) = last.and_then(|last| Some((last, listed.get_mut(&last)?))) {
            before.1.length = address - before.0;
        }
        last = Some(address);
        let text = instruction.split([';', '@', '<']).next().unwrap_or("").trim();
        // `vadd.f32`, `b.n` and `add.w`: the width is no part of the name.
        let text = text
            .replacen(".n\t", "\t", 1)
            .replacen(".w\t", "\t", 1)
            .replace('\t', " ");
        listed.insert(
            address,
            Listed {
                length: 2,
                step: Step::parse(&text).ok_or(text),
            },
        );
    }
    listed
}

/// The addresses that the emulator executes, until there are enough.
fn trace(image: &Path, log: &Path, machine: &str) -> Vec<u32> {
    const ENOUGH: u64 = 48 << 20;
    let mut child = Command::new("qemu-system-arm")
        .args([
            "-machine", machine, "-display", "none", "-monitor", "none", "-serial", "none",
        ])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args(["-singlestep", "-d", "exec,nochain", "-D"])
        .arg(log)
        .arg("-kernel")
        .arg(image)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("QEMU");
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        let length = fs::metadata(log).map_or(0, |file| file.len());
        if ENOUGH < length || Duration::from_mins(2) < start.elapsed() {
            let _ = child.kill();
            let _ = child.wait();
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let text = fs::read_to_string(log).expect("a trace");
    // Trace 0: 0x7f… [flags/pc/flags/flags] function
    let address = |line: &str| u32::from_str_radix(line.split_once('[')?.1.split('/').nth(1)?, 16).ok();
    text.lines().filter_map(address).collect()
}

/// The first call of a function, from its first instruction to its return.
fn call(trace: &[u32], listed: &BTreeMap<u32, Listed>, function: u32) -> Pipeline {
    let start = trace
        .iter()
        .position(|&address| address == function)
        .expect("it is called");
    let caller = trace[start - 1];
    let back = caller + listed[&caller].length;
    let mut pipeline = Pipeline::default();
    for pair in trace[start..].windows(2) {
        let listed = &listed[&pair[0]];
        let step = listed
            .step
            .as_ref()
            .unwrap_or_else(|text| panic!("the model does not know '{text}'"));
        pipeline.push(step, pair[1] != pair[0] + listed.length);
        if pair[1] == back {
            return pipeline.finish();
        }
    }
    panic!("it does not return")
}

/// What a ticket's code takes on the board.
fn cost(ticket: &Ticket, code: &str) -> [(&'static str, u64); 5] {
    let board = board("qemu-m4");
    let home = TempDir::new().expect("a folder");
    let (table, _) = samples(ticket).expect("samples");
    let sources = Sources::with(code, &table).expect("a folder");
    let path = home.path().join("image");
    build(Program::Classify, board, Some(sources.path()), &path);
    let image = Image::read(&path).expect("an image");
    let qemu = Qemu::start(board, &path, &image, true).expect("QEMU");
    let mut counted = None;
    let code = qemu.finish(Duration::from_mins(2), |line| {
        if let Some((before, _)) = line.split_once(" instructions an inference") {
            counted = before.rsplit(' ').next().and_then(|word| word.parse().ok());
        }
    });
    assert_eq!(code.expect("an end"), 0);
    let counted: u64 = counted.expect("a count");

    let bytes = fs::read(&path).expect("an image");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    let address = |name: &str| {
        let is = |symbol: &object::Symbol<'_, '_>| symbol.name().is_ok_and(|text| text.contains(name));
        let symbol = elf.symbols().find(is).expect("a function");
        symbol.address() as u32 & !1
    };
    let ticket = elf.symbols().filter(|symbol| {
        let is_code =
            |name: &str| name.contains("5serve8classify") || name.contains("tombola_firmware6ticket");
        symbol.name().is_ok_and(is_code)
    });
    let size: u64 = ticket.map(|symbol| symbol.size()).sum();

    let Reach::Qemu { machine, .. } = board.reach else {
        unreachable!("it is emulated")
    };
    let listed = disassembly(&path);
    let trace = trace(&path, &home.path().join("trace"), machine);
    let classify = call(&trace, &listed, address("5serve8classify"));
    let nothing = call(&trace, &listed, address("5serve7nothing"));
    assert_eq!(
        classify.instructions - nothing.instructions,
        counted,
        "the trace and the board's counter"
    );
    [
        ("instructions", counted),
        ("model cycles", classify.cycles - nothing.cycles),
        ("code", size),
        ("image", image.flash),
        ("RAM", image.ram),
    ]
}

/// The default ticket, one of 498 weights from the same run, and its dense network.
fn tickets() -> [(&'static str, Ticket); 3] {
    let home = TempDir::new().expect("a folder");
    let program = programs().last().expect("a program");
    let arguments = [
        "run",
        "--quiet",
        "--seeds",
        "1",
        "--set",
        "first_seed=28",
        "--out",
        "run",
    ];
    succeeds(command(program, arguments).current_dir(home.path()));
    let of_level = |level: usize| {
        Ticket::read(&home.path().join(format!("run/tickets/28-{level}.safetensors"))).expect("a ticket")
    };
    [
        ("default", default_ticket()),
        ("498 weights", of_level(4)),
        ("dense", of_level(0)),
    ]
}

/// The code of a ticket in integers.
fn integers(ticket: &Ticket, width: Width) -> String {
    rust_source(&network(ticket, width, None), None).expect("code")
}

fn committed() -> BTreeMap<String, u64> {
    let text = fs::read_to_string(BASELINE).unwrap_or_default();
    let entry = |line: &str| {
        let (name, number) = line.rsplit_once(": ")?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    text.lines().filter_map(entry).collect()
}

#[test]
#[ignore = "needs QEMU and binutils for Arm; tests/run runs it"]
fn no_inference_takes_more_than_its_baseline() {
    let mut text = "\
# What an inference takes on qemu-m4, from raw inputs to classes, and its program; see costs.rs. Written by
# TOMBOLA_OVERWRITE=1 cargo test -p tombola-tests costs -- --include-ignored
"
    .to_owned();
    let mut measured = BTreeMap::new();
    for (name, ticket) in tickets() {
        for (form, code) in [
            ("plain", rust::source(&ticket, None).expect("code")),
            ("assembly", assembly::source(&ticket, None).expect("code")),
            ("16 bits", integers(&ticket, Width::Sixteen)),
            ("8 bits", integers(&ticket, Width::Eight)),
        ] {
            for (what, number) in cost(&ticket, &code) {
                let _ = writeln!(text, "{name}, {form}, {what}: {number}");
                measured.insert(format!("{name}, {form}, {what}"), number);
            }
        }
    }
    eprintln!("{text}");
    if std::env::var_os("TOMBOLA_OVERWRITE").is_some() {
        fs::write(BASELINE, &text).expect("a file");
    }
    let committed = committed();
    assert!(
        committed.keys().eq(measured.keys()),
        "{BASELINE} is not of these tickets"
    );
    let grown: Vec<_> = measured
        .iter()
        .filter(|&(name, number)| 100 * number > (100 + TOLERANCE) * committed[name])
        .map(|(name, number)| format!("{name}: {number}, was {}", committed[name]))
        .collect();
    assert!(
        grown.is_empty(),
        "{grown:#?}; if that is meant, run this test with TOMBOLA_OVERWRITE=1"
    );
    let of = |name: &str| measured[name];
    // What the project holds itself to.
    assert!(of("default, assembly, instructions") <= 140 && of("default, assembly, code") <= 1024);
    assert!(of("default, assembly, model cycles") < 200);
    assert!(of("default, plain, instructions") <= 200);
    assert!(10 * of("498 weights, assembly, instructions") <= 32 * 498);
    assert!(10 * of("498 weights, plain, instructions") <= 40 * 498);
    assert!(of("default, assembly, image") < 12 << 10);
    // Integers are no slower than floats in the fastest form, on a core that has both.
    for ticket in ["default", "498 weights", "dense"] {
        for form in ["16 bits", "8 bits"] {
            let [integers, floats] =
                [form, "assembly"].map(|form| of(&format!("{ticket}, {form}, model cycles")));
            assert!(
                integers <= floats,
                "{ticket}, {form}: {integers}, floats {floats}"
            );
        }
    }
}
