//! Makes an answer from the rows of all seeds: counts and tests, tables, sentences and JSON.
//!
//! The numbers come from [`crate::statistics`]. `findings` counts what `imp` came to at each level and over all;
//! `evidence` gathers the rest, of which `arms`, `risks`, `dense`, `crossed` and `overlaps` compute a part each; `truth` says what outputs
//! depend on.
//! `criterion` decides what is solved and which level is singled out, `difference` tests paired seeds, and `beside` has the
//! columns of a table of arms, all three for [`crate::compare`], too. `answer` says it in words, `table` has the cells of
//! the levels, and `summary` is JSON for other programs. [`crate::page`] makes an HTML page of it.

mod answer;
mod arms;
mod beside;
mod criterion;
mod crossed;
mod dense;
mod difference;
mod evidence;
mod findings;
mod overlaps;
mod risks;
mod summary;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod truth;

#[cfg(feature = "program")]
pub(crate) use answer::losable;
pub use answer::{STOPS_ON_TEST, answer};
pub use arms::{ArmFindings, NotFinite, arms_table};
pub use beside::{ArmShares, arm_cells, arm_columns, arms_legend, difference_cells};
pub use criterion::Criterion;
pub(crate) use criterion::{TicketRow, singled_out};
pub use crossed::{Parts, Variance};
pub use dense::TaskEquivalence;
pub use difference::Difference;
pub(crate) use difference::{Holds, correct};
pub use evidence::Evidence;
pub use findings::{Best, Findings, First, LevelFindings, Share};
pub use overlaps::{BetweenArms, BetweenSeeds, Overlaps};
pub use risks::{Point, Risks};
#[cfg(feature = "program")]
pub(crate) use summary::sparsest;
pub use summary::summary;
pub use table::{MAJORITY, Table, table};
#[cfg(feature = "program")]
pub(crate) use table::{interval, percent};
pub use truth::TaskTruth;
