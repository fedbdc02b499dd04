//! Runs workload W, a whole lottery of a small network.

use std::ops::ControlFlow;

use tombola::{
    Data, Imp, Init, Lottery, Mlp, Outcome, Plan, Rewind, Rule, Samples, StopOn, Storage, Training,
    Trajectory,
};
use tombola_host::machine::Machine;

use crate::{Case, TASKS, aligned, bits};

/// What is constant about the lotteries here: two tasks, Adam at rate 0.01, batches of 64.
pub fn lottery(net: Mlp<'_>, train_count: usize, epochs: u32) -> Lottery<'_> {
    Lottery {
        net,
        tasks: &TASKS,
        training: Training {
            rule: Rule::adam(0.01),
            weight_decay: 0.0,
            l1: 0.0,
            batch: 64,
            epochs,
            patience: None,
            stop_on: StopOn::Validation,
        },
        rewind: Rewind::Initial,
        train_count,
        storage: Storage::Compressed,
    }
}

/// Workload W: 4-32-32-2, 1000 training samples, batches of 64, Adam at rate 0.01, from 1216 weights on at rate 0.2.
#[derive(Debug)]
pub struct Workload {
    inputs: Vec<f32>,
    classes: Vec<u16>,
    plan: Plan<'static>,
}

impl Workload {
    /// Steps of an epoch; the last batch is smaller.
    pub const STEPS: usize = 16;

    /// `levels` times pruned after the first training, and `epochs` at each level. The whole of W has 14 and 30, and
    /// ends at 53 weights.
    ///
    /// # Panics
    /// If so many levels leave no weight.
    pub fn new(levels: u32, epochs: u32) -> Self {
        let case = Case::dense(&[4, 32, 32, 2], 1000);
        Self {
            inputs: case.inputs[..4000].to_vec(),
            classes: case.classes[..2000].iter().map(|&class| class as u16).collect(),
            plan: Plan {
                lottery: lottery(case.net, 1000, epochs),
                trajectory: Trajectory::with_levels(1216, 0.2, levels).expect("a trajectory"),
                init: Init::DEFAULT,
                network_seed: 1.into(),
                training_seed: 1.into(),
            },
        }
    }

    /// Runs it; `finished` gets the weights left at each level that is finished. Returns the trained parameters of
    /// the last level, as bits.
    ///
    /// # Panics
    /// If this CPU does not have the machine.
    pub fn run(&self, machine: Machine, finished: impl FnMut(usize)) -> Vec<u32> {
        self.run_plan(self.plan, machine, finished)
    }

    /// The same, and no layer is ever compressed.
    ///
    /// # Panics
    /// If this CPU does not have the machine.
    pub fn run_dense(&self, machine: Machine) -> Vec<u32> {
        let mut plan = self.plan;
        plan.lottery.storage = Storage::Dense;
        self.run_plan(plan, machine, |_| ())
    }

    fn run_plan(&self, plan: Plan<'_>, machine: Machine, mut finished: impl FnMut(usize)) -> Vec<u32> {
        let samples = Samples::new(&self.inputs, 4, &self.classes, TASKS.len());
        let data = Data {
            train: samples,
            validation: samples,
            test: samples,
        };
        let (mut floats, mut words) = (
            aligned(plan.lottery.float_count()),
            aligned(plan.lottery.word_count()),
        );
        let mut imp = Imp::new(plan, &mut floats, &mut words);
        while let Some(outcome) = machine.next_level(&mut imp, &data, &mut |_| ControlFlow::Continue(())) {
            let Outcome::Finished(level) = outcome else {
                panic!("{outcome:?}");
            };
            finished(level.weights_left);
        }
        bits(imp.params())
    }
}
