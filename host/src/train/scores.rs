//! Measures the loss and the accuracy of each task on a part of the data.

use anyhow::Context;
use serde::Serialize;
use tombola::lanes::{Kernel, Lanes};
use tombola::{BatchMemory, Mlp, Samples, Task};

use crate::machine::Machine;
use crate::memory::aligned;
use crate::predict::CHUNK;

/// What a network scored in a task on a part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The mean over the samples, without weight decay.
    pub loss: f32,
    /// The share of samples whose class was right, in 0..=1.
    pub accuracy: f64,
}

/// The score of each task.
///
/// # Errors
/// If memory is short.
pub(crate) fn scores(
    machine: Machine,
    net: Mlp<'_>,
    tasks: &[Task<'_>],
    params: &[f32],
    samples: Samples<'_>,
) -> anyhow::Result<Vec<Score>> {
    let no_memory = "not enough memory to measure this network";
    let mut floats = aligned(BatchMemory::float_count(net, tasks.len(), CHUNK)).context(no_memory)?;
    let mut words = aligned(BatchMemory::word_count(tasks.len(), CHUNK)).context(no_memory)?;
    let mut memory = BatchMemory::new(net, tasks.len(), CHUNK, &mut floats, &mut words);
    machine.run(Evaluate {
        net,
        tasks,
        params,
        samples,
        memory: &mut memory,
    });
    let count = samples.sample_count();
    let score = |task| {
        let score = memory.score(task);
        Score {
            loss: score.loss(count),
            accuracy: f64::from(score.correct()) / count as f64,
        }
    };
    Ok((0..tasks.len()).map(score).collect())
}

/// [`Mlp::evaluate`], as a kernel.
struct Evaluate<'a, 'm> {
    net: Mlp<'a>,
    tasks: &'a [Task<'a>],
    params: &'a [f32],
    samples: Samples<'a>,
    memory: &'a mut BatchMemory<'m>,
}

impl Kernel for Evaluate<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        self.net
            .evaluate::<L>(self.params, self.samples, self.tasks, self.memory);
    }
}
