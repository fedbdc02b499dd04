//! Sets of tasks, one per neuron, side by side in one slice; and the forest that finds subnetworks.

/// Words that hold one bit per task.
pub(super) const fn words_per_set(task_count: usize) -> usize {
    task_count.div_ceil(u32::BITS as usize)
}

/// Whether the set of a neuron is empty.
pub(super) fn is_empty(sets: &[u32], words: usize, neuron: usize) -> bool {
    sets[neuron * words..][..words].iter().all(|&word| word == 0)
}

/// Whether the set of a neuron contains a task.
pub(super) fn contains(sets: &[u32], words: usize, neuron: usize, task: usize) -> bool {
    sets[neuron * words + task / 32] >> (task % 32) & 1 == 1
}

/// Adds the set of one neuron to that of another.
pub(super) fn unite_sets(sets: &mut [u32], words: usize, from: usize, into: usize) {
    for word in 0..words {
        sets[into * words + word] |= sets[from * words + word];
    }
}

/// The root of a neuron's subnetwork; halves the path on the way.
pub(super) fn find(parents: &mut [u32], mut neuron: usize) -> usize {
    while parents[neuron] as usize != neuron {
        parents[neuron] = parents[parents[neuron] as usize];
        neuron = parents[neuron] as usize;
    }
    neuron
}
