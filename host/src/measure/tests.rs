//! Tests measures on networks small enough to see through or to try everything; networkx's are in the contracts.

use tombola::random::{Purpose, below, stream, uniform};
use tombola::{Data, Mask, Mlp, Samples, Structure, Task};

use super::rewire::{draw, rewire};
use super::{Extent, MEASURES, Measures, Subject, measure};
use crate::machine::Machine;
use crate::ticket::TaskPorts;

/// A network to be measured, and what a subject borrows of it.
pub(super) struct Case {
    pub(super) widths: Vec<usize>,
    pub(super) ports: Vec<TaskPorts>,
    pub(super) mask: Vec<bool>,
    pub(super) params: Vec<f32>,
}

impl Case {
    /// Tasks of so many inputs and one output each, as many as there are outputs. Of the weights, the given share
    /// survives.
    fn random(seed: u64, widths: &[usize], density: f32) -> Self {
        let net = Mlp::new(widths);
        let mut rng = stream(seed, Purpose::Weights);
        let mask: Vec<_> = (0..net.weight_count())
            .map(|_| uniform(&mut rng) < density)
            .collect();
        let params = (0..net.param_count())
            .map(|index| {
                let value = uniform(&mut rng) - 0.5;
                if mask.get(index).is_none_or(|&survives| survives) {
                    value
                } else {
                    0.0
                }
            })
            .collect();
        let each = widths[0] / net.output_count();
        let ports = (0..net.output_count())
            .map(|task| TaskPorts::new(format!("task{task}"), task * each..(task + 1) * each, [task]));
        Self {
            widths: widths.to_vec(),
            ports: ports.collect(),
            mask,
            params,
        }
    }

    pub(super) fn look<T>(
        &self,
        level: u32,
        rewirings: bool,
        look: impl FnOnce(&Subject<'_>, &Structure<'_>) -> T,
    ) -> T {
        let net = Mlp::new(&self.widths);
        let tasks: Vec<Task<'_>> = self.ports.iter().map(TaskPorts::as_task).collect();
        let mut bits = vec![0; net.mask_len()];
        let mask = Mask::from_fn(net, &mut bits, |weight| self.mask[weight]);
        let mut rng = stream(1, Purpose::Weights);
        let count = 50;
        let inputs: Vec<_> = (0..count * net.input_count())
            .map(|_| 2.0 * uniform(&mut rng) - 1.0)
            .collect();
        let classes: Vec<_> = (0..count * tasks.len())
            .map(|_| below(2, &mut rng) as u16)
            .collect();
        let samples = Samples::new(&inputs, net.input_count(), &classes, tasks.len());
        let data = Data {
            train: samples,
            validation: samples,
            test: samples,
        };
        let subject = Subject {
            net,
            tasks: &tasks,
            names: &self.ports,
            mask: &mask,
            params: &self.params,
            data: &data,
            seed: 3,
            level,
            machine: Machine::Portable,
            rewired: rewirings.then_some(&mask),
            epochs_to_loss: None,
        };
        let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
        look(&subject, &Structure::of(net, &tasks, &mask, &mut memory))
    }

    fn measures(&self, extent: Extent) -> Measures {
        self.look(1, true, |subject, structure| measure(subject, structure, extent))
    }
}

/// The least sum of `cost` over all ways to part the neurons, by trying them all.
fn least_cut(case: &Case, task: usize, cost: impl Fn(usize) -> f64) -> f64 {
    case.look(0, false, |subject, structure| {
        let graph = super::graph::Graph::active(subject.net, structure);
        let first_output = subject.net.first_neuron(subject.net.layer_count());
        let side = |ports: &Task<'_>| -> u32 {
            let outputs = ports.outputs.iter().map(|output| first_output + output);
            ports
                .inputs
                .iter()
                .copied()
                .chain(outputs)
                .map(|neuron| 1 << neuron)
                .sum()
        };
        let own = side(&subject.tasks[task]);
        let others: u32 = subject.tasks.iter().map(side).sum::<u32>() - own;
        let mut least = f64::INFINITY;
        for part in
            (0..1_u32 << subject.net.neuron_count()).filter(|part| part & own == own && part & others == 0)
        {
            let crosses = |edge: &usize| {
                let [from, to] = graph.ends[*edge];
                part >> from & 1 != part >> to & 1
            };
            let sum: f64 = (0..graph.ends.len())
                .filter(crosses)
                .map(|edge| cost(graph.weights[edge] as usize))
                .sum();
            least = least.min(sum);
        }
        least
    })
}

