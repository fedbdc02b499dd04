//! From rows to an answer: what all seeds together say, level by level, and in words.
//!
//! The numbers come from [`crate::statistics`]. `findings` is what is found of `imp` at each level and over all;
//! `evidence` what stands beside it: `arms`, `risks`, `dense`, `crossed` and `overlaps` have a part each. `answer` says it
//! in words, `table` has the cells of its table, `page` is HTML, and `summary` is JSON for other programs.

mod answer;
mod arms;
mod crossed;
mod dense;
mod evidence;
mod findings;
mod overlaps;
mod page;
mod risks;
mod summary;
mod table;
#[cfg(test)]
mod testing;

pub use answer::answer;
pub use arms::{AgainstImp, ArmFindings, arms_legend, arms_table, p_value, points};
pub use crossed::{Parts, Variance};
pub use dense::TaskEquivalence;
pub use evidence::Evidence;
pub use findings::{Best, Findings, LevelFindings, Share};
pub use overlaps::{BetweenArms, BetweenSeeds, Overlaps};
pub use page::page;
pub use risks::{Point, Risks};
pub use summary::summary;
pub use table::{Table, interval, table};
