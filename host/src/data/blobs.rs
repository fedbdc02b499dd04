//! One cloud for each class: the easiest task with more than two classes.

use core::f32::consts::PI;

use rand_core::Rng;
use tombola::random::Normal;

use super::deal::deal;

/// Clouds around centers that are evenly spaced on the unit circle: point `i` is of class `c = i mod C`, its center is
/// `(cos 2πc/C, sin 2πc/C)`, and normal noise is added to both coordinates.
#[derive(Clone, Debug)]
pub struct Blobs {
    noise: f32,
    class_count: usize,
    count: usize,
    normal: Normal,
}

impl Blobs {
    /// `count` points in `class_count` clouds of this standard deviation.
    pub fn new(count: usize, noise: f32, class_count: usize) -> Self {
        Self {
            noise,
            class_count,
            count,
            normal: Normal::default(),
        }
    }

    /// Writes the two coordinates of a point and returns its class.
    ///
    /// # Panics
    /// If `point` does not hold two coordinates.
    pub fn point(&mut self, index: usize, point: &mut [f32], rng: &mut impl Rng) -> u16 {
        let (class, _, _) = deal(index, self.count, self.class_count);
        let angle = 2.0 * PI * f32::from(class) / self.class_count as f32;
        let exact = [libm::cosf(angle), libm::sinf(angle)];
        point.copy_from_slice(&exact.map(|x| x + self.noise * self.normal.draw(rng)));
        class
    }
}
