//! Times what happens between two levels: pruning, rewinding and the analysis of the structure.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use tombola::{Mask, Structure};
use tombola_benches::{Case, TASKS};

const NETS: [&[usize]; 3] = [&[4, 32, 32, 2], &[4, 128, 128, 2], &[4, 1024, 1024, 2]];

/// All three, of a network that keeps one weight in ten.
pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pruning");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    for widths in NETS {
        let case = Case::dense(widths, 1);
        let net = case.net;
        let id = |name: &str| BenchmarkId::new(name, format!("{}, density 0.1", case.name()));
        let left = net.weight_count() / 10;
        let (mut bits, mut params) = (vec![0; net.mask_len()], case.params.clone());
        let mut mask = Mask::full(net, &mut bits);
        mask.prune(&mut params, net.weight_count() - left);
        let kept = |params: &[f32]| {
            let weights = params[..net.weight_count()].iter();
            weights.filter(|&&weight| weight != 0.0).count()
        };
        assert_eq!((mask.remaining(), kept(&params)), (left, left));

        let mut memory = vec![0; Structure::memory_len(net, TASKS.len())];
        let counts = Structure::of(net, &TASKS, &mask, &mut memory).weight_counts();
        assert_eq!(counts.active + counts.inactive + counts.zombie, left);
        group.bench_function(id("structure"), |bencher| {
            bencher.iter(|| Structure::of(net, &TASKS, black_box(&mask), &mut memory).verdict());
        });

        mask.rewind(&mut params, &case.params);
        assert!((0..net.weight_count()).all(|weight| params[weight]
            == if mask.survives(weight) {
                case.params[weight]
            } else {
                0.0
            }));
        group.bench_function(id("rewind"), |bencher| {
            bencher.iter(|| mask.rewind(&mut params, black_box(&case.params)));
        });

        let mut bits = vec![0; net.mask_len()];
        group.bench_function(id("prune"), |bencher| {
            bencher.iter(|| {
                params.copy_from_slice(black_box(&case.params));
                Mask::full(net, &mut bits).prune(&mut params, net.weight_count() - left);
            });
        });
    }
    group.finish();
}
