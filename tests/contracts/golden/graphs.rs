//! Compares the measures of structure with what networkx finds.

use serde::Deserialize;
use tombola::{Data, Mlp, Samples, Structure};
use tombola_host::machine::Machine;
use tombola_host::measure::{Extent, Measures, Subject, measure, rewire};

use super::{check_file, survivors};
use crate::support::{Ports, as_tasks, mask, named};
use crate::tolerance::MODULARITY;

#[derive(Deserialize)]
struct Case {
    widths: Vec<usize>,
    tasks: Vec<Ports>,
    weights: Vec<Vec<f32>>,
    mask: Vec<Vec<u8>>,
    splits: bool,
    cuts: Vec<u32>,
    cuts_magnitude: Vec<f64>,
    decided_from_inputs: Vec<Option<f64>>,
    decided_from_outputs: Vec<Option<f64>>,
    modularity: Option<f64>,
    best_modularity_at_least: Option<f64>,
    /// By layer of weights.
    out_degrees: Vec<Vec<usize>>,
    in_degrees: Vec<Vec<usize>>,
}

#[test]
fn measures_of_structure_agree_with_networkx() {
    check_file("graphs.json", check);
}

fn check(case: &Case) {
    let measures = measures(case, Extent::Full);
    // Weights are multiples of 1/1024, so that sums of their magnitudes are exact.
    let cuts: Vec<_> = case.cuts.iter().map(|&cut| Some(f64::from(cut))).collect();
    let magnitudes: Vec<_> = case.cuts_magnitude.iter().copied().map(Some).collect();
    let by_place = |name| entries(&measures, name);
    assert_eq!(by_place("cuts"), cuts);
    assert_eq!(by_place("cuts_weight"), magnitudes);
    let cut = cuts[0].filter(|_| cuts.len() == 2);
    assert_eq!(measures.scalar("cut"), cut);
    assert_eq!(measures.scalar("splits"), Some(f64::from(u8::from(case.splits))));
    // A quotient of two counts is rounded once on both sides.
    assert_eq!(
        without_last(&by_place("decided_from_inputs")),
        without_last(&case.decided_from_inputs)
    );
    assert_eq!(
        without_last(&by_place("decided_from_outputs")),
        without_last(&case.decided_from_outputs)
    );

    let agree = |name, theirs: Option<f64>, is_right: fn(f64) -> bool| {
        let ours = measures.scalar(name);
        assert_eq!(ours.is_some(), theirs.is_some());
        let difference = ours.zip(theirs).map_or(0.0, |(ours, theirs)| ours - theirs);
        assert!(is_right(difference), "{name}: {ours:?} beside {theirs:?}");
    };
    agree("q_task", case.modularity, |difference| {
        difference.abs() <= MODULARITY
    });
    agree("q_best", case.best_modularity_at_least, |difference| {
        -MODULARITY <= difference
    });
}

/// Without the places at the end that have no number.
fn without_last(numbers: &[Option<f64>]) -> Vec<Option<f64>> {
    let len = numbers
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |last| last + 1);
    numbers[..len].to_vec()
}

/// The numbers of a measure by what they are of, which are places.
fn entries(measures: &Measures, name: &str) -> Vec<Option<f64>> {
    let mut numbers = vec![];
    for (_, of, number) in measures.entries().filter(|&(measure, ..)| measure == name) {
        let place: usize = of.parse().unwrap();
        numbers.resize(numbers.len().max(place + 1), None);
        numbers[place] = Some(number);
    }
    numbers
}

fn measures(case: &Case, extent: Extent) -> Measures {
    let net = Mlp::new(&case.widths);
    let (tasks, names) = (as_tasks(&case.tasks), named(&case.tasks));
    let survives = survivors(&case.mask);
    let mut bits = vec![];
    let mask = mask(net, &survives, &mut bits);
    let mut params: Vec<_> = case.weights.iter().flatten().copied().collect();
    params.resize(net.param_count(), 0.0);
    let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
    let structure = Structure::of(net, &tasks, &mask, &mut memory);
    let (inputs, classes) = (vec![1.0; net.input_count()], vec![0; tasks.len()]);
    let samples = Samples::new(&inputs, net.input_count(), &classes, tasks.len());
    let data = Data {
        train: samples,
        validation: samples,
        test: samples,
    };
    let subject = Subject {
        net,
        tasks: &tasks,
        names: &names,
        mask: &mask,
        params: &params,
        data: &data,
        seed: 0,
        level: 1,
        machine: Machine::Portable,
        rewired: None,
        epochs_to_loss: None,
    };
    measure(&subject, &structure, extent)
}

#[test]
fn rewiring_keeps_the_degrees_that_networkx_counts() {
    check_file("graphs.json", |case: &Case| {
        let net = Mlp::new(&case.widths);
        let mut mask = survivors(&case.mask);
        rewire::rewire(net, &mut mask, &mut rewire::draw(0, 1, 0));
        for (index, layer) in net.layers().enumerate() {
            let survives = |input: usize, output: usize| {
                usize::from(mask[layer.weights.start + output * layer.fan_in + input])
            };
            let out_degree = |input| {
                (0..layer.fan_out)
                    .map(|output| survives(input, output))
                    .sum::<usize>()
            };
            let in_degree = |output| {
                (0..layer.fan_in)
                    .map(|input| survives(input, output))
                    .sum::<usize>()
            };
            assert!(
                (0..layer.fan_in)
                    .map(out_degree)
                    .eq(case.out_degrees[index].iter().copied())
            );
            assert!(
                (0..layer.fan_out)
                    .map(in_degree)
                    .eq(case.in_degrees[index].iter().copied())
            );
        }
    });
}
