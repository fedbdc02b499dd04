//! How good a network is on a part of the data, as one number each: not a mean of batches' means.

use crate::batch::Samples;
use crate::forward::forward;
use crate::kernels::loss::{TaskScore, score_task};
use crate::lanes::{Lanes, padded};
use crate::packing::{PackedParams, Packing};
use crate::task::is_partition;
use crate::{Mlp, Task};

/// Memory for one batch: its inputs and classes, and what the kernels need.
#[derive(Debug)]
pub struct BatchMemory<'a> {
    /// `net.batch_len(batch)` long.
    pub inputs: &'a mut [f32],
    /// `tasks · padded(batch)` long.
    pub classes: &'a mut [u16],
    /// `net.workspace_len(batch)` long.
    pub workspace: &'a mut [f32],
}

impl Mlp<'_> {
    /// Scores every task on all samples, as if they were one batch: chunk after chunk, the lanes running on. Returns
    /// the loss, the mean over the samples summed over the tasks, without weight decay.
    ///
    /// `memory` is for a batch of `batch` samples, a size that changes no result; `scores` has one entry per task and
    /// is overwritten.
    ///
    /// # Panics
    /// If a length is wrong, a class does not exist, or the tasks do not partition the inputs and the outputs.
    pub fn evaluate<L: Lanes>(
        self,
        params: &[f32],
        samples: Samples<'_>,
        tasks: &[Task<'_>],
        memory: &mut BatchMemory<'_>,
        scores: &mut [TaskScore],
    ) -> f32 {
        assert!(
            is_partition(self, tasks),
            "tasks partition the inputs and the outputs"
        );
        assert!(samples.fits(tasks), "every class exists");
        let packed = PackedParams::new(Packing::flat(self), params);
        evaluate::<L>(packed, samples, tasks, memory, scores)
    }
}

/// [`Mlp::evaluate`] of packed parameters.
pub(crate) fn evaluate<L: Lanes>(
    packed: PackedParams<'_>,
    samples: Samples<'_>,
    tasks: &[Task<'_>],
    memory: &mut BatchMemory<'_>,
    scores: &mut [TaskScore],
) -> f32 {
    let net = packed.packing().net();
    assert_same!(
        samples.input_count(),
        net.input_count(),
        "samples have the network's inputs"
    );
    assert_same!(samples.task_count(), tasks.len(), "samples have a class per task");
    assert_same!(scores.len(), tasks.len(), "a score per task");
    scores.fill(TaskScore::default());
    let sample_count = samples.sample_count();
    // Chunks are whole lanes, so that sample s stays in lane s mod 16.
    let chunk = memory.inputs.len() / net.input_count();
    assert!(0 < chunk && chunk == padded(chunk), "memory holds whole lanes");
    for start in (0..sample_count).step_by(chunk) {
        let chosen = start..(start + chunk).min(sample_count);
        let (count, padded) = (chosen.len(), padded(chosen.len()));
        let inputs = &mut memory.inputs[..net.batch_len(count)];
        let classes = &mut memory.classes[..tasks.len() * padded];
        samples.gather::<L>(chosen, inputs, classes);
        let units = &mut memory.workspace[..net.workspace_len(count)];
        forward::<L>(packed, inputs, count, units);
        let logits = units.len() - net.output_count() * padded;
        for ((task, classes), score) in tasks.iter().zip(classes.chunks_exact(padded)).zip(&mut *scores) {
            score_task::<L>(
                task,
                &mut units[logits..],
                padded,
                classes,
                count,
                sample_count,
                score,
            );
        }
    }
    scores
        .iter()
        .fold(0.0, |total, score| total + score.loss(sample_count))
}
