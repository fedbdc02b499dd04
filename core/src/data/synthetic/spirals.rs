//! One arm for each class, wound around the others: a task that needs a large network.

use core::f32::consts::PI;

use super::deal::deal;
use super::{INPUT_COUNT, Kind};
use crate::data::Range;
use crate::data::parameter::parameters;

parameters! {
    /// One arm for each class
    ///
    /// On arm `c` of `C`, at `t` evenly spaced over `0..1`, lies the point of radius `t` and angle
    /// `2π·(turns·t + c/C)`. Point `i` is on arm `i mod C`.
    pub struct Spirals = "spirals" {
        /// Standard deviation added to each input
        pub noise: f32 = 0.05 in Range::NotNegative,
        /// Classes, a cloud or an arm each
        pub classes: usize = 2 in Range::Whole(2, 1024),
        /// How often an arm goes around the center
        pub turns: f32 = 1.0 in Range::Positive,
    }
}

impl Kind for Spirals {
    fn class_count(&self) -> usize {
        self.classes
    }

    fn noise(&self) -> f32 {
        self.noise
    }

    fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16) {
        let (class, position, size) = deal(index, count, self.classes);
        let t = position as f32 / size as f32;
        let angle = 2.0 * PI * (self.turns * t + f32::from(class) / self.classes as f32);
        ([t * libm::cosf(angle), t * libm::sinf(angle)], class)
    }
}
