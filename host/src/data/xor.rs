//! Four clouds, the opposite ones of one class: no single unit can tell them apart.

use rand_core::Rng;
use tombola::random::Normal;

use super::deal::deal;

/// The corners in turn, counterclockwise: each second one has coordinates of different sign and is class 1.
const CORNERS: [[f32; 2]; 4] = [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]];

/// Exclusive or: points at the four corners (±1, ±1), a quarter at each, class 1 where the signs differ, and normal
/// noise is added to both coordinates.
#[derive(Clone, Debug)]
pub struct Xor {
    noise: f32,
    count: usize,
    normal: Normal,
}

impl Xor {
    /// `count` points with noise of this standard deviation.
    pub fn new(count: usize, noise: f32) -> Self {
        Self {
            noise,
            count,
            normal: Normal::default(),
        }
    }

    /// Writes the two coordinates of a point and returns its class.
    ///
    /// # Panics
    /// If `point` does not hold two coordinates.
    pub fn point(&mut self, index: usize, point: &mut [f32], rng: &mut impl Rng) -> u16 {
        let (corner, _, _) = deal(index, self.count, CORNERS.len());
        let exact = CORNERS[usize::from(corner)];
        point.copy_from_slice(&exact.map(|x| x + self.noise * self.normal.draw(rng)));
        corner % 2
    }
}
