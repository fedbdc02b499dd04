//! Inference: the logits of a pruned network, for a batch or for one sample, its layers compressed where that is faster.

mod batch;
mod sample;

pub use batch::BatchPredictor;
pub use sample::SamplePredictor;
