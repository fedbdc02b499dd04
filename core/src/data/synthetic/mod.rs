//! Synthetic tasks: the kinds of points that can be drawn, each in a file of its own.
//!
//! To add one, write a file beside `xor.rs` with its parameters and points, and name it in three lines here: hosts read
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
pub use spirals::Spirals;
pub use xor::Xor;

use super::{Columns, Parameter, fill};
use crate::random::{Normal, Part, Purpose, Seed, stream};

kinds! { Moons, Circles, Xor, Blobs, Spirals }

/// Inputs of a synthetic task.
pub const INPUT_COUNT: usize = 2;

/// Points in the plane, each of a class, to whose coordinates normal noise is added.
pub trait Kind: Copy {
    /// How many classes there are, at most 1024.
    fn class_count(&self) -> usize {
        2
    }

    /// On how many of its inputs, from the first on, the class depends; the others are noise.
    fn relevant_inputs(&self) -> usize {
        INPUT_COUNT
    }

    /// Standard deviation of the noise.
    fn noise(&self) -> f32;

    /// The point with this index of so many, before noise, and its class. Classes differ by at most one point.
    fn exact(&self, index: usize, count: usize) -> ([f32; INPUT_COUNT], u16);

    /// Draws one part of a task into its columns, by a stream of its own.
    ///
    /// `inputs` is row-major `(samples, input_count)`, `classes` row-major `(samples, task_count)`, `order` scratch with
    /// one entry per sample. Each task shuffles by itself, so that a sample's classes are independent of each other.
    ///
    /// # Panics
    /// If a length is wrong.
    fn draw(
        self,
        columns: &Columns,
        (seed, part): (impl Into<Seed>, Part),
        inputs: &mut [f32],
        classes: &mut [u16],
        order: &mut [u32],
    ) {
        let (count, task) = (order.len(), columns.task as u32);
        let mut rng = stream(seed, Purpose::Data { task, part });
        let mut normal = Normal::default();
        fill(columns, inputs, classes, order, &mut rng, |index, point, rng| {
            let (exact, class) = self.exact(index, count);
            point.copy_from_slice(&exact.map(|x| x + self.noise() * normal.draw(rng)));
            class
        });
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

            fn relevant_inputs(&self) -> usize {
                match self { $(Self::$kind(kind) => kind.relevant_inputs()),+ }
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
