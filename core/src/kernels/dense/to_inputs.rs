//! The backward pass of a dense layer to its inputs.

use super::ROWS;
use crate::kernels::rows::{rows, rows_mut};
use crate::kernels::strips::{Strips, walk};
use crate::kernels::{blocks, has_room, load, takes_fours};
use crate::lanes::{Kernel, LANES, Lanes};

/// Turns the activations of the layer below, a hidden one, into its deltas, in place.
///
/// ```text
/// deltas (fan_out, padded), weights (fan_out, fan_in) -> activations (fan_in, padded)
/// for each input i and sample s:
///     d = +0.0
///     for o in 0..fan_out: d += weights[o, i] · deltas[o, s]
///     activations[i, s] = d where activations[i, s] > 0, else +0.0
/// ```
pub(crate) struct BackwardToInputs<'a> {
    /// `(outputs, inputs)`.
    pub(crate) weights: &'a [f32],
    pub(crate) deltas: &'a [f32],
    pub(crate) activations: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Kernel for BackwardToInputs<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let count = self.padded / LANES;
        walk::<L>(&mut self, count, takes_fours::<L>());
    }
}

impl Strips for BackwardToInputs<'_> {
    #[inline(always)]
    fn strip<L: Lanes, const B: usize>(&mut self, block: usize) {
        let (weights, deltas, padded) = (self.weights, self.deltas, self.padded);
        let fan_in = self.activations.len() / padded;
        let (mut unit, mut rest) = (0, &mut *self.activations);
        while has_room::<L>() && unit + ROWS <= fan_in {
            let now;
            (now, rest) = rest.split_at_mut(ROWS * padded);
            tile::<L, ROWS, B>(weights, fan_in, unit, deltas, now, padded, block);
            unit += ROWS;
        }
        for (unit, activation) in (unit..).zip(rows_mut(rest, padded)) {
            tile::<L, 1, B>(weights, fan_in, unit, deltas, activation, padded, block);
        }
    }
}

/// `I` units from `unit` on, for `B` blocks of samples, from block `block` on.
#[inline(always)]
fn tile<L: Lanes, const I: usize, const B: usize>(
    weights: &[f32],
    fan_in: usize,
    unit: usize,
    deltas: &[f32],
    activations: &mut [f32],
    padded: usize,
    block: usize,
) {
    let mut sums = [[L::splat(0.0); B]; I];
    for (row, delta) in rows(weights, fan_in).zip(rows(deltas, padded)) {
        let (row, delta) = (&row[unit..unit + I], &blocks(delta)[block..block + B]);
        let delta: [L; B] = load(delta);
        for (sums, &weight) in sums.iter_mut().zip(row) {
            let weight = L::splat(weight);
            for (sum, delta) in sums.iter_mut().zip(delta) {
                *sum = sum.add_product(weight, delta);
            }
        }
    }
    for (sums, activation) in sums.into_iter().zip(rows_mut(activations, padded)) {
        for (sum, to) in sums
            .into_iter()
            .zip(&mut activation.as_chunks_mut().0[block..block + B])
        {
            sum.where_positive(L::load(to)).store(to);
        }
    }
}
