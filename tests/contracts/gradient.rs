//! The core's loss and gradient are those of the naive twin, within the rounding that f32 must make.

use rand_core::Rng;
use tombola::lanes::Portable;
use tombola::random::{Normal, Purpose, below, stream, uniform};
use tombola::{Mask, Mlp, kaiming_normal};

use crate::support::{Padded, Ports, as_tasks, random_tasks};
use crate::tolerance::{Approx, USUAL_WIDTH};
use crate::twin::Twin;

/// A network, a mask, tasks and a batch, all drawn at random.
pub(crate) struct Random {
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
        let mut bits = vec![0; net.mask_len()];
        Mask::from_fn(net, &mut bits, |weight| survives[weight]).apply(&mut params);

        let inputs = (0..samples).map(|_| (0..net.input_count()).map(|_| normal.draw(rng)).collect());
        let inputs = inputs.collect();
        let class_counts: Vec<u32> = as_tasks(&tasks)
            .iter()
            .map(|task| task.class_count() as u32)
            .collect();
        let classes = (0..samples)
            .map(|_| {
                class_counts
                    .iter()
                    .map(|&count| below(count, rng) as u16)
                    .collect()
            })
            .collect();
        Self {
            params,
            survives,
            tasks,
            inputs,
            classes,
        }
    }

    /// Of 1 to 4 layers, up to 40 wide, with up to 100 samples.
    pub(crate) fn of_any_shape(seed: u64) -> (Vec<usize>, Self) {
        let mut rng = stream(seed, Purpose::Weights);
        let layers = 1 + below(4, &mut rng) as usize;
        let widths: Vec<usize> = (0..=layers).map(|_| 1 + below(40, &mut rng) as usize).collect();
        let samples = 1 + below(100, &mut rng) as usize;
        let random = Self::draw(&widths, samples, &mut rng);
        (widths, random)
    }
}

#[test]
fn the_gradient_is_that_of_the_twin() {
    let mut widths: Vec<f64> = (0..80).map(check).collect();
    widths.sort_by(f64::total_cmp);
    assert!(
        widths[widths.len() / 2] <= USUAL_WIDTH,
        "the median bound is {} wide",
        widths[widths.len() / 2]
    );
}

/// Returns the widest bound, as a fraction of the greatest gradient.
fn check(seed: u64) -> f64 {
    let (widths, random) = Random::of_any_shape(seed);
    let net = Mlp::new(&widths);
    let tasks = as_tasks(&random.tasks);
    let batch = Padded::new(&random.inputs, &random.classes);
    let mut workspace = vec![f32::NAN; net.workspace_len(batch.sample_count)];
    let mut grads = vec![f32::NAN; net.param_count()];
    let loss = net.gradient::<Portable>(&random.params, batch.lend(&tasks), &mut workspace, &mut grads);

    let params: Vec<f64> = random.params.iter().map(|&param| param.into()).collect();
    let twin = Twin::new(net, &params, &random.inputs, &random.classes, &tasks);
    let shape = format!("seed {seed}, widths {widths:?}, {} samples", batch.sample_count);
    assert!(
        (f64::from(loss) - twin.loss.exact).abs() <= twin.loss.error,
        "{shape}: loss {loss} is not {:?}",
        twin.loss
    );
    for (index, (&grad, expected)) in grads.iter().zip(&twin.grads).enumerate() {
        assert!(
            (f64::from(grad) - expected.exact).abs() <= expected.error,
            "{shape}: gradient {index}, {grad}, is not {expected:?}"
        );
    }
    let greatest = |of: fn(&Approx) -> f64| twin.grads.iter().map(of).fold(0.0, f64::max);
    greatest(|grad| grad.error) / greatest(|grad| grad.exact.abs())
}
