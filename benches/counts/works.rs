//! Does the work that is counted: kernels, steps, pruning, structure and a short lottery.

use std::cell::Cell;
use std::hint::black_box;
use std::ops::ControlFlow;

use tombola::lanes::{Kernel, Lanes, Portable};
use tombola::{
    Data, Imp, Init, Mask, Optimizer, Outcome, Plan, Rule, Samples, Structure, Trajectory, synflow_prune,
};
use tombola_benches::operation::{Job, Memory, Operation, Variant};
use tombola_benches::{Case, TASKS, Workload, aligned, lottery, share};
use tombola_host::machine::Machine;

const SMALL: &[usize] = &[4, 32, 32, 2];
const LARGE: &[usize] = &[4, 256, 256, 2];
const BATCH: usize = 64;
const RULE: Rule = Rule::adam(0.01);
const DENSITIES: [f64; 4] = [1.0, 0.5, 0.2, 0.05];

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
fn counted<T>(name: &str, mut work: impl FnMut() -> T) {
    counted_times(1, name, |_| {
        black_box(work());
    });
}

/// Counts the mean of a piece of work so short that what is around it would show.
fn counted_times(times: usize, name: &str, work: impl FnOnce(usize)) {
    let part = mark();
    work(times);
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
        for density in DENSITIES {
            operation(machine, Operation::Inference, widths, BATCH, density, "forward");
        }
        machine.run(Dense(&Case::dense(widths, BATCH)));
        for density in DENSITIES {
            steps(machine, widths, density);
        }
    }
    steps(Machine::Portable, SMALL, 1.0);
    steps(Machine::Portable, SMALL, 0.2);
    for (widths, density) in [
        (SMALL, 1.0),
        (SMALL, 0.05),
        (LARGE, 1.0),
        (LARGE, 0.05),
        (LARGE, 0.02),
    ] {
        for batch in [1, 256] {
            operation(machine, Operation::Inference, widths, batch, density, "inference");
        }
    }
    for widths in [SMALL, LARGE] {
        prune(widths);
        structure(widths);
    }
    synflow(SMALL);
    let workload = Workload::new(2, 2);
    counted("lottery, 4-32-32-2, 3 levels of 2 epochs", || {
        workload.run(machine, |_| ())
    });
    Ok(())
}

/// Counts one operation on a network that keeps this share of its weights, chosen at random.
fn operation(
    machine: Machine,
    operation: Operation,
    widths: &'static [usize],
    batch: usize,
    density: f64,
    what: &str,
) {
    let case = Case::pruned(widths, batch, density);
    let name = format!("{what}, {}, batch {batch}, {}", case.name(), percent(density));
    let job = Job {
        case: &case,
        operation,
        variant: Variant::Rule,
        rule: RULE,
    };
    let mut memory = Memory::default();
    let mut run = job.prepare(machine, &mut memory);
    counted_times(if batch == 1 { 100 } else { 1 }, &name, |times| run(times, None));
}

fn percent(share: f64) -> String {
    format!("{} %", (100.0 * share).round())
}

/// Counts the gradient of a dense network, and Adam; those of a compressed one are part of a step.
struct Dense<'c>(&'c Case<'c>);

impl Kernel for Dense<'_> {
    type Output = ();

    fn run<L: Lanes>(self) {
        let Self(case) = self;
        let (net, name, batch) = (case.net, case.name(), case.batch());
        let mut workspace = aligned(net.workspace_len(BATCH));
        let mut grads = aligned(net.param_count());
        counted(&format!("gradient, {name}, batch {BATCH}, 100 %"), || {
            net.gradient::<L>(&case.params, batch, &mut workspace, &mut grads)
        });
        let (mut params, mut state) = (case.params.clone(), aligned(RULE.state_len(net.param_count())));
        let mut adam = Optimizer::new(RULE, 0.0, net.weight_count(), &mut state);
        counted(&format!("Adam, {name}"), || {
            adam.step::<L>(&mut params, &case.params);
        });
    }
}

/// A whole training step, the gathering of its batch included: the mean over an epoch of a level that keeps this share
/// of the weights.
fn steps(machine: Machine, widths: &'static [usize], density: f64) {
    const STEPS: usize = 16;
    let case = Case::dense(widths, STEPS * BATCH);
    let net = case.net;
    let weights = net.weight_count();
    let classes: Vec<u16> = case.classes.iter().map(|&class| class as u16).collect();
    let samples = Samples::new(&case.inputs, 4, &classes, TASKS.len());
    let data = Data {
        train: samples,
        validation: samples,
        test: samples,
    };
    let plan = Plan {
        lottery: lottery(net, samples.sample_count(), 2),
        trajectory: Trajectory::with_rate_solved(weights as u64, 1, share(weights, density) as u64)
            .expect("a trajectory"),
        init: Init::DEFAULT,
        network_seed: 1.into(),
        training_seed: 1.into(),
    };
    let (mut floats, mut words) = (
        aligned(plan.lottery.float_count()),
        aligned(plan.lottery.word_count()),
    );
    let mut imp = Imp::new(plan, &mut floats, &mut words);
    let initial = imp.initial().to_vec();
    imp.resume(0, &initial, &[], |_| true);
    let name = format!(
        "step, {}, batch {BATCH}, {}{}",
        case.name(),
        percent(density),
        if machine == Machine::Portable {
            ", portable"
        } else {
            ""
        }
    );
    let mut start = 0;
    let outcome = machine.next_level(&mut imp, &data, &mut |epochs| {
        let part = mark();
        match epochs.count {
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
        mask.prune(&mut params, count);
    });
}

/// Leaves a twentieth in 100 rounds.
fn synflow(widths: &'static [usize]) {
    let case = Case::dense(widths, 1);
    let (net, mut params, mut bits) = (case.net, case.params.clone(), vec![0; case.net.mask_len()]);
    let mut mask = Mask::full(net, &mut bits);
    let (mut scores, mut flows) = (vec![0.0; net.weight_count()], vec![0.0; net.flow_len()]);
    let goal = (net.weight_count() / 20, 100);
    counted(&format!("synaptic flow, {}, 100 rounds", case.name()), || {
        synflow_prune::<Portable>(net, &mut params, &mut mask, goal, &mut scores, &mut flows);
    });
}

fn structure(widths: &'static [usize]) {
    let case = Case::pruned(widths, 1, 0.1);
    let mut bits = vec![];
    let mask = case.mask(&mut bits);
    let mut memory = vec![0; Structure::memory_len(case.net, TASKS.len())];
    counted(&format!("structure, {}, 10 %", case.name()), || {
        Structure::of(case.net, &TASKS, &mask, &mut memory).verdict()
    });
}
