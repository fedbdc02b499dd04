//! Scores of weights: the same bits on every vector unit, SNIP within the rounding that f32 must make, and flow where there
//! are paths.

use tombola::lanes::{Kernel, Lanes};
use tombola::{BatchMemory, Samples, State, Structure, snip, synflow, synflow_prune};
use tombola_host::machine::Machine;

use crate::random::Random;
use crate::support::{as_tasks, mask};
use crate::tolerance::{Approx, FLOW};
use crate::twin::Twin;

/// SNIP scores, in chunks of so many samples; the synaptic flow; and the weights that a few rounds of it leave.
struct Scores<'a>(&'a Random, usize);

impl Kernel for Scores<'_> {
    type Output = (Vec<f32>, Vec<f32>, Vec<f32>);

    fn run<L: Lanes>(self) -> Self::Output {
        let Self(random, chunk) = self;
        let (net, tasks) = (random.net(), as_tasks(&random.tasks));
        let (inputs, classes) = (random.inputs.concat(), random.classes.concat());
        let samples = Samples::new(&inputs, net.input_count(), &classes, tasks.len());
        let mut floats = vec![f32::NAN; BatchMemory::float_count(net, tasks.len(), chunk)];
        let mut words = vec![u32::MAX; BatchMemory::word_count(tasks.len(), chunk)];
        let mut memory = BatchMemory::new(net, tasks.len(), chunk, &mut floats, &mut words);
        let (mut grads, mut snips) = (
            vec![f32::NAN; net.param_count()],
            vec![f32::NAN; net.weight_count()],
        );
        snip::<L>(
            net,
            &random.params,
            samples,
            &tasks,
            &mut memory,
            &mut grads,
            &mut snips,
        );

        let (mut flow, mut flows) = (vec![f32::NAN; net.weight_count()], vec![f32::NAN; net.flow_len()]);
        synflow::<L>(net, &random.params, &mut flow, &mut flows);
        let (mut params, mut scores, mut bits) = (random.params.clone(), flow.clone(), vec![]);
        let mut mask = mask(net, &random.survives, &mut bits);
        let goal = (mask.remaining() / 3, 7);
        synflow_prune::<L>(net, &mut params, &mut mask, goal, &mut scores, &mut flows);
        (snips, flow, params)
    }
}

#[test]
fn scores_have_the_same_bits_on_every_vector_unit() {
    let bits = |scores: Vec<f32>| scores.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    for seed in 0..20 {
        let random = Random::of_any_shape(seed, 40, 100);
        let all = Machine::available().into_iter().map(|machine| {
            let (snip, flow, left) = machine.run(Scores(&random, 16));
            [snip, flow, left].map(bits)
        });
        let all: Vec<_> = all.collect();
        assert!(all.iter().all(|scores| *scores == all[0]), "seed {seed}");
    }
}

#[test]
fn snip_is_that_of_the_twin() {
    for seed in 0..40 {
        let random = Random::of_any_shape(seed, 30, 60);
        let twin = Twin::of(&random, &random.exact_params());
        let (scores, ..) = Machine::Portable.run(Scores(&random, random.inputs.len()));
        for (weight, (&score, grad)) in scores.iter().zip(&twin.grads).enumerate() {
            let expected = grad.times(Approx::exactly(random.params[weight].into()));
            assert!(
                (f64::from(score) - expected.exact.abs()).abs() <= expected.error,
                "seed {seed}, widths {:?}, weight {weight}: {score} is not {expected:?}",
                random.widths,
            );
        }
    }
}

#[test]
fn what_flows_is_the_same_in_each_layer_and_flows_where_weights_are_active() {
    for seed in 0..40 {
        let random = Random::of_any_shape(seed, 30, 1);
        let (net, tasks) = (random.net(), as_tasks(&random.tasks));
        let (_, flow, _) = Machine::Portable.run(Scores(&random, 1));
        let mut bits = vec![];
        let mask = mask(net, &random.survives, &mut bits);
        let mut memory = vec![0; Structure::memory_len(net, tasks.len())];
        let structure = Structure::of(net, &tasks, &mask, &mut memory);
        for (number, layer) in net.layers().enumerate() {
            let active = structure
                .edges(number)
                .filter(|&edge| structure.edge_state(edge) == State::Active);
            let active: Vec<usize> = active.map(|edge| edge.weight).collect();
            let flows = layer.weights.clone().filter(|&weight| 0.0 < flow[weight]);
            assert!(flows.eq(active), "seed {seed}, layer {number}");
        }
        let totals = net
            .layers()
            .map(|layer| flow[layer.weights].iter().map(|&score| f64::from(score)).sum());
        let totals: Vec<f64> = totals.collect();
        for total in &totals {
            assert!(
                (total - totals[0]).abs() <= FLOW * totals[0],
                "seed {seed}: {totals:?}"
            );
        }
    }
}
