//! Samples as the caller keeps them, batches as the kernels want them, and the memory that a batch takes.

use core::array::from_fn;
use core::ops::Range;

use crate::carve::{carve, total};
use crate::kernels::loss::TaskScore;
use crate::kernels::rows::rows_mut;
use crate::kernels::{has_room, has_vectors};
use crate::lanes::{Kernel, LANES, Lanes, padded};
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

/// Which samples are put into a batch.
pub(crate) enum Chosen<'a> {
    /// These, in this order.
    Listed(&'a [u32]),
    /// Successive ones.
    Range(Range<usize>),
}

impl Chosen<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Listed(samples) => samples.len(),
            Self::Range(samples) => samples.len(),
        }
    }

    /// Sixteen of them; in place of what lies beyond the last another one.
    #[inline(always)]
    fn block(&self, block: usize) -> [usize; LANES] {
        match self {
            Self::Listed(samples) => match samples.as_chunks().0.get(block) {
                Some(samples) => samples.map(|sample| sample as usize),
                None => from_fn(|lane| {
                    samples
                        .get(block * LANES + lane)
                        .map_or(0, |&sample| sample as usize)
                }),
            },
            Self::Range(samples) => {
                from_fn(|lane| (samples.start + block * LANES + lane).min(samples.end - 1))
            }
        }
    }
}

/// [`Samples::gather`], as a kernel.
struct Gather<'a> {
    samples: &'a Samples<'a>,
    chosen: Chosen<'a>,
    inputs: &'a mut [f32],
    classes: &'a mut [u32],
}

impl Kernel for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        // What the compiler knows it does not compute for each block; with two small tasks that is half of all.
        match (self.samples.input_count, self.samples.task_count) {
            _ if !has_vectors::<L>() => self.column_by_column(),
            (4, 2) if has_room::<L>() => self.gather::<L>(4, 2),
            (input_count, task_count) => self.gather::<L>(input_count, task_count),
        }
    }
}

impl Gather<'_> {
    /// Four rows of the batch at a time, sample after sample: with neither vectors nor cache lines.
    fn column_by_column(self) {
        match self.chosen {
            Chosen::Listed(samples) => {
                let chosen = |place: usize| samples[place] as usize;
                columns(self.samples, samples.len(), chosen, self.inputs, self.classes);
            }
            Chosen::Range(samples) => {
                let chosen = |place| samples.start + place;
                columns(self.samples, samples.len(), chosen, self.inputs, self.classes);
            }
        }
    }

    #[inline(always)]
    fn gather<L: Lanes>(self, input_count: usize, task_count: usize) {
        let Samples { inputs, classes, .. } = *self.samples;
        let count = self.chosen.count();
        let padded = padded(count);
        // Sixteen samples at a time, so that each is read and each row of the batch is written in whole cache lines.
        for block in 0..padded / LANES {
            let samples = self.chosen.block(block);
            let mut rows = rows_mut(&mut *self.inputs, padded).map(|row| block_of(row, block));
            for four in 0..input_count / 4 {
                let mut parts = [&[0.0; 4]; LANES];
                for (part, sample) in parts.iter_mut().zip(samples) {
                    *part = part_of(inputs, sample * input_count + 4 * four);
                }
                for (column, to) in L::transpose(parts).into_iter().zip(&mut rows) {
                    column.store(to);
                }
            }
            for (to, column) in rows.zip(input_count / 4 * 4..input_count) {
                for (to, sample) in to.iter_mut().zip(samples) {
                    *to = inputs[sample * input_count + column];
                }
            }
            let mut rows = rows_mut(&mut *self.classes, padded).map(|row| block_of(row, block));
            for pair in 0..task_count / 2 {
                let mut parts = [[0_u16; 2]; LANES];
                for (part, sample) in parts.iter_mut().zip(samples) {
                    *part = *part_of(classes, sample * task_count + 2 * pair);
                }
                for (column, to) in (0..2).zip(&mut rows) {
                    for (to, part) in to.iter_mut().zip(parts) {
                        *to = part[column].into();
                    }
                }
            }
            for (to, column) in rows.zip(task_count / 2 * 2..task_count) {
                for (to, sample) in to.iter_mut().zip(samples) {
                    *to = classes[sample * task_count + column].into();
                }
            }
        }
        if count < padded {
            rows_mut(self.inputs, padded).for_each(|row| row[count..].fill(0.0));
            rows_mut(self.classes, padded).for_each(|row| row[count..].fill(0));
        }
    }
}

