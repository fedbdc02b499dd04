//! Numbers that other programs computed: PyTorch, scikit-learn, numpy and networkx. Without them we would agree with
//! ourselves and be wrong.
//!
//! The files come from a directory that may hold other cases tomorrow: nothing here knows a value or a count.

mod datasets;
mod pruning;
mod structure;
mod training;
mod trajectory;

use serde::de::DeserializeOwned;

use crate::cases;

/// The contents of one file of cases.
fn read<T: DeserializeOwned>(name: &str) -> T {
    cases::read(&cases::directory(), name).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks every case of a file that is a list of them.
fn each<T: DeserializeOwned>(name: &str, check: impl Fn(&T)) {
    cases::each(name, &read::<Vec<T>>(name), check);
}
