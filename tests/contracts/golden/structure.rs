//! Compares the structure of networks with what networkx finds.

use serde::Deserialize;
use tombola::{Mlp, StateCounts, Structure};
use tombola_host::structure::anatomy;
use tombola_host::ticket::{TaskPorts, Ticket};

use super::{check_file, survivors};
use crate::support::{Ports, as_tasks, mask};

#[derive(Deserialize)]
struct Case {
    widths: Vec<usize>,
    tasks: Vec<Ports>,
    mask: Vec<Vec<u8>>,
    verdict: String,
    /// Per layer, inputs first.
    neurons: Vec<Counts>,
    weights: Counts,
    components: Vec<Component>,
    cut_to_separate: Option<usize>,
}

#[derive(Deserialize)]
struct Counts {
    active: usize,
    inactive: usize,
    zombie: usize,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Component {
    /// Layer and unit of each.
    neurons: Vec<[usize; 2]>,
    tasks: Vec<usize>,
}

#[test]
fn structure_agrees_with_networkx() {
    check_file("structure.json", check);
}

fn check(case: &Case) {
    let net = Mlp::new(&case.widths);
    let tasks = as_tasks(&case.tasks);
    let survives = survivors(&case.mask);
    let mut bits = vec![];
    let mask = mask(net, &survives, &mut bits);
    let mut memory = vec![u32::MAX; Structure::memory_len(net, tasks.len())];
    let structure = Structure::of(net, &tasks, &mask, &mut memory);

    assert_eq!(structure.verdict().name(), case.verdict);
    let layers = (0..=net.layer_count()).map(|layer| structure.neuron_counts(layer));
    assert!(
        layers.eq(case.neurons.iter().map(counts)),
        "neurons of each layer"
    );
    assert_eq!(structure.weight_counts(), counts(&case.weights), "weights");

    let components = all_sorted(case.components.iter().cloned());
    let ours = structure
        .subnetworks()
        .map(|subnetwork| component(net, &structure, subnetwork, tasks.len()));
    assert_eq!(all_sorted(ours), components, "subnetworks");
    let independent = components.iter().all(|component| component.tasks.len() <= 1);
    assert_eq!(structure.is_independent(), independent);

    // What the host says of the ticket: the same structure once more, and the cut, which is given for two tasks where
    // nothing is lost.
    let tasks =
        case.tasks.iter().enumerate().map(|(index, ports)| {
            TaskPorts::new(index.to_string(), ports.inputs.clone(), ports.outputs.clone())
        });
    let weights = survives.iter().map(|&survives| f32::from(u8::from(survives)));
    let params = weights.chain(vec![0.0; net.bias_count()]).collect();
    let anatomy = anatomy(&Ticket::new(&case.widths, tasks.collect(), params));
    assert_eq!(anatomy.verdict.name(), case.verdict);
    assert_eq!(anatomy.independent, independent);
    let ours = anatomy.subnetworks.iter().map(|subnetwork| {
        let tasks = subnetwork.tasks.iter().map(|task| task.parse().unwrap());
        Component {
            neurons: subnetwork.neurons.clone(),
            tasks: tasks.collect(),
        }
    });
    assert_eq!(all_sorted(ours), components, "subnetworks of the host");
    let weights = StateCounts {
        active: anatomy.active_weights,
        inactive: anatomy.inactive_weights,
        zombie: anatomy.zombie_weights,
    };
    assert_eq!(weights, counts(&case.weights), "weights of the host");

    let defined = case.tasks.len() == 2 && case.verdict != "degraded";
    assert_eq!(case.cut_to_separate.is_some(), defined, "a cut is given");
    assert_eq!(anatomy.cut.is_some(), case.tasks.len() == 2);
    assert!(anatomy.cut.is_none_or(|cut| (cut == 0) == independent));
    if defined {
        assert_eq!(anatomy.cut, case.cut_to_separate, "the cut");
    }
}

fn component(net: Mlp<'_>, structure: &Structure<'_>, subnetwork: usize, tasks: usize) -> Component {
    let mut neurons = vec![];
    for (layer, &width) in net.widths().iter().enumerate() {
        for unit in 0..width {
            if structure.subnetwork_of(net.first_neuron(layer) + unit) == Some(subnetwork) {
                neurons.push([layer, unit]);
            }
        }
    }
    let tasks = (0..tasks)
        .filter(|&task| structure.touches(subnetwork, task))
        .collect();
    Component { neurons, tasks }
}

fn all_sorted(components: impl Iterator<Item = Component>) -> Vec<Component> {
    let sorted = components.map(|mut component| {
        component.neurons.sort_unstable();
        component.tasks.sort_unstable();
        component
    });
    let mut components: Vec<Component> = sorted.collect();
    components.sort();
    components
}

fn counts(counts: &Counts) -> StateCounts {
    StateCounts {
        active: counts.active,
        inactive: counts.inactive,
        zombie: counts.zombie,
    }
}