/// Writes `count` samples to the batch, and zeros behind them; `chosen` says which sample comes to a place.
#[inline(always)]
fn columns(
    from: &Samples<'_>,
    count: usize,
    chosen: impl Fn(usize) -> usize,
    inputs: &mut [f32],
    classes: &mut [u32],
) {
    let padded = padded(count);
    rows_of::<_, _, 4>(from.inputs, from.input_count, count, &chosen, inputs);
    rows_of::<_, _, 2>(from.classes, from.task_count, count, &chosen, classes);
    if count < padded {
        rows_mut(inputs, padded).for_each(|row| row[count..].fill(0.0));
        rows_mut(classes, padded).for_each(|row| row[count..].fill(0));
    }
}

/// Writes rows from samples of `width`, `N` rows at a time.
#[inline(always)]
fn rows_of<T: Copy + Into<U>, U, const N: usize>(
    from: &[T],
    width: usize,
    count: usize,
    chosen: impl Fn(usize) -> usize,
    to: &mut [U],
) {
    let whole = width / N * N;
    // Cut to the samples, so that no place is looked for beyond its row.
    let mut rows = rows_mut(to, padded(count)).map(|row| &mut row[..count]);
    for start in (0..whole).step_by(N) {
        let rows: [_; N] = from_fn(|_| rows.next().expect("a row for each column"));
        #[expect(clippy::needless_range_loop, reason = "it indexes N rows")]
        for place in 0..count {
            let part = part_of::<_, N>(from, chosen(place) * width + start);
            for column in 0..N {
                rows[column][place] = part[column].into();
            }
        }
    }
    for (row, column) in rows.zip(whole..width) {
        for (place, to) in row.iter_mut().enumerate() {
            *to = from[chosen(place) * width + column].into();
        }
    }
}

/// The numbers of a part of a sample, from `start` on.
#[inline(always)]
fn part_of<T, const N: usize>(from: &[T], start: usize) -> &[T; N] {
    let part = &from[start..start + N];
    part.first_chunk().expect("as long as it was cut")
}

#[inline(always)]
fn block_of<T>(row: &mut [T], block: usize) -> &mut [T; LANES] {
    &mut row.as_chunks_mut().0[block]
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
    use super::{Chosen, Samples};
    use crate::Mlp;
    use crate::lanes::{LANES, Portable};

    #[test]
    fn samples_become_columns_however_many_inputs_they_have() {
        for columns in 1..=9 {
            // Sample s has input i = 100 s + i and class 10 s.
            let inputs: [f32; 9 * 40] = core::array::from_fn(|at| (at / columns * 100 + at % columns) as f32);
            let classes: [u16; 40] = core::array::from_fn(|sample| 10 * sample as u16);
            let samples = Samples::new(&inputs[..40 * columns], columns, &classes, 1);
            let (mut to, mut class) = ([-1.0; 9 * 2 * LANES], [7_u32; 2 * LANES]);
            let chosen: [u32; 19] = core::array::from_fn(|place| 3 + 2 * place as u32);
            samples.gather::<Portable>(Chosen::Listed(&chosen), &mut to, &mut class);
            for (place, &class) in class.iter().enumerate() {
                let sample = (place < 19).then_some(3 + 2 * place);
                assert_eq!(class, sample.map_or(0, |sample| 10 * sample as u32));
                for column in 0..columns {
                    let expected = sample.map_or(0.0, |sample| (100 * sample + column) as f32);
                    assert_eq!(to[column * 2 * LANES + place], expected);
                }
            }
        }
    }

    #[test]
    fn a_batch_is_padded_to_whole_lanes() {
        let net = Mlp::new(&[4, 3, 2]);
        assert_eq!(net.workspace_len(1), 5 * 16);
        assert_eq!(net.batch_len(17), 4 * 32);
    }
}
