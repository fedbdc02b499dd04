//! Samples as the caller keeps them, batches as the kernels want them, and the memory that a batch takes.

mod gather;

pub(crate) use gather::Chosen;
use gather::Gather;

use crate::carve::{carve, total};
use crate::kernels::loss::TaskScore;
use crate::lanes::{LANES, Lanes, padded};
use crate::{Mlp, Task};

/// One part of the data: samples side by side in the caller's memory.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    inputs: &'a [f32],
    classes: &'a [u16],
    input_count: usize,
    task_count: usize,
}

impl<'a> Samples<'a> {
    /// Samples from their inputs, row-major `(samples, input_count)`, and the class of each task, row-major
    /// `(samples, task_count)`.
    ///
    /// # Panics
    /// If the two do not hold the same whole number of samples, at least one.
    pub fn new(inputs: &'a [f32], input_count: usize, classes: &'a [u16], task_count: usize) -> Self {
        assert!(
            0 < input_count && 0 < task_count && !inputs.is_empty(),
            "data needs inputs, tasks and samples"
        );
        let sample_count = inputs.len() / input_count;
        assert_same!(
            inputs.len(),
            sample_count * input_count,
            "every sample has all inputs"
        );
        assert_same!(
            classes.len(),
            sample_count * task_count,
            "every sample has a class for each task"
        );
        Self {
            inputs,
            classes,
            input_count,
            task_count,
        }
    }

    /// How many samples there are.
    pub fn sample_count(&self) -> usize {
        self.inputs.len() / self.input_count
    }

    /// Inputs of each sample.
    pub fn input_count(&self) -> usize {
        self.input_count
    }

    /// Tasks, each with a class for each sample.
    pub fn task_count(&self) -> usize {
        self.task_count
    }

    /// The inputs, row-major `(samples, input_count)`.
    pub fn inputs(&self) -> &'a [f32] {
        self.inputs
    }

    /// The class of each task, row-major `(samples, task_count)`.
    pub fn classes(&self) -> &'a [u16] {
        self.classes
    }

    /// Whether every class of every task is one that the task has.
    pub fn fits(&self, tasks: &[Task<'_>]) -> bool {
        tasks.len() == self.task_count
            && self.classes.chunks_exact(self.task_count).all(|classes| {
                classes
                    .iter()
                    .zip(tasks)
                    .all(|(&class, task)| usize::from(class) < task.class_count())
            })
    }

    /// Copies the chosen samples into a batch, unit by unit, and fills it up to whole lanes with zeros.
    pub(crate) fn gather<L: Lanes>(&self, chosen: Chosen<'_>, inputs: &mut [f32], classes: &mut [u32]) {
        L::run(Gather {
            samples: self,
            chosen,
            inputs,
            classes,
        });
    }
}

/// A batch as the kernels want it: unit by unit, the samples of one unit side by side.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Inputs `(input_count, padded)`; padding is 0.0.
    pub inputs: &'a [f32],
    /// Class of each task `(tasks, padded)`, below the task's class count; padding is 0.
    pub classes: &'a [u32],
    /// Real samples; `padded` is that number filled up to a multiple of 16.
    pub sample_count: usize,
    /// What the network learns.
    pub tasks: &'a [Task<'a>],
}

impl Mlp<'_> {
    /// Length of the inputs of one batch of up to `batch` samples.
    #[inline]
    pub const fn batch_len(self, batch: usize) -> usize {
        self.input_count() * padded(batch)
    }
}

impl Batch<'_> {
    /// Checks all lengths, once, and returns the padded size.
    pub(crate) fn check(&self, net: Mlp<'_>) -> usize {
        let padded = padded(self.sample_count);
        assert!(0 < self.sample_count, "a batch needs a sample");
        assert_same!(
            self.inputs.len(),
            net.batch_len(self.sample_count),
            "inputs of a batch are (inputs, padded)"
        );
        assert_same!(
            self.classes.len(),
            self.tasks.len() * padded,
            "classes of a batch are (tasks, padded)"
        );
        padded
    }

    /// Checks what the tasks want of the network and of their classes.
    pub(crate) fn check_tasks(&self, net: Mlp<'_>) {
        // An output of no task would hand on its logit as if it were a delta.
        let owners = |output| {
            self.tasks
                .iter()
                .filter(|task| task.outputs.contains(&output))
                .count()
        };
        assert!(
            (0..net.output_count()).all(|output| owners(output) == 1),
            "tasks partition the outputs"
        );
        for (task, classes) in self
            .tasks
            .iter()
            .zip(self.classes.chunks_exact(padded(self.sample_count)))
        {
            let exists = |&class: &u32| (class as usize) < task.class_count();
            assert!(classes.iter().all(exists), "every class exists");
        }
    }
}

