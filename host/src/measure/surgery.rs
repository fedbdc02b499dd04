//! Measures the accuracy of each task when something is done to the network or to what it is fed: other tasks' inputs
//! permuted, a subnetwork alone, a subnetwork taken out, a neuron taken out.

use std::ops::Range;

use tombola::random::{Part, Purpose, Seed, shuffle, stream};
use tombola::{State, Structure, Task};

use super::{MEASURES_ARM, Subject, answers::Answers};

/// The accuracy of each task where the inputs that are not its own are permuted among the test samples, all of them
/// together; `None` where there are none.
pub(super) fn permuted(subject: &Subject<'_>, structure: &Structure<'_>) -> Vec<Option<f64>> {
    let Subject { net, tasks, data, .. } = *subject;
    let mut answers = Answers::new(subject, structure);
    let (rows, width) = (data.test.inputs(), net.input_count());
    let of = |(number, task): (usize, &Task<'_>)| {
        let others: Vec<_> = (0..width).filter(|input| !task.inputs.contains(input)).collect();
        if others.is_empty() {
            return None;
        }
        let mut order: Vec<_> = (0..data.test.sample_count()).collect();
        let seed = Seed {
            seed: subject.seed,
            arm: MEASURES_ARM,
        };
        let purpose = Purpose::Inputs {
            task: number as u32,
            part: Part::Test,
        };
        shuffle(&mut order, &mut stream(seed, purpose));
        let mut permuted = rows.to_vec();
        for (row, &from) in permuted.chunks_exact_mut(width).zip(&order) {
            for &input in &others {
                row[input] = rows[from * width + input];
            }
        }
        Some(answers.accuracies(&permuted, |_| true)[number])
    };
    tasks.iter().enumerate().map(of).collect()
}

/// The accuracy of each task with an output in a subnetwork, where all is left out but what reaches the outputs of this
/// subnetwork: its own weights, and zombies. Under `SUBNETWORK:TASK`, subnetworks counted from 0 in the order of their
/// first neurons.
///
/// # Panics
/// If the subnetwork's logits are not those of the whole network, bit for bit.
pub(super) fn alone(subject: &Subject<'_>, structure: &Structure<'_>) -> Vec<(String, f64)> {
    let Subject { net, tasks, data, .. } = *subject;
    let outputs = net.first_neuron(net.layer_count())..net.neuron_count();
    let mut answers = Answers::new(subject, structure);
    let whole = answers.logits(|_| true);
    let mut entries = vec![];
    for (number, subnetwork) in structure.subnetworks().enumerate() {
        let is_own = |output: &usize| structure.subnetwork_of(outputs.start + output) == Some(subnetwork);
        let own: Vec<_> = (0..net.output_count()).filter(is_own).collect();
        let stays = reaching(subject, structure, &own, &outputs);
        let part = answers.logits(|weight| stays[weight]);
        let rows = |logits: &[u32], output: usize| -> Vec<u32> {
            logits
                .iter()
                .skip(output)
                .step_by(net.output_count())
                .copied()
                .collect()
        };
        assert!(
            own.iter()
                .all(|&output| rows(&part, output) == rows(&whole, output)),
            "subnetwork {number} answers alone as it does in the whole network"
        );
        let accuracies = answers.accuracies(data.test.inputs(), |weight| stays[weight]);
        for ((task, name), accuracy) in tasks.iter().zip(subject.names).zip(accuracies) {
            if task.outputs.iter().any(|output| own.contains(output)) {
                entries.push((format!("{number}:{}", name.name), accuracy));
            }
        }
    }
    entries
}

/// Which weights reach one of these outputs.
fn reaching(
    subject: &Subject<'_>,
    structure: &Structure<'_>,
    own: &[usize],
    outputs: &Range<usize>,
) -> Vec<bool> {
    let net = subject.net;
    let mut reaches = vec![false; net.neuron_count()];
    for output in own {
        reaches[outputs.start + output] = true;
    }
    let mut stays = vec![false; net.weight_count()];
    for edge in (0..net.layer_count())
        .rev()
        .flat_map(|layer| structure.edges(layer))
    {
        if reaches[edge.to] {
            reaches[edge.from] = true;
            stays[edge.weight] = true;
        }
    }
    stays
}

/// The accuracy of each task without the weights of one subnetwork, under `SUBNETWORK:TASK` as in [`alone`].
pub(super) fn without_subnetwork(subject: &Subject<'_>, structure: &Structure<'_>) -> Vec<(String, f64)> {
    let net = subject.net;
    let mut answers = Answers::new(subject, structure);
    let mut owner = vec![None; net.weight_count()];
    for edge in (0..net.layer_count()).flat_map(|layer| structure.edges(layer)) {
        if structure.edge_state(edge) == State::Active {
            owner[edge.weight] = structure.subnetwork_of(edge.from);
        }
    }
    let mut entries = vec![];
    for (number, subnetwork) in structure.subnetworks().enumerate() {
        let accuracies = answers.accuracies(subject.data.test.inputs(), |weight| {
            owner[weight] != Some(subnetwork)
        });
        entries.extend(named(subject, &number.to_string(), accuracies));
    }
    entries
}

/// The accuracy of each task without one hidden neuron that reaches an output, under `LLAYER.UNIT:TASK`: its outgoing
/// weights are left out.
pub(super) fn without_neuron(subject: &Subject<'_>, structure: &Structure<'_>) -> Vec<(String, f64)> {
    let net = subject.net;
    let mut answers = Answers::new(subject, structure);
    let mut entries = vec![];
    for (layer, weights) in net.layers().enumerate().skip(1) {
        for unit in 0..weights.fan_in {
            if structure.neuron_state(net.first_neuron(layer) + unit) == State::Inactive {
                continue;
            }
            let leaves = |weight: usize| {
                weights.weights.contains(&weight) && (weight - weights.weights.start) % weights.fan_in == unit
            };
            let accuracies = answers.accuracies(subject.data.test.inputs(), |weight| !leaves(weight));
            entries.extend(named(subject, &format!("L{layer}.{unit}"), accuracies));
        }
    }
    entries
}

/// Accuracies under what was done and the task's name.
fn named(subject: &Subject<'_>, what: &str, accuracies: Vec<f64>) -> impl Iterator<Item = (String, f64)> {
    let named = subject.names.iter().zip(accuracies);
    named.map(move |(task, accuracy)| (format!("{what}:{}", task.name), accuracy))
}
