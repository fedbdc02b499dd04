//! Compares the cross-task share of the Jacobian with what PyTorch's gradients give.

use serde::Deserialize;
use tombola::{Data, Mlp, Samples, Structure};
use tombola_host::machine::Machine;
use tombola_host::measure::{Extent, Subject, measure};

use super::{check_file, survivors};
use crate::support::{Ports, as_tasks, mask, named};
use crate::tolerance::JACOBIAN;

#[derive(Deserialize)]
struct Case {
    widths: Vec<usize>,
    tasks: Vec<Ports>,
    weights: Vec<Vec<f32>>,
    biases: Vec<Vec<f32>>,
    mask: Vec<Vec<u8>>,
    inputs: Vec<Vec<f32>>,
    classes: Vec<Vec<u16>>,
    /// Row: the task of the outputs; column: that of the inputs.
    jacobian: Vec<Vec<f64>>,
    jacobian_across: Option<f64>,
}

#[test]
fn the_cross_task_share_of_the_jacobian_agrees_with_pytorch() {
    check_file("scores.json", check);
}

fn check(case: &Case) {
    let net = Mlp::new(&case.widths);
    let (tasks, names) = (as_tasks(&case.tasks), named(&case.tasks));
    let mut bits = vec![];
    let mask = mask(net, &survivors(&case.mask), &mut bits);
    let params: Vec<f32> = case
        .weights
        .iter()
        .chain(&case.biases)
        .flatten()
        .copied()
        .collect();
    let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
    let structure = Structure::of(net, &tasks, &mask, &mut memory);
    let (inputs, classes) = (case.inputs.concat(), case.classes.concat());
    let samples = Samples::new(&inputs, net.input_count(), &classes, tasks.len());
    let data = Data {
        train: samples,
        validation: samples,
        test: samples,
    };
    let subject = |machine| Subject {
        net,
        tasks: &tasks,
        names: &names,
        mask: &mask,
        params: &params,
        data: &data,
        seed: 0,
        level: 1,
        machine,
        rewired: None,
        epochs_to_loss: None,
    };
    let measures = measure(&subject(Machine::Portable), &structure, Extent::Full);
    let agree = |ours: Option<f64>, theirs: Option<f64>| {
        assert_eq!(ours.is_some(), theirs.is_some());
        let distance = ours
            .zip(theirs)
            .map_or(0.0, |(ours, theirs)| (ours - theirs).abs());
        assert!(distance <= JACOBIAN, "{ours:?} is not {theirs:?}");
    };
    agree(measures.scalar("jacobian_cross"), case.jacobian_across);
    for (task, row) in case.jacobian.iter().enumerate() {
        let total: f64 = row.iter().sum();
        let theirs = (total > 0.0).then(|| (total - row[task]) / total);
        let name = task.to_string();
        let mut ours = measures
            .entries()
            .filter(|&(measure, of, _)| measure == "jacobian_cross_task" && of == name);
        agree(ours.next().map(|(.., share)| share), theirs);
    }
    for machine in Machine::available() {
        assert_eq!(
            measure(&subject(machine), &structure, Extent::Full),
            measures,
            "{}",
            machine.name()
        );
    }
}
