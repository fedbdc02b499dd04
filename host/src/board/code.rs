//! Writes the folder of generated code that a build of the firmware is pointed at.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;
use tombola_firmware::boards::Board;
use tombola_firmware::digest::of_bytes;

use super::fit::{Code, flash};
use crate::export::{assembly, integer};
use crate::integer::{Network, Source};
use crate::predict::Table;
use crate::ticket::Ticket;

/// Rows that are compiled in.
const EXAMPLES: usize = 32;

/// A folder with a ticket's code and its examples.
#[derive(Debug)]
pub struct Sources {
    folder: TempDir,
    /// What a board with this code in it says its code is.
    pub code: u64,
}

impl Sources {
    /// Writes the folder, with code that fits a board's flash. It has kernels for the Cortex-M4F in it; the build takes
    /// the form that suits the board's core.
    ///
    /// # Errors
    /// If the ticket cannot be said as code, or the folder not be written.
    pub fn new(ticket: &Ticket, table: &Table, board: &Board) -> anyhow::Result<Self> {
        let code = assembly::source(ticket, flash(&Code::of(ticket)?, board)?)?;
        Self::with(&code, table)
    }

    /// The same of a network in integers, in about the flash that is free on the board.
    ///
    /// # Errors
    /// As of [`Sources::new`].
    pub fn of_integers(network: &Network, table: &Table, board: &Board) -> anyhow::Result<Self> {
        let code = integer::rust_source(network, flash(&Code::Integers(network), board)?)?;
        Self::of(&code, &examples(table, network.sensor().as_deref()))
    }

    /// Writes the folder, with this code.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn with(code: &str, table: &Table) -> anyhow::Result<Self> {
        Self::of(code, &examples_source(table))
    }

    fn of(code: &str, examples: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text)
                .context("cannot write to the temporary folder; check TMPDIR")
        };
        write("ticket.rs", code)?;
        write("examples.rs", examples)?;
        Ok(Self {
            code: of_bytes(code.as_bytes()),
            folder,
        })
    }

    /// The same with a network for the program `learn`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn with_network(self, network: &str) -> anyhow::Result<Self> {
        fs::write(self.folder.path().join("network.rs"), network)
            .context("cannot write to the temporary folder; check TMPDIR")?;
        Ok(Self {
            code: of_bytes(network.as_bytes()),
            ..self
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path within the folder for the program that is built.
    pub fn image(&self) -> PathBuf {
        self.folder.path().join("image.elf")
    }
}

/// The first rows of a table as a module of constants: raw inputs, and the classes where there are labels.
pub fn examples_source(table: &Table) -> String {
    examples(table, None)
}

/// The same, with inputs as a sensor has them, where there is one.
fn examples(table: &Table, sensor: Option<&[Source]>) -> String {
    let count = table.row_count().min(EXAMPLES);
    let mut text =
        "//! Samples that the ticket is tried on.\n\nuse super::ticket::{INPUT_COUNT, TASK_COUNT};\n\n"
            .to_owned();
    let mut list = |doc: &str, name: &str, kind: &str, row: &dyn Fn(usize) -> String| {
        let _ = writeln!(text, "/// {doc}\npub static {name}: [[{kind}]; {count}] = [");
        for number in 0..count {
            let _ = writeln!(text, "    [{}],", row(number));
        }
        text.push_str("];\n");
    };
    match sensor {
        None => list("Raw inputs, as bits.", "INPUTS", "f32; INPUT_COUNT", &|row| {
            let floats = table.inputs(row).iter().map(|&x| float(x));
            floats.collect::<Vec<_>>().join(", ")
        }),
        Some(sources) => list("Inputs.", "INPUTS", "i32; INPUT_COUNT", &|row| {
            let wholes = sources.iter().zip(table.inputs(row));
            let wholes = wholes.map(|(source, &raw)| source.whole(raw).to_string());
            wholes.collect::<Vec<_>>().join(", ")
        }),
    }
    list(
        "Classes, where they are known.",
        "LABELS",
        "Option<u16>; TASK_COUNT",
        &|row| {
            let labels = table.labels(row).map(|label| match label {
                Some(class) => format!("Some({class})"),
                None => "None".to_owned(),
            });
            labels.collect::<Vec<_>>().join(", ")
        },
    );
    text
}

/// A float, as bits.
fn float(x: f32) -> String {
    let bits = x.to_bits();
    format!("f32::from_bits(0x{:04x}_{:04x})", bits >> 16, bits & 0xFFFF)
}
