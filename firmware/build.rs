//! Lays out the memory of the board that is built for, and says which ticket is compiled in.
//!
//! `TOMBOLA_BOARD` names the board, `TOMBOLA_TICKET` a folder with `ticket.rs` and `examples.rs`, `TOMBOLA_STACK` the
//! bytes of stack. `tombola emulate` and `tombola flash` set them; each has a default.

#[path = "src/boards.rs"]
#[expect(dead_code, unreachable_pub, reason = "the library's module")]
mod boards;
#[path = "../core/src/digest.rs"]
#[expect(dead_code, unreachable_pub, reason = "the library's module")]
mod digest;

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use boards::{BOARDS, Board, Boot, Memory, Reach};

/// Bytes of stack where nothing else is said: for a lottery, whose gradient has large frames. The tests measure how much
/// of it the programs use.
const STACK: u32 = 6 << 10;
/// The least that a program can do anything with.
const LEAST_STACK: u32 = 1 << 10;
/// What code with kernels has, and no other.
const PLAIN: &[u8] = b"\npub mod plain {\n";
/// What code of integers has, and no other.
const INTEGERS: &[u8] = b"\npub type Logit = i32;\n";
/// Bytes that faults are handled in, at the end of RAM.
const HANDLERS: u32 = 1 << 10;

