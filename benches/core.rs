//! What the core's parts cost. Each bench asserts the answer before it times.

use std::hint::black_box;
use std::ops::ControlFlow;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand_core::Rng;
use tombola::lanes::{Portable, padded};
use tombola::random::{Purpose, stream, uniform};
use tombola::{
    Batch, BatchMemory, Data, Imp, Mask, Memory, Mlp, Optimizer, Outcome, Plan, Rewind, Rule, Samples,
    Structure, Task, TaskScore, Training, Trajectory, kaiming_normal,
};
use tombola_host::machine::Machine;

const TASKS: [Task<'_>; 2] = [
    Task {
        inputs: &[0, 1],
        outputs: &[0],
    },
    Task {
        inputs: &[2, 3],
        outputs: &[1],
    },
];
const NETS: [&[usize]; 3] = [&[4, 16, 16, 2], &[4, 32, 32, 2], &[4, 128, 128, 2]];

/// A batch of noise, with initial parameters for it.
struct Case {
    net: Mlp<'static>,
    params: Vec<f32>,
    inputs: Vec<f32>,
    classes: Vec<u16>,
    sample_count: usize,
}

impl Case {
    fn new(widths: &'static [usize], sample_count: usize) -> Self {
        let net = Mlp::new(widths);
        let mut rng = stream(1, Purpose::Weights);
        let mut params = vec![0.0; net.param_count()];
        kaiming_normal(net, &mut params, &mut rng);
        let inputs = (0..net.batch_len(sample_count))
            .map(|_| 2.0 * uniform(&mut rng) - 1.0)
            .collect();
        let classes = (0..2 * padded(sample_count))
            .map(|_| (rng.next_u32() & 1) as u16)
            .collect();
        Self {
            net,
            params,
            inputs,
            classes,
            sample_count,
        }
    }

    fn batch(&self) -> Batch<'_> {
        Batch {
            inputs: &self.inputs,
            classes: &self.classes,
            sample_count: self.sample_count,
            tasks: &TASKS,
        }
    }

    fn id(&self, name: &str) -> BenchmarkId {
        let widths: Vec<String> = self.net.widths().iter().map(usize::to_string).collect();
        BenchmarkId::new(name, format!("{}/batch {}", widths.join("-"), self.sample_count))
    }
}

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    for case in NETS.map(|widths| Case::new(widths, 64)) {
        let net = case.net;
        let mut workspace = vec![0.0; net.workspace_len(64)];
        let (mut grads, mut again) = (vec![0.0; net.param_count()], vec![1.0; net.param_count()]);
        let loss = net.gradient::<Portable>(&case.params, case.batch(), &mut workspace, &mut grads);
        net.gradient::<Portable>(&case.params, case.batch(), &mut workspace, &mut again);
        assert!(
            loss.is_finite() && grads == again,
            "a gradient overwrites what was there"
        );

        let logits = net
            .forward::<Portable>(&case.params, &case.inputs, 64, &mut workspace)
            .to_vec();
        assert!(logits.len() == 128 && logits.iter().all(|logit| logit.is_finite()));

        group.throughput(Throughput::Elements(1));
        group.bench_function(case.id("forward"), |bencher| {
            bencher.iter(|| {
                net.forward::<Portable>(black_box(&case.params), &case.inputs, 64, &mut workspace)[0]
            });
        });
        group.bench_function(case.id("gradient"), |bencher| {
            bencher.iter(|| {
                net.gradient::<Portable>(black_box(&case.params), case.batch(), &mut workspace, &mut grads)
            });
        });
        let mut params = case.params.clone();
        let rule = Rule::adam(1e-6);
        let mut state = vec![0.0; rule.state_len(net.param_count())];
        let mut adam = Optimizer::new(rule, 0.0, net.weight_count(), &mut state);
        adam.step::<Portable>(&mut params, &grads);
        assert!(
            params.iter().zip(&case.params).any(|(now, then)| now != then),
            "a step moves"
        );
        group.bench_function(case.id("adam"), |bencher| {
            bencher.iter(|| adam.step::<Portable>(&mut params, black_box(&grads)));
        });
    }
}

