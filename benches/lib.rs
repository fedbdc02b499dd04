//! Provides what the benchmarks share: networks, batches, masks and the memory of a lottery; the operations that are timed; and
//! the report of where sparse kernels overtake dense ones.

mod case;
pub mod crossover;
pub mod masks;
pub mod operation;
mod workload;

pub use case::{Case, share};
/// Two tasks with a logistic output each.
pub use tombola_firmware::founding::TASKS;
use tombola_host::memory::{self, Aligned};
pub use workload::{Workload, lottery};

/// Zeros that begin at a cache line, as the program's own memory does.
///
/// # Panics
/// If there is no memory.
pub fn aligned<T: Clone + Default>(len: usize) -> Aligned<T> {
    memory::aligned(len).expect("memory for a benchmark")
}

/// What must be equal: −0.0 is not +0.0, and a NaN is itself.
pub fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|float| float.to_bits()).collect()
}
