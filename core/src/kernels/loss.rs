//! The losses of a task: logistic or softmax cross-entropy, the deltas of its logits, and how many classes are right.
//!
//! A training step wants the deltas alone, and of the loss only whether it is finite.

use crate::Task;
use crate::kernels::rows::rows;
use crate::kernels::{has_room, has_vectors};
use crate::lanes::{Kernel, LANES, Lanes, fold};
use crate::math::{exp, exp_of_negative, ln, ln_1p, relu};

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
/// and says whether the loss, the sum of the tasks' means, is finite.
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

/// Turns the logits of all logistic tasks into deltas, unless a logit of any task is no number, or so great that the loss
/// might be infinite; returns whether it did.
///
/// ```text
/// logits (outputs, padded), classes (tasks, padded) -> logits (outputs, padded)
/// for each task t of one output o, and sample s:
///     logits[o, s] = (σ(logits[o, s]) − classes[t, s]) / sample_count if s < sample_count, else +0.0
/// ```
struct LogisticDeltas<'a> {
    tasks: &'a [Task<'a>],
    logits: &'a mut [f32],
    padded: usize,
    classes: &'a [u32],
    sample_count: usize,
}

impl Kernel for LogisticDeltas<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<L: Lanes>(self) -> bool {
        let Self {
            tasks,
            logits,
            padded,
            classes,
            sample_count,
        } = self;
        // A sample's loss is at most twice its greatest logit and a logarithm of the number of classes. Without their signs
        // floats are ordered as their bits are, and a NaN is above infinity.
        let magnitude = |logit: f32| logit.to_bits() << 1;
        let greatest = logits.iter().fold(0, |most, &logit| magnitude(logit).max(most));
        if magnitude(1e28) < greatest {
            return false;
        }
        for (task, classes) in tasks.iter().zip(rows(classes, padded)) {
            let [output] = *task.outputs else {
                continue;
            };
            let logits = logits[output * padded..][..padded].as_chunks_mut::<LANES>().0;
            let classes = classes.as_chunks::<LANES>().0;
            let mut left = sample_count;
            for (logits, classes) in logits.iter_mut().zip(classes) {
                if sample_count.is_power_of_two() {
                    logistic_deltas::<L, true>(logits, classes, sample_count);
                } else {
                    logistic_deltas::<L, false>(logits, classes, sample_count);
                }
                if left < LANES {
                    logits[left..].fill(0.0);
                }
                left = left.saturating_sub(LANES);
            }
        }
        true
    }
}

/// The deltas of a block. The reciprocal of a power of two is exact, and so is the way around the division.
#[inline(always)]
fn logistic_deltas<L: Lanes, const IS_POWER_OF_TWO: bool>(
    logits: &mut [f32; LANES],
    classes: &[u32; LANES],
    divisor: usize,
) {
    let divisor = divisor as f32;
    let reciprocal = 1.0 / divisor;
    let divided = |delta: f32| {
        if IS_POWER_OF_TWO {
            delta * reciprocal
        } else {
            delta / divisor
        }
    };
    if !has_vectors::<L>() {
        for (logit, &class) in logits.iter_mut().zip(classes) {
            let power = exp_of_negative(-logit.abs());
            *logit = divided(sigmoid(*logit, power) - target(class));
        }
        return;
    }
    // Loops of one purpose each: so they become vector instructions.
    let (mut powers, mut deltas) = ([0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        powers[lane] = exp_of_negative(-logits[lane].abs());
    }
    for lane in 0..LANES {
        deltas[lane] = sigmoid(logits[lane], powers[lane]) - target(classes[lane]);
    }
    for lane in 0..LANES {
        logits[lane] = divided(deltas[lane]);
    }
}

/// σ(z), where `e` is e^−|z|.
#[inline(always)]
fn sigmoid(z: f32, e: f32) -> f32 {
    let numerator = if z < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

/// The class of a logistic task, by way of a signed number, which every vector unit converts.
#[inline(always)]
fn target(class: u32) -> f32 {
    class as i32 as f32
}

/// Divides by a number of samples. The reciprocal of a power of two is exact, and so is the way around the division.
#[inline(always)]
fn divide(values: &mut [f32; LANES], divisor: usize) {
    let by = divisor as f32;
    if divisor.is_power_of_two() {
        let reciprocal = 1.0 / by;
        for value in values {
            *value *= reciprocal;
        }
    } else {
        for value in values {
            *value /= by;
        }
    }
}

/// Scores a logistic task (one output, class 1 where the logit is positive) and turns its logits into deltas,
/// `(σ(z) − y) / divisor`. Samples from `sample_count` on are padding: loss and delta +0.0.
///
/// The loss of a sample is `max(z, 0) − z·y + ln(1 + e^−|z|)`.
pub(crate) struct Logistic<'a> {
    pub(crate) logits: &'a mut [f32],
    pub(crate) classes: &'a [u32],
    pub(crate) sample_count: usize,
    pub(crate) divisor: usize,
    pub(crate) score: &'a mut TaskScore,
}

impl Kernel for Logistic<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let count = self.logits.len() / LANES;
        let mut block = 0;
        while has_room::<L>() && block + SIDE_BY_SIDE <= count {
            self.blocks::<SIDE_BY_SIDE>(block);
            block += SIDE_BY_SIDE;
        }
        while block < count {
            self.blocks::<1>(block);
            block += 1;
        }
    }
}

