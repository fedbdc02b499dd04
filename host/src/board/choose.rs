//! From a name to a board.

use tombola_firmware::boards::{BOARDS, Board, find};

use crate::bad_input;
use crate::text::nearest;

/// The board that `--board` names.
///
/// # Errors
/// Bad input that names the nearest, or all.
pub fn board(name: &str) -> anyhow::Result<&'static Board> {
    named("--board ", name)
}

/// The board that somebody names; `by` stands before the name in messages.
///
/// # Errors
/// As [`board`].
pub fn named(by: &str, name: &str) -> anyhow::Result<&'static Board> {
    let names: Vec<&str> = BOARDS.iter().map(|board| board.name).collect();
    find(name).ok_or_else(|| match nearest(name, &names) {
        Some((nearest, _)) => bad_input!("{by}{name}: there is no such board; did you mean '{nearest}'?"),
        None => bad_input!(
            "{by}{name}: there is no such board; there are {}",
            names.join(", ")
        ),
    })
}
