//! Kernels of a compressed layer, which visit its surviving weights alone. Sums run in the order of the dense kernels, less
//! the terms that are zero, so the bits are the same.

mod forward;
mod to_inputs;
mod to_weights;

pub(crate) use forward::Forward;
pub(crate) use to_inputs::BackwardToInputs;
pub(crate) use to_weights::BackwardToWeights;

use crate::kernels::blocks;
use crate::lanes::LANES;

/// `B` blocks from block `start` on.
#[inline(always)]
fn at<const B: usize>(blocks: &[[f32; LANES]], start: usize) -> &[[f32; LANES]; B] {
    blocks[start..].first_chunk().expect("rows are whole")
}

/// All blocks of a unit, where each has `B`.
#[inline(always)]
fn unit_of<const B: usize>(matrix: &[f32], unit: usize) -> &[[f32; LANES]; B] {
    &blocks(matrix).as_chunks().0[unit]
}
