//! Samples, as they are kept and as the kernels want them. Without it a kernel would have to gather while it computes.

use crate::lanes::{LANES, padded};
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
        assert_eq!(
            inputs.len(),
            sample_count * input_count,
            "every sample has all inputs"
        );
        assert_eq!(
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
    #[inline(always)]
    pub(crate) fn gather(
        &self,
        chosen: &(impl ExactSizeIterator<Item = usize> + Clone),
        inputs: &mut [f32],
        classes: &mut [u16],
    ) {
        transpose(self.inputs, self.input_count, chosen, inputs);
        transpose(self.classes, self.task_count, chosen, classes);
    }
}

/// Copies the chosen rows of `from`, `(rows, columns)`, to the columns of `to`, `(columns, padded)`, and fills up with
/// zeros. Sixteen rows at a time, so that each is read and each row of `to` is written in whole cache lines.
#[inline(always)]
fn transpose<T: Copy + Default>(
    from: &[T],
    columns: usize,
    chosen: &(impl ExactSizeIterator<Item = usize> + Clone),
    to: &mut [T],
) {
    let padded = padded(chosen.len());
    let mut chosen = chosen.clone();
    for block in 0..padded / LANES {
        let mut rows = [&[][..]; LANES];
        for row in &mut rows {
            if let Some(chosen) = chosen.next() {
                *row = &from[chosen * columns..][..columns];
            }
        }
        for (column, to) in to.chunks_exact_mut(padded).take(columns).enumerate() {
            for (to, row) in to.as_chunks_mut::<LANES>().0[block].iter_mut().zip(rows) {
                *to = row.get(column).copied().unwrap_or_default();
            }
        }
    }
}

/// A batch as the kernels want it: unit by unit, the samples of one unit side by side.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Inputs `(input_count, padded)`; padding is 0.0.
    pub inputs: &'a [f32],
    /// Class of each task `(tasks, padded)`, below the task's class count; padding is 0.
    pub classes: &'a [u16],
    /// Real samples; `padded` is that number filled up to a multiple of 16.
    pub sample_count: usize,
    /// What the network learns.
    pub tasks: &'a [Task<'a>],
}

impl Batch<'_> {
    /// Checks all lengths, once, and returns the padded size.
    pub(crate) fn check(&self, net: Mlp<'_>) -> usize {
        let padded = padded(self.sample_count);
        assert!(0 < self.sample_count, "a batch needs a sample");
        assert_eq!(
            self.inputs.len(),
            net.batch_len(self.sample_count),
            "inputs of a batch are (inputs, padded)"
        );
        assert_eq!(
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
            let exists = |&class: &u16| usize::from(class) < task.class_count();
            assert!(classes.iter().all(exists), "every class exists");
        }
    }
}
