//! Pruned networks as PyTorch saved them once, so that they are imported where PyTorch is not installed, too.

use std::fs;

use tempfile::TempDir;

use super::{Case, wrong};
use crate::golden;

#[test]
fn imported_logits_are_those_that_pytorch_computed_once() {
    let cases: Vec<Case> = golden::read("networks.json");
    let home = TempDir::new().expect("a temporary directory");
    for case in &cases {
        let stored = golden::directory().join(&case.file);
        fs::copy(stored, home.path().join(&case.file)).expect("a file beside the cases");
        let [ours, theirs, count] = wrong(home.path(), case, 0.0);
        assert_eq!([ours, theirs], [0, 0], "{}: of {count} logits", case.name);
        // A bias that is wrong by a thousandth is seen in the logit it is in.
        let [ours, theirs, count] = wrong(home.path(), case, 1e-3);
        assert!(ours.min(theirs) * case.logits[0].len() == count, "{}", case.name);
    }
    assert!(!cases.is_empty());
}
