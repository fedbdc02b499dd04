//! Compares logits, loss, gradients and optimizer steps with PyTorch's.

use serde::Deserialize;
use tombola::lanes::{Portable, padded};
use tombola::{Mlp, Optimizer, Rule};

use super::{check_file, survivors};
use crate::support::{Padded, Ports, as_tasks, mask};
use crate::tolerance::assert_golden;

#[derive(Deserialize)]
struct Case {
    widths: Vec<usize>,
    loss: Loss,
    /// By task; all 1 where there are none.
    #[serde(default)]
    loss_weights: Vec<f32>,
    optimizer: Decayed,
    inputs: Vec<Vec<f32>>,
    /// One column per task: 0 or 1 for each output, or the index of a class.
    targets: Vec<Vec<f32>>,
    weights: Vec<Vec<f32>>,
    biases: Vec<Vec<f32>>,
    mask: Vec<Vec<u8>>,
    logits: Vec<Vec<f64>>,
    loss_value: f64,
    weight_gradients: Vec<Vec<f64>>,
    bias_gradients: Vec<Vec<f64>>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Loss {
    BceWithLogits,
    SoftmaxCrossEntropy,
}

#[derive(Deserialize)]
struct Decayed {
    #[serde(flatten, with = "Named")]
    rule: Rule,
    #[serde(default)]
    weight_decay: f32,
    #[serde(default)]
    l1: f32,
}

/// The rule with PyTorch's names.
#[derive(Deserialize)]
#[serde(remote = "Rule", tag = "kind", rename_all = "lowercase")]
enum Named {
    Sgd {
        #[serde(rename = "lr")]
        rate: f32,
        momentum: f32,
    },
    Adam {
        #[serde(rename = "lr")]
        rate: f32,
        beta1: f32,
        beta2: f32,
        #[serde(rename = "eps")]
        epsilon: f32,
    },
}

#[derive(Deserialize)]
struct Step {
    after: usize,
    weights: Vec<Vec<f64>>,
    biases: Vec<Vec<f64>>,
}

#[test]
fn training_agrees_with_pytorch() {
    check_file("training.json", check);
}

#[test]
fn an_l1_penalty_and_weighted_losses_agree_with_pytorch() {
    // By tests/golden/make/dials.py.
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../golden/dials.json")).unwrap();
    cases.iter().for_each(check);
}

fn check(case: &Case) {
    let net = Mlp::new(&case.widths);
    let tasks = tasks(case, net);
    let mut tasks = as_tasks(&tasks);
    for (task, weight) in tasks.iter_mut().zip(&case.loss_weights) {
        task.weight = *weight;
    }
    let batch = Padded::new(&case.inputs, &classes(case));
    let survives = survivors(&case.mask);
    let mut bits = vec![];
    let mask = mask(net, &survives, &mut bits);
    let mut params = [case.weights.concat(), case.biases.concat()].concat();
    mask.apply(&mut params);

    let mut workspace = vec![f32::NAN; net.workspace_len(batch.sample_count)];
    let logits = net.forward::<Portable>(&params, &batch.inputs, batch.sample_count, &mut workspace);
    assert_eq!(case.logits.len(), batch.sample_count, "logits of every sample");
    for (sample, expected) in case.logits.iter().enumerate() {
        let row: Vec<f32> = logits
            .chunks_exact(padded(batch.sample_count))
            .map(|output| output[sample])
            .collect();
        assert_all("logits", &row, expected);
    }

    let Decayed {
        rule,
        weight_decay,
        l1,
    } = case.optimizer;
    let mut state = vec![f32::NAN; rule.state_len(net.param_count())];
    let mut optimizer = Optimizer::new(rule, weight_decay, net.weight_count(), &mut state).with_l1(l1);
    let mut grads = vec![f32::NAN; net.param_count()];
    let last = case.steps.iter().map(|step| step.after).max();
    for done in 1..=last.expect("a case has steps") {
        let loss = net.gradient::<Portable>(&params, batch.lend(&tasks), &mut workspace, &mut grads);
        mask.apply(&mut grads);
        if done == 1 {
            assert_golden("loss", loss, case.loss_value);
            let expected = [case.weight_gradients.concat(), case.bias_gradients.concat()].concat();
            assert_all("gradient", &grads, &expected);
        }
        optimizer.step::<Portable>(&mut params, &grads);
        for (weight, survives) in survives.iter().enumerate() {
            assert!(
                *survives || (params[weight].to_bits(), grads[weight].to_bits()) == (0, 0),
                "pruned weight {weight} after {done} steps"
            );
        }
        for step in case.steps.iter().filter(|step| step.after == done) {
            let expected = [step.weights.concat(), step.biases.concat()].concat();
            assert_all("parameter", &params, &expected);
        }
    }
}

fn assert_all(what: &str, ours: &[f32], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "as many of {what}");
    for (index, (&ours, &theirs)) in ours.iter().zip(theirs).enumerate() {
        assert_golden(&format!("{what} {index}"), ours, theirs);
    }
}

/// Who owns which outputs; inputs do not matter to training.
fn tasks(case: &Case, net: Mlp<'_>) -> Vec<Ports> {
    let outputs = (0..net.output_count()).collect::<Vec<_>>();
    let outputs = match case.loss {
        Loss::BceWithLogits => outputs.chunks(1),
        Loss::SoftmaxCrossEntropy => outputs.chunks(outputs.len()),
    };
    outputs
        .map(|outputs| Ports {
            inputs: vec![],
            outputs: outputs.to_vec(),
        })
        .collect()
}

fn classes(case: &Case) -> Vec<Vec<u16>> {
    let class = |&target: &f32| {
        assert_eq!(target, target.trunc(), "a target is a class");
        target as u16
    };
    case.targets
        .iter()
        .map(|row| row.iter().map(class).collect())
        .collect()
}
