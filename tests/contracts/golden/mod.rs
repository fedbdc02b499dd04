//! Compares the core with numbers that other programs computed: PyTorch, scikit-learn, numpy and networkx.
//!
//! The files come from a directory that may hold other cases tomorrow: nothing here knows a value or a count. One that is
//! missing, malformed or empty fails by its name, since a suite that skips it passes and has tested nothing.

mod datasets;
mod graphs;
mod jacobian;
mod pruning;
mod scores;
mod statistics;
mod structure;
mod training;
mod trajectory;

use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use serde::de::DeserializeOwned;

/// The contents of one file of cases.
pub(crate) fn read<T: DeserializeOwned>(name: &str) -> T {
    read_from(&directory(), name).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks every case of a file that is a list of them.
fn check_file<T: DeserializeOwned>(name: &str, check: impl Fn(&T)) {
    each(name, &read::<Vec<T>>(name), check);
}

/// Where the cases are: the directory that `TOMBOLA_GOLDEN` names, or the one beside this package's manifest.
pub(crate) fn directory() -> PathBuf {
    match env::var_os("TOMBOLA_GOLDEN") {
        Some(directory) => {
            let directory = PathBuf::from(directory);
            assert!(
                directory.is_absolute(),
                "TOMBOLA_GOLDEN names an absolute path, not {}",
                directory.display()
            );
            directory
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"),
    }
}

/// Reads one JSON file.
fn read_from<T: DeserializeOwned>(directory: &Path, name: &str) -> Result<T, String> {
    let path = directory.join(name);
    let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Which weights survive, from the rows of a mask.
fn survivors(mask: &[Vec<u8>]) -> Vec<bool> {
    mask.iter().flatten().map(|&survives| survives == 1).collect()
}

/// Says which case was being checked, should a check in it fail.
struct Within(String);

impl Drop for Within {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("within {}", self.0);
        }
    }
}

/// Runs `check` on every case, of which there must be one.
fn each<T>(name: &str, cases: &[T], check: impl Fn(&T)) {
    assert!(!cases.is_empty(), "{name} holds no case");
    for (index, case) in cases.iter().enumerate() {
        let _within = Within(format!("{name}, case {index}"));
        check(case);
    }
}

#[test]
fn a_missing_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = read_from::<Vec<u8>>(directory.path(), "absent.json").unwrap_err();
    assert!(error.contains("absent.json"), "{error}");
}

#[test]
fn a_malformed_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    for text in ["", "[1, 2", "{}", "[true]", "[1] 2"] {
        fs::write(directory.path().join("broken.json"), text).unwrap();
        let error = read_from::<Vec<u8>>(directory.path(), "broken.json").unwrap_err();
        assert!(error.contains("broken.json"), "{error}");
    }
}

#[test]
#[should_panic(expected = "empty.json holds no case")]
fn a_file_without_cases_fails() {
    each("empty.json", &[0; 0], |_| ());
}
