//! What a ticket's structure says about its tasks: which weights are active, and whether tasks share any.
//!
//! Neurons are nodes, surviving weights are edges. Neurons are counted from the inputs on, layer after layer.

mod sets;
mod state;

use sets::{contains, find, is_empty, unite_sets, words_per_set};
use state::state;
pub use state::{State, StateCounts, Verdict};

use crate::{Mask, Mlp, Task};

/// A neuron that is in no subnetwork.
const NONE: u32 = u32::MAX;

/// The structure of a ticket, in the caller's memory.
#[derive(Debug)]
pub struct Structure<'a> {
    net: Mlp<'a>,
    tasks: &'a [Task<'a>],
    mask: &'a Mask<'a>,
    /// Per neuron, the tasks whose inputs reach it: `words_per_set` words of bits.
    sources: &'a [u32],
    /// Per neuron, the tasks whose outputs it reaches.
    sinks: &'a [u32],
    /// Per neuron, the first neuron of its subnetwork, or [`NONE`].
    subnetworks: &'a [u32],
}

impl<'a> Structure<'a> {
    /// Length of the memory that [`Structure::of`] needs: two sets of tasks and one index per neuron.
    pub const fn memory_len(net: Mlp<'_>, task_count: usize) -> usize {
        net.neuron_count() * (2 * words_per_set(task_count) + 1)
    }

    /// Finds the structure.
    ///
    /// # Panics
    /// If `memory` is not [`Structure::memory_len`] long, the mask is that of another network, or a task has an input
    /// or output that does not exist.
    pub fn of(net: Mlp<'a>, tasks: &'a [Task<'a>], mask: &'a Mask<'a>, memory: &'a mut [u32]) -> Self {
        assert_same!(
            memory.len(),
            Self::memory_len(net, tasks.len()),
            "memory for every neuron"
        );
        assert_same!(
            mask.weight_count(),
            net.weight_count(),
            "the mask of this network"
        );
        let words = words_per_set(tasks.len());
        memory.fill(0);
        let (sources, memory) = memory.split_at_mut(net.neuron_count() * words);
        let (sinks, subnetworks) = memory.split_at_mut(net.neuron_count() * words);

        let first_output = net.first_neuron(net.layer_count());
        for (task, ports) in tasks.iter().enumerate() {
            assert!(
                ports.inputs.iter().all(|&input| input < net.input_count()),
                "every input of a task exists"
            );
            assert!(
                ports.outputs.iter().all(|&output| output < net.output_count()),
                "every output of a task exists"
            );
            let (word, bit) = (task / 32, 1 << (task % 32));
            ports
                .inputs
                .iter()
                .for_each(|&input| sources[input * words + word] |= bit);
            ports
                .outputs
                .iter()
                .for_each(|&output| sinks[(first_output + output) * words + word] |= bit);
        }
        for layer in 0..net.layer_count() {
            for edge in edges_of(net, mask, layer) {
                unite_sets(sources, words, edge.from, edge.to);
            }
        }
        for layer in (0..net.layer_count()).rev() {
            for edge in edges_of(net, mask, layer) {
                unite_sets(sinks, words, edge.to, edge.from);
            }
        }

        let active = |neuron| !is_empty(sources, words, neuron) && !is_empty(sinks, words, neuron);
        for (neuron, subnetwork) in subnetworks.iter_mut().enumerate() {
            *subnetwork = if active(neuron) { neuron as u32 } else { NONE };
        }
        for edge in (0..net.layer_count()).flat_map(|layer| edges_of(net, mask, layer)) {
            if active(edge.from) && active(edge.to) {
                let (a, b) = (find(subnetworks, edge.from), find(subnetworks, edge.to));
                // The lower one is the root, so that a subnetwork is named by its first neuron.
                subnetworks[a.max(b)] = a.min(b) as u32;
            }
        }
        for neuron in (0..subnetworks.len()).filter(|&neuron| active(neuron)) {
            subnetworks[neuron] = find(subnetworks, neuron) as u32;
        }
        Self {
            net,
            tasks,
            mask,
            sources,
            sinks,
            subnetworks,
        }
    }

    /// The network.
    pub const fn net(&self) -> Mlp<'a> {
        self.net
    }

