//! What `classify` does with a frame cannot panic: a program says so by linking.

use std::process::{Command, Output};

use tombola_firmware::boards::Board;

use super::{board, checkout};

/// Builds the proof for a board.
fn proof(board: &Board, flags: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        .args([
            "rustc",
            "--package",
            "tombola-firmware",
            "--bin",
            "proof",
            "--profile",
            "firmware",
        ])
        .args(["--target", board.core.target, "--config"])
        .arg(format!(
            "target.{}.rustflags=['-C','target-cpu={}']",
            board.core.target, board.core.cpu
        ))
        .arg("--")
        .args(flags)
        .current_dir(checkout().root())
        .env("TOMBOLA_BOARD", board.name)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo starts")
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn the_classify_path_cannot_panic() {
    for name in ["qemu-m4", "qemu-m7", "qemu-m33", "qemu-m0"] {
        let output = proof(board(name), &[]);
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn a_planted_panic_does_not_link() {
    let output = proof(board("qemu-m4"), &["--cfg", "planted_panic"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        text.contains("undefined symbol: the_classify_path_can_panic"),
        "{text}"
    );
}
