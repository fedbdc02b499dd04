//! Runs each task's own lottery, and puts the networks of a level side by side as one.

use tombola::{Mask, Mlp, Structure, Task};

use super::Arm;
use super::lottery::{Finish, Problem, Stop, initial};
use super::trained::{Common, ImpLevels, Past, Scores, Trained};
use crate::results::End;
use crate::setup::Setup;
use crate::ticket::{LevelResult, TaskPorts};

/// A level of one task's network.
struct Level {
    mask: Vec<bool>,
    params: Vec<f32>,
    rewind_point: Option<Vec<f32>>,
    scores: Scores,
}

/// All levels of one task's network.
struct Network {
    widths: Vec<usize>,
    initial: Vec<f32>,
    levels: Vec<Level>,
    end: End,
}

/// Runs the lotteries one after the other, and then calls `finish` with each level that all of them have. The network of
/// such a level holds theirs, which share nothing.
///
/// # Errors
/// As [`super::run`].
pub(super) fn run(
    common: &Common<'_>,
    arm: &Arm,
    imp: &ImpLevels,
    stop: Stop<'_>,
    finish: Finish<'_>,
) -> anyhow::Result<End> {
    let setup = common.setup;
    let mut networks = Vec::new();
    for task in 0..setup.ports().len() {
        let network = lottery(common, arm, imp, task, stop)?;
        if network.end == End::Stopped {
            return Ok(End::Stopped);
        }
        networks.push(network);
    }
    let level_count = networks.iter().map(|network| network.levels.len()).min();
    let widths = all_widths(setup);
    let net = Mlp::new(&widths);
    let weight_count = weight_count(setup);
    let initial = side_by_side(net, &networks, 0.0, |network| Some(&network.initial)).unwrap_or_default();
    let tasks = setup.tasks();
    for level in 0..level_count.unwrap_or_default() {
        let params = side_by_side(net, &networks, 0.0, |network| Some(&network.levels[level].params));
        let rewind_point = side_by_side(net, &networks, 0.0, |network| {
            network.levels[level].rewind_point.as_ref()
        });
        let survives = side_by_side(net, &networks, false, |network| Some(&network.levels[level].mask));
        let survives = survives.unwrap_or_default();
        let mut words = vec![0; net.mask_len()];
        let scores = networks.iter().map(|network| &network.levels[level].scores);
        finish(Trained {
            level: level as u32,
            net,
            tasks: &tasks,
            weight_count,
            mask: &Mask::from_fn(net, &mut words, |weight| survives[weight]),
            params: &params.unwrap_or_default(),
            initial: &initial,
            initial_seed: None,
            rewind_point: rewind_point.as_deref(),
            drawn: common.drawn,
            scores: &together(&scores.collect::<Vec<_>>()),
            is_shared: false,
            rewired: None,
        })?;
    }
    // The first that could not be finished is why there are no more.
    let reached = level_count.unwrap_or_default();
    let first = networks.iter().filter(|network| network.levels.len() == reached);
    Ok(first
        .map(|network| network.end)
        .find(|&end| end != End::Finished)
        .unwrap_or(End::Finished))
}

/// The widths of a task's own network.
fn widths(setup: &Setup, task: &TaskPorts) -> Vec<usize> {
    let mut widths = setup.net().widths().to_vec();
    widths[0] = task.inputs.len();
    *widths.last_mut().expect("a network has outputs") = task.outputs.len();
    widths
}

/// The widths of all networks side by side.
pub fn all_widths(setup: &Setup) -> Vec<usize> {
    let networks: Vec<_> = setup.ports().iter().map(|task| widths(setup, task)).collect();
    let layers = 0..setup.net().widths().len();
    layers
        .map(|layer| networks.iter().map(|widths| widths[layer]).sum())
        .collect()
}

/// The weights of all networks before any pruning: the networks side by side have no others.
pub fn weight_count(setup: &Setup) -> usize {
    let tasks = setup.ports().iter();
    tasks
        .map(|task| Mlp::new(&widths(setup, task)).weight_count())
        .sum()
}

