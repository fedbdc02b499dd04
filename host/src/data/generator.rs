//! The core's synthetic task of a task's settings.

use tombola::data::{Blobs, Circles, Moons, Spirals, Synthetic, Xor};

use crate::experiment::Kind;

/// `None` for a CSV file.
pub(super) fn synthetic(kind: &Kind) -> Option<Synthetic> {
    Some(match *kind {
        Kind::Moons { noise } => Moons { noise }.into(),
        Kind::Circles { noise, factor } => Circles { noise, factor }.into(),
        Kind::Xor { noise } => Xor { noise }.into(),
        Kind::Blobs { noise, classes } => Blobs { noise, classes }.into(),
        Kind::Spirals {
            noise,
            classes,
            turns,
        } => Spirals {
            noise,
            classes,
            turns,
        }
        .into(),
        Kind::Csv { .. } => return None,
    })
}
