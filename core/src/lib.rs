//! Finds lottery tickets in multilayer perceptrons, without an allocator and with the same bits on every machine.
//!
//! A *ticket* is a sparse subnetwork, with its initial weights, that trains to the accuracy of the whole network.
//! Iterative magnitude pruning finds one: train, prune the weights of least magnitude of all layers together, rewind
//! the rest to their initial values, repeat. This crate does all of that in memory that the caller owns: arrays on a
//! microcontroller, vectors on a host.
//!
//! # Example: a whole ticket
//!
//! ```
//! use core::ops::ControlFlow;
//! use tombola::data::{Circles, Columns, Kind, Moons};
//! use tombola::lanes::Portable;
//! use tombola::random::Part;
//! use tombola::{
//!     Data, Imp, Init, Lottery, Mlp, Outcome, Plan, Rewind, Rule, Samples, StopOn, Storage, Structure, Task, Training, Trajectory,
//! };
//!
//! const LOTTERY: Lottery = Lottery {
//!     net: Mlp::new(&[4, 8, 2]),
//!     tasks: &[
//!         Task { inputs: &[0, 1], outputs: &[0], weight: 1.0 },
//!         Task { inputs: &[2, 3], outputs: &[1], weight: 1.0 },
//!     ],
//!     training: Training {
//!         rule: Rule::adam(0.02), weight_decay: 0.0, l1: 0.0, batch: 20, epochs: 20,
//!         patience: None, stop_on: StopOn::Validation,
//!     },
//!     rewind: Rewind::Initial,
//!     train_count: 100,
//!     storage: Storage::Compressed,
//! };
//!
//! // Two moons and circles, side by side.
//! let (mut inputs, mut classes) = ([0.0; 100 * 4], [0; 100 * 2]);
//! Moons::DEFAULT.draw(&Columns::of_synthetic(0, 2), (7, Part::Train), &mut inputs, &mut classes, &mut [0; 100]);
//! Circles::DEFAULT.draw(&Columns::of_synthetic(1, 2), (7, Part::Train), &mut inputs, &mut classes, &mut [0; 100]);
//! let samples = Samples::new(&inputs, 4, &classes, 2);
//! let data = Data { train: samples, validation: samples, test: samples };
//!
//! // Train, prune a quarter of the weights, rewind the others, repeat: four levels from 48 weights on.
//! let plan = Plan {
//!     lottery: LOTTERY,
//!     trajectory: Trajectory::with_levels(48, 0.25, 3).unwrap(),
//!     init: Init::DEFAULT,
//!     network_seed: 7.into(),
//!     training_seed: 7.into(),
//! };
//! let (mut floats, mut words) = ([0.0; LOTTERY.float_count()], [0; LOTTERY.word_count()]);
//! let mut imp = Imp::new(plan, &mut floats, &mut words);
//! let mut left = vec![];
//! while let Some(Outcome::Finished(level)) = imp.next_level::<Portable>(&data, &mut |_| ControlFlow::Continue(())) {
//!     left.push(level.weights_left);
//! }
//! assert_eq!(left, [48, 36, 27, 20]);
//!
//! // What its structure says about its tasks.
//! let mut memory = [0; Structure::memory_len(LOTTERY.net, 2)];
//! let structure = Structure::of(LOTTERY.net, LOTTERY.tasks, imp.mask(), &mut memory);
//! println!("{}, {} weights active", structure.verdict().name(), structure.weight_counts().active);
//! ```
//!
//! # What it promises
//!
//! - It never allocates, does no I/O, holds no unsafe code, and fails only by a panic on a caller's wrong lengths.
//! - The same seed gives the same bits on any CPU and at any vector width ([`lanes`] has the rules).
//! - A pruned weight is exactly +0.0 whenever anyone can look: in parameters, gradients and optimizer state.
//!
//! # Features
//!
//! - `std`: the host's square-root instruction in place of libm's, and its vector instructions for random numbers.
//!   Changes no bit.
//! - `defmt`: public plain types derive `Format`, so that a board can log them.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "std"))]
extern crate std;

/// Asserts that two counts are the same. What `assert_eq!` would do, but for what it leaves in the image of a board: that
/// keeps the formatting of its sides, whatever the board does with a panic.
macro_rules! assert_same {
    ($count:expr, $wanted:expr, $what:literal $(,)?) => {
        match ($count, $wanted) {
            (count, wanted) => assert!(count == wanted, concat!($what, ": {}, not {}"), count, wanted),
        }
    };
}

mod apportion;
mod batch;
mod carve;
pub mod data;
pub mod digest;
mod evaluate;
mod forward;
mod gradient;
mod imp;
mod init;
mod kernels;
pub mod lanes;
mod mask;
pub mod math;
mod memory;
mod mlp;
mod optimizer;
mod order;
mod packing;
mod plan;
mod predict;
pub mod random;
mod score;
mod structure;
mod task;
mod train;
mod trajectory;

pub use apportion::apportion;
pub use batch::{Batch, BatchMemory, Samples};
pub use imp::Imp;
pub use init::{Init, InitialBiases, InitialWeights, kaiming_normal};
pub use kernels::loss::TaskScore;
pub use mask::Mask;
pub use mlp::{Layer, MAX_WIDTHS, Mlp};
pub use optimizer::{Optimizer, Rule};
pub use packing::Packing;
pub use plan::{Data, Epoch, Level, Lottery, Outcome, Plan, Rewind, StopOn, Storage, Training};
pub use predict::{BatchPredictor, SamplePredictor};
pub use score::{inverted, snip, synflow, synflow_prune};
pub use structure::{Edge, State, StateCounts, Structure, Verdict};
pub use task::{Task, tasks_fit};
pub use trajectory::{Trajectory, extended_width};
