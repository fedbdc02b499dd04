//! What a task wants, as numbers: its loss, the deltas of its logits, and how often its class is right.

use crate::lanes::{LANES, fold};
use crate::math::{exp, ln, ln_1p, relu};
use crate::task::greatest;

/// What one task made of the samples seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TaskScore {
    /// Loss of the samples, summed into lane `sample mod 16`.
    loss: [f32; LANES],
    /// Samples whose class was right.
    correct: u32,
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

/// Scores a logistic task (one output, class 1 where the logit is positive) and turns its logits into deltas,
/// `(σ(z) − y) / divisor`. Samples from `sample_count` on are padding: loss and delta +0.0.
///
/// The loss of a sample is `max(z, 0) − z·y + ln(1 + e^−|z|)`.
#[inline(always)]
pub(crate) fn logistic(
    logits: &mut [f32],
    classes: &[u16],
    sample_count: usize,
    divisor: usize,
    score: &mut TaskScore,
) {
    let divisor = divisor as f32;
    let blocks = logits
        .as_chunks_mut::<LANES>()
        .0
        .iter_mut()
        .zip(classes.as_chunks::<LANES>().0);
    for (block, (logits, classes)) in blocks.enumerate() {
        // Loops of one purpose each: so they become vector instructions.
        let mut targets = [0.0; LANES];
        for lane in 0..LANES {
            targets[lane] = f32::from(classes[lane]);
        }
        let mut losses = [0.0; LANES];
        let mut deltas = [0.0; LANES];
        for lane in 0..LANES {
            let (z, y) = (logits[lane], targets[lane]);
            let e = exp(-z.abs());
            let probability = if z < 0.0 { e } else { 1.0 } / (1.0 + e);
            losses[lane] = relu(z) - z * y + ln_1p(e);
            deltas[lane] = (probability - y) / divisor;
        }
        let real = sample_count.saturating_sub(block * LANES).min(LANES);
        for (lane, &z) in logits[..real].iter().enumerate() {
            score.correct += u32::from((z > 0.0) == (classes[lane] == 1));
        }
        losses[real..].fill(0.0);
        deltas[real..].fill(0.0);
        *logits = deltas;
        for (sum, loss) in score.loss.iter_mut().zip(losses) {
            *sum += loss;
        }
    }
}

/// Scores a softmax task (the class is the lowest index of the greatest logit) and turns its logits into deltas,
/// `(pⱼ − [j = class]) / divisor`. `outputs` names the rows of `logits` that belong to the task, class by class.
///
/// The loss of a sample is `ln Σⱼ e^(zⱼ − m) − (z_class − m)`, with `m` the greatest logit.
#[inline(always)]
pub(crate) fn softmax(
    logits: &mut [f32],
    outputs: &[usize],
    padded: usize,
    classes: &[u16],
    sample_count: usize,
    divisor: usize,
    score: &mut TaskScore,
) {
    let divisor = divisor as f32;
    for output in outputs {
        logits[output * padded..][sample_count..padded].fill(0.0);
    }
    for (sample, &target) in classes[..sample_count].iter().enumerate() {
        let at = |class: usize| outputs[class] * padded + sample;
        let target = usize::from(target);
        let greatest = greatest(outputs.len(), |class| logits[at(class)]);
        score.correct += u32::from(greatest == target);
        let shift = logits[at(greatest)];
        let target_logit = logits[at(target)] - shift;
        let mut sum = 0.0;
        for class in 0..outputs.len() {
            let e = exp(logits[at(class)] - shift);
            logits[at(class)] = e;
            sum += e;
        }
        score.loss[sample % LANES] += ln(sum) - target_logit;
        for class in 0..outputs.len() {
            let hit = f32::from(u8::from(class == target));
            logits[at(class)] = (logits[at(class)] / sum - hit) / divisor;
        }
    }
}
