//! Writes the pages that people open: the report of a run, and the playground, which needs none.
//!
//! A page is one file that needs nothing else: its text, its pictures, a small script, and the core as a WebAssembly module,
//! which draws lotteries again while one looks ([`crate::live`]). What needs no drawing stands there without it. `shell` puts
//! a page together, `payload` is what its script is given, `explorer` is the ticket to play with, which both pages have,
//! `report`, `sweep` and `playground` are the pages, `form` has the playground's settings, `methods` says how the numbers came about.
//! Style, scripts and module lie in `live/page`.

mod explorer;
mod form;
mod methods;
mod payload;
mod playground;
mod report;
mod shell;
mod sweep;
#[cfg(test)]
mod tests;

pub use playground::playground;
pub use report::{Run, reads_files, report};
pub use sweep::sweep;
