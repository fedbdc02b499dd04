//! What is counted.

use std::cell::Cell;
use std::hint::black_box;
use std::ops::ControlFlow;

use tombola::lanes::{Kernel, Lanes, padded};
use tombola::{
    Batch, BatchMemory, BatchPredictor, Data, Imp, Mask, Memory, Optimizer, Outcome, Packing, Plan, Rewind,
    Rule, SamplePredictor, Samples, Structure, TaskScore, Training, Trajectory,
};
use tombola_benches::{Case, TASKS, Workload, aligned};
use tombola_host::machine::Machine;

const SMALL: &[usize] = &[4, 32, 32, 2];
const LARGE: &[usize] = &[4, 256, 256, 2];
const BATCH: usize = 64;
const SHARES: [f64; 4] = [1.0, 0.5, 0.2, 0.05];

thread_local! {
    static MARKS: Cell<u64> = const { Cell::new(0) };
}

/// Begins a new part of what callgrind counts, and returns its number.
#[inline(never)]
fn mark() -> u64 {
    MARKS.set(MARKS.get() + 1);
    black_box(MARKS.get())
}

/// Counts one piece of work.
fn counted<T>(name: &str, work: impl FnMut() -> T) {
    counted_times(1, name, work);
}

/// Counts the mean of a piece of work so short that what is around it would show.
fn counted_times<T>(times: u64, name: &str, mut work: impl FnMut() -> T) {
    let part = mark();
    for _ in 0..times {
        black_box(work());
    }
    mark();
    println!("{part} {times} {name}");
}

/// Does everything once. Each work is printed: the mark it begins with, how often it is done, its name.
///
/// # Errors
/// If this CPU has no such vector unit.
pub(crate) fn all() -> anyhow::Result<()> {
    let machine = Machine::get()?;
    for widths in [SMALL, LARGE] {
        for share in SHARES {
            forward(machine, widths, share);
        }
        gradient(machine, widths);
        adam(machine, widths);
        for share in SHARES {
            steps(machine, widths, share);
        }
    }
    steps(Machine::Portable, SMALL, 1.0);
    steps(Machine::Portable, SMALL, 0.2);
    for (widths, share) in [
        (SMALL, 1.0),
        (SMALL, 0.05),
        (LARGE, 1.0),
        (LARGE, 0.05),
        (LARGE, 0.02),
    ] {
        one_by_one(machine, widths, share);
        in_batches(machine, widths, share, 256, "inference");
    }
    for widths in [SMALL, LARGE] {
        prune(widths);
        structure(widths);
    }
    let workload = Workload::new(2, 2);
    counted("lottery, 4-32-32-2, 3 levels of 2 epochs", || {
        workload.run(machine, |_| ())
    });
    Ok(())
}

fn case(widths: &'static [usize], share: f64, samples: usize) -> Case<'static> {
    let all = Case::dense(widths, samples);
    Case::pruned(widths, samples, left(all.net.weight_count(), share))
}

fn left(weights: usize, share: f64) -> usize {
    (weights as f64 * share).round() as usize
}

fn percent(share: f64) -> String {
    format!("{} %", (100.0 * share).round())
}

/// A closure could not be generic over lanes.
struct InBatches<'c>(&'c Case<'c>, String);

impl Kernel for InBatches<'_> {
    type Output = ();

    fn run<L: Lanes>(self) {
        let Case {
            net, sample_count, ..
        } = *self.0;
        let (mut params, mut bits) = (self.0.params.clone(), vec![0; net.mask_len()]);
        let mut index = vec![0; Packing::index_len(net)];
        let mask = self.0.mask(&mut bits);
        let predictor = BatchPredictor::new::<L>(net, &mask, &mut params, &mut index, sample_count);
        let mut workspace = aligned(net.workspace_len(sample_count));
        counted(&self.1, || {
            predictor.logits::<L>(&self.0.inputs, sample_count, &mut workspace)[0]
        });
    }
}

fn forward(machine: Machine, widths: &'static [usize], share: f64) {
    in_batches(machine, widths, share, BATCH, "forward");
}

fn in_batches(machine: Machine, widths: &'static [usize], share: f64, batch: usize, what: &str) {
    let case = case(widths, share, batch);
    let name = format!("{what}, {}, batch {batch}, {}", case.name(), percent(share));
    machine.run(InBatches(&case, name));
}

struct OneByOne<'c>(&'c Case<'c>, String);

impl Kernel for OneByOne<'_> {
    type Output = ();

    fn run<L: Lanes>(self) {
        let net = self.0.net;
        let (mut params, mut bits) = (self.0.params.clone(), vec![0; net.mask_len()]);
        let (mut index, mut columns) = (
            vec![0; Packing::index_len(net)],
            aligned(SamplePredictor::columns_len(net)),
        );
        let mask = self.0.mask(&mut bits);
        let predictor = SamplePredictor::new::<L>(net, &mask, &mut params, &mut index, &mut columns);
        let mut units = aligned(SamplePredictor::units_len(net));
        counted_times(100, &self.1, || {
            predictor.logits::<L>(&[0.5, -0.5, 1.0, -1.0], &mut units)[0]
        });
    }
}