fn mask(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    for case in NETS.map(|widths| Case::new(widths, 64)) {
        let net = case.net;
        let count = net.weight_count() * 9 / 10;
        let mut bits = vec![0; net.mask_len()];
        let mut params = case.params.clone();
        let mut mask = Mask::full(net, &mut bits);
        mask.prune(&mut params, count);
        assert_eq!(mask.remaining(), net.weight_count() - count);
        assert_eq!(
            params[..net.weight_count()]
                .iter()
                .filter(|weight| **weight != 0.0)
                .count(),
            mask.remaining()
        );

        let mut memory = vec![0; Structure::memory_len(net, 2)];
        let counts = Structure::of(net, &TASKS, &mask, &mut memory).weight_counts();
        assert_eq!(counts.active + counts.inactive + counts.zombie, mask.remaining());
        mask.rewind(&mut params, &case.params);
        let survivor = |(index, (now, then)): (usize, (&f32, &f32))| now == then || !mask.survives(index);
        assert!(
            params[..net.weight_count()]
                .iter()
                .zip(&case.params)
                .enumerate()
                .all(survivor)
        );

        group.bench_function(case.id("structure"), |bencher| {
            bencher.iter(|| Structure::of(net, &TASKS, black_box(&mask), &mut memory).verdict());
        });
        group.bench_function(case.id("rewind"), |bencher| {
            bencher.iter(|| mask.rewind(&mut params, black_box(&case.params)));
        });
        let mut bits = vec![0; net.mask_len()];
        group.bench_function(case.id("prune"), |bencher| {
            bencher.iter(|| {
                params.copy_from_slice(black_box(&case.params));
                Mask::full(net, &mut bits).prune(&mut params, count);
            });
        });
    }
}

/// One lottery from 1216 to 53 weights, on noise: what is learned changes nothing about the work.
fn lottery(criterion: &mut Criterion) {
    let case = Case::new(NETS[1], 1000);
    let samples = Samples::new(&case.inputs[..4000], 4, &case.classes[..2000], 2);
    let data = Data {
        train: samples,
        validation: samples,
        test: samples,
    };
    let plan = Plan {
        net: case.net,
        tasks: &TASKS,
        trajectory: Trajectory::with_levels(1216, 0.2, 14).expect("a trajectory"),
        training: Training {
            rule: Rule::adam(0.01),
            weight_decay: 0.0,
            batch: 64,
            epochs: 30,
            patience: None,
        },
        rewind: Rewind::Initial,
        seed: 1,
    };
    let (net, params) = (plan.net, plan.net.param_count());
    let run = |machine| {
        // As an argument, so that the memory lives as long as the lottery.
        params_at_the_end(
            machine,
            Imp::new(
                plan,
                Memory {
                    params: &mut vec![0.0; params],
                    initial: &mut vec![0.0; params],
                    rewind: &mut [],
                    grads: &mut vec![0.0; params],
                    optimizer: &mut vec![0.0; plan.training.rule.state_len(params)],
                    batch: BatchMemory {
                        inputs: &mut vec![0.0; net.batch_len(64)],
                        classes: &mut [0; 128],
                        workspace: &mut vec![0.0; net.workspace_len(64)],
                    },
                    order: &mut [0; 1000],
                    scores: &mut [TaskScore::default(); 2],
                    mask: &mut vec![0; net.mask_len()],
                    index: &mut vec![0; net.index_len()],
                },
            ),
            &data,
        )
    };
    let portable = run(Machine::Portable);
    assert_eq!(
        portable[..net.weight_count()]
            .iter()
            .filter(|&&bits| bits != 0)
            .count(),
        53
    );
    let mut group = criterion.benchmark_group("lottery, 4-32-32-2, 1216 to 53 weights, 30 epochs a level");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(15 * 30 * 16));
    for machine in Machine::available() {
        assert_eq!(run(machine), portable, "the same bits on {}", machine.name());
        group.bench_function(machine.name(), |bencher| bencher.iter(|| run(machine)));
    }
}

/// The trained parameters of the last level, as bits.
fn params_at_the_end(machine: Machine, mut imp: Imp<'_>, data: &Data<'_>) -> Vec<u32> {
    while let Some(outcome) = machine.next_level(&mut imp, data, &mut |_| ControlFlow::Continue(())) {
        assert!(matches!(outcome, Outcome::Finished(_)), "{outcome:?}");
    }
    imp.params().iter().map(|param| param.to_bits()).collect()
}

criterion_group!(benches, step, mask, lottery);
criterion_main!(benches);
