//! Compares shares of seeds, paired by seed, and tests their differences.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::statistics::{SIGNIFICANCE, holm, mcnemar};

/// Of each seed that has a row, whether something holds for it.
pub(crate) type Holds = BTreeMap<u64, bool>;

/// A difference between two shares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// This share less the other, over the pairs, or where nothing is paired, over the seeds of each; `None` without any.
    pub difference: Option<f64>,
    /// Seeds that have both rows.
    pub pairs: usize,
    /// Of the pairs, those in which it holds here only.
    pub only_here: usize,
    /// Of the pairs, those in which it holds there only.
    pub only_there: usize,
    /// Exact McNemar test, two-sided; `None` without pairs.
    pub p: Option<f64>,
    /// Corrected for all tests of a family (Holm): those of the arms of a run, or those of all arms with the first run.
    pub p_holm: Option<f64>,
}

impl Difference {
    /// Over the seeds that are in both. Not yet corrected.
    pub(crate) fn paired(here: &Holds, there: &Holds) -> Self {
        let pairs = here
            .iter()
            .filter_map(|(seed, here)| Some((*here, *there.get(seed)?)));
        let count = |pair| pairs.clone().filter(|&found| found == pair).count();
        let (only_here, only_there) = (count((true, false)), count((false, true)));
        let pairs = pairs.clone().count();
        Self {
            difference: (0 < pairs).then(|| (only_here as f64 - only_there as f64) / pairs as f64),
            pairs,
            only_here,
            only_there,
            p: (0 < pairs).then(|| mcnemar(only_here, only_there)),
            p_holm: None,
        }
    }

    /// Over other seeds here than there: no pairs tell anything about chance.
    pub(crate) fn unpaired(here: &Holds, there: &Holds) -> Self {
        let count = |holds: &Holds| holds.values().filter(|holds| **holds).count();
        let share = |holds: &Holds| (!holds.is_empty()).then(|| count(holds) as f64 / holds.len() as f64);
        Self {
            difference: share(here).zip(share(there)).map(|(here, there)| here - there),
            pairs: 0,
            only_here: 0,
            only_there: 0,
            p: None,
            p_holm: None,
        }
    }

    /// Whether the corrected test tells the two apart.
    pub(crate) fn is_told_apart(&self) -> bool {
        self.p_holm.is_some_and(|p| p < SIGNIFICANCE)
    }
}

/// Corrects the p values of a family of tests. What has no pairs is not tested, and does not belong to it.
pub(crate) fn correct<'a>(family: impl Iterator<Item = &'a mut Difference>) {
    let mut family: Vec<_> = family.filter(|difference| difference.p.is_some()).collect();
    let p: Vec<f64> = family.iter().filter_map(|difference| difference.p).collect();
    for (difference, corrected) in family.iter_mut().zip(holm(&p)) {
        difference.p_holm = Some(corrected);
    }
}
