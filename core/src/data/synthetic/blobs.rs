//! One cloud for each class: the easiest task with more than two classes.

use core::f32::consts::PI;

use super::deal::deal;
use super::{INPUT_COUNT, Kind};
use crate::data::Range;
use crate::data::parameter::parameters;

parameters! {
    /// One cloud for each class
    ///
    /// The centers are evenly spaced on the unit circle: point `i` is of class `c = i mod C`, its center is
    /// `(cos 2πc/C, sin 2πc/C)`.
    pub struct Blobs = "blobs" {
        /// Standard deviation added to each input
        pub noise: f32 = 0.2 in Range::NotNegative,
        /// Classes, a cloud or an arm each
        pub classes: usize = 3 in Range::Whole(2, 1024),
    }
}

impl Kind for Blobs {
    fn class_count(&self) -> usize {
        self.classes
    }

    /// The centers of two clouds differ in their first input alone.
    fn relevant_inputs(&self) -> usize {
        if self.classes == 2 { 1 } else { INPUT_COUNT }
    }

    fn noise(&self) -> f32 {
        self.noise
    }

    fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16) {
        let (class, _, _) = deal(index, count, self.classes);
        let angle = 2.0 * PI * f32::from(class) / self.classes as f32;
        ([libm::cosf(angle), libm::sinf(angle)], class)
    }
}
