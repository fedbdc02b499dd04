//! Draws a network with initial parameters, a mask, and a batch of noise: what is learned does not change the work.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use tombola::lanes::padded;
use tombola::random::{Purpose, shuffle, stream, uniform};
use tombola::{Batch, Mask, Mlp, Task, kaiming_normal};
use tombola_host::memory::Aligned;

use crate::{TASKS, aligned, masks};

/// A network, its parameters, and a batch for it.
#[derive(Debug)]
pub struct Case<'a> {
    /// The network.
    pub net: Mlp<'a>,
    /// Its tasks.
    pub tasks: &'a [Task<'a>],
    /// Its parameters, flat; pruned weights are +0.0.
    pub params: Vec<f32>,
    /// Whether each weight survives.
    pub survives: Vec<bool>,
    /// `(input_count, padded)`.
    pub inputs: Aligned<f32>,
    /// `(tasks, padded)`.
    pub classes: Vec<u32>,
    /// Samples of the batch.
    pub sample_count: usize,
}

impl<'a> Case<'a> {
    /// All weights survive.
    pub fn dense(widths: &'a [usize], sample_count: usize) -> Self {
        Self::pruned(widths, sample_count, 1.0)
    }

    /// This share of the weights survives, chosen at random.
    pub fn pruned(widths: &'a [usize], sample_count: usize, density: f64) -> Self {
        Self::new(widths, &TASKS, sample_count, |net, rng| {
            let mut order: Vec<usize> = (0..net.weight_count()).collect();
            shuffle(&mut order, rng);
            let mut survives = vec![false; net.weight_count()];
            for &weight in &order[..share(net.weight_count(), density)] {
                survives[weight] = true;
            }
            survives
        })
    }

    /// This share of the weights survives, all of them [active](masks::active).
    ///
    /// # Panics
    /// If that is less than one path or more than all.
    pub fn active(widths: &'a [usize], tasks: &'a [Task<'a>], sample_count: usize, density: f64) -> Self {
        Self::new(widths, tasks, sample_count, |net, rng| {
            masks::active(net, share(net.weight_count(), density), rng)
        })
    }

    fn new(
        widths: &'a [usize],
        tasks: &'a [Task<'a>],
        sample_count: usize,
        survives: impl FnOnce(Mlp<'_>, &mut ChaCha8Rng) -> Vec<bool>,
    ) -> Self {
        let net = Mlp::new(widths);
        let mut rng = stream(1, Purpose::Weights);
        let mut params = vec![0.0; net.param_count()];
        kaiming_normal(net, &mut params, &mut rng);
        let survives = survives(net, &mut rng);
        Mask::from_fn(net, &mut vec![0; net.mask_len()], |weight| survives[weight]).apply(&mut params);
        let mut inputs = aligned(net.batch_len(sample_count));
        inputs.fill_with(|| 2.0 * uniform(&mut rng) - 1.0);
        let classes = tasks
            .iter()
            .flat_map(|task| vec![task.class_count() as u32; padded(sample_count)]);
        Self {
            classes: classes.map(|count| rng.next_u32() % count).collect(),
            net,
            tasks,
            params,
            survives,
            inputs,
            sample_count,
        }
    }

    /// The batch.
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            inputs: &self.inputs,
            classes: &self.classes,
            sample_count: self.sample_count,
            tasks: self.tasks,
        }
    }

    /// The mask, in `bits`, which are made as many as it needs.
    pub fn mask<'b>(&self, bits: &'b mut Vec<u32>) -> Mask<'b> {
        bits.resize(self.net.mask_len(), 0);
        Mask::from_fn(self.net, bits, |weight| self.survives[weight])
    }

    /// The widths, as one word.
    pub fn name(&self) -> String {
        let widths: Vec<String> = self.net.widths().iter().map(usize::to_string).collect();
        widths.join("-")
    }
}

/// This share of a count, rounded.
pub fn share(count: usize, share: f64) -> usize {
    (count as f64 * share).round() as usize
}
