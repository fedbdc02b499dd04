//! Holds the active part of a network as an undirected graph, in flat arrays.

use tombola::{Mlp, State, Structure};

/// Active neurons and weights. Neurons keep their numbers; those that are not active have no edge.
pub(super) struct Graph {
    /// All neurons of the network, active or not.
    pub(super) neuron_count: usize,
    /// The two neurons of each active weight, in flat order: where it comes from, where it goes to.
    pub(super) ends: Vec<[u32; 2]>,
    /// The flat index of each active weight.
    pub(super) weights: Vec<u32>,
    /// Where the arcs of each neuron begin in `arcs`; one more entry than there are neurons.
    starts: Vec<u32>,
    /// The arcs that leave each neuron: `2 · edge` along the weight, `2 · edge + 1` against it; ascending.
    arcs: Vec<u32>,
}

impl Graph {
    /// The active part of a structure.
    pub(super) fn active(net: Mlp<'_>, structure: &Structure<'_>) -> Self {
        let edges = (0..net.layer_count()).flat_map(|layer| structure.edges(layer));
        let active = edges.filter(|&edge| structure.edge_state(edge) == State::Active);
        let (mut ends, mut weights) = (vec![], vec![]);
        for edge in active {
            ends.push([edge.from as u32, edge.to as u32]);
            weights.push(edge.weight as u32);
        }
        Self::new(net.neuron_count(), ends, weights)
    }

    /// Lists the arcs of each neuron.
    fn new(neuron_count: usize, ends: Vec<[u32; 2]>, weights: Vec<u32>) -> Self {
        let mut starts = vec![0; neuron_count + 1];
        for &neuron in ends.as_flattened() {
            starts[neuron as usize + 1] += 1;
        }
        for neuron in 0..neuron_count {
            starts[neuron + 1] += starts[neuron];
        }
        let (mut free, mut arcs) = (starts.clone(), vec![0; 2 * ends.len()]);
        for (arc, &neuron) in (0..).zip(ends.as_flattened()) {
            let place = &mut free[neuron as usize];
            arcs[*place as usize] = arc;
            *place += 1;
        }
        Self {
            neuron_count,
            ends,
            weights,
            starts,
            arcs,
        }
    }

    /// Where the arcs of a neuron begin and end in [`Graph::arcs`].
    pub(super) fn range(&self, neuron: usize) -> [u32; 2] {
        [self.starts[neuron], self.starts[neuron + 1]]
    }

    /// All arcs, neuron by neuron.
    pub(super) fn arcs(&self) -> &[u32] {
        &self.arcs
    }

    /// The neuron that an arc leads to.
    pub(super) fn head(&self, arc: u32) -> usize {
        self.ends.as_flattened()[arc as usize ^ 1] as usize
    }
}
