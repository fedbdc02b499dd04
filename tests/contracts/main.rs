//! Contracts: what the parts of the project promise each other, one module each.
//!
//! `cargo test -p tombola-tests golden` runs the numbers that other programs computed, and nothing else.

mod allocation;
mod bad_input;
mod bits;
mod cases;
mod divergence;
mod golden;
mod gradient;
mod masks;
mod program;
mod runs;
mod support;
mod tolerance;
mod twin;
