//! Kernels of a dense layer, which visit every weight, pruned or not.
//!
//! Each kernel works on a tile: a few outputs by a few blocks of 16 samples, or by a few inputs, whose partial sums stay
//! in registers while the sum runs. Tiles follow each other so that what they read again is still in the cache. How a
//! matrix is cut changes no bit: every sum keeps its own order.
//!
//! There is no closure around a vector here: it would be a function of its own, compiled without the vector unit that
//! its caller is compiled for.

mod forward;
mod to_inputs;
mod to_weights;

pub(crate) use forward::Forward;
pub(crate) use to_inputs::BackwardToInputs;
pub(crate) use to_weights::BackwardToWeights;

/// Outputs, or inputs, of a tile.
const ROWS: usize = 4;
