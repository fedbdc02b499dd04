//! Computes the statistics of a report: pure functions of numbers, each with its source in its doc.
//!
//! A result is the same on every machine: sums have a fixed order, and logarithms and exponentials come from `libm`.
//! Distributions that statrs has are computed here all the same where statrs takes the machine's own logarithm; tests
//! compare the two.

mod competing;
mod equivalence;
mod holm;
mod mcnemar;
mod quantile;
mod resampled;
mod student;
mod variance;
mod wilson;

pub use competing::{Cause, Incidence, Observation, Step, cumulative_incidence};
pub use equivalence::{Equivalence, equivalence};
pub use holm::holm;
pub use mcnemar::mcnemar;
pub use quantile::quantile;
pub use resampled::bootstrap_shares;
pub use student::{critical_value, upper_tail};
pub use variance::{Shares, variance_shares};
pub use wilson::wilson;

/// 97.5 % of a standard normal distribution lie below it: half the width of a 95 % interval, in standard errors.
const Z: f64 = 1.959_963_984_540_054;

/// A p value below it is called a finding.
pub const SIGNIFICANCE: f64 = 0.05;
