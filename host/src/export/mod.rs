//! From a ticket to code. Without this module a ticket would be of use only where Tombola runs.
//!
//! A ticket becomes a [`program::Program`] first: its active units alone, renumbered, each with the terms of its sum
//! in the order that the arithmetic contract demands. Each format then says the same sums in its own words:
//! [`rust`] and [`c`] with the bits of the core, [`onnx`] for other runtimes, which round as they like. [`assembly`] is
//! Rust, too, with kernels for the Cortex-M4F in it.
//!
//! In reading order: `program` is what is computed, `halves` proves where a ReLU may be had for two instructions,
//! `form` chooses between straight-line code and compressed rows, `words` makes names and numbers, then the formats.

mod about;
pub mod assembly;
pub mod c;
pub mod form;
mod halves;
pub mod onnx;
pub mod program;
pub mod rust;
#[cfg(test)]
mod tests;
mod words;
