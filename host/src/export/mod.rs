//! Exports a ticket as code or as a model for other runtimes.
//!
//! A ticket becomes a [`program::Program`] first: its active units alone, renumbered, each with the terms of its sum in
//! the order of the arithmetic contract. [`rust`] and [`c`] compute its bits; both are dialects of one walk over the
//! program. [`assembly`] is Rust with kernels for the Cortex-M4F. [`integer`] is both languages for cores without a
//! floating-point unit. [`onnx`] is the dense network for other runtimes, which
//! round as they like.
//!
//! In reading order: `program` is what is computed, `form` chooses between straight-line code and CSR, `halves` proves
//! where a ReLU takes two instructions, `names`, `literal`, `layout` and `about` make text, `dialect` walks, then the
//! formats. To add a format, write its file and its entry in [`FORMATS`]. [`package`] and [`cargo`] hand code on as folders
//! that other systems take, with [`answers`] that it is held to there. [`parts`] counts what code consists of, for an
//! estimate of its size.

mod about;
pub mod answers;
pub mod assembly;
pub mod c;
pub mod cargo;
mod dialect;
pub mod form;
mod halves;
pub mod integer;
mod layout;
mod literal;
mod names;
pub mod onnx;
pub mod package;
pub mod parts;
pub mod pipeline;
pub mod program;
pub mod rust;
#[cfg(test)]
mod tests;

use crate::integer::Network;
use crate::ticket::Ticket;
use crate::{IS_WHOLE, bad_input};

/// What a user may say of an export; each format takes some of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// Bytes of flash that the code may take.
    pub flash: Option<usize>,
    /// The core that the code is made fastest for.
    pub core: Option<Core>,
    /// What names begin with.
    pub prefix: Option<String>,
    /// The ticket in integers, which is what becomes code then.
    pub integer: Option<Network>,
}

/// A core that code can be made fastest for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Core {
    /// With kernels in assembly.
    CortexM4f,
}

/// A format that tickets are exported to.
#[derive(Debug)]
pub struct Format {
    /// As it is called in a command.
    pub name: &'static str,
    /// As it is called on a page.
    pub title: &'static str,
    /// What names of its files end with.
    pub ending: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// What it takes: names of the fields of [`Options`], of which others are ignored, and folders that it can be made.
    pub options: &'static [&'static str],
    /// Whether it is text.
    pub is_text: bool,
    /// Makes the content of a file.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that the format or the options do not
    /// allow.
    pub export: fn(&Ticket, &Options) -> anyhow::Result<Vec<u8>>,
}

/// All formats.
pub const FORMATS: &[Format] = &[
    Format {
        name: "rust",
        title: "Rust",
        ending: "rs",
        about: "A module without std, allocator or panic",
        options: &["flash", "core", "integer", "crate"],
        is_text: true,
        export: |ticket, options| {
            let source = match options.core {
                None if IS_WHOLE && let Some(network) = &options.integer => {
                    integer::rust_source(network, options.flash)
                }
                None if options.integer.is_some() => Err(no_integers()),
                None => rust::source(ticket, options.flash),
                Some(_) if !IS_WHOLE => {
                    Err(bad_input!("this build has no kernels of a core; leave core out"))
                }
                Some(_) if options.integer.is_some() => Err(bad_input!(
                    "kernels of a core are of floats, and integers are for cores without; leave out one of --core and --integer"
                )),
                Some(Core::CortexM4f) => assembly::source(ticket, options.flash),
            };
            Ok(source?.into_bytes())
        },
    },
    Format {
        name: "c",
        title: "C",
        ending: "h",
        about: "A header of C99",
        options: &["flash", "prefix", "integer", "package"],
        is_text: true,
        export: |ticket, options| {
            let prefix = options.prefix.as_deref().unwrap_or(c::PREFIX);
            let source = match &options.integer {
                Some(_) if !IS_WHOLE => Err(no_integers()),
                Some(network) => integer::c_source(network, options.flash, prefix),
                None => c::source(ticket, options.flash, prefix),
            };
            Ok(source?.into_bytes())
        },
    },
    Format {
        name: "onnx",
        title: "ONNX",
        ending: "onnx",
        about: "A model of opset 17, dense",
        options: &[],
        is_text: false,
        export: |ticket, _| onnx::model(ticket),
    },
];

/// What to say where a page's module is asked for what only the whole program writes.
fn no_integers() -> anyhow::Error {
    bad_input!("this build writes no code of integers; leave integer out")
}

/// The text of a ticket in the format of this name, which has one.
fn text(format: &str, ticket: &Ticket, options: &Options) -> anyhow::Result<String> {
    let mut formats = FORMATS.iter();
    let format = formats.find(|entry| entry.name == format).expect("a format");
    Ok(String::from_utf8((format.export)(ticket, options)?).expect("text"))
}
