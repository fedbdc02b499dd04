//! A ticket in integers, for cores without a floating-point unit: weights of 8 or 16 bits, activations of 16, sums of 32
//! that cannot overflow.
//!
//! Each unit is a sum of integers, `z = B + Σ W·q`, and its activation is `max(z, 0) >> s`. What stands for what: a unit of
//! an activation is some real number u, so that its value is u·q; a row's weights are `w·u/S`, rounded, and its bias is
//! `b/S`, where the row scale S is the least for which the weights have their bits and
//! `Σ |W|·max|q| + |B| < 2³¹`: then no sum overflows, in whichever order it is added up, whatever the inputs. A ReLU
//! commutes with a scale, so S·2^s is the unit of the activation, and no number is divided or multiplied but by weights.
//! The logits of a task are integers of one scale, so that classes are read from them as from floats.
//!
//! What bounds max|q| are the inputs, which are clamped to the range that they have in calibration data, and the bounds of
//! each sum that follow from it. Where they are far beyond what the calibration data makes of a unit, its activation is
//! clamped, too.
//!
//! In reading order: `calibration` has the ranges, `input` is how a raw input becomes an integer, `network` is what is
//! computed, `quantize` makes it of a ticket's [`Program`](crate::export::program::Program), and `effect` says what that
//! changes. What is exported, emulated and flashed is this network, see [`export`](crate::export).

mod calibration;
mod effect;
mod input;
mod network;
mod quantize;
#[cfg(test)]
mod tests;

pub use calibration::Calibration;
pub use effect::Effect;
pub use input::{Input, Source};
pub use network::{Answers, Network, Row, Term};
pub use quantize::quantize;

/// How many bits a weight has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// From −127 to 127.
    Eight,
    /// From −32767 to 32767.
    Sixteen,
}

impl Width {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Eight, Self::Sixteen];

    /// The number of bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }

    /// The greatest weight, whose negative is the least.
    pub const fn most(self) -> i32 {
        (1 << (self.bits() - 1)) - 1
    }
}

/// What may be chosen of a network in integers.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Bits of a weight.
    pub width: Width,
    /// What one step of an input that arrives as an integer is worth, in the raw inputs' unit: one number for all
    /// inputs, or one for each. Without it inputs are floats.
    pub input_scale: Option<Vec<f32>>,
}

/// 2^`exponent`, which is that of a normal number.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// What a step of an integer is worth that was made of a float by this power.
pub(crate) fn step(power: i32) -> f64 {
    power_of_two(-power)
}
