//! A circle inside a circle.

use core::f32::consts::PI;

use rand_core::Rng;

use super::halves;
use crate::random::Normal;

/// Two circles as in scikit-learn's `make_circles`: class 0 on the unit circle, class 1 on one of radius `factor`, at
/// angles evenly spaced over `0..2π`, and normal noise is added to both coordinates.
#[derive(Clone, Debug)]
pub struct Circles {
    noise: f32,
    factor: f32,
    count: usize,
    normal: Normal,
}

impl Circles {
    /// `count` points, half of each class, with noise of this standard deviation.
    pub fn new(count: usize, noise: f32, factor: f32) -> Self {
        Self {
            noise,
            factor,
            count,
            normal: Normal::default(),
        }
    }

    /// Writes the two coordinates of a point and returns its class.
    ///
    /// # Panics
    /// If `point` does not hold two coordinates.
    pub fn point(&mut self, index: usize, point: &mut [f32], rng: &mut impl Rng) -> u16 {
        let (class, position, size) = halves(index, self.count);
        let t = 2.0 * PI * position as f32 / size as f32;
        let radius = if class == 0 { 1.0 } else { self.factor };
        let exact = [radius * libm::cosf(t), radius * libm::sinf(t)];
        point.copy_from_slice(&exact.map(|x| x + self.noise * self.normal.draw(rng)));
        class
    }
}
