//! Rewires a mask at random so that every neuron keeps its in- and out-degree.

use rand_core::Rng;
use tombola::Mlp;
use tombola::random::{Purpose, Seed, below, stream};

use crate::arm::REWIRED;

/// The random numbers of a rewiring of a seed's mask at a level. Draw 0 is the one that the arm `rewired` trains; 1 to
/// 100 are the null distribution of structure.
pub fn draw(seed: u64, level: u32, draw: u32) -> impl Rng {
    stream(Seed { seed, arm: REWIRED }, Purpose::Mask { level, draw })
}

/// How often an exchange is tried, for each weight that survives in a layer.
const ATTEMPTS: usize = 20;

/// Rewires a mask, one `bool` for each weight in flat order: as many weights survive at every neuron, towards the
/// inputs and towards the outputs, as before.
///
/// Layer by layer, two surviving weights a → b and c → d are drawn, 20 times for each that survives in the layer
/// (Maslov and Sneppen 2002, "Specificity and stability in topology of protein networks"), and become a → d and c → b
/// unless one of these survives already. A draw that changes nothing counts.
///
/// # Panics
/// If `mask` is not one `bool` for each weight.
pub fn rewire(net: Mlp<'_>, mask: &mut [bool], rng: &mut impl Rng) {
    assert_eq!(mask.len(), net.weight_count(), "one bool per weight");
    let mut edges = vec![];
    for layer in net.layers() {
        let mask = &mut mask[layer.weights];
        let fan_in = layer.fan_in as u32;
        edges.clear();
        let rows = (0..).step_by(layer.fan_in).zip(mask.chunks_exact(layer.fan_in));
        for (row, survives) in rows {
            // Where its row begins, and where it lies in it: each is all that is needed of a neuron.
            let survivors = (0..fan_in).zip(survives).filter(|&(_, &survives)| survives);
            edges.extend(survivors.map(|(column, _)| [row, column]));
        }
        let count = edges.len() as u32;
        for _ in 0..ATTEMPTS * edges.len() {
            let (first, second) = (below(count, rng) as usize, below(count, rng) as usize);
            let ([row, column], [other_row, other_column]) = (edges[first], edges[second]);
            let (new, other_new) = ((row + other_column) as usize, (other_row + column) as usize);
            // Where they share a neuron, what would be new is there already.
            if mask[new] || mask[other_new] {
                continue;
            }
            mask[(row + column) as usize] = false;
            mask[(other_row + other_column) as usize] = false;
            mask[new] = true;
            mask[other_new] = true;
            edges[first] = [row, other_column];
            edges[second] = [other_row, column];
        }
    }
}
