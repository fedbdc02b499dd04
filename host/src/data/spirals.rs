//! One arm for each class, wound around the others: a task that needs a large network.

use core::f32::consts::PI;

use rand_core::Rng;
use tombola::random::Normal;

use super::deal::deal;

/// Arms of a spiral: on arm `c` of `C`, at `t` evenly spaced over `0..1`, lies the point of radius `t` and angle
/// `2π·(turns·t + c/C)`, and normal noise is added to both coordinates. Points take turns: point `i` is on arm
/// `i mod C`.
#[derive(Clone, Debug)]
pub struct Spirals {
    noise: f32,
    class_count: usize,
    turns: f32,
    count: usize,
    normal: Normal,
}

impl Spirals {
    /// `count` points on `class_count` arms that go around the center `turns` times, with noise of this standard
    /// deviation.
    pub fn new(count: usize, noise: f32, class_count: usize, turns: f32) -> Self {
        Self {
            noise,
            class_count,
            turns,
            count,
            normal: Normal::default(),
        }
    }

    /// Writes the two coordinates of a point and returns its class.
    ///
    /// # Panics
    /// If `point` does not hold two coordinates.
    pub fn point(&mut self, index: usize, point: &mut [f32], rng: &mut impl Rng) -> u16 {
        let (class, position, size) = deal(index, self.count, self.class_count);
        let t = position as f32 / size as f32;
        let angle = 2.0 * PI * (self.turns * t + f32::from(class) / self.class_count as f32);
        let exact = [t * libm::cosf(angle), t * libm::sinf(angle)];
        point.copy_from_slice(&exact.map(|x| x + self.noise * self.normal.draw(rng)));
        class
    }
}