/// Memory for one batch: its inputs and classes, the activations of every unit, and the score of each task.
#[derive(Debug)]
pub struct BatchMemory<'a> {
    /// `(input_count, padded)`.
    pub(crate) inputs: &'a mut [f32],
    /// `(tasks, padded)`.
    pub(crate) classes: &'a mut [u32],
    /// `(units, padded)`.
    pub(crate) workspace: &'a mut [f32],
    pub(crate) scores: Scores<'a>,
    /// What an earlier evaluation counted, per task.
    kept: &'a mut [u32],
}

impl<'a> BatchMemory<'a> {
    /// Length of the floats for a batch of up to `batch` samples.
    pub const fn float_count(net: Mlp<'_>, task_count: usize, batch: usize) -> usize {
        total(Self::float_lens(net, task_count, batch))
    }

    /// Length of the words for a batch of up to `batch` samples.
    pub const fn word_count(task_count: usize, batch: usize) -> usize {
        total(Self::word_lens(task_count, batch))
    }

    /// Carves the memory for a batch of up to `batch` samples from slices that are at least so long.
    ///
    /// # Panics
    /// If a slice is too short, or the batch has no sample.
    pub fn new(
        net: Mlp<'_>,
        task_count: usize,
        batch: usize,
        floats: &'a mut [f32],
        words: &'a mut [u32],
    ) -> Self {
        assert!(0 < batch, "a batch has a sample");
        let [inputs, workspace, losses] = carve(floats, Self::float_lens(net, task_count, batch));
        let [classes, counts] = carve(words, Self::word_lens(task_count, batch));
        let (correct, kept) = counts.split_at_mut(task_count);
        Self {
            inputs,
            classes,
            workspace,
            scores: Scores { losses, correct },
            kept,
        }
    }

    /// The score of a task in the last evaluation.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn score(&self, task: usize) -> TaskScore {
        self.scores.get(task)
    }

    /// Keeps how many samples each task got right in the last evaluation, for after the next.
    pub(crate) fn keep_correct(&mut self) {
        self.kept.copy_from_slice(self.scores.correct);
    }

    /// What was kept of a task.
    pub(crate) fn kept_correct(&self, task: usize) -> u32 {
        self.kept[task]
    }

    const fn float_lens(net: Mlp<'_>, task_count: usize, batch: usize) -> [usize; 3] {
        [net.batch_len(batch), net.workspace_len(batch), task_count * LANES]
    }

    const fn word_lens(task_count: usize, batch: usize) -> [usize; 2] {
        [task_count * padded(batch), 2 * task_count]
    }
}

/// A [`TaskScore`] for each task, in the caller's floats and words.
#[derive(Debug)]
pub(crate) struct Scores<'a> {
    /// `(tasks, 16)`.
    losses: &'a mut [f32],
    correct: &'a mut [u32],
}

impl Scores<'_> {
    pub(crate) fn count(&self) -> usize {
        self.correct.len()
    }

    pub(crate) fn clear(&mut self) {
        self.losses.fill(0.0);
        self.correct.fill(0);
    }

    pub(crate) fn get(&self, task: usize) -> TaskScore {
        TaskScore {
            loss: self.losses.as_chunks().0[task],
            correct: self.correct[task],
        }
    }

    pub(crate) fn set(&mut self, task: usize, score: TaskScore) {
        self.losses.as_chunks_mut().0[task] = score.loss;
        self.correct[task] = score.correct;
    }
}

#[cfg(test)]
mod tests {
    use crate::Mlp;

    #[test]
    fn a_batch_is_padded_to_whole_lanes() {
        let net = Mlp::new(&[4, 3, 2]);
        assert_eq!(net.workspace_len(1), 5 * 16);
        assert_eq!(net.batch_len(17), 4 * 32);
    }
}
