//! What the core's parts cost. Each bench asserts the answer before it times.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tombola::lanes::Portable;
use tombola::{Mask, Optimizer, Rule, Structure};
use tombola_benches::{Case, TASKS, Workload};
use tombola_host::machine::Machine;

const NETS: [&[usize]; 3] = [&[4, 16, 16, 2], &[4, 32, 32, 2], &[4, 128, 128, 2]];

fn id(case: &Case<'_>, name: &str) -> BenchmarkId {
    BenchmarkId::new(name, format!("{}/batch {}", case.name(), case.sample_count))
}

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    for case in NETS.map(|widths| Case::dense(widths, 64)) {
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
        group.bench_function(id(&case, "forward"), |bencher| {
            bencher.iter(|| {
                net.forward::<Portable>(black_box(&case.params), &case.inputs, 64, &mut workspace)[0]
            });
        });
        group.bench_function(id(&case, "gradient"), |bencher| {
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
        group.bench_function(id(&case, "adam"), |bencher| {
            bencher.iter(|| adam.step::<Portable>(&mut params, black_box(&grads)));
        });
    }
}

fn mask(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    for case in NETS.map(|widths| Case::dense(widths, 64)) {
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

        group.bench_function(id(&case, "structure"), |bencher| {
            bencher.iter(|| Structure::of(net, &TASKS, black_box(&mask), &mut memory).verdict());
        });
        group.bench_function(id(&case, "rewind"), |bencher| {
            bencher.iter(|| mask.rewind(&mut params, black_box(&case.params)));
        });
        let mut bits = vec![0; net.mask_len()];
        group.bench_function(id(&case, "prune"), |bencher| {
            bencher.iter(|| {
                params.copy_from_slice(black_box(&case.params));
                Mask::full(net, &mut bits).prune(&mut params, count);
            });
        });
    }
}

/// One lottery from 1216 to 53 weights.
fn lottery(criterion: &mut Criterion) {
    let workload = Workload::new(14, 30);
    let mut left = vec![];
    let portable = workload.run(Machine::Portable, |weights| left.push(weights));
    assert_eq!(left.last(), Some(&53));
    let mut group = criterion.benchmark_group("lottery, 4-32-32-2, 1216 to 53 weights, 30 epochs a level");
    let steps = left.len() * 30 * Workload::STEPS;
    group
        .sample_size(10)
        .throughput(Throughput::Elements(steps as u64));
    for machine in Machine::available() {
        assert_eq!(
            workload.run(machine, |_| ()),
            portable,
            "the same bits on {}",
            machine.name()
        );
        group.bench_function(machine.name(), |bencher| {
            bencher.iter(|| workload.run(machine, |_| ()));
        });
    }
}

criterion_group!(benches, step, mask, lottery);
criterion_main!(benches);
