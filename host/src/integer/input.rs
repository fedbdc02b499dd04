//! How a raw input becomes the integer that the network computes with.

use super::calibration::Range;
use super::power_of_two;
use crate::bad_input;

/// What raw inputs arrive as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// A float `x`: its integer is x·2^`power`, without its fraction.
    Float {
        /// From −126 to 126.
        power: i32,
    },
    /// An integer, from a sensor: it is shifted after it was clamped.
    Whole {
        /// What one step of it is worth.
        scale: f32,
        /// How many bits are dropped.
        shift: u32,
    },
}

/// How one raw input becomes an activation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input {
    /// What arrives.
    pub source: Source,
    /// The integer is clamped to what it is at least in the calibration data,
    pub least: i32,
    /// and at most,
    pub most: i32,
    /// and this is taken away.
    pub middle: i32,
}

/// Integers before they are clamped are less than 2³⁰, so that whatever is out of range can be told from them.
const LARGEST: f64 = (1 << 30) as f64;

impl Input {
    /// For a float whose range is this, as an activation of at most `cap`. `None` where it is too small for that.
    pub(super) fn float(range: Range, cap: i32) -> Option<Self> {
        let (magnitude, half) = (range.magnitude(), (range.most - range.least) / 2.0);
        // With the middle of its range at 0, it has one bit more at least.
        let centers = 2.0 * half <= magnitude;
        let fits = |power: i32| {
            let scale = power_of_two(power);
            let held = if centers { half } else { magnitude };
            // One more, for what the middle is rounded by.
            held * scale + 1.0 < f64::from(cap) && magnitude * scale < LARGEST - 1.0
        };
        let power = (-126..=126).rev().find(|&power| fits(power))?;
        let source = Source::Float { power };
        let whole = |raw: f64| source.whole(raw as f32);
        let (least, most) = (whole(range.least), whole(range.most));
        if range.least < range.most && power == 126 && most - least < 128 {
            return None;
        }
        let middle = if centers { least + (most - least) / 2 } else { 0 };
        Some(Self {
            source,
            least,
            most,
            middle,
        })
    }

    /// For an integer, of which a step is worth `scale`, whose range times that is this. `None` where it has too many bits.
    pub(super) fn whole(range: Range, scale: f32, cap: i32) -> Option<Self> {
        if LARGEST * f64::from(scale) <= range.magnitude() {
            return None;
        }
        let whole = |raw: f64| (Source::Whole { scale, shift: 0 }).whole(raw as f32);
        let (least, most) = (whole(range.least), whole(range.most));
        let centers = most - least <= least.abs().max(most.abs());
        let middle = if centers { least + (most - least) / 2 } else { 0 };
        let held = (most - middle).max(middle - least);
        let shift = (0..32).find(|shift| held >> shift < cap)?;
        let source = Source::Whole { scale, shift };
        Some(Self {
            source,
            least,
            most,
            middle,
        })
    }

    /// The activation for a raw input.
    pub fn activation(&self, raw: f32) -> i32 {
        let inside = self.source.whole(raw).clamp(self.least, self.most) - self.middle;
        match self.source {
            Source::Float { .. } => inside,
            Source::Whole { shift, .. } => inside >> shift,
        }
    }

    /// Whether a raw input is in the calibrated range, so that it is not clamped.
    pub fn holds(&self, raw: f32) -> bool {
        (self.least..=self.most).contains(&self.source.whole(raw))
    }

    /// The least and the greatest activation.
    pub(super) fn bounds(&self) -> (i32, i32) {
        let shift = match self.source {
            Source::Float { .. } => 0,
            Source::Whole { shift, .. } => shift,
        };
        (
            (self.least - self.middle) >> shift,
            (self.most - self.middle) >> shift,
        )
    }

    /// The raw input of activation 0, and what one step of an activation is worth.
    pub(super) fn zero_and_unit(&self) -> (f64, f64) {
        match self.source {
            Source::Float { power } => {
                let unit = power_of_two(-power);
                (f64::from(self.middle) * unit, unit)
            }
            Source::Whole { scale, shift } => {
                let (scale, step) = (f64::from(scale), f64::from(1_u32 << shift));
                // What is dropped is half of the most that it can be, on average.
                (
                    (f64::from(self.middle) + (step - 1.0) / 2.0) * scale,
                    step * scale,
                )
            }
        }
    }
}

impl Source {
    /// The integer of a raw input before it is clamped: as a sensor has it, or of a float without its fraction, where 0 is
    /// that of NaN and what 32 bits do not hold is as large as they are.
    pub fn whole(self, raw: f32) -> i32 {
        match self {
            // Exact but for numbers of far below 1, and those beyond all ranges.
            Self::Float { power } => (raw * power_of_two(power) as f32) as i32,
            Self::Whole { scale, .. } => (f64::from(raw) / f64::from(scale)).round() as i32,
        }
    }
}

/// The scale of each of `count` inputs, from one for all or one for each.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if there are others, or one is no scale.
pub(super) fn scales(given: &[f32], count: usize) -> anyhow::Result<Vec<f32>> {
    if let Some(scale) = given.iter().find(|scale| !scale.is_normal() || **scale < 0.0) {
        return Err(bad_input!(
            "--input-scale {scale:?}: what a step of an input is worth is a number above 0, such as 0.01"
        ));
    }
    match given {
        [scale] => Ok(vec![*scale; count]),
        _ if given.len() == count => Ok(given.to_vec()),
        _ => Err(bad_input!(
            "--input-scale has {} numbers, and the ticket has {count} inputs; give one for all, or one for each",
            given.len()
        )),
    }
}
