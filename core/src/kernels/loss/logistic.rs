//! Logistic cross-entropy: the deltas of all logistic tasks at once, or one task with its loss and what is right.

use super::TaskScore;
use crate::Task;
use crate::kernels::rows::rows;
use crate::kernels::{has_room, has_vectors};
use crate::lanes::{Kernel, LANES, Lanes};
use crate::math::{exp_of_negative, ln_1p, relu};

/// Turns the logits of all logistic tasks into deltas, and returns true; where a logit of any task is so great that the
/// loss might be infinite, or is NaN, does nothing and returns false.
///
/// ```text
/// logits (outputs, padded), classes (tasks, padded) -> logits (outputs, padded)
/// for each task t of one output o, and sample s:
///     logits[o, s] = (σ(logits[o, s]) − classes[t, s]) / sample_count if s < sample_count, else +0.0
/// ```
pub(super) struct LogisticDeltas<'a> {
    pub(super) tasks: &'a [Task<'a>],
    pub(super) logits: &'a mut [f32],
    pub(super) padded: usize,
    pub(super) classes: &'a [u32],
    pub(super) sample_count: usize,
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
        // A sample's loss is at most twice its greatest logit and a logarithm of the number of classes: of logits up to
        // 1e28, and times a weight of at most 1e6, it is 2e34, and a float holds the sum over 10,000 tasks. Without their
        // signs floats are ordered as their bits are, and a NaN is above infinity.
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
pub(super) struct Logistic<'a> {
    pub(super) logits: &'a mut [f32],
    pub(super) classes: &'a [u32],
    pub(super) sample_count: usize,
    pub(super) divisor: usize,
    pub(super) score: &'a mut TaskScore,
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
