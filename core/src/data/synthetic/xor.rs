//! Four corners, of which the opposite ones share a class: no single unit can tell the classes apart.

use super::deal::deal;
use super::{INPUT_COUNT, Kind};
use crate::data::Range;
use crate::data::parameter::parameters;

/// The corners in turn, counterclockwise: each second one has coordinates of different sign and is class 1.
const CORNERS: [[f32; INPUT_COUNT]; 4] = [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]];

parameters! {
    /// Four corners, of which the opposite ones share a class
    ///
    /// Exclusive or: a quarter of the points at each of (±1, ±1), class 1 where the signs differ.
    pub struct Xor = "xor" {
        /// Standard deviation added to each input
        pub noise: f32 = 0.2 in Range::NotNegative,
    }
}

impl Kind for Xor {
    fn noise(&self) -> f32 {
        self.noise
    }

    fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16) {
        let (corner, _, _) = deal(index, count, CORNERS.len());
        (CORNERS[usize::from(corner)], corner % 2)
    }
}