/// Blocks that are scored together: the exponential and the logarithm of one are long chains of steps that wait for
/// each other.
const SIDE_BY_SIDE: usize = 4;

impl Logistic<'_> {
    /// `B` blocks of samples, from block `first` on.
    #[inline(always)]
    fn blocks<const B: usize>(&mut self, first: usize) {
        let logits = self.logits.as_chunks_mut::<LANES>().0[first..]
            .first_chunk_mut::<B>()
            .expect("whole blocks");
        let classes = self.classes.as_chunks::<LANES>().0[first..]
            .first_chunk::<B>()
            .expect("a class for each logit");
        // Loops of one purpose each: so they become vector instructions.
        let (mut targets, mut powers, mut losses) = ([[0.0; LANES]; B], [[0.0; LANES]; B], [[0.0; LANES]; B]);
        for block in 0..B {
            for lane in 0..LANES {
                targets[block][lane] = target(classes[block][lane]);
                powers[block][lane] = exp_of_negative(-logits[block][lane].abs());
            }
        }
        for block in 0..B {
            for lane in 0..LANES {
                let (z, y, e) = (logits[block][lane], targets[block][lane], powers[block][lane]);
                losses[block][lane] = relu(z) - z * y + ln_1p(e);
            }
        }
        for block in 0..B {
            let mut hits = [0; LANES];
            for lane in 0..LANES {
                hits[lane] = u32::from((logits[block][lane] > 0.0) == (targets[block][lane] > 0.0));
            }
            for lane in 0..LANES {
                let probability = sigmoid(logits[block][lane], powers[block][lane]);
                logits[block][lane] = probability - targets[block][lane];
            }
            divide(&mut logits[block], self.divisor);
            let real = self
                .sample_count
                .saturating_sub((first + block) * LANES)
                .min(LANES);
            if real < LANES {
                losses[block][real..].fill(0.0);
                logits[block][real..].fill(0.0);
                hits[real..].fill(0);
            }
            self.score.correct += hits.iter().sum::<u32>();
            for (sum, loss) in self.score.loss.iter_mut().zip(losses[block]) {
                *sum += loss;
            }
        }
    }
}

