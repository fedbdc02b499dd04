//! The losses of a task: logistic or softmax cross-entropy, the deltas of its logits, and how many classes are right.
//!
//! A training step wants the deltas alone, and of the loss only whether it is finite.

mod logistic;
mod softmax;

use logistic::{Logistic, LogisticDeltas};
use softmax::Softmax;

use crate::Task;
use crate::kernels::rows::rows;
use crate::lanes::{LANES, Lanes, fold};

/// The score of one task on the samples seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TaskScore {
    /// Loss of the samples, summed into lane `sample mod 16`.
    pub(crate) loss: [f32; LANES],
    /// Samples whose class was right.
    pub(crate) correct: u32,
}

impl TaskScore {
    /// Mean loss over the `sample_count` samples that the score has seen.
    pub fn loss(&self, sample_count: usize) -> f32 {
        fold(self.loss) / sample_count as f32
    }

    /// Samples whose class was right.
    pub fn correct(&self) -> u32 {
        self.correct
    }
}

/// Scores one task on the logits `(outputs, padded)` of a batch and turns them into deltas over `divisor`.
pub(crate) fn score_task<L: Lanes>(
    task: &Task<'_>,
    logits: &mut [f32],
    padded: usize,
    classes: &[u32],
    sample_count: usize,
    divisor: usize,
    score: &mut TaskScore,
) {
    debug_assert!(padded.is_multiple_of(LANES));
    match task.outputs {
        [output] => {
            let logits = &mut logits[output * padded..][..padded];
            L::run(Logistic {
                logits,
                classes,
                sample_count,
                divisor,
                score,
            });
        }
        outputs => L::run(Softmax {
            logits,
            outputs,
            padded,
            classes,
            sample_count,
            divisor,
            score,
        }),
    }
}

/// Turns the logits `(outputs, padded)` of a batch into deltas over its samples, as [`score_task`] does for each task,
/// and says whether the loss, the mean over the samples, summed over the tasks by their weights, is finite.
pub(crate) fn to_deltas<L: Lanes>(
    tasks: &[Task<'_>],
    logits: &mut [f32],
    padded: usize,
    classes: &[u32],
    sample_count: usize,
) -> bool {
    let is_surely_finite = L::run(LogisticDeltas {
        tasks,
        logits,
        padded,
        classes,
        sample_count,
    });
    if !is_surely_finite {
        return score_all::<L>(tasks, logits, padded, classes, sample_count).is_finite();
    }
    for (task, classes) in tasks.iter().zip(rows(classes, padded)) {
        if 1 < task.outputs.len() {
            let score = &mut TaskScore::default();
            score_task::<L>(task, logits, padded, classes, sample_count, sample_count, score);
        }
    }
    true
}

/// Scores all tasks on the logits of a batch, turns them into deltas, and returns the loss: the mean over the samples,
/// summed over the tasks by their weights. The deltas are those of each task alone.
pub(crate) fn score_all<L: Lanes>(
    tasks: &[Task<'_>],
    logits: &mut [f32],
    padded: usize,
    classes: &[u32],
    sample_count: usize,
) -> f32 {
    let mut total = 0.0;
    for (task, classes) in tasks.iter().zip(rows(classes, padded)) {
        let mut score = TaskScore::default();
        score_task::<L>(
            task,
            logits,
            padded,
            classes,
            sample_count,
            sample_count,
            &mut score,
        );
        total += task.weight * score.loss(sample_count);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::{score_all, to_deltas};
    use crate::Task;
    use crate::lanes::{LANES, Portable, padded};

    /// A logistic task, a softmax over two classes, and another logistic task.
    fn tasks(weight: f32) -> [Task<'static>; 3] {
        let outputs: [&[usize]; 3] = [&[2], &[0, 3], &[1]];
        outputs.map(|outputs| Task {
            inputs: &[0],
            outputs,
            weight,
        })
    }

    /// Of logits some of which are `extreme`: what is said of the loss, and the deltas.
    fn check(sample_count: usize, extreme: f32, weight: f32) -> bool {
        let tasks = tasks(weight);
        let padded = padded(sample_count);
        let mut logits = [0.0; 4 * 4 * LANES];
        for (logit, place) in logits.iter_mut().zip(0_u16..) {
            let near = f32::from(place * 37 % 256) / 8.0 - 16.0;
            *logit = if place % 23 == 5 { extreme } else { near };
        }
        let classes: [u32; 3 * 4 * LANES] = core::array::from_fn(|place| (place as u32 / 3) % 2);
        let (logits, classes) = (&mut logits[..4 * padded], &classes[..3 * padded]);
        let mut expected = [0.0; 4 * 4 * LANES];
        let expected = &mut expected[..4 * padded];
        expected.copy_from_slice(logits);
        let loss = score_all::<Portable>(&tasks, expected, padded, classes, sample_count);
        let is_finite = to_deltas::<Portable>(&tasks, logits, padded, classes, sample_count);
        assert_eq!(is_finite, loss.is_finite(), "{loss}");
        // Of a NaN, sign and payload are left open by IEEE 754, and drawn by Miri.
        assert!(
            logits
                .iter()
                .zip(&*expected)
                .all(|(one, other)| { one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan() })
        );
        is_finite
    }

    #[test]
    fn deltas_alone_are_those_that_come_with_the_loss() {
        for sample_count in [1, 7, 16, 32, 40, 64] {
            for extreme in [0.0, -0.0, 1e-40, 87.0, -95.0, -103.9, 1e27, -1e27, 1.1e28, 1e37] {
                for weight in [Task::ALIKE, Task::HEAVIEST, 1.0 / Task::HEAVIEST] {
                    // Beyond 1e28 it is the loss itself that says so.
                    let is_finite =
                        check(sample_count, extreme, weight) && check(sample_count, -extreme, weight);
                    assert!(is_finite || 1e28 < extreme);
                }
            }
        }
        for extreme in [f32::INFINITY, f32::NAN, f32::MAX] {
            assert!(!check(64, extreme, Task::ALIKE));
        }
    }
}