/// The lottery of one task: at each level it keeps as many weights as `imp`'s ticket has on paths to the task's outputs,
/// and ends where there are none.
fn lottery(
    common: &Common<'_>,
    arm: &Arm,
    imp: &ImpLevels,
    task: usize,
    stop: Stop<'_>,
) -> anyhow::Result<Network> {
    let setup = common.setup;
    let ports = &setup.ports()[task];
    let widths = widths(setup, ports);
    let net = Mlp::new(&widths);
    let own = TaskPorts::new(&*ports.name, 0..ports.inputs.len(), 0..ports.outputs.len());
    let weighted = Task {
        weight: setup.tasks()[task].weight,
        ..own.as_task()
    };
    let (drawn, tasks) = (common.drawn.of_task(task), [weighted]);
    let left =
        (1..imp.levels.len()).map(|level| on_paths(setup.net(), &setup.tasks(), task, &imp.levels[level]));
    let left = left
        .map(|count| count.min(net.weight_count()))
        .take_while(|&count| 0 < count);
    let seed = arm.own(setup.network_seed(common.seed));
    let problem = Problem {
        common,
        arm,
        net,
        tasks: &tasks,
        drawn: &drawn,
        weights_left: std::iter::once(net.weight_count()).chain(left).collect(),
        initial: initial(setup.init(), net, seed, Some(task as u32)),
        imp: None,
    };
    let mut levels = Vec::new();
    let end = problem.run(None, stop, &mut |trained| {
        levels.push(Level {
            mask: (0..net.weight_count())
                .map(|weight| trained.mask.survives(weight))
                .collect(),
            params: trained.params.to_vec(),
            rewind_point: trained.rewind_point.map(<[f32]>::to_vec),
            scores: trained.scores.clone(),
        });
        Ok(())
    })?;
    let initial = problem.initial;
    Ok(Network {
        widths,
        initial,
        levels,
        end,
    })
}

/// Active weights from which a task's outputs are reached.
fn on_paths(net: Mlp<'_>, tasks: &[Task<'_>], task: usize, past: &Past) -> usize {
    let mut words = vec![0; net.mask_len()];
    let mask = Mask::from_fn(net, &mut words, |weight| past.survives(weight));
    let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
    let structure = Structure::of(net, tasks, &mask, &mut memory);
    let edges = (0..net.layer_count()).flat_map(|layer| structure.edges(layer));
    let is_on_path = |edge: &tombola::Edge| {
        structure.edge_state(*edge) == tombola::State::Active && structure.is_sink(task, edge.to)
    };
    edges.filter(is_on_path).count()
}

/// A value for each parameter (or, where the networks have so many, each weight) of the networks side by side; those
/// between two of them are `between`. `None` if a network has none.
fn side_by_side<T: Copy>(
    net: Mlp<'_>,
    networks: &[Network],
    between: T,
    of: impl Fn(&Network) -> Option<&Vec<T>>,
) -> Option<Vec<T>> {
    let mut all = vec![between; net.param_count()];
    let mut first = vec![0; net.widths().len()];
    let mut has_biases = true;
    for network in networks {
        let values = of(network)?;
        let own = Mlp::new(&network.widths);
        has_biases &= own.param_count() == values.len();
        for (number, (from, to)) in own.layers().zip(net.layers()).enumerate() {
            for unit in 0..from.fan_out {
                let row = to.weights.start + (first[number + 1] + unit) * to.fan_in + first[number];
                let own_row = from.weights.start + unit * from.fan_in;
                all[row..row + from.fan_in].copy_from_slice(&values[own_row..own_row + from.fan_in]);
            }
            if has_biases {
                let biases = to.biases.start + first[number + 1];
                all[biases..biases + from.fan_out].copy_from_slice(&values[from.biases]);
            }
        }
        for (first, width) in first.iter_mut().zip(&network.widths) {
            *first += width;
        }
    }
    if !has_biases {
        all.truncate(net.weight_count());
    }
    Some(all)
}

/// The scores of networks that were trained apart: losses add up as those of tasks do, epochs are those of the longest.
fn together(networks: &[&Scores]) -> Scores {
    let sum = |loss: fn(&LevelResult) -> f32| {
        networks
            .iter()
            .fold(0.0, |sum, scores| sum + loss(&scores.result))
    };
    let epochs = networks.iter().map(|scores| scores.result.epochs);
    let to_loss: Option<Vec<_>> = networks.iter().map(|scores| scores.epochs_to_loss).collect();
    Scores {
        result: LevelResult {
            epochs: epochs.max().unwrap_or_default(),
            train_loss: sum(|result| result.train_loss),
            validation_loss: sum(|result| result.validation_loss),
            test_loss: sum(|result| result.test_loss),
            accuracy: networks
                .iter()
                .flat_map(|scores| scores.result.accuracy.clone())
                .collect(),
        },
        validation_accuracy: networks
            .iter()
            .flat_map(|scores| scores.validation_accuracy.clone())
            .collect(),
        epochs_to_loss: to_loss.and_then(|epochs| epochs.into_iter().max()),
    }
}
