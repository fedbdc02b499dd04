//! The contracts that compare bits, for the engine of a browser: it has no files, threads and other programs, which the
//! others need.

mod bits;
mod inference;
mod machines;
mod masks;
#[expect(dead_code, reason = "what only the other contracts need")]
mod random;
#[expect(dead_code, reason = "what only the other contracts need")]
mod support;
