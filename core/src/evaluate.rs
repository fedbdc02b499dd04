//! The loss and the scores of a network on a part of the data, as if it were one batch.

use crate::batch::{BatchMemory, Chosen, Samples};
use crate::forward::forward;
use crate::kernels::loss::score_task;
use crate::lanes::{Lanes, padded};
use crate::packing::{PackedParams, Packing};
use crate::task::tasks_fit;
use crate::{Mlp, Task};

impl Mlp<'_> {
    /// Scores every task on all samples, as if they were one batch: chunk after chunk, the lanes running on. Returns
    /// the loss, the mean over the samples summed over the tasks by their weights, without weight decay or L1.
    ///
    /// `memory` is for a batch of any size: that changes no result. Afterwards it holds the score of each task.
    ///
    /// # Panics
    /// If a length is wrong, a class does not exist, or the tasks do not fit the network.
    pub fn evaluate<L: Lanes>(
        self,
        params: &[f32],
        samples: Samples<'_>,
        tasks: &[Task<'_>],
        memory: &mut BatchMemory<'_>,
    ) -> f32 {
        assert!(
            tasks_fit(self, tasks),
            "tasks partition the outputs and cover the inputs"
        );
        assert!(samples.fits(tasks), "every class exists");
        let packed = PackedParams::new(Packing::flat(self), params);
        evaluate::<L>(packed, samples, tasks, memory)
    }
}

/// [`Mlp::evaluate`] of packed parameters.
pub(crate) fn evaluate<L: Lanes>(
    packed: PackedParams<'_>,
    samples: Samples<'_>,
    tasks: &[Task<'_>],
    memory: &mut BatchMemory<'_>,
) -> f32 {
    let net = packed.packing().net();
    assert_same!(
        samples.input_count(),
        net.input_count(),
        "samples have the network's inputs"
    );
    assert_same!(samples.task_count(), tasks.len(), "samples have a class per task");
    assert_same!(memory.scores.count(), tasks.len(), "a score per task");
    memory.scores.clear();
    let sample_count = samples.sample_count();
    // Chunks are whole lanes, so that sample s stays in lane s mod 16.
    let chunk = memory.inputs.len() / net.input_count();
    for start in (0..sample_count).step_by(chunk) {
        let chosen = start..(start + chunk).min(sample_count);
        let (count, padded) = (chosen.len(), padded(chosen.len()));
        let inputs = &mut memory.inputs[..net.batch_len(count)];
        let classes = &mut memory.classes[..tasks.len() * padded];
        samples.gather::<L>(Chosen::Range(chosen), inputs, classes);
        let units = &mut memory.workspace[..net.workspace_len(count)];
        forward::<L>(packed, inputs, count, units);
        let logits = units.len() - net.output_count() * padded;
        for (number, (task, classes)) in tasks.iter().zip(classes.chunks_exact(padded)).enumerate() {
            let mut score = memory.scores.get(number);
            let logits = &mut units[logits..];
            score_task::<L>(task, logits, padded, classes, count, sample_count, &mut score);
            memory.scores.set(number, score);
        }
    }
    tasks.iter().enumerate().fold(0.0, |total, (number, task)| {
        total + task.weight * memory.scores.get(number).loss(sample_count)
    })
}
