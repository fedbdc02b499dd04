//! When a compressed layer beats a dense one. A wrong guess costs time, never a bit.
//!
//! Measured on an AMD EPYC (Zen 5), forward and backward of one layer, time compressed by time dense:
//!
//! | layer, batch | floats | AVX-512 at 50 %, 30 % | AVX2 at 50 %, 30 % |
//! |---|---|---|---|
//! | 32 by 32, 16 | 1 Ki | 1.54, 0.95 | 0.90, 0.57 |
//! | 32 by 32, 64 | 4 Ki | 0.94, 0.60 | 0.65, 0.40 |
//! | 128 by 128, 64 | 16 Ki | 0.95, 0.58 | 0.63, 0.38 |
//! | 256 by 256, 64 | 32 Ki | 1.15, 0.65 | 0.71, 0.41 |
//! | 256 by 256, 256 | 128 Ki | 1.55, 0.88 | 0.94, 0.51 |
//! | 784 by 392, 512 | 588 Ki | 1.81, 1.09 | 0.95, 0.55 |
//!
//! A training step gains a little more than that from compression, since the optimizer visits less and no gradient is
//! masked: of 4-32-32-2 with batches of 64, AVX-512 wins at 64 % and breaks even at 80 %, AVX2 wins at 80 %.
//!
//! The dense kernel reads each activation for four weights, the compressed one for one. So what decides is how far off
//! the activations are, and whether there are registers for wide dense tiles.

use crate::lanes::{LANES, Lanes, padded};

/// The greatest share that is ever compressed, in percent.
pub(super) const MOST: usize = 80;

/// What a rule knows of a layer.
pub(super) struct Shape {
    pub(super) fan_in: usize,
    pub(super) fan_out: usize,
    /// Outputs that some output of the network hears of.
    pub(super) outputs: usize,
    /// Surviving weights of those outputs.
    pub(super) weights: usize,
}

/// Whether to compress a layer that works on batches.
pub(super) fn pays_in_batches<L: Lanes>(batch: usize) -> impl Fn(Shape) -> bool {
    let padded = padded(batch);
    move |layer| {
        let kibi = ((layer.fan_in + layer.fan_out) * padded).div_ceil(1 << 10);
        let most = match (32 <= L::REGISTERS, kibi) {
            (false, 0..=20) => MOST,
            (false, 21..=64) => 70,
            (false, _) => 52,
            (true, _) if padded < 4 * LANES => 35,
            // A dense tile of few outputs reads each activation for few weights, too.
            (true, _) if layer.fan_out < 4 => 65,
            (true, 0..=20) => MOST,
            (true, 21..=64) => 45,
            (true, _) => 30,
        };
        100 * layer.weights <= most * layer.fan_in * layer.fan_out
    }
}

/// Whether to compress a layer that works on single samples: weight by weight, 0.45 ns each and 0.7 ns for an output,
/// where a dense one computes 16 outputs side by side in 0.35 ns an input, or more once its weights leave the cache of the
/// second level. So a layer of many outputs must be very sparse,
/// one of two outputs need not.
pub(super) fn pays_for_one<L: Lanes>() -> impl Fn(Shape) -> bool {
    |layer| {
        let vectors = layer.fan_in * layer.fan_out.div_ceil(LANES);
        let of_vector = match vectors {
            0..=0x2000 => 35,
            0x2001..=0x8000 => 43,
            _ => 64,
        };
        let dense = of_vector * vectors + 800;
        let compressed = 45 * layer.weights + 70 * layer.outputs;
        L::REGISTERS < 8 || compressed <= dense
    }
}
