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

/// The share of a layer's weights, in percent, up to which it is compressed when it works on batches.
pub(crate) fn most_for_batches<L: Lanes>(batch: usize) -> impl Fn(usize, usize) -> usize {
    let padded = padded(batch);
    move |fan_in, fan_out| {
        let floats = (fan_in + fan_out) * padded;
        if L::REGISTERS < 32 {
            return match floats.div_ceil(1 << 10) {
                0..=20 => MOST,
                21..=64 => 70,
                _ => 52,
            };
        }
        match floats.div_ceil(1 << 10) {
            _ if padded < 4 * LANES => 35,
            0..=20 => 65,
            21..=64 => 45,
            _ => 30,
        }
    }
}

/// The same for single samples. A dense layer computes 16 outputs side by side, a compressed one weight by weight.
pub(crate) fn most_for_one<L: Lanes>() -> impl Fn(usize, usize) -> usize {
    move |_, fan_out| {
        if L::REGISTERS == 0 {
            MOST
        } else {
            (100 * fan_out / padded(fan_out)).div_ceil(20)
        }
    }
}
