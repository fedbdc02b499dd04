//! Softmax cross-entropy of one task: its loss, the deltas of its logits, and what is right.

use super::TaskScore;
use crate::lanes::{Kernel, LANES, Lanes};
use crate::math::{exp, ln};

/// Scores a softmax task (the class is the lowest index of the greatest logit) and turns its logits into deltas,
/// `(pⱼ − [j = class]) / divisor`. `outputs` names the rows of `logits` that belong to the task, class by class.
/// Samples from `sample_count` on are padding: loss and delta +0.0.
///
/// The loss of a sample is `ln Σⱼ e^(zⱼ − m) − (z_class − m)`, with `m` the greatest logit.
pub(super) struct Softmax<'a> {
    pub(super) logits: &'a mut [f32],
    pub(super) outputs: &'a [usize],
    pub(super) padded: usize,
    pub(super) classes: &'a [u32],
    pub(super) sample_count: usize,
    pub(super) divisor: usize,
    pub(super) score: &'a mut TaskScore,
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
