//! The loops over floats: whatever is summed over inputs, outputs or samples is summed here, in the order that the
//! arithmetic contract fixes. Lengths were checked by the public functions.
//!
//! Activations are stored unit by unit, the samples of one unit side by side: `(units, padded)`, where `padded` is the
//! batch filled up to whole lanes. All names below mean such matrices unless they say otherwise. A *block* is 16 samples of
//! a unit, a *strip* a few blocks of every unit.

pub(crate) mod dense;
mod fold;
pub(crate) mod loss;
pub(crate) mod rows;
pub(crate) mod single;
pub(crate) mod sparse;
mod strips;

use crate::lanes::{LANES, Lanes};

/// One row of samples, 16 at a time.
#[inline(always)]
fn blocks(row: &[f32]) -> &[[f32; LANES]] {
    row.as_chunks().0
}

/// The vectors of `B` blocks.
#[inline(always)]
fn load<L: Lanes, const B: usize>(from: &[[f32; LANES]]) -> [L; B] {
    let mut vectors = [L::splat(0.0); B];
    for (vector, from) in vectors.iter_mut().zip(from) {
        *vector = L::load(from);
    }
    vectors
}

/// Whether the machine has vector registers at all. Without them 16 lanes fill the registers, and a tile is one vector.
#[inline(always)]
pub(crate) const fn has_vectors<L: Lanes>() -> bool {
    0 < L::REGISTERS
}

/// Whether it has some to spare, so that what is loaded can be used for several sums.
#[inline(always)]
pub(crate) const fn has_room<L: Lanes>() -> bool {
    8 <= L::REGISTERS
}

/// Whether the machine has registers for the partial sums of 16 vectors, and for what is added to them.
#[inline(always)]
pub(crate) const fn is_wide<L: Lanes>() -> bool {
    32 <= L::REGISTERS
}

/// Whether a dense kernel works on four blocks at a time, so that it looks for each weight once: with registers for the
/// sums of four outputs, or where there are none for those of several anyway.
#[inline(always)]
const fn takes_fours<L: Lanes>() -> bool {
    is_wide::<L>() || (has_vectors::<L>() && !has_room::<L>())
}
