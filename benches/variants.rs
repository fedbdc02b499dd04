//! Times every case of the crossover: the dense baseline, then sparse and by rule, one right after the other. Each must
//! have the baseline's bits before it is timed.

use std::cell::LazyCell;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};
use tombola::Rule;
use tombola_benches::crossover::Setting;
use tombola_benches::operation::{Job, Memory, Operation, Run, Variant};
use tombola_benches::{Case, TASKS, bits};
use tombola_host::machine::Machine;

/// The parameters hardly move, so that the last step that is timed is like the first.
const RULE: Rule = Rule::adam(1e-6);

/// Times all operations on a vector unit.
pub(crate) fn all(criterion: &mut Criterion, machine: Machine) {
    for operation in Operation::ALL {
        let mut group = criterion.benchmark_group(operation.group(machine));
        // There are hundreds of cases, and of each only the fastest sample is wanted: short ones are many, so that one of
        // them has the machine to itself.
        group
            .sample_size(40)
            .nresamples(2000)
            .sampling_mode(SamplingMode::Flat)
            .warm_up_time(Duration::from_millis(30));
        for setting in Setting::all(operation) {
            compare(&mut group, setting, machine);
        }
        group.finish();
    }
}

/// Times all variants in one case.
fn compare(group: &mut BenchmarkGroup<'_, WallTime>, setting: Setting, machine: Machine) {
    let widths = setting.widths();
    // Made for the first bench that is not filtered out.
    let case = LazyCell::new(|| Case::active(&widths, &TASKS, setting.batch, setting.density));
    let job = |variant| Job {
        case: &case,
        operation: setting.operation,
        variant,
        rule: RULE,
    };
    let expected = LazyCell::new(|| {
        let mut memory = Memory::default();
        second_result(&mut job(Variant::Dense).prepare(machine, &mut memory))
    });
    group
        .throughput(Throughput::Elements(setting.batch as u64))
        .measurement_time(time(setting));
    for variant in Variant::ALL {
        let mut memory = Memory::default();
        let mut unused = Some(&mut memory);
        // Criterion asks a bench for its routine once a sample.
        let mut prepared = None;
        group.bench_function(BenchmarkId::new(variant.name(), setting), |bencher| {
            let run = prepared.get_or_insert_with(|| {
                let mut run = job(variant).prepare(machine, unused.take().expect("asked once"));
                let is_equal = second_result(&mut run) == *expected;
                assert!(
                    is_equal,
                    "{} has other bits than dense: {setting}",
                    variant.name()
                );
                run
            });
            bencher.iter(|| run(1, None));
        });
    }
}

/// The first step of an optimizer alone shows little of its state.
fn second_result(run: &mut Run<'_>) -> Vec<u32> {
    let mut result = vec![];
    run(2, Some(&mut result));
    bits(&result)
}

/// Time enough for all samples, but for a few of the largest networks.
fn time(setting: Setting) -> Duration {
    let [_, width, ..] = setting.widths();
    let products = (width * (width + 6) * setting.batch) as u64;
    Duration::from_millis(120).max(3 * Duration::from_nanos(products))
}
