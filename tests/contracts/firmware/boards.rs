//! Every board has an image, and it is as small as is said.

use std::fs;

use tombola_firmware::boards::{BOARDS, Board};
use tombola_host::board::build::{Build, Program, lock};

use super::{board, checkout, image};

/// What `classify` may take, all in all.
const LARGEST: u64 = 12 << 10;

#[test]
fn names_differ_and_memories_are_there() {
    for (index, one) in BOARDS.iter().enumerate() {
        assert!(
            BOARDS[..index].iter().all(|other| other.name != one.name),
            "{}",
            one.name
        );
        let Board { flash, ram, .. } = one;
        assert!(
            16 << 10 <= ram.length && 128 << 10 <= flash.length,
            "{}",
            one.name
        );
        assert!(ram.origin % 8 == 0 && flash.origin % 4 == 0, "{}", one.name);
    }
}

#[test]
fn every_board_is_in_the_firmwares_readme() {
    let readme = fs::read_to_string(checkout().root().join("firmware/README.md")).expect("a file");
    let size = |bytes: u32| {
        let kib = bytes >> 10;
        match kib % 1024 {
            0 => format!("{} MiB", kib >> 10),
            _ => format!("{kib} KiB"),
        }
    };
    for Board {
        name,
        core,
        flash,
        ram,
        ..
    } in BOARDS
    {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` |")));
        let words = core.cpu.replace("cortex-m", "Cortex-M").replace("plus", "+");
        assert!(row.is_some_and(|row| row.contains(&words)), "{name}");
        let memories = format!("| {}, {} |", size(flash.length), size(ram.length));
        assert!(
            row.is_some_and(|row| row.contains(&memories)),
            "{name}: {memories}"
        );
    }
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn classify_and_lottery_build_for_every_board_without_formatting_or_a_heap() {
    for board in BOARDS {
        for program in [Program::Classify, Program::Lottery] {
            let (_, image) = image(program, board);
            let name = format!("{} for {}", program.name(), board.name);
            if program == Program::Classify {
                assert!(image.flash < LARGEST, "{name}: {} bytes", image.flash);
            }
            // No formatting of the standard library, and no heap.
            for part in ["4core3fmt", "__rust_alloc", "__rg_", "5alloc"] {
                let found = image.symbols.iter().find(|symbol| symbol.contains(part));
                assert!(found.is_none(), "{name}: {found:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn a_build_refuses_what_it_cannot_keep() {
    let build = Build {
        program: Program::Lottery,
        board: board("qemu-m4"),
        sources: None,
        stack: None,
    };
    for (variable, value, words) in [
        ("TOMBOLA_SAMPLES", "65536", "from 1 to 65535"),
        ("TOMBOLA_SAMPLES", "0", "from 1 to 65535"),
        ("TOMBOLA_SAMPLES", "many", "a whole number"),
        (
            "TOMBOLA_SEED",
            "18446744073709551616",
            "up to 18446744073709551615",
        ),
        ("TOMBOLA_SEED", "-1", "a whole number"),
        ("TOMBOLA_STACK", "0", "multiple of 8 bytes, and 1024 or more"),
        ("TOMBOLA_STACK", "6145", "multiple of 8 bytes"),
        ("TOMBOLA_STACK", "4294967296", "not a number of bytes"),
        (
            "TOMBOLA_STACK",
            "4294967288",
            "does not fit into the 4194304 bytes of RAM of qemu-m4",
        ),
    ] {
        let _lock = lock(&checkout()).expect("a lock");
        let mut command = build.command(&checkout(), "build");
        let output = command.env(variable, value).output().expect("cargo starts");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{variable}={value}");
        assert!(text.contains(words), "{variable}={value}: {text}");
    }
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn the_boot_rom_of_a_pico_2_finds_its_block() {
    use object::{Object, ObjectSection};

    let (path, _) = image(Program::Classify, board("pico-2"));
    let bytes = fs::read(path).expect("an image");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    let block = elf.section_by_name(".boot_block").expect("a block");
    // The boot ROM looks through the first 4 KiB of flash.
    assert!((0x1000_0000..0x1000_1000 - 20).contains(&block.address()));
    let words = block
        .data()
        .expect("words")
        .as_chunks()
        .0
        .iter()
        .map(|&word| u32::from_le_bytes(word));
    assert!(words.eq([0xffff_ded3, 0x1021_0142, 0x0000_01ff, 0, 0xab12_3579]));
    let table = elf.section_by_name(".vector_table").expect("a table");
    assert_eq!(block.address(), table.address() + table.size());
}
