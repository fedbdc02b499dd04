//! The loops over floats. Whatever is summed over inputs, outputs or samples is summed here, in the order that the
//! arithmetic contract fixes; lengths were checked at the public door.
//!
//! Activations are stored unit by unit, the samples of one unit side by side: `(units, padded)`, where `padded` is the
//! batch filled up to whole lanes. All names below mean such matrices unless they say otherwise.

pub(crate) mod dense;
pub(crate) mod loss;
pub(crate) mod sparse;
