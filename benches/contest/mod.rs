//! Dense against sparse: in every case three contestants, one right after the other, each with the right bits before it
//! is timed.

mod gradient;
mod inference;
mod step;

use std::cell::LazyCell;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};
use tombola::lanes::{Kernel, Lanes};
use tombola::{Mask, Packing};
use tombola_benches::crossover::{Contestant, Operation, Setting, pack};
use tombola_benches::{Case, aligned};
use tombola_host::machine::Machine;
use tombola_host::memory::Aligned;

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
            machine.run(Round {
                group: &mut group,
                setting,
            });
        }
        group.finish();
    }
}

/// Who takes part in what.
#[derive(Clone, Copy)]
struct Entry<'a> {
    contestant: Contestant,
    setting: Setting,
    case: &'a Case<'a>,
    mask: &'a Mask<'a>,
}

impl<'a> Entry<'a> {
    fn pack<L: Lanes>(&self, index: &'a mut Vec<u32>) -> Packing<'a> {
        pack::<L>(self.contestant, self.setting, self.case.net, self.mask, index)
    }
}

/// Memory of a contestant, empty until it takes what it needs.
struct Memory {
    params: Vec<f32>,
    grads: Vec<f32>,
    state: Vec<f32>,
    index: Vec<u32>,
    columns: Aligned,
    workspace: Aligned,
}

impl Memory {
    fn empty() -> Self {
        Self {
            params: vec![],
            grads: vec![],
            state: vec![],
            index: vec![],
            columns: aligned(0),
            workspace: aligned(0),
        }
    }
}

/// A contestant that has packed its parameters and done its operation.
struct Ready<'a> {
    /// What came of it, unpacked, as bits.
    answer: Vec<u32>,
    /// Does it again.
    again: Box<dyn FnMut() + 'a>,
}

fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|float| float.to_bits()).collect()
}

/// All contestants in one case.
struct Round<'g, 'c> {
    group: &'g mut BenchmarkGroup<'c, WallTime>,
    setting: Setting,
}

impl Kernel for Round<'_, '_> {
    type Output = ();

    fn run<L: Lanes>(self) {
        let Self { group, setting } = self;
        let ready = match setting.operation {
            Operation::Inference if setting.batch == 1 => inference::one::<L>,
            Operation::Inference => inference::batch::<L>,
            Operation::Gradient => gradient::ready::<L>,
            Operation::Step => step::ready::<L>,
        };
        let widths = setting.widths();
        // Made for the first bench that is not filtered out.
        let case = LazyCell::new(|| Case::alive(&widths, setting.batch, setting.density));
        let mut words = vec![];
        let mut unused = Some(&mut words);
        let mask = LazyCell::new(|| {
            let words = unused.take().expect("asked once");
            words.resize(case.net.mask_len(), 0);
            case.mask(words)
        });
        let entry = |contestant| Entry {
            contestant,
            setting,
            case: &case,
            mask: &mask,
        };
        let expected = LazyCell::new(|| ready(entry(Contestant::Dense), &mut Memory::empty()).answer);

        group
            .throughput(Throughput::Elements(setting.batch as u64))
            .measurement_time(time(setting));
        for contestant in Contestant::ALL {
            let mut memory = Memory::empty();
            let mut unused = Some(&mut memory);
            // A bench is asked for its routine once a sample.
            let mut contestant_ready = None;
            group.bench_function(BenchmarkId::new(contestant.name(), setting), |bencher| {
                let Ready { again, .. } = contestant_ready.get_or_insert_with(|| {
                    let ready = ready(entry(contestant), unused.take().expect("asked once"));
                    assert!(
                        ready.answer == *expected,
                        "{} has other bits than dense: {setting}",
                        contestant.name()
                    );
                    ready
                });
                bencher.iter(again);
            });
        }
    }
}

/// Time enough for all samples, but for a few of the largest networks.
fn time(setting: Setting) -> Duration {
    let [_, width, ..] = setting.widths();
    let products = (width * (width + 6) * setting.batch) as u64;
    Duration::from_millis(120).max(3 * Duration::from_nanos(products))
}
