//! The null distribution of a network's structure: what it is in 100 random rewirings that keep every neuron's degrees.

use rand_core::Rng;
use tombola::{Mask, Mlp, Structure, Task, Verdict};

use super::rewire::rewire;
use super::splits;

/// How many rewirings there are.
pub(super) const COUNT: u32 = 100;

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

/// What the rewirings of a mask are like. `draw` gives the random numbers of a rewiring, numbered from 1.
pub(super) fn counts<R: Rng>(
    net: Mlp<'_>,
    tasks: &[Task<'_>],
    mask: &Mask<'_>,
    draw: impl Fn(u32) -> R,
) -> Counts {
    let original: Vec<_> = (0..net.weight_count())
        .map(|weight| mask.survives(weight))
        .collect();
    let mut survives = original.clone();
    let mut bits = vec![0; net.mask_len()];
    let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
    let mut counts = Counts::default();
    for number in 1..=COUNT {
        survives.copy_from_slice(&original);
        rewire(net, &mut survives, &mut draw(number));
        let mask = Mask::from_fn(net, &mut bits, |weight| survives[weight]);
        let structure = Structure::of(net, tasks, &mask, &mut memory);
        counts.independent += u32::from(structure.is_independent());
        counts.separated += u32::from(structure.verdict() == Verdict::Separated);
        counts.split += u32::from(splits(&structure));
    }
    counts
}