#[test]
fn cuts_are_the_least_of_all_ways_to_part_the_neurons() {
    for seed in 0..40 {
        let widths: &[usize] = match seed % 4 {
            0 => &[2, 4, 4, 2],
            1 => &[2, 3, 3, 3, 2],
            2 => &[3, 5, 3],
            _ => &[6, 4, 3],
        };
        let case = Case::random(seed, widths, 0.4 + 0.6 * (seed as f32 / 40.0));
        let measures = case.measures(Extent::Basic);
        for (task, ports) in case.ports.iter().enumerate() {
            let entry = |name| {
                let mut entries = measures
                    .entries()
                    .filter(|&(measure, of, _)| measure == name && of == ports.name);
                entries.next().expect("each task has a cut").2
            };
            assert_eq!(entry("cuts"), least_cut(&case, task, |_| 1.0), "seed {seed}");
            let least = least_cut(&case, task, |weight| f64::from(case.params[weight].abs()));
            // The same few weights, added in the same order.
            assert_eq!(entry("cuts_weight"), least, "seed {seed}");
        }
        let cut = (case.ports.len() == 2).then(|| least_cut(&case, 0, |_| 1.0));
        assert_eq!(measures.scalar("cut"), cut);
    }
}

#[test]
fn a_shared_input_has_no_cut() {
    // Whether it is active or lost.
    for density in [1.0, 0.0] {
        let mut case = Case::random(1, &[2, 4, 2], density);
        case.ports[1].inputs.push(0);
        let measures = case.measures(Extent::Basic);
        assert_eq!(measures.scalar("cut"), None);
        assert!(
            measures
                .entries()
                .all(|(measure, ..)| !measure.starts_with("cuts"))
        );
    }
}

#[test]
fn rewiring_keeps_the_degrees_of_every_neuron() {
    for (seed, density) in (0..).zip([0.02, 0.1, 0.3, 0.6, 0.9, 1.0]) {
        let case = Case::random(seed, &[4, 32, 16, 2], density);
        let net = Mlp::new(&case.widths);
        let mut mask = case.mask.clone();
        rewire(net, &mut mask, &mut draw(seed, 1, 0));
        for layer in net.layers() {
            let rows = |mask: &[bool]| -> Vec<usize> {
                let rows = mask[layer.weights.clone()].chunks(layer.fan_in);
                rows.map(|row| row.iter().filter(|&&survives| survives).count())
                    .collect()
            };
            let columns = |mask: &[bool]| -> Vec<usize> {
                let mask = &mask[layer.weights.clone()];
                let column = |input| mask.iter().skip(input).step_by(layer.fan_in);
                (0..layer.fan_in)
                    .map(|input| column(input).filter(|&&survives| survives).count())
                    .collect()
            };
            assert_eq!(rows(&mask), rows(&case.mask));
            assert_eq!(columns(&mask), columns(&case.mask));
        }
    }
}

#[test]
fn rewiring_reaches_every_mask_of_the_same_degrees_about_equally_often() {
    // The 6 permutation matrices of 3 by 3, of which each is reached from any other.
    let net = Mlp::new(&[3, 3]);
    let mut counts = std::collections::BTreeMap::<Vec<bool>, u32>::new();
    for number in 0..6000 {
        let mut mask: Vec<_> = (0..9).map(|weight| weight / 3 == weight % 3).collect();
        rewire(net, &mut mask, &mut draw(5, 1, number));
        *counts.entry(mask).or_default() += 1;
    }
    assert_eq!(counts.len(), 6);
    // An exchange that is made changes the parity of a permutation, and a draw of one edge twice makes none, so both
    // parities are reached. Standard deviation √(6000·(1/6)·(5/6)) = 29; five of them.
    assert!(
        counts.values().all(|&count| 856 < count && count < 1144),
        "{counts:?}"
    );
}

#[test]
fn a_full_mask_cannot_be_rewired() {
    let net = Mlp::new(&[4, 8, 2]);
    let mut mask = vec![true; net.weight_count()];
    rewire(net, &mut mask, &mut draw(0, 1, 1));
    assert!(mask.iter().all(|&survives| survives));
}

#[test]
fn rewirings_are_counted_where_they_are_asked_for() {
    let case = Case::random(2, &[4, 8, 8, 2], 0.3);
    let at = |level, rewirings| {
        case.look(level, rewirings, |subject, structure| {
            measure(subject, structure, Extent::Basic)
        })
    };
    let names = ["rewirings_independent", "rewirings_separated", "rewirings_split"];
    assert!(names.iter().all(|name| at(1, true).scalar(name).is_some()));
    assert!(names.iter().all(|name| at(1, false).scalar(name).is_none()));
}

