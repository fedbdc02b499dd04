//! Two half circles that reach into each other.

use core::f32::consts::PI;

use super::deal::halves;
use super::{INPUT_COUNT, Kind};
use crate::data::Range;
use crate::data::parameter::parameters;

parameters! {
    /// Two half circles that reach into each other
    ///
    /// As scikit-learn's `make_moons`: class 0 is `(cos t, sin t)`, class 1 `(1 − cos t, ½ − sin t)`, with `t` evenly
    /// spaced over `0..=π`.
    pub struct Moons = "moons" {
        /// Standard deviation added to each input
        pub noise: f32 = 0.1 in Range::NotNegative,
    }
}

impl Kind for Moons {
    fn noise(&self) -> f32 {
        self.noise
    }

    fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16) {
        let (class, position, size) = halves(index, count);
        let t = PI * position as f32 / size.saturating_sub(1).max(1) as f32;
        let (sin, cos) = (libm::sinf(t), libm::cosf(t));
        let point = if class == 0 {
            [cos, sin]
        } else {
            [1.0 - cos, 0.5 - sin]
        };
        (point, class)
    }
}
