//! Kernels of a compressed layer, which visit its surviving weights alone. Sums run in the order of the dense kernels, less
//! the terms that are zero, so the bits are the same.

mod backward;
mod forward;
mod to_inputs;
mod to_weights;

pub(crate) use backward::{Backward, Columns};
pub(crate) use forward::{Forward, Ordered};
pub(crate) use to_inputs::ToInputs;
pub(crate) use to_weights::ToWeights;

use core::slice::from_ref;

use crate::kernels::blocks;
use crate::lanes::LANES;

/// `B` blocks from block `start` on.
#[inline(always)]
fn at<const B: usize>(blocks: &[[f32; LANES]], start: usize) -> &[[f32; LANES]; B] {
    let blocks = if B == 1 {
        from_ref(&blocks[start])
    } else {
        &blocks[start..]
    };
    blocks.first_chunk().expect("rows are whole")
}

/// The `B` blocks of each unit.
#[inline(always)]
fn units<const B: usize>(matrix: &[f32]) -> &[[[f32; LANES]; B]] {
    blocks(matrix).as_chunks().0
}
