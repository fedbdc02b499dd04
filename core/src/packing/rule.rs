//! The rules by which a layer is compressed: where that was measured to be faster. A wrong guess costs time, never a bit.
//!
//! Measured on an Intel Xeon (Cascade Lake), a step of gradient and Adam of 4-w-w-2, time compressed by time dense:
//!
//! | width, batch | floats of a layer | AVX-512 at 80 %, 65 %, 50 %, 35 % | AVX2 at 80 %, 65 %, 50 %, 35 % |
//! |---|---|---|---|
//! | 32, 16 | 1 Ki | 1.52, 1.27, 1.00, 0.80 | 1.35, 1.10, –, 0.72 |
//! | 32, 64 | 4 Ki | 0.93, 0.86, 0.59, 0.51 | 0.76, 0.66, –, 0.39 |
//! | 128, 64 | 16 Ki | 1.09, 0.72, 0.64, 0.49 | 0.79, 0.70, 0.46, 0.37 |
//! | 256, 64 | 32 Ki | 1.47, 1.01, 0.72, 0.50 | 0.93, 0.75, 0.57, 0.36 |
//! | 256, 256 | 128 Ki | 1.28, 1.11, 0.84, 0.58 | 1.11, 0.86, 0.67, 0.45 |
//!
//! and, with kernels that were slower by a tenth, forward and backward of one layer of 784 by 392 and batches of 512 (588 Ki)
//! on an AMD EPYC (Zen 5): 1.81 and 1.09 at 50 % and 30 % on AVX-512, 0.95 and 0.55 on AVX2. That CPU has twice the dense
//! speed, so thresholds lie a little below where this one breaks even.
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
    /// Active outputs: those from which a path leads to an output of the network.
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
            (false, 65..=256) => 60,
            (false, _) => 52,
            (true, _) if padded < 4 * LANES => 40,
            // A dense tile of few outputs reads each activation for few weights, too.
            (true, _) if layer.fan_out < 4 => 65,
            (true, 0..=8) => MOST,
            (true, 9..=20) => 70,
            (true, 21..=64) => 50,
            (true, 65..=256) => 40,
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