fn one_by_one(machine: Machine, widths: &'static [usize], share: f64) {
    let case = case(widths, share, 1);
    let name = format!("inference, {}, batch 1, {}", case.name(), percent(share));
    machine.run(OneByOne(&case, name));
}

struct Gradient<'c>(&'c Case<'c>, String);

impl Kernel for Gradient<'_> {
    type Output = ();

    fn run<L: Lanes>(self) {
        let Case {
            net, sample_count, ..
        } = *self.0;
        let mut workspace = aligned(net.workspace_len(sample_count));
        let mut grads = aligned(net.param_count());
        let batch: Batch<'_> = self.0.batch();
        counted(&self.1, || {
            net.gradient::<L>(&self.0.params, batch, &mut workspace, &mut grads)
        });
    }
}

/// The dense one; a compressed one is part of a step.
fn gradient(machine: Machine, widths: &'static [usize]) {
    let case = Case::dense(widths, BATCH);
    let name = format!("gradient, {}, batch {BATCH}, 100 %", case.name());
    machine.run(Gradient(&case, name));
}

struct Adam<'c>(&'c Case<'c>, String);

impl Kernel for Adam<'_> {
    type Output = ();

    fn run<L: Lanes>(self) {
        let net = self.0.net;
        let (mut params, rule) = (self.0.params.clone(), Rule::adam(0.01));
        let mut state = aligned(rule.state_len(net.param_count()));
        let mut adam = Optimizer::new(rule, 0.0, net.weight_count(), &mut state);
        counted(&self.1, || adam.step::<L>(&mut params, &self.0.params));
    }
}

fn adam(machine: Machine, widths: &'static [usize]) {
    let case = Case::dense(widths, 1);
    machine.run(Adam(&case, format!("Adam, {}", case.name())));
}

/// A whole training step, the gathering of its batch included: the mean over an epoch of a level that keeps this share
/// of the weights.
fn steps(machine: Machine, widths: &'static [usize], share: f64) {
    const STEPS: usize = 16;
    let case = Case::dense(widths, STEPS * BATCH);
    let net = case.net;
    let weights = net.weight_count();
    let samples = Samples::new(&case.inputs, 4, &case.classes, TASKS.len());
    let data = Data {
        train: samples,
        validation: samples,
        test: samples,
    };
    let plan = Plan {
        net,
        tasks: &TASKS,
        trajectory: Trajectory::with_rate_solved(weights as u64, 1, left(weights, share) as u64)
            .expect("a trajectory"),
        training: Training {
            rule: Rule::adam(0.01),
            weight_decay: 0.0,
            batch: BATCH,
            epochs: 2,
            patience: None,
        },
        rewind: Rewind::Initial,
        seed: 1,
    };
    let params = net.param_count();
    let memory = Memory {
        params: &mut vec![0.0; params],
        initial: &mut vec![0.0; params],
        rewind: &mut [],
        grads: &mut vec![0.0; params],
        optimizer: &mut vec![0.0; plan.training.rule.state_len(params)],
        batch: BatchMemory {
            inputs: &mut aligned(net.batch_len(BATCH)),
            classes: &mut vec![0; TASKS.len() * padded(BATCH)],
            workspace: &mut aligned(net.workspace_len(BATCH)),
        },
        order: &mut vec![0; samples.sample_count()],
        scores: &mut [TaskScore::default(); TASKS.len()],
        mask: &mut vec![0; net.mask_len()],
        index: &mut vec![0; Packing::index_len(net)],
    };
    let mut imp = Imp::new(plan, memory);
    let initial = imp.initial().to_vec();
    imp.resume(0, &initial, &[], |_| true);
    let name = format!(
        "step, {}, batch {BATCH}, {}{}",
        case.name(),
        percent(share),
        if machine == Machine::Portable {
            ", portable"
        } else {
            ""
        }
    );
    let mut start = 0;
    let outcome = machine.next_level(&mut imp, &data, &mut |epochs| {
        let part = mark();
        match epochs {
            1 => start = part,
            _ => println!("{start} {STEPS} {name}"),
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(outcome, Some(Outcome::Finished(_))), "{outcome:?}");
}

/// Prunes nine tenths at once.
fn prune(widths: &'static [usize]) {
    let case = Case::dense(widths, 1);
    let (mut params, mut bits) = (case.params.clone(), vec![0; case.net.mask_len()]);
    let mut mask = Mask::full(case.net, &mut bits);
    let count = case.net.weight_count() * 9 / 10;
    counted(&format!("prune, {}", case.name()), || {
        mask.prune(&mut params, count)
    });
}

fn structure(widths: &'static [usize]) {
    let case = case(widths, 0.1, 1);
    let mut bits = vec![0; case.net.mask_len()];
    let mask = case.mask(&mut bits);
    let mut memory = vec![0; Structure::memory_len(case.net, TASKS.len())];
    counted(&format!("structure, {}, 10 %", case.name()), || {
        Structure::of(case.net, &TASKS, &mask, &mut memory).verdict()
    });
}
