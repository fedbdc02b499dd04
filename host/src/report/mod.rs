//! From rows to an answer: what all seeds together say, level by level, and in words.
//!
//! The numbers come from [`crate::statistics`]: `findings` what is found at each level and over all, `answer` says it in words,
//! `table` has the cells of its table, `page` is HTML, and `summary` is JSON for other programs.

mod answer;
mod findings;
mod page;
mod summary;
mod table;

pub use answer::answer;
pub use findings::{Best, Findings, LevelFindings, SOLVED, Share};
pub use page::page;
pub use summary::summary;
pub use table::{Table, table};
