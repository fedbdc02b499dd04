//! On the board: the firmware's answers are the host's, bit for bit, and every failure on a board is reported.
//!
//! These tests need QEMU and Rust's targets for boards, which `tests/run` installs. A plain `cargo test` leaves them out
//! and says so.

mod boards;
mod classify;
mod commands;
mod costs;
mod default_ticket;
mod faults;
mod fit;
mod gdb;
mod hostile;
mod integer;
mod learn;
mod lottery;
mod probe;
mod proof;
mod walk;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use tempfile::TempDir;
use tombola_firmware::boards::{BOARDS, Board, Reach, find};
use tombola_host::board::build::{Build, Program};
use tombola_host::board::{Checkout, Image};
use tombola_host::ticket::Ticket;

/// The checkout that these tests are in.
pub(crate) fn checkout() -> Checkout {
    Checkout::around(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the tests are in a checkout")
}

/// The ticket that the firmware comes with.
fn default_ticket() -> Ticket {
    Ticket::read(&checkout().default_ticket()).expect("a ticket")
}

/// Boards that QEMU has.
fn emulated() -> impl Iterator<Item = &'static Board> {
    BOARDS
        .iter()
        .filter(|board| matches!(board.reach, Reach::Qemu { .. }))
}

/// The board of this name.
fn board(name: &str) -> &'static Board {
    find(name).expect("a board")
}

/// A program with the default ticket in it, built once.
fn image(program: Program, board: &Board) -> (PathBuf, Image) {
    type Built = HashMap<(&'static str, &'static str), PathBuf>;
    static BUILT: OnceLock<(TempDir, Mutex<Built>)> = OnceLock::new();
    let (home, built) = BUILT.get_or_init(|| (TempDir::new().expect("a folder"), Mutex::default()));
    let mut built = built.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let path = built.entry((program.name(), board.name)).or_insert_with(|| {
        let path = home.path().join(format!("{}-{}", program.name(), board.name));
        build(program, board, None, &path);
        path
    });
    (path.clone(), Image::read(path).expect("an image"))
}

/// Builds a program with a ticket's code in it.
fn build(program: Program, board: &Board, sources: Option<&Path>, to: &Path) {
    let build = Build {
        program,
        board,
        sources,
        stack: None,
    };
    if let Err(error) = build.run(&checkout(), to) {
        panic!("{} for {}: {error:#}", program.name(), board.name);
    }
}
