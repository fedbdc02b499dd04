//! What `classify` does with a frame cannot panic: a program says so by linking.

use std::path::Path;
use std::process::Output;

use tombola_firmware::boards::Board;
use tombola_host::board::build::{Build, Program};
use tombola_host::board::{Sources, samples};

use super::{board, checkout, default_ticket};

/// Builds the proof for a board, with the code in a folder in place of the default ticket's.
pub(super) fn proof(board: &Board, sources: Option<&Path>, flags: &[&str]) -> Output {
    let build = Build {
        program: Program::Proof,
        board,
        sources,
        stack: None,
    };
    let mut command = build.command(&checkout(), "rustc");
    command.arg("--").args(flags).output().expect("cargo starts")
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn the_classify_path_cannot_panic() {
    for name in ["qemu-m4", "qemu-m7", "qemu-m33", "qemu-m0"] {
        let output = proof(board(name), None, &[]);
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Of a dense network so large that its code walks through tables.
#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn tables_cannot_make_it_panic() {
    let widths = [4, 64, 64, 2];
    let weights = 4 * 64 + 64 * 64 + 64 * 2;
    let mut ticket = default_ticket();
    ticket.params = (0..weights + 130)
        .map(|index| (index as f32).sqrt() - 30.5)
        .collect();
    ticket.mask = vec![true; weights];
    (ticket.initial, ticket.widths) = (None, widths.to_vec());
    let (table, _) = samples(&ticket).expect("samples");
    // As for a board with less flash.
    let mut small = *board("qemu-m4");
    small.flash.length = 64 << 10;
    let sources = Sources::new(&ticket, &table, &small).expect("code");
    let code = std::fs::read_to_string(sources.path().join("ticket.rs")).expect("code");
    assert!(code.contains("static "), "{code}");
    let output = proof(board("qemu-m4"), Some(sources.path()), &[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn a_planted_panic_does_not_link() {
    let output = proof(board("qemu-m4"), None, &["--cfg", "planted_panic"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        text.contains("undefined symbol: the_classify_path_can_panic"),
        "{text}"
    );
}
