//! Builds tickets into the firmware, emulates and flashes it, and compares its answers with the host's.
//!
//! In reading order: `samples` draws what the ticket is tried on, `code` writes the ticket and the samples as the code
//! that is compiled in, `fit` says beforehand whether the board has room for it, `checkout` finds the firmware's
//! sources, `build` builds them, `image` looks at what came out and `log` at what it says. `session` speaks with the
//! board over a `wire`: `qemu`, or `probe`; a `transcript` writes down what goes over it. `teensy` only loads a board.
//! `compare` compares the answers with the host's. `lesson` is a ticket to be trained on a board, as code and on the host;
//! `teach` trains it there. `estimate` says what all that would take, without building it.

pub mod build;
mod checkout;
mod code;
mod compare;
pub mod estimate;
mod fit;
mod image;
mod lesson;
mod log;
pub mod probe;
pub mod qemu;
mod samples;
mod session;
mod teach;
pub mod teensy;
mod transcript;
mod wire;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::terminal;
use crate::text::visible;

pub use checkout::Checkout;
pub use code::{Sources, examples_source};
pub use compare::{Comparison, compare};
pub use fit::{check as check_fit, check_integers as check_fit_of_integers};
pub use image::Image;
pub use lesson::Course;
pub use probe::Probe;
pub use qemu::Qemu;
pub use samples::{founding_data, samples};
pub(crate) use samples::{raw_data, rows_as_table};
pub use session::Session;
pub use teach::{Epoch, teach};
pub use transcript::{Recorded, Transcript};
pub use wire::{Event, Wire};

/// Writes a line to standard error, legible whatever it holds; what cannot be written is lost, and no reason to stop.
pub fn note(line: impl Display) {
    let line = line.to_string();
    let line = terminal::fitted(&visible(&line), terminal::stderr());
    let _ = writeln!(io::stderr(), "{line}");
}

/// Checks that a program can be started and says its version; `not_started` says what to install.
fn check_program(program: &str, not_started: impl Fn(io::Error) -> anyhow::Error) -> anyhow::Result<()> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(not_started)?;
    if !output.status.success() {
        bail!(
            "{program} does not work: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
