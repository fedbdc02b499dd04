//! Tests the contracts between the crates, one module each.
//!
//! `cargo test -p tombola-tests golden` runs the numbers that other programs computed, and nothing else. Pages in a browser
//! are tested with `--features browser`, as in `tests/run`.

mod allocation;
mod bad_input;
mod bits;
mod divergence;
mod elsewhere;
mod export;
mod firmware;
mod founding;
mod golden;
mod gradient;
mod images;
mod import;
mod inference;
mod integers;
mod live;
mod machines;
mod masks;
mod outside;
mod packed;
mod program;
mod random;
mod reference;
mod runs;
mod scores;
mod shards;
mod sheets;
mod support;
#[expect(
    clippy::disallowed_methods,
    reason = "what the core is compared with is computed by other means"
)]
mod tolerance;
mod train;
mod twin;
#[cfg(all(unix, feature = "browser"))]
mod web;
