//! A trained network that is asked, not trained any more. Without this module a pruned network would answer as slowly as
//! a dense one.

mod batch;
mod sample;

pub use batch::BatchPredictor;
pub use sample::SamplePredictor;
