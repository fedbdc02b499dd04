//! Two half circles that reach into each other.

use core::f32::consts::PI;

use rand_core::Rng;

use super::halves;
use crate::random::Normal;

/// Two moons as in scikit-learn's `make_moons`: class 0 is `(cos t, sin t)`, class 1 `(1 − cos t, ½ − sin t)`, with `t`
/// evenly spaced over `0..=π`, and normal noise is added to both coordinates.
#[derive(Clone, Debug)]
pub struct Moons {
    noise: f32,
    count: usize,
    normal: Normal,
}

impl Moons {
    /// `count` points, half of each class, with noise of this standard deviation.
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
        let (class, position, size) = halves(index, self.count);
        let t = PI * position as f32 / size.saturating_sub(1).max(1) as f32;
        let (sin, cos) = (libm::sinf(t), libm::cosf(t));
        let exact = if class == 0 {
            [cos, sin]
        } else {
            [1.0 - cos, 0.5 - sin]
        };
        point.copy_from_slice(&exact.map(|x| x + self.noise * self.normal.draw(rng)));
        class
    }
}
