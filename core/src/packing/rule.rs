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
//! with kernels that took half as long again for backward passes of 16 samples, and a fifth more for those of 64. On an AMD
//! EPYC (Zen 5), which has twice the dense speed, with those of today:
//!
//! | width, batch | floats of a layer | AVX-512 at 80 %, 65 %, 50 %, 35 % | AVX2 at 80 %, 65 %, 50 %, 35 % |
//! |---|---|---|---|
//! | 32, 16 | 1 Ki | 1.11, 0.98, 0.82, 0.61 | 0.97, 0.80, 0.66, 0.51 |
//! | 32, 64 | 4 Ki | 0.98, 0.85, 0.70, 0.53 | 0.87, 0.73, 0.60, 0.45 |
//! | 256, 16 | 8 Ki | 1.24, 0.95, 0.83, 0.60 | 0.99, 0.81, 0.64, 0.47 |
//! | 128, 64 | 16 Ki | 1.07, 0.88, 0.69, 0.49 | 0.89, 0.73, 0.56, 0.40 |
//! | 256, 64 | 32 Ki | 1.63, 1.16, 0.81, 0.52 | 1.19, 0.91, 0.64, 0.42 |
//! | 256, 256 | 128 Ki | 2.68, 1.81, 1.50, 0.90 | 1.42, 1.17, 0.93, 0.60 |
//!
//! Forward and backward of one layer of 784 by 392 and batches of 512 (588 Ki) took it 1.09 at 30 % on AVX-512 and 0.95 at
//! 50 % on AVX2, with the kernels before those of the first table. Thresholds lie between the two machines.
//!
//! The dense kernel reads each activation for four weights, the compressed one for one. So what decides is how far off
//! the activations are, and whether there are registers for wide dense tiles.

use crate::kernels::has_room;
use crate::lanes::{LANES, Lanes, WINDOW, padded};

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

/// Whether to compress a layer that is trained on batches.
pub(super) fn pays_in_batches<L: Lanes>(batch: usize) -> impl Fn(Shape) -> bool {
    pays::<L>(batch, 60)
}

/// Whether to compress a layer that only goes forward. Where batches are so small that folds are most of a dense layer's
/// backward pass, it has less to gain: 0.7 times as fast at 50 %, as fast at 30 %.
pub(super) fn pays_forward<L: Lanes>(batch: usize) -> impl Fn(Shape) -> bool {
    pays::<L>(batch, 40)
}

/// The rule for batches; of small ones up to `small` percent of a layer's weights.
fn pays<L: Lanes>(batch: usize, small: usize) -> impl Fn(Shape) -> bool {
    let padded = padded(batch);
    move |layer| {
        let kibi = ((layer.fan_in + layer.fan_out) * padded).div_ceil(1 << 10);
        let most = match (32 <= L::REGISTERS, kibi) {
            (false, 0..=20) => MOST,
            (false, 21..=64) => 70,
            (false, 65..=256) => 60,
            (false, _) => 52,
            (true, _) if padded < 4 * LANES => small,
            // A dense tile of few outputs reads each activation for few weights, too.
            (true, _) if layer.fan_out < 4 => 65,
            (true, 0..=8) => MOST,
            (true, 9..=20) => 70,
            (true, 21..=48) => 50,
            (true, 49..=256) => 40,
            (true, _) => 30,
        };
        100 * layer.weights <= most * layer.fan_in * layer.fan_out
    }
}

/// Whether to compress a layer that works on single samples.
///
/// A dense layer works on 16 outputs at a time and skips inputs of zero, which half are after a ReLU; where there are few
/// outputs, the others wait for the last addition. A compressed one works on 16 rows at a time, too, and takes a step for
/// each weight of the longest of them, and more, because a step reads 32 inputs only: with a share `d` of the weights
/// 19 d / (9 + 10 d) steps an input, which is within a tenth of what rows of 256 random weights took from 5 to 100 %. Portable
/// lanes go weight by weight. Nanoseconds on an AMD EPYC (Zen 5), the machine shared with other work:
///
/// | | AVX-512 | AVX2 | portable |
/// |---|---|---|---|
/// | a step; a weight | 0.45 | 2.0 | 0.36 |
/// | the first step of a window, in addition | 0.7 | 0 | – |
/// | 16 weights of a dense layer, half of them skipped | 0.25 | 0.28 | 0.45 |
/// | the same once they leave the cache of the second level | 0.38 | 0.42 | 0.65 |
pub(super) fn pays_for_one<L: Lanes>() -> impl Fn(Shape) -> bool {
    |layer| {
        let groups = layer.fan_out.div_ceil(LANES);
        let vectors = layer.fan_in * groups;
        let (of_step, of_window, near, far) = match L::REGISTERS {
            32.. => (45, 70, 25, 38),
            8.. => (200, 0, 28, 42),
            _ => (0, 0, 45, 65),
        };
        let of_vector = if vectors <= 0x2000 { near } else { far };
        let dense = (of_vector * vectors).max(37 * layer.fan_in * groups.div_ceil(4)) + 400;
        let rows = layer.outputs.div_ceil(LANES);
        let all = layer.outputs * layer.fan_in;
        let steps = (rows * layer.fan_in * 19 * layer.weights) / (9 * all + 10 * layer.weights).max(1);
        let compressed = if has_room::<L>() {
            let windows = rows * layer.fan_in.div_ceil(WINDOW / 2);
            of_step * steps + of_window * windows + 500 * rows
        } else {
            36 * layer.weights + 100 * layer.outputs
        };
        compressed <= dense
    }
}
