//! Synthetic tasks: the kinds of points that can be drawn, each in a file of its own.
//!
//! To add one, write a file beside `xor.rs` with its parameters and points, and name it in two lines here: hosts read
//! its defaults, ranges and docs from there.

mod blobs;
mod circles;
mod deal;
mod moons;
mod spirals;
mod xor;

pub use blobs::Blobs;
pub use circles::Circles;
pub use moons::Moons;
use rand_core::Rng;
pub use spirals::Spirals;
pub use xor::Xor;

use super::Parameter;
use crate::random::Normal;

kinds! { Moons, Circles, Xor, Blobs, Spirals }

/// Inputs of a synthetic task.
pub const INPUT_COUNT: usize = 2;

/// Points in the plane, each of a class, to whose coordinates normal noise is added.
pub trait Kind: Copy {
    /// How many classes there are, at most 1024.
    fn class_count(&self) -> usize {
        2
    }

    /// Standard deviation of the noise.
    fn noise(&self) -> f32;

    /// The point with this index of so many, before noise, and its class. Classes differ by at most one point.
    fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16);

    /// `count` points, to be drawn one after the other.
    fn points(self, count: usize) -> Points<Self> {
        Points {
            kind: self,
            count,
            normal: Normal::default(),
        }
    }
}

/// The points of one part of a task, while they are drawn.
#[derive(Clone, Debug)]
pub struct Points<K> {
    kind: K,
    count: usize,
    normal: Normal,
}

impl<K: Kind> Points<K> {
    /// Writes the coordinates of a point and returns its class, as [`super::fill`] wants it.
    ///
    /// # Panics
    /// If `point` does not hold two coordinates.
    pub fn point(&mut self, index: usize, point: &mut [f32], rng: &mut impl Rng) -> u16 {
        let (exact, class) = self.kind.exact(index, self.count);
        let noise = self.kind.noise();
        point.copy_from_slice(&exact.map(|x| x + noise * self.normal.draw(rng)));
        class
    }
}

/// Makes one type of all kinds.
macro_rules! kinds {
    ($($kind:ident),+) => {
        /// A synthetic task of any kind, with its parameters.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Synthetic {$(
            #[doc = concat!("[`", stringify!($kind), "`].")]
            $kind($kind),
        )+}

        impl Synthetic {
            /// Every kind, with the defaults of its parameters.
            pub const ALL: &'static [Self] = &[$(Self::$kind($kind::DEFAULT)),+];

            /// As a file calls it.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$kind(_) => $kind::NAME),+ }
            }

            /// What it is, in one line without a full stop.
            pub const fn about(&self) -> &'static str {
                match self { $(Self::$kind(_) => $kind::ABOUT),+ }
            }

            /// Descriptions of its parameters.
            pub const fn parameters(&self) -> &'static [Parameter] {
                match self { $(Self::$kind(_) => $kind::PARAMETERS),+ }
            }

            /// The value of a parameter, exact in f64; `None` if the kind has none of that name.
            pub fn get(&self, parameter: &str) -> Option<f64> {
                match self { $(Self::$kind(kind) => kind.get(parameter)),+ }
            }

            /// Gives a parameter a value of its range, and says whether the kind has one of that name.
            pub fn set(&mut self, parameter: &str, value: f64) -> bool {
                match self { $(Self::$kind(kind) => kind.set(parameter, value)),+ }
            }
        }

        impl Kind for Synthetic {
            fn class_count(&self) -> usize {
                match self { $(Self::$kind(kind) => kind.class_count()),+ }
            }

            fn noise(&self) -> f32 {
                match self { $(Self::$kind(kind) => kind.noise()),+ }
            }

            fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16) {
                match self { $(Self::$kind(kind) => kind.exact(index, count)),+ }
            }
        }

        $(impl From<$kind> for Synthetic {
            fn from(kind: $kind) -> Self {
                Self::$kind(kind)
            }
        })+
    };
}

use kinds;

#[cfg(test)]
mod tests;