    /// The tasks.
    pub const fn tasks(&self) -> &'a [Task<'a>] {
        self.tasks
    }

    /// The state of a neuron.
    pub fn neuron_state(&self, neuron: usize) -> State {
        let words = words_per_set(self.tasks.len());
        state(
            !is_empty(self.sources, words, neuron),
            !is_empty(self.sinks, words, neuron),
        )
    }

    /// The state of a surviving weight.
    pub fn edge_state(&self, edge: Edge) -> State {
        let words = words_per_set(self.tasks.len());
        state(
            !is_empty(self.sources, words, edge.from),
            !is_empty(self.sinks, words, edge.to),
        )
    }

    /// Whether an input of this task reaches the neuron.
    pub fn is_source(&self, task: usize, neuron: usize) -> bool {
        contains(self.sources, words_per_set(self.tasks.len()), neuron, task)
    }

    /// Whether the neuron reaches an output of this task.
    pub fn is_sink(&self, task: usize, neuron: usize) -> bool {
        contains(self.sinks, words_per_set(self.tasks.len()), neuron, task)
    }

    /// The subnetwork of a neuron, named by its first neuron, where the neuron is active.
    pub fn subnetwork_of(&self, neuron: usize) -> Option<usize> {
        Some(self.subnetworks[neuron])
            .filter(|&subnetwork| subnetwork != NONE)
            .map(|subnetwork| subnetwork as usize)
    }

    /// The subnetworks, the weakly connected components of the active part, each named by its first neuron.
    pub fn subnetworks(&self) -> impl Iterator<Item = usize> {
        (0..self.net.neuron_count()).filter(|&neuron| self.subnetworks[neuron] as usize == neuron)
    }

    /// Whether a subnetwork touches a task: one of its inputs or outputs.
    pub fn touches(&self, subnetwork: usize, task: usize) -> bool {
        let outputs = self.net.first_neuron(self.net.layer_count());
        let ports = &self.tasks[task];
        let neurons = ports
            .inputs
            .iter()
            .copied()
            .chain(ports.outputs.iter().map(|output| outputs + output));
        neurons
            .into_iter()
            .any(|neuron| self.subnetwork_of(neuron) == Some(subnetwork))
    }

    /// The surviving weights between a layer of neurons and the next, as edges, in flat order.
    pub fn edges(&self, layer: usize) -> impl Iterator<Item = Edge> {
        edges_of(self.net, self.mask, layer)
    }

    /// Neurons of one layer in each state; layer 0 holds the inputs.
    pub fn neuron_counts(&self, layer: usize) -> StateCounts {
        let first = self.net.first_neuron(layer);
        let neurons = first..first + self.net.widths()[layer];
        StateCounts::count(neurons.map(|neuron| self.neuron_state(neuron)))
    }

    /// Surviving weights in each state.
    pub fn weight_counts(&self) -> StateCounts {
        let edges = (0..self.net.layer_count()).flat_map(|layer| self.edges(layer));
        StateCounts::count(edges.map(|edge| self.edge_state(edge)))
    }

    /// Whether an input belongs to several tasks.
    pub fn shares_inputs(&self) -> bool {
        let words = words_per_set(self.tasks.len());
        // No weight leads to an input, so its set holds the tasks that it belongs to and no others.
        self.sources[..self.net.input_count() * words]
            .chunks_exact(words)
            .any(|tasks| 1 < tasks.iter().map(|word| word.count_ones()).sum::<u32>())
    }

    /// Whether no subnetwork touches two tasks. Tasks that share an input are never independent, not even where that
    /// input is lost.
    ///
    /// It is enough to look at neurons one by one. Along an active weight both sets can only keep a common task, so a
    /// subnetwork that touches two tasks has an active neuron that belongs to both.
    pub fn is_independent(&self) -> bool {
        let words = words_per_set(self.tasks.len());
        let neurons = self
            .sources
            .chunks_exact(words)
            .zip(self.sinks.chunks_exact(words))
            .zip(self.subnetworks);
        let mut active = neurons.filter(|&(_, &subnetwork)| subnetwork != NONE);
        !self.shares_inputs()
            && active.all(|((sources, sinks), _)| {
                sources
                    .iter()
                    .zip(sinks)
                    .map(|(source, sink)| (source | sink).count_ones())
                    .sum::<u32>()
                    == 1
            })
    }

    /// The verdict: degraded if something is lost, else separated if independent, else interconnected.
    pub fn verdict(&self) -> Verdict {
        self.verdict_where(|_| true)
    }

    /// The verdict where a ticket may lose inputs: it is degraded if an output is lost, or an input that `is_needed`.
    pub fn verdict_where(&self, is_needed: impl Fn(usize) -> bool) -> Verdict {
        let lost = (0..self.net.input_count())
            .any(|input| is_needed(input) && self.neuron_state(input) != State::Active);
        if lost || 0 < self.neuron_counts(self.net.layer_count()).dead() {
            Verdict::Degraded
        } else if self.is_independent() {
            Verdict::Separated
        } else {
            Verdict::Interconnected
        }
    }
}

/// A surviving weight, between two neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Edge {
    /// The neuron it comes from.
    pub from: usize,
    /// The neuron it goes to, in the next layer.
    pub to: usize,
    /// Its index in the flat buffer.
    pub weight: usize,
}

fn edges_of<'a>(net: Mlp<'a>, mask: &'a Mask<'a>, layer: usize) -> impl Iterator<Item = Edge> + 'a {
    let (inputs, outputs) = (net.first_neuron(layer), net.first_neuron(layer + 1));
    let layer = net.layer(layer);
    let edge = move |(position, weight)| Edge {
        from: inputs + position % layer.fan_in,
        to: outputs + position / layer.fan_in,
        weight,
    };
    layer
        .weights
        .enumerate()
        .filter(|&(_, weight)| mask.survives(weight))
        .map(edge)
}

