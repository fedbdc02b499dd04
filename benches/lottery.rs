//! Times workload W, a whole lottery, on every vector unit, and on the best one without ever compressing a layer.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use tombola_benches::Workload;
use tombola_host::machine::Machine;

/// One lottery from 1216 to 53 weights.
pub(crate) fn all(criterion: &mut Criterion, best: Machine) {
    let workload = Workload::new(14, 30);
    let mut left = vec![];
    let portable = workload.run(Machine::Portable, |weights| left.push(weights));
    assert_eq!(left.last(), Some(&53));
    let mut group = criterion.benchmark_group("lottery, 4-32-32-2, 1216 to 53 weights, 30 epochs a level");
    let steps = left.len() * 30 * Workload::STEPS;
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
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
    assert_eq!(workload.run_dense(best), portable, "the same bits, dense");
    group.bench_function(format!("{}, dense", best.name()), |bencher| {
        bencher.iter(|| workload.run_dense(best));
    });
    group.finish();
}
