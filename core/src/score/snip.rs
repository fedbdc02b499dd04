//! SNIP: what the loss would notice, were a weight taken out.

use crate::batch::{Batch, BatchMemory, Chosen, Samples};
use crate::gradient::gradient;
use crate::lanes::{Lanes, padded};
use crate::packing::{PackedParams, Packing};
use crate::task::tasks_fit;
use crate::{Mlp, Task};

/// Writes the connection sensitivity `|∂L/∂w · w|` of every weight to `scores`: L is the loss on all samples, the mean
/// over them, summed over the tasks by their weights (Lee, Ajanthan and Torr 2019, "SNIP: single-shot network pruning based on connection
/// sensitivity", eq. 6, without the division by the sum of all, which leaves their order). A weight that is 0 scores 0.
///
/// `params` are the network's, `grads` scratch of the same length, `scores` as long as there are weights. The samples
/// are taken in their order, as many at once as `memory` has room for. Each chunk's gradient counts by its share of the
/// samples; the sums run from the first chunk on, so bits depend on the size of `memory` and on nothing else.
///
/// # Panics
/// If a length is wrong, a class does not exist, or the tasks do not fit the network.
pub fn snip<L: Lanes>(
    net: Mlp<'_>,
    params: &[f32],
    samples: Samples<'_>,
    tasks: &[Task<'_>],
    memory: &mut BatchMemory<'_>,
    grads: &mut [f32],
    scores: &mut [f32],
) {
    assert!(
        tasks_fit(net, tasks),
        "tasks partition the outputs and cover the inputs"
    );
    assert!(samples.fits(tasks), "every class exists");
    assert_same!(
        samples.input_count(),
        net.input_count(),
        "samples have the network's inputs"
    );
    assert_same!(scores.len(), net.weight_count(), "one score per weight");
    let packed = PackedParams::new(Packing::flat(net), params);
    let all = samples.sample_count();
    let chunk = memory.inputs.len() / net.input_count();
    scores.fill(0.0);
    for start in (0..all).step_by(chunk) {
        let chosen = start..(start + chunk).min(all);
        let sample_count = chosen.len();
        let inputs = &mut memory.inputs[..net.batch_len(sample_count)];
        let classes = &mut memory.classes[..tasks.len() * padded(sample_count)];
        samples.gather::<L>(Chosen::Range(chosen), inputs, classes);
        let batch = Batch {
            inputs,
            classes,
            sample_count,
            tasks,
        };
        gradient::<L>(packed, batch, memory.workspace, grads);
        let share = sample_count as f32 / all as f32;
        for (score, grad) in scores.iter_mut().zip(&*grads) {
            *score += share * grad;
        }
    }
    for (score, weight) in scores.iter_mut().zip(params) {
        *score = (*score * weight).abs();
    }
}
