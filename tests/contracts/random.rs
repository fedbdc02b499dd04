//! Draws networks, masks, tasks and batches at random.

use rand_core::Rng;
use tombola::lanes::Portable;
use tombola::random::{Normal, Purpose, below, stream, uniform};
use tombola::{Mlp, kaiming_normal};

use crate::support::{Padded, Ports, as_tasks, mask, random_tasks};

/// A network, a mask, tasks and a batch, all drawn at random.
pub(crate) struct Random {
    pub(crate) widths: Vec<usize>,
    /// Masked: pruned weights are +0.0.
    pub(crate) params: Vec<f32>,
    pub(crate) survives: Vec<bool>,
    pub(crate) tasks: Vec<Ports>,
    /// One row per sample.
    pub(crate) inputs: Vec<Vec<f32>>,
    pub(crate) classes: Vec<Vec<u16>>,
}

impl Random {
    pub(crate) fn draw(widths: &[usize], samples: usize, rng: &mut impl Rng) -> Self {
        let net = Mlp::new(widths);
        let most = net.input_count().min(net.output_count());
        let tasks = random_tasks(net, 1 + below(most as u32, rng) as usize, rng);

        let mut normal = Normal::default();
        let mut params = vec![0.0; net.param_count()];
        kaiming_normal(net, &mut params, rng);
        // Zero biases are what rewinding leaves: units without surviving inputs then sit exactly on the kink.
        if below(2, rng) == 0 {
            params[net.weight_count()..].fill_with(|| 0.3 * normal.draw(rng));
        }
        let density = [1.0, 0.5, 0.1][below(3, rng) as usize];
        let survives: Vec<bool> = (0..net.weight_count()).map(|_| uniform(rng) < density).collect();
        mask(net, &survives, &mut vec![]).apply(&mut params);

        let mut row = || (0..net.input_count()).map(|_| normal.draw(rng)).collect();
        let inputs = (0..samples).map(|_| row()).collect();
        let counts = as_tasks(&tasks).into_iter().map(|task| task.class_count() as u32);
        let counts: Vec<u32> = counts.collect();
        let mut row = || counts.iter().map(|&count| below(count, rng) as u16).collect();
        let classes = (0..samples).map(|_| row()).collect();
        Self {
            widths: widths.to_vec(),
            params,
            survives,
            tasks,
            inputs,
            classes,
        }
    }

    /// Of 1 to 4 layers, up to `widest` units wide, with up to `most` samples.
    pub(crate) fn of_any_shape(seed: u64, widest: u32, most: u32) -> Self {
        let mut rng = stream(seed, Purpose::Weights);
        let layers = 1 + below(4, &mut rng) as usize;
        let mut width = |_| 1 + below(widest, &mut rng) as usize;
        let widths: Vec<usize> = (0..=layers).map(&mut width).collect();
        let samples = 1 + below(most, &mut rng) as usize;
        Self::draw(&widths, samples, &mut rng)
    }

    pub(crate) fn net(&self) -> Mlp<'_> {
        Mlp::new(&self.widths)
    }

    pub(crate) fn exact_params(&self) -> Vec<f64> {
        self.params.iter().map(|&param| param.into()).collect()
    }

    /// Loss and gradient, as the core computes them.
    pub(crate) fn gradient(&self) -> (f32, Vec<f32>) {
        let net = self.net();
        let batch = Padded::new(&self.inputs, &self.classes);
        let mut workspace = vec![f32::NAN; net.workspace_len(batch.sample_count)];
        let mut grads = vec![f32::NAN; net.param_count()];
        let tasks = as_tasks(&self.tasks);
        let loss = net.gradient::<Portable>(&self.params, batch.lend(&tasks), &mut workspace, &mut grads);
        (loss, grads)
    }
}
