//! Compares the scores of weights, and what is left when they prune, with PyTorch's gradients.

use serde::Deserialize;
use tombola::lanes::Portable;
use tombola::{BatchMemory, Mlp, Samples, snip, synflow, synflow_prune};

use super::{check_file, survivors};
use crate::support::{Ports, as_tasks, mask};
use crate::tolerance::assert_scores;

#[derive(Deserialize)]
struct Case {
    widths: Vec<usize>,
    tasks: Vec<Ports>,
    weights: Vec<Vec<f32>>,
    biases: Vec<Vec<f32>>,
    mask: Vec<Vec<u8>>,
    inputs: Vec<Vec<f32>>,
    classes: Vec<Vec<u16>>,
    snip: Vec<Vec<f64>>,
    synflow: Vec<Vec<f64>>,
    synflow_rounds: Vec<Pruned>,
}

#[derive(Deserialize)]
struct Pruned {
    weights_left: usize,
    mask: Vec<u8>,
}

impl Case {
    fn params(&self) -> Vec<f32> {
        [self.weights.concat(), self.biases.concat()].concat()
    }
}

#[test]
fn snip_is_the_gradient_times_the_weight() {
    check_file("scores.json", check_snip);
}

#[test]
fn synflow_is_the_gradient_times_the_weight() {
    check_file("scores.json", check_synflow);
}

#[test]
fn a_hundred_rounds_of_synflow_leave_the_same_weights() {
    check_file("scores.json", check_rounds);
}

fn check_snip(case: &Case) {
    let (net, params, tasks) = (Mlp::new(&case.widths), case.params(), as_tasks(&case.tasks));
    let (inputs, classes) = (case.inputs.concat(), case.classes.concat());
    let samples = Samples::new(&inputs, net.input_count(), &classes, tasks.len());
    // All samples at once, and in chunks of which the last is smaller.
    for batch in [case.inputs.len(), 16] {
        let mut floats = vec![0.0; BatchMemory::float_count(net, tasks.len(), batch)];
        let mut words = vec![0; BatchMemory::word_count(tasks.len(), batch)];
        let mut memory = BatchMemory::new(net, tasks.len(), batch, &mut floats, &mut words);
        let (mut grads, mut scores) = (vec![f32::NAN; params.len()], vec![f32::NAN; net.weight_count()]);
        snip::<Portable>(
            net,
            &params,
            samples,
            &tasks,
            &mut memory,
            &mut grads,
            &mut scores,
        );
        assert_scores(net, "SNIP", &scores, 1.0, &case.snip);
    }
}

fn check_synflow(case: &Case) {
    let (net, params) = (Mlp::new(&case.widths), case.params());
    let (mut scores, mut flows) = (vec![f32::NAN; net.weight_count()], vec![f32::NAN; net.flow_len()]);
    synflow::<Portable>(net, &params, &mut scores, &mut flows);
    // All scores are scaled alike, by a power of two.
    let sum = |scores: &[f64]| scores.iter().sum::<f64>();
    let ours: Vec<f64> = scores.iter().map(|&score| score.into()).collect();
    let scale = sum(&case.synflow.concat()) / sum(&ours);
    // A quarter more is beyond the power and below the next; what remains without the fraction is the power.
    let power = f64::from_bits((scale * 1.25).to_bits() >> 52 << 52);
    assert!((scale / power - 1.0).abs() < 1e-5, "{scale} is no power of two");
    assert_scores(net, "SynFlow", &scores, power, &case.synflow);
}

fn check_rounds(case: &Case) {
    let net = Mlp::new(&case.widths);
    let survives = survivors(&case.mask);
    for pruned in &case.synflow_rounds {
        let mut params = case.params();
        let mut bits = vec![];
        let mut mask = mask(net, &survives, &mut bits);
        let (mut scores, mut flows) = (vec![0.0; net.weight_count()], vec![0.0; net.flow_len()]);
        let goal = (pruned.weights_left, 100);
        synflow_prune::<Portable>(net, &mut params, &mut mask, goal, &mut scores, &mut flows);
        let ours: Vec<u8> = (0..net.weight_count())
            .map(|weight| u8::from(mask.survives(weight)))
            .collect();
        assert_eq!(ours, pruned.mask, "{} left", pruned.weights_left);
        assert_eq!(mask.remaining(), pruned.weights_left);
    }
}
