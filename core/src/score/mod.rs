//! Scores of weights: what [`crate::Mask::prune_least`] prunes by, where that is not the magnitude.

mod inverted;

pub use inverted::inverted;
