//! Finds a ticket's inputs and classes in a file, by the names that both have: whoever predicts on data or trains on it
//! goes by the same rules.
//!
//! `names` says what a ticket's inputs and labels are called, `columns` finds them in a file, `labels` finds a class by its
//! label.

mod columns;
mod labels;
mod names;

pub use columns::Matching;
pub(crate) use columns::{Columns, in_file_of, some};
pub(crate) use labels::{Known, expected};