#[cfg(test)]
mod tests {
    use super::{State, StateCounts, Structure, Verdict};
    use crate::{Mask, Mlp, Task};

    const NET: Mlp<'_> = Mlp::new(&[2, 3, 2]);
    const TASKS: [Task<'_>; 2] = [
        Task {
            inputs: &[0],
            outputs: &[0],
            weight: Task::ALIKE,
        },
        Task {
            inputs: &[1],
            outputs: &[1],
            weight: Task::ALIKE,
        },
    ];

    /// `weights` lists the surviving ones: 0..6 are (hidden, input), 6..12 are (output, hidden).
    fn check(weights: &[usize], look: impl Fn(&Structure<'_>)) {
        let mut bits = [0; NET.mask_len()];
        let mask = Mask::from_fn(NET, &mut bits, |weight| weights.contains(&weight));
        let mut memory = [7; Structure::memory_len(NET, 2)];
        look(&Structure::of(NET, &TASKS, &mask, &mut memory));
    }

    #[test]
    fn two_paths_side_by_side_are_separated() {
        check(&[0, 3, 6, 10], |structure| {
            assert_eq!(structure.verdict(), Verdict::Separated);
            assert!(structure.is_independent());
            assert!(structure.subnetworks().eq([0, 1]));
            assert!(structure.touches(0, 0) && !structure.touches(0, 1) && structure.touches(1, 1));
            assert_eq!(
                structure.neuron_counts(1),
                StateCounts {
                    active: 2,
                    inactive: 1,
                    zombie: 0
                }
            );
            assert_eq!(structure.subnetwork_of(4), None);
            assert!(structure.is_source(0, 2) && structure.is_sink(0, 2) && !structure.is_source(1, 2));
        });
    }

    #[test]
    fn one_weight_across_interconnects() {
        check(&[0, 3, 6, 10, 9], |structure| {
            assert_eq!(structure.verdict(), Verdict::Interconnected);
            assert!(structure.subnetworks().eq([0]));
        });
    }

    #[test]
    fn tasks_that_meet_only_in_weak_connection_are_not_independent() {
        // Input 0 and input 1 both feed hidden 0, which reaches output 0 only.
        check(&[0, 1, 3, 6, 10], |structure| {
            assert!(!structure.is_independent());
        });
    }

    #[test]
    fn a_lost_output_degrades_and_what_remains_may_be_independent() {
        check(&[0, 6, 10], |structure| {
            assert_eq!(structure.verdict(), Verdict::Degraded);
            assert!(structure.is_independent());
            assert_eq!(structure.neuron_state(3), State::Zombie);
            assert_eq!(structure.neuron_state(1), State::Inactive);
            assert_eq!(
                structure.weight_counts(),
                StateCounts {
                    active: 2,
                    inactive: 0,
                    zombie: 1
                }
            );
        });
    }

    #[test]
    fn nothing_left_is_degraded_and_has_no_subnetwork() {
        check(&[], |structure| {
            assert_eq!(structure.verdict(), Verdict::Degraded);
            assert_eq!(structure.subnetworks().count(), 0);
        });
    }

    #[test]
    fn tasks_that_share_an_input_are_never_independent() {
        let tasks = [
            TASKS[0],
            Task {
                inputs: &[0, 1],
                outputs: &[1],
                weight: Task::ALIKE,
            },
        ];
        for (weights, verdict) in [
            (&[0, 3, 6, 10][..], Verdict::Interconnected),
            // The shared input is lost, and nothing else joins the two.
            (&[3, 10], Verdict::Degraded),
            (&[], Verdict::Degraded),
        ] {
            let mut bits = [0; NET.mask_len()];
            let mask = Mask::from_fn(NET, &mut bits, |weight| weights.contains(&weight));
            let mut memory = [7; Structure::memory_len(NET, 2)];
            let structure = Structure::of(NET, &tasks, &mask, &mut memory);
            assert!(structure.shares_inputs() && !structure.is_independent());
            assert_eq!(structure.verdict(), verdict);
        }
        check(&[0, 3], |structure| assert!(!structure.shares_inputs()));
    }

    #[test]
    fn more_tasks_than_a_word_has_bits() {
        const WIDE: Mlp<'_> = Mlp::new(&[40, 40]);
        let ports: [usize; 40] = core::array::from_fn(|port| port);
        let tasks: [Task<'_>; 40] = core::array::from_fn(|task| Task {
            inputs: &ports[task..=task],
            outputs: &ports[task..=task],
            weight: Task::ALIKE,
        });
        let mut bits = [0; WIDE.mask_len()];
        let mask = Mask::from_fn(WIDE, &mut bits, |weight| weight / 40 == weight % 40);
        let mut memory = [0; Structure::memory_len(WIDE, 40)];
        let structure = Structure::of(WIDE, &tasks, &mask, &mut memory);
        assert_eq!(structure.verdict(), Verdict::Separated);
        assert_eq!(structure.subnetworks().count(), 40);
        assert!(structure.is_sink(39, 39) && !structure.is_sink(7, 39));
    }
}