#[test]
fn measures_survive_json() {
    let empty: Measures = serde_json::from_str("{}").unwrap();
    assert_eq!(empty, Measures::default());
    assert_eq!(serde_json::to_string(&empty).unwrap(), "{}");
    let later: Measures = serde_json::from_str(r#"{"of_a_later_version":{"a":1.5},"cut":3.0}"#).unwrap();
    assert_eq!(later.scalar("cut"), Some(3.0));
    let measures = Case::random(4, &[4, 8, 8, 2], 0.3).measures(Extent::Full);
    assert!(MEASURES.iter().any(|measure| measure.name == "cuts_weight"));
    let text = serde_json::to_string(&measures).unwrap();
    assert_eq!(serde_json::from_str::<Measures>(&text).unwrap(), measures);
}

#[test]
fn a_flag_is_written_as_a_word_and_nothing_as_nothing() {
    let cell = |text: &str, name: &str| {
        let measure = MEASURES.iter().find(|measure| measure.name == name).unwrap();
        serde_json::from_str::<Measures>(text).unwrap().cell(measure)
    };
    assert_eq!(cell(r#"{"splits":1.0}"#, "splits"), "true");
    assert_eq!(cell(r#"{"splits":0.0}"#, "splits"), "false");
    assert_eq!(cell(r#"{"cut":12.0}"#, "cut"), "12");
    assert_eq!(cell("{}", "cut"), "");
}

#[test]
fn names_differ_and_no_column_begins_with_accuracy() {
    for (place, measure) in MEASURES.iter().enumerate() {
        assert!(MEASURES[..place].iter().all(|before| before.name != measure.name));
        assert!(!measure.name.starts_with("accuracy_"));
        assert!(!measure.about.is_empty());
    }
}

#[test]
fn a_separated_network_shows_it_in_every_measure() {
    // Two tasks of two inputs over two hidden layers, side by side: even units belong to the first.
    let mut case = Case::random(7, &[4, 8, 8, 2], 1.0);
    let net = Mlp::new(&case.widths);
    for (index, layer) in net.layers().enumerate() {
        for place in 0..layer.weights.len() {
            let (to, from) = (place / layer.fan_in, place % layer.fan_in);
            let home = if index == 0 { from / 2 } else { from % 2 };
            if home != to % 2 {
                case.mask[layer.weights.start + place] = false;
                case.params[layer.weights.start + place] = 0.0;
            }
        }
    }
    let measures = case.measures(Extent::Full);
    let scalar = |name| measures.scalar(name).unwrap();
    assert_eq!(scalar("cut"), 0.0);
    assert_eq!(scalar("splits"), 1.0);
    assert_eq!(scalar("jacobian_cross"), 0.0);
    assert_eq!(scalar("ncut"), 0.0);
    assert!(scalar("ncut_z") < -3.0);
    // Two halves: ½ − ¼ each.
    assert_eq!(scalar("q_task"), 0.5);
    assert!(scalar("q_task") <= scalar("q_best") && 3.0 < scalar("q_task_z"));
    let entries = |name: &str| -> Vec<(String, f64)> {
        let entries = measures.entries().filter(|&(measure, ..)| measure == name);
        entries.map(|(_, of, number)| (of.to_owned(), number)).collect()
    };
    assert!(
        entries("decided_from_inputs")
            .iter()
            .all(|&(_, share)| share == 1.0)
    );
    // What the others do changes nothing.
    let whole = case.look(1, false, |subject, structure| {
        super::answers::Answers::new(subject, structure).accuracies(subject.data.test.inputs(), |_| true)
    });
    let named = |accuracies: &[f64]| -> Vec<(String, f64)> {
        ["task0", "task1"]
            .map(str::to_owned)
            .into_iter()
            .zip(accuracies.iter().copied())
            .collect()
    };
    assert_eq!(entries("permuted_accuracy"), named(&whole));
    let alone = entries("alone_accuracy");
    assert_eq!(
        alone,
        [("0:task0".to_owned(), whole[0]), ("1:task1".to_owned(), whole[1])]
    );
    let without = entries("without_subnetwork");
    assert_eq!(without.len(), 4);
    assert_eq!(
        (&without[1], &without[2]),
        (
            &("0:task1".to_owned(), whole[1]),
            &("1:task0".to_owned(), whole[0])
        )
    );
    // Without its subnetwork a task has one answer for all samples.
    let ones = case.look(1, false, |subject, _| {
        let classes = subject.data.test.classes().iter().step_by(2);
        classes.filter(|&&class| class == 1).count() as f64 / 50.0
    });
    assert!([ones, (50.0 - 50.0 * ones) / 50.0].contains(&without[0].1));
    assert_eq!(entries("without_neuron").len(), 32);
    for (of, accuracy) in entries("without_neuron") {
        // An even unit is the first task's: without it the second stays as it is.
        let is_even = of.as_bytes()[3] % 2 == 0;
        match (is_even, of.ends_with("task1")) {
            (true, true) => assert_eq!(accuracy, whole[1], "{of}"),
            (false, false) => assert_eq!(accuracy, whole[0], "{of}"),
            _ => (),
        }
    }
}

#[test]
fn nothing_that_is_active_leaves_the_measures_empty() {
    let case = Case::random(1, &[4, 4, 4, 2], 0.0);
    let measures = case.measures(Extent::Full);
    for name in ["q_task", "q_best", "q_task_z", "ncut", "ncut_z", "jacobian_cross"] {
        assert_eq!(measures.scalar(name), None, "{name}");
    }
    assert_eq!(
        (measures.scalar("cut"), measures.scalar("splits")),
        (Some(0.0), Some(0.0))
    );
    assert!(
        measures
            .entries()
            .all(|(measure, ..)| !measure.starts_with("decided"))
    );
}

#[test]
fn rewirings_that_are_all_equal_have_no_distance() {
    let measures = Case::random(1, &[4, 6, 2], 1.0).measures(Extent::Full);
    assert_eq!(
        (measures.scalar("q_task_z"), measures.scalar("q_best_z")),
        (None, None)
    );
    assert!(measures.scalar("ncut_z").is_some());
}

/// Q of every partition of the neurons that have edges, by trying them all.
fn best_modularity(ends: &[[u32; 2]]) -> f64 {
    let nodes: std::collections::BTreeSet<_> = ends.as_flattened().iter().copied().collect();
    let nodes: Vec<_> = nodes.into_iter().collect();
    let mut best = f64::NEG_INFINITY;
    let mut classes = vec![0; nodes.len()];
    loop {
        let class = |neuron: u32| classes[nodes.iter().position(|&node| node == neuron).unwrap()];
        let m = ends.len() as f64;
        let q: f64 = (0..nodes.len())
            .map(|number| {
                let within = ends
                    .iter()
                    .filter(|ends| ends.iter().all(|&end| class(end) == number))
                    .count();
                let degrees = ends
                    .as_flattened()
                    .iter()
                    .filter(|&&end| class(end) == number)
                    .count();
                let share = degrees as f64 / (2.0 * m);
                within as f64 / m - share * share
            })
            .sum();
        best = best.max(q);
        // The next restricted growth string.
        let next = (1..nodes.len())
            .rev()
            .find(|&place| classes[place] <= *classes[..place].iter().max().unwrap());
        let Some(place) = next else { return best };
        classes[place] += 1;
        classes[place + 1..].fill(0);
    }
}

#[test]
fn the_best_partition_of_a_small_network_is_found() {
    for seed in 0..12 {
        let case = Case::random(seed, &[2, 3, 2, 2], 0.6);
        let ends = case.look(0, false, |subject, structure| {
            super::graph::Graph::active(subject.net, structure).ends
        });
        if let Some(found) = case.measures(Extent::Full).scalar("q_best") {
            let best = best_modularity(&ends);
            // Nine terms of five roundings each.
            assert!((found - best).abs() < 1e-14, "seed {seed}: {found} is not {best}");
        }
    }
}

#[test]
fn the_documented_table_of_measures_is_this_one() {
    let rows = MEASURES.iter().map(|measure| {
        let file = if measure.is_scalar() {
            "`levels.csv`"
        } else {
            "`measures.csv`"
        };
        let full = if measure.extent == Extent::Full {
            ", `full`"
        } else {
            ""
        };
        format!(
            "| `{}` | {file}{full} | {} |\n",
            measure.name,
            measure.about.replace('|', "\\|")
        )
    });
    let table: String = rows.collect();
    let documented = include_str!("../../../docs/results.md");
    assert!(
        documented.contains(&table),
        "docs/results.md should have:\n{table}"
    );
}