fn main() {
    for variable in [
        "TOMBOLA_BOARD",
        "TOMBOLA_TICKET",
        "TOMBOLA_STACK",
        "TOMBOLA_SEED",
        "TOMBOLA_SAMPLES",
    ] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rustc-check-cfg=cfg(reach, values(\"qemu\", \"probe\"))");
    println!("cargo::rustc-check-cfg=cfg(armv6m)");
    println!("cargo::rustc-check-cfg=cfg(armv8m)");
    println!("cargo::rustc-check-cfg=cfg(planted_panic)");

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder"));
    let on_board = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none");
    let target = env::var("TARGET").expect("cargo names the target");
    let (index, board) = board(on_board, &target);
    let stack = stack();
    lottery();
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package"));
    // Another ticket is for a board; the host's library keeps its own.
    let ticket = env::var_os("TOMBOLA_TICKET")
        .filter(|_| on_board)
        .map_or_else(|| here.join("ticket"), PathBuf::from);
    write(&out.join("build.rs"), &generated(index, board, stack, &ticket));
    write(&out.join("learn.rs"), &learned(&ticket));
    if !on_board {
        return;
    }
    match board.reach {
        Reach::Qemu { .. } => println!("cargo::rustc-cfg=reach=\"qemu\""),
        // Who hears nothing of a board may one day solder a probe to it.
        Reach::Probe { .. } | Reach::Teensy { .. } => println!("cargo::rustc-cfg=reach=\"probe\""),
    }
    if target.starts_with("thumbv6m") {
        println!("cargo::rustc-cfg=armv6m");
    }
    if target.starts_with("thumbv8m.main") {
        println!("cargo::rustc-cfg=armv8m");
    }
    write(&out.join("memory.x"), &memory(board, stack));
    println!("cargo::rustc-link-search={}", out.display());
    // All but the proof, which is not to run.
    for program in ["classify", "lottery", "learn", "faults"] {
        for argument in ["-Tlink.x", "-Tdefmt.x", "--nmagic"] {
            println!("cargo::rustc-link-arg-bin={program}={argument}");
        }
    }
}

/// The bytes of stack that are asked for.
fn stack() -> u32 {
    let Ok(text) = env::var("TOMBOLA_STACK") else {
        return STACK;
    };
    let bytes = text
        .parse()
        .unwrap_or_else(|_| panic!("TOMBOLA_STACK={text}: not a number of bytes that 32 bits hold"));
    assert!(
        LEAST_STACK <= bytes && bytes % 8 == 0,
        "TOMBOLA_STACK={text}: a stack is a multiple of 8 bytes, and {LEAST_STACK} or more"
    );
    bytes
}

/// Checks what a lottery is asked for: the program reads the same variables, as numbers that it need not check.
fn lottery() {
    if let Ok(text) = env::var("TOMBOLA_SEED") {
        assert!(
            is_number(&text) && text.parse::<u64>().is_ok(),
            "TOMBOLA_SEED={text}: a seed is a whole number up to {}",
            u64::MAX
        );
    }
    if let Ok(text) = env::var("TOMBOLA_SAMPLES") {
        assert!(
            is_number(&text) && text.parse::<u16>().is_ok_and(|samples| 0 < samples),
            "TOMBOLA_SAMPLES={text}: samples in each part are a whole number from 1 to {}",
            u16::MAX
        );
    }
}

/// Whether these are digits, and some: numbers of Rust may begin with a plus.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The board that is built for, and its place in the table.
fn board(on_board: bool, target: &str) -> (usize, &'static Board) {
    let boards = || BOARDS.iter().enumerate();
    let found = match env::var("TOMBOLA_BOARD").ok().filter(|_| on_board) {
        Some(name) => boards()
            .find(|(_, board)| board.name == name)
            .unwrap_or_else(|| panic!("TOMBOLA_BOARD={name}: src/boards.rs has no such board")),
        None if on_board => boards()
            .find(|(_, board)| board.core.target == target)
            .unwrap_or_else(|| panic!("src/boards.rs has no board of target {target}")),
        None => (0, &BOARDS[0]),
    };
    let wanted = found.1.core.target;
    assert!(
        !on_board || wanted == target,
        "TOMBOLA_BOARD={}: this board is of target {wanted}, and the build is for {target}; add --target {wanted}",
        found.1.name
    );
    found
}

/// What the library includes.
fn generated(index: usize, board: &Board, stack: u32, ticket: &Path) -> String {
    let module = |name: &str| ticket.join(format!("{name}.rs")).display().to_string();
    let (code, examples) = (module("ticket"), module("examples"));
    for path in [&code, &examples] {
        println!("cargo::rerun-if-changed={path}");
    }
    let text = fs::read(&code).unwrap_or_else(|error| panic!("{code}: {error}"));
    let digest = digest::of_bytes(&text);
    // Code with kernels for the Cortex-M4F holds its plain form, too, which is what other cores run.
    let has = |part: &[u8]| text.windows(part.len()).any(|bytes| bytes == part);
    let has_kernels = has(PLAIN);
    let types = if has(INTEGERS) {
        "/// What the ticket reads and answers.\n\
         pub use ticket::{Input, Logit};\n"
    } else {
        "/// What the ticket reads.\n\
         pub type Input = f32;\n\
         /// What it answers.\n\
         pub type Logit = f32;\n"
    };
    let form = if has_kernels && board.core.cpu != "cortex-m4" {
        "ticket::plain"
    } else {
        "ticket"
    };
    let quarter = |shift: u32| (digest >> shift) as u16;
    let (a, b, c, d) = (quarter(48), quarter(32), quarter(16), quarter(0));
    format!(
        "/// The board that this was built for.\n\
         pub const BOARD: &crate::boards::Board = &crate::boards::BOARDS[{index}];\n\
         /// Bytes of stack that programs have.\n\
         pub const STACK: usize = {stack};\n\
         /// Bytes that faults are handled in.\n\
         pub const HANDLERS: usize = {HANDLERS};\n\
         /// Identifies the compiled-in code: [`digest::of_bytes`] of its text.\n\
         pub const CODE: u64 = 0x{a:04x}_{b:04x}_{c:04x}_{d:04x};\n\
         #[path = {code:?}]\n\
         #[allow(clippy::all, clippy::pedantic, missing_docs, rustdoc::broken_intra_doc_links, reason = \"generated\")]\n\
         pub mod ticket;\n\
         #[path = {examples:?}]\n\
         #[allow(clippy::all, clippy::pedantic, missing_docs, rustdoc::broken_intra_doc_links, reason = \"generated\")]\n\
         pub mod examples;\n\
         /// The form of the ticket that is the fastest on this board.\n\
         pub use {form}::logits;\n\
         {types}"
    )
}

/// What the program `learn` includes. A folder without a network is one for the other programs.
fn learned(ticket: &Path) -> String {
    let path = ticket.join("network.rs").display().to_string();
    let mut digest = 0;
    if let Ok(text) = fs::read(&path) {
        println!("cargo::rerun-if-changed={path}");
        digest = digest::of_bytes(&text);
    }
    format!(
        "/// Identifies the compiled-in network: the digest of its text.\n\
         #[allow(clippy::unreadable_literal, reason = \"generated\")]\n\
         const NETWORK: u64 = {digest:#x};\n\
         #[path = {path:?}]\n\
         #[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, reason = \"generated\")]\n\
         mod network;\n"
    )
}

/// The memory layout. The stack comes first, and what is below it is guarded, so that what overflows is a fault and not a
/// silent change of other data. Faults are handled on a stack of their own, at the end.
fn memory(board: &Board, stack: u32) -> String {
    let Board { ram, .. } = board;
    let (before, flash, sections) = boot(board);
    let taken = stack.checked_add(HANDLERS);
    let rest = taken
        .and_then(|taken| ram.length.checked_sub(taken))
        .unwrap_or_else(|| {
            panic!(
                "a stack of {stack} bytes does not fit into the {} bytes of RAM of {}",
                ram.length, board.name
            )
        });
    format!(
        "MEMORY {{\n\
         {before}\
         \x20 FLASH : ORIGIN = {:#x}, LENGTH = {:#x}\n\
         \x20 STACK : ORIGIN = {:#x}, LENGTH = {stack:#x}\n\
         \x20 RAM : ORIGIN = {:#x}, LENGTH = {:#x}\n\
         }}\n\
         _stack_bottom = ORIGIN(STACK);\n\
         _stack_top = ORIGIN(STACK) + LENGTH(STACK);\n\
         ASSERT(_ram_end - _stack_end >= {HANDLERS}, \"region 'RAM' overflowed: no room to handle faults in\")\n\
         {sections}",
        flash.origin,
        flash.length,
        ram.origin,
        ram.origin + stack,
        rest + HANDLERS,
    )
}

/// What starts the program: a region of memory before the flash that is the program's, what is left of that, and what is
/// in either.
fn boot(board: &Board) -> (String, Memory, String) {
    let behind = |length: u32| Memory {
        origin: board.flash.origin + length,
        length: board.flash.length - length,
    };
    let region = |length: u32| {
        let origin = board.flash.origin;
        format!("\x20 BOOT : ORIGIN = {origin:#x}, LENGTH = {length:#x}\n")
    };
    match board.boot {
        // Who put a bootloader before the program has left its flash out of the table.
        Boot::Core | Boot::Loader => (String::new(), board.flash, String::new()),
        Boot::Rp2350 => {
            // RP2350 datasheet, 5.9.5.1: the least image definition, a secure Arm executable.
            let block = longs([0xffff_ded3, 0x1021_0142, 0x0000_01ff, 0, 0xab12_3579]);
            let sections = format!(
                "SECTIONS {{\n  .boot_block : ALIGN(4) {{\n{block}  }} > FLASH\n}} INSERT AFTER .vector_table;\n\
                 _stext = ADDR(.boot_block) + SIZEOF(.boot_block);\n"
            );
            (String::new(), board.flash, sections)
        }
        Boot::Rp2040 => {
            // The second stage of Raspberry Pi for the flash of the Pico, its CRC included.
            let stage = rp2040_boot2::BOOT_LOADER_W25Q080;
            let words = stage.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
            let sections = format!(
                "SECTIONS {{\n  .boot2 ORIGIN(BOOT) : {{\n{}  }} > BOOT\n}} INSERT BEFORE .text;\n",
                longs(words)
            );
            (region(0x100), behind(0x100), sections)
        }
        Boot::FlexSpi => {
            // i.MX RT1060 reference manual, 9.7.1: the image vector table is 4 KiB behind the configuration of the
            // flash. Its second word is where the vector table is, whatever the manual says.
            let sections = format!(
                "SECTIONS {{\n\
                 \x20 .fcb ORIGIN(BOOT) : {{\n{}  }} > BOOT\n\
                 \x20 .ivt ORIGIN(BOOT) + 0x1000 : {{\n\
                 \x20   LONG(0x402000d1)\n\
                 \x20   LONG(ADDR(.vector_table))\n\
                 \x20   LONG(0)\n\
                 \x20   LONG(0)\n\
                 \x20   LONG(ADDR(.ivt) + 32)\n\
                 \x20   LONG(ADDR(.ivt))\n\
                 \x20   LONG(0)\n\
                 \x20   LONG(0)\n\
                 \x20   LONG(ORIGIN(BOOT))\n\
                 \x20   LONG({:#x})\n\
                 \x20   LONG(0)\n\
                 \x20 }} > BOOT\n\
                 }} INSERT BEFORE .text;\n",
                longs(flash_configuration()),
                board.flash.length,
            );
            (region(0x2000), behind(0x2000), sections)
        }
    }
}

/// How an i.MX RT reads the flash of a Teensy: the block that its boot ROM wants.
#[expect(unsafe_code, reason = "the block is a structure without a way to its bytes")]
fn flash_configuration() -> impl Iterator<Item = u32> {
    type Words = [u32; 128];
    const { assert!(size_of::<Words>() == size_of_val(&teensy4_fcb::SERIAL_NOR_CONFIGURATION_BLOCK)) };
    // SAFETY: it is as long, plain numbers without gaps, and read as words wherever it lies.
    let words = unsafe {
        (&raw const teensy4_fcb::FLEXSPI_CONFIGURATION_BLOCK)
            .cast::<Words>()
            .read_unaligned()
    };
    words.into_iter().map(u32::from_le)
}

/// Words, as a linker script has them.
fn longs(words: impl IntoIterator<Item = u32>) -> String {
    let mut text = String::new();
    for word in words {
        writeln!(text, "    LONG({word:#010x})").expect("a string takes all");
    }
    text
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
