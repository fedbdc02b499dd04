//! A circle within a circle.

use core::f32::consts::PI;

use super::deal::halves;
use super::{INPUT_COUNT, Kind};
use crate::data::Range;
use crate::data::parameter::parameters;

parameters! {
    /// A circle within a circle
    ///
    /// As scikit-learn's `make_circles`: class 0 on the unit circle, class 1 on one of radius `factor`, at angles evenly
    /// spaced over `0..2π`.
    pub struct Circles = "circles" {
        /// Standard deviation added to each input
        pub noise: f32 = 0.05 in Range::NotNegative,
        /// The inner radius over the outer
        pub factor: f32 = 0.5 in Range::InsideOne,
    }
}

impl Kind for Circles {
    fn noise(&self) -> f32 {
        self.noise
    }

    fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16) {
        let (class, position, size) = halves(index, count);
        let t = 2.0 * PI * position as f32 / size as f32;
        let radius = if class == 0 { 1.0 } else { self.factor };
        ([radius * libm::cosf(t), radius * libm::sinf(t)], class)
    }
}
