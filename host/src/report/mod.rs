//! From rows to an answer: what all seeds together say, level by level, and in words.
//!
//! `statistics` has the numbers, `findings` what is found at each level and over all, `answer` says it in words,
//! `table` shows it in a terminal, `page` as HTML, and `summary` as JSON for other programs.

mod answer;
mod findings;
mod page;
mod statistics;
mod summary;
mod table;

pub use answer::answer;
pub use findings::{Best, Findings, LevelFindings, SOLVED, Share};
pub use page::page;
pub use statistics::wilson;
pub use summary::{reason, summary};
pub use table::table;
