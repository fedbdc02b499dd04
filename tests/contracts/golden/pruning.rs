//! Compares global magnitude pruning, level by level, with ties.

use serde::Deserialize;
use tombola::{Mask, Mlp, Trajectory};

use super::check_file;

#[derive(Deserialize)]
struct Case {
    widths: Vec<usize>,
    rate: f64,
    weights: Vec<Vec<f32>>,
    steps: Vec<Step>,
    /// Says that magnitudes repeat; else they are distinct.
    #[serde(default)]
    ties: bool,
}

#[derive(Deserialize)]
struct Step {
    level: u32,
    weights_left: usize,
    mask: Vec<u8>,
}

#[test]
fn pruning_leaves_the_same_weights() {
    check_file("pruning.json", check);
}

fn check(case: &Case) {
    let net = Mlp::new(&case.widths);
    let weights = case.weights.concat();
    let mut magnitudes: Vec<u32> = weights.iter().map(|weight| weight.abs().to_bits()).collect();
    magnitudes.sort_unstable();
    magnitudes.dedup();
    assert_eq!(magnitudes.len() < weights.len(), case.ties, "magnitudes repeat");

    let biases = vec![1e-9; net.bias_count()];
    let mut params = [&*weights, &*biases].concat();
    let mut bits = vec![0; net.mask_len()];
    let mut mask = Mask::full(net, &mut bits);
    let levels = case.steps.iter().map(|step| step.level).max();
    let levels = levels.expect("a case has steps");
    let trajectory = Trajectory::with_levels(weights.len() as u64, case.rate, levels).unwrap();
    for step in &case.steps {
        assert_eq!(trajectory.weights_left(step.level), step.weights_left as u64);
        mask.prune(&mut params, mask.remaining() - step.weights_left);
        assert_mask(&mask, &params, &weights, step);

        // The weights do not move between levels, so one cut from all of them finds the same mask.
        let mut at_once = [&*weights, &*biases].concat();
        let mut bits = vec![0; net.mask_len()];
        let mut mask = Mask::full(net, &mut bits);
        mask.prune(&mut at_once, weights.len() - step.weights_left);
        assert_mask(&mask, &at_once, &weights, step);
    }
    assert_eq!(params[weights.len()..], biases, "biases stay");
}

fn assert_mask(mask: &Mask<'_>, params: &[f32], weights: &[f32], step: &Step) {
    assert_eq!(mask.remaining(), step.weights_left, "level {}", step.level);
    let ours: Vec<u8> = (0..weights.len())
        .map(|weight| u8::from(mask.survives(weight)))
        .collect();
    assert_eq!(ours, step.mask, "level {}", step.level);
    for (index, &weight) in weights.iter().enumerate() {
        let expected = if mask.survives(index) { weight } else { 0.0 };
        assert_eq!(params[index].to_bits(), expected.to_bits(), "weight {index}");
    }
}