/// Scores a softmax task (the class is the lowest index of the greatest logit) and turns its logits into deltas,
/// `(pⱼ − [j = class]) / divisor`. `outputs` names the rows of `logits` that belong to the task, class by class.
/// Samples from `sample_count` on are padding: loss and delta +0.0.
///
/// The loss of a sample is `ln Σⱼ e^(zⱼ − m) − (z_class − m)`, with `m` the greatest logit.
pub(crate) struct Softmax<'a> {
    pub(crate) logits: &'a mut [f32],
    pub(crate) outputs: &'a [usize],
    pub(crate) padded: usize,
    pub(crate) classes: &'a [u32],
    pub(crate) sample_count: usize,
    pub(crate) divisor: usize,
    pub(crate) score: &'a mut TaskScore,
}

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self {
            logits,
            outputs,
            padded,
            classes,
            sample_count,
            divisor,
            score,
        } = self;
        let divisor = divisor as f32;
        for (block, classes) in classes.as_chunks::<LANES>().0.iter().enumerate() {
            let at = |output: usize| output * padded + block * LANES;
            let row = |logits: &[f32], output: usize| {
                *logits[at(output)..].first_chunk::<LANES>().expect("whole lanes")
            };
            // Loops of one purpose each: so they become vector instructions.
            let mut greatest = row(logits, outputs[0]);
            let mut answers = [0; LANES];
            for (class, &output) in (0..).zip(outputs).skip(1) {
                let row = row(logits, output);
                for lane in 0..LANES {
                    let is_greater = row[lane] > greatest[lane];
                    greatest[lane] = if is_greater { row[lane] } else { greatest[lane] };
                    answers[lane] = if is_greater { class } else { answers[lane] };
                }
            }
            let (mut sums, mut losses) = ([0.0; LANES], [0.0; LANES]);
            for (class, &output) in (0_u32..).zip(outputs) {
                let row = logits[at(output)..]
                    .first_chunk_mut::<LANES>()
                    .expect("whole lanes");
                for lane in 0..LANES {
                    let shifted = row[lane] - greatest[lane];
                    losses[lane] = if classes[lane] == class {
                        shifted
                    } else {
                        losses[lane]
                    };
                    row[lane] = exp(shifted);
                    sums[lane] += row[lane];
                }
            }
            for lane in 0..LANES {
                losses[lane] = ln(sums[lane]) - losses[lane];
            }
            let real = sample_count.saturating_sub(block * LANES).min(LANES);
            for (class, &output) in (0_u32..).zip(outputs) {
                let row = logits[at(output)..]
                    .first_chunk_mut::<LANES>()
                    .expect("whole lanes");
                for lane in 0..LANES {
                    let hit = if classes[lane] == class { 1.0 } else { 0.0 };
                    row[lane] = (row[lane] / sums[lane] - hit) / divisor;
                }
                row[real..].fill(0.0);
            }
            losses[real..].fill(0.0);
            for (answer, class) in answers.iter().zip(classes).take(real) {
                score.correct += u32::from(answer == class);
            }
            for (sum, loss) in score.loss.iter_mut().zip(losses) {
                *sum += loss;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{score_all, to_deltas};
    use crate::Task;
    use crate::lanes::{LANES, Portable, padded};

    /// A logistic task, a softmax over two classes, and another logistic task.
    const TASKS: [Task<'_>; 3] = [
        Task {
            inputs: &[0],
            outputs: &[2],
            weight: Task::ALIKE,
        },
        Task {
            inputs: &[1],
            outputs: &[0, 3],
            weight: Task::ALIKE,
        },
        Task {
            inputs: &[2],
            outputs: &[1],
            weight: Task::ALIKE,
        },
    ];

    /// Of logits some of which are `extreme`: what is said of the loss, and the deltas.
    fn check(sample_count: usize, extreme: f32) -> bool {
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
        let loss = score_all::<Portable>(&TASKS, expected, padded, classes, sample_count);
        let is_finite = to_deltas::<Portable>(&TASKS, logits, padded, classes, sample_count);
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
                assert!(check(sample_count, extreme));
                assert!(check(sample_count, -extreme));
            }
        }
        assert!(!check(64, f32::INFINITY));
        assert!(!check(64, f32::NAN));
        assert!(!check(64, f32::MAX));
    }
}
