//! Samples the null distribution of a network's structure: 100 random rewirings that keep every neuron's degrees.

use tombola::{Mask, Structure, Verdict};

use super::graph::Graph;
use super::rewire::{draw, rewire};
use super::{Subject, modularity, splits};
use crate::structure::verdict;

/// How many rewirings there are.
const COUNT: u32 = 100;

/// How many of the rewirings have a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// No subnetwork touches two tasks.
    pub(super) independent: u32,
    /// That, and nothing is lost.
    pub(super) separated: u32,
    /// Two subnetworks or more, and nothing is lost.
    pub(super) split: u32,
}

impl Counts {
    /// Of the rewirings of a mask.
    pub(super) fn of(subject: &Subject<'_>, mask: &Mask<'_>) -> Self {
        let mut counts = Self::default();
        each(subject, mask, |structure| {
            counts.independent += u32::from(structure.is_independent());
            counts.separated += u32::from(verdict(structure, subject.names) == Verdict::Separated);
            counts.split += u32::from(splits(structure, subject.names));
        });
        counts
    }
}

/// The modularities of the rewirings of which something is active.
#[derive(Default)]
pub(super) struct Modularities {
    /// Of the partition by task.
    pub(super) by_task: Vec<f64>,
    /// Of the best partition that is found.
    pub(super) best: Vec<f64>,
}

impl Modularities {
    /// Of the rewirings of a mask; none where there is nothing to rewire.
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let Subject { net, tasks, mask, .. } = *subject;
        let mut modularities = Self::default();
        if mask.remaining() == mask.weight_count() {
            return modularities;
        }
        each(subject, mask, |structure| {
            let graph = Graph::active(net, structure);
            modularities
                .by_task
                .extend(modularity::by_task(&graph, structure, tasks.len()));
            modularities
                .best
                .extend(modularity::best(&graph, structure, tasks.len()));
        });
        modularities
    }
}

/// Shows the structure of each rewiring of a mask.
fn each(subject: &Subject<'_>, mask: &Mask<'_>, mut look: impl FnMut(&Structure<'_>)) {
    let Subject { net, tasks, .. } = *subject;
    let original: Vec<_> = (0..net.weight_count())
        .map(|weight| mask.survives(weight))
        .collect();
    let mut survives = original.clone();
    let mut bits = vec![0; net.mask_len()];
    let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
    for number in 1..=COUNT {
        survives.copy_from_slice(&original);
        rewire(net, &mut survives, &mut draw(subject.seed, subject.level, number));
        let mask = Mask::from_fn(net, &mut bits, |weight| survives[weight]);
        look(&Structure::of(net, tasks, &mask, &mut memory));
    }
}
