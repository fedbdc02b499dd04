//! The losses of a task: logistic or softmax cross-entropy, the deltas of its logits, and how many classes are right.

use crate::Task;
use crate::kernels::has_room;
use crate::lanes::{Kernel, LANES, Lanes, fold};
use crate::math::{exp, ln, ln_1p, relu};

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
        let divisor = self.divisor as f32;
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
                // As a signed number, which every vector unit converts.
                targets[block][lane] = classes[block][lane] as i32 as f32;
                powers[block][lane] = exp(-logits[block][lane].abs());
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
                let (z, y, e) = (logits[block][lane], targets[block][lane], powers[block][lane]);
                let probability = if z < 0.0 { e } else { 1.0 } / (1.0 + e);
                logits[block][lane] = (probability - y) / divisor;
            }
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
