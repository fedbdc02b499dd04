//! Counts how many of a layer's active neurons are connected to the inputs, or outputs, of exactly one task.

use tombola::{State, Structure};

/// The share of a layer's active neurons of which exactly one task is true, in 0..=1; `None` where none is active.
/// Layer 0 holds the inputs.
///
/// `has(task, neuron)` is [`Structure::is_source`] or [`Structure::is_sink`].
pub(super) fn share(
    structure: &Structure<'_>,
    mut neurons: std::ops::Range<usize>,
    task_count: usize,
    has: impl Fn(usize, usize) -> bool,
) -> Option<f64> {
    let (mut active, mut decided) = (0_u32, 0_u32);
    neurons
        .by_ref()
        .filter(|&neuron| structure.neuron_state(neuron) == State::Active)
        .for_each(|neuron| {
            active += 1;
            decided += u32::from((0..task_count).filter(|&task| has(task, neuron)).count() == 1);
        });
    (active > 0).then(|| f64::from(decided) / f64::from(active))
}
