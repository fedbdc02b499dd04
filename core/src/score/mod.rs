//! Scores of weights: what [`crate::Mask::prune_least`] prunes by, where that is not the magnitude.

mod inverted;
mod snip;
mod synflow;

pub use inverted::inverted;
pub use snip::snip;
pub use synflow::{synflow, synflow_prune};
