//! Computes loss and gradient naively: in f64, one sample after the other, without lanes or layout. The core is compared
//! with it, and it is compared with finite differences.

use tombola::{Layer, Mlp};

use crate::random::Random;
use crate::support::as_tasks;
use crate::tolerance::{Approx, DIFFERENCES, STEP, batch_depth, logistic, softmax};

/// What a layer makes of what it is fed, before the ReLU.
fn sums(layer: &Layer, param: impl Fn(usize) -> Approx, fed: &[Approx]) -> Vec<Approx> {
    let sum = |output: usize| {
        let row = layer.weights.start + output * layer.fan_in;
        let products = (0..layer.fan_in).map(|input| param(row + input).times(fed[input]));
        let bias = param(layer.biases.start + output);
        Approx::sum(core::iter::once(bias).chain(products), layer.fan_in)
    };
    (0..layer.fan_out).map(sum).collect()
}

/// The logits of a network with these parameters for one sample: bounds for whoever sums in f32, in any order, products
/// fused or not.
pub(crate) fn logits(net: Mlp<'_>, param: impl Fn(usize) -> Approx, inputs: Vec<Approx>) -> Vec<Approx> {
    net.layers().enumerate().fold(inputs, |fed, (index, layer)| {
        let sums = sums(&layer, &param, &fed);
        if index + 1 == net.layer_count() {
            sums
        } else {
            sums.into_iter().map(Approx::relu).collect()
        }
    })
}

/// Loss and gradient, with the core's error bounds.
pub(crate) struct Twin {
    pub(crate) loss: Approx,
    pub(crate) grads: Vec<Approx>,
    /// Every pre-activation of a hidden unit, sample after sample.
    pub(crate) gates: Vec<Approx>,
}

impl Twin {
    /// Of this network, tasks and batch, and of these parameters.
    pub(crate) fn of(random: &Random, params: &[f64]) -> Self {
        let (net, tasks) = (random.net(), as_tasks(&random.tasks));
        let count = random.inputs.len();
        let param = |index: usize| Approx::exactly(params[index]);
        let mut losses = vec![vec![]; tasks.len()];
        let mut terms = vec![vec![]; net.param_count()];
        let mut gates = vec![];
        for (inputs, classes) in random.inputs.iter().zip(&random.classes) {
            // What each layer is fed, and what it makes of it before the ReLU.
            let mut fed = vec![
                inputs
                    .iter()
                    .map(|&x| Approx::exactly(x.into()))
                    .collect::<Vec<_>>(),
            ];
            let mut made = vec![];
            for layer in net.layers() {
                let from = &fed[fed.len() - 1];
                let z = sums(&layer, param, from);
                fed.push(z.iter().map(|z| z.relu()).collect());
                made.push(z);
            }
            let logits = made.pop().expect("a network has a layer");
            gates.extend(made.iter().flatten());

            let mut deltas = vec![Approx::default(); logits.len()];
            for (task, (ports, &class)) in tasks.iter().zip(classes).enumerate() {
                let (loss, probabilities) = match ports.outputs {
                    &[output] => {
                        let [loss, probability] = logistic(logits[output], class);
                        (loss, vec![probability])
                    }
                    outputs => {
                        let logits: Vec<Approx> = outputs.iter().map(|&output| logits[output]).collect();
                        softmax(&logits, class)
                    }
                };
                losses[task].push(loss);
                for (index, (&output, probability)) in ports.outputs.iter().zip(probabilities).enumerate() {
                    let hit = match ports.outputs.len() {
                        1 => f64::from(class),
                        _ => f64::from(u8::from(usize::from(class) == index)),
                    };
                    deltas[output] = Approx::sum([probability, Approx::exactly(-hit)], 1).over(count);
                }
            }

            for (index, layer) in net.layers().enumerate().rev() {
                for o in 0..layer.fan_out {
                    terms[layer.biases.start + o].push(deltas[o]);
                    for i in 0..layer.fan_in {
                        terms[layer.weights.start + o * layer.fan_in + i]
                            .push(deltas[o].times(fed[index][i]));
                    }
                }
                if index > 0 {
                    let below = |i: usize| {
                        let products = (0..layer.fan_out)
                            .map(|o| param(layer.weights.start + o * layer.fan_in + i).times(deltas[o]));
                        Approx::sum(products, layer.fan_out).where_positive(made[index - 1][i])
                    };
                    deltas = (0..layer.fan_in).map(below).collect();
                }
            }
        }
        let over_batch = |terms: Vec<Approx>| Approx::sum(terms, batch_depth(count));
        let task_losses = losses.into_iter().map(|losses| over_batch(losses).over(count));
        Self {
            loss: Approx::sum(task_losses, tasks.len()),
            grads: terms.into_iter().map(over_batch).collect(),
            gates,
        }
    }

    /// Which hidden units are open for which samples.
    fn pattern(&self) -> Vec<bool> {
        self.gates.iter().map(|gate| gate.exact > 0.0).collect()
    }
}

#[test]
fn the_twin_agrees_with_finite_differences() {
    let (mut compared, mut skipped) = (0, 0);
    for seed in 0..60 {
        let random = Random::of_any_shape(seed, 6, 8);
        let params = random.exact_params();
        let twin = Twin::of(&random, &params);
        for (index, grad) in twin.grads.iter().enumerate() {
            let [above, below] = [STEP, -STEP].map(|step| {
                let mut params = params.clone();
                params[index] += step;
                Twin::of(&random, &params)
            });
            // The loss has no derivative across a kink.
            if above.pattern() != twin.pattern() || below.pattern() != twin.pattern() {
                skipped += 1;
                continue;
            }
            compared += 1;
            let slope = (above.loss.exact - below.loss.exact) / (2.0 * STEP);
            assert!(
                (slope - grad.exact).abs() <= DIFFERENCES * slope.abs().max(1.0),
                "seed {seed}, widths {:?}, parameter {index}: {slope} is not {}",
                random.widths,
                grad.exact
            );
        }
    }
    // Units without surviving inputs and bias sit on the kink itself, and any step of theirs crosses it.
    assert!(skipped * 5 < compared, "{skipped} skipped, {compared} compared");
}
