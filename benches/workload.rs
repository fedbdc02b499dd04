//! Runs workload W, a whole lottery of a small network.

use std::ops::ControlFlow;

use tombola::lanes::padded;
use tombola::{
    BatchMemory, Data, Imp, Memory, Outcome, Packing, Plan, Rewind, Rule, Samples, TaskScore, Training,
    Trajectory,
};
use tombola_host::machine::Machine;

use crate::{Case, TASKS, aligned, bits};

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
            classes: case.classes[..2000].to_vec(),
            plan: Plan {
                net: case.net,
                tasks: &TASKS,
                trajectory: Trajectory::with_levels(1216, 0.2, levels).expect("a trajectory"),
                training: Training {
                    rule: Rule::adam(0.01),
                    weight_decay: 0.0,
                    batch: 64,
                    epochs,
                    patience: None,
                },
                rewind: Rewind::Initial,
                seed: 1,
            },
        }
    }

    /// Runs it; `finished` gets the weights left at each level that is finished. Returns the trained parameters of
    /// the last level, as bits.
    ///
    /// # Panics
    /// If this CPU does not have the machine.
    pub fn run(&self, machine: Machine, finished: impl FnMut(usize)) -> Vec<u32> {
        self.run_indexed(machine, Packing::index_len(self.plan.net), finished)
    }

    /// The same, and no layer is ever compressed.
    ///
    /// # Panics
    /// If this CPU does not have the machine.
    pub fn run_dense(&self, machine: Machine) -> Vec<u32> {
        self.run_indexed(machine, 0, |_| ())
    }

    fn run_indexed(&self, machine: Machine, index_len: usize, mut finished: impl FnMut(usize)) -> Vec<u32> {
        let Plan { net, training, .. } = self.plan;
        let params = net.param_count();
        let samples = Samples::new(&self.inputs, 4, &self.classes, TASKS.len());
        let data = Data {
            train: samples,
            validation: samples,
            test: samples,
        };
        let memory = Memory {
            params: &mut vec![0.0; params],
            initial: &mut vec![0.0; params],
            rewind: &mut [],
            grads: &mut vec![0.0; params],
            optimizer: &mut vec![0.0; training.rule.state_len(params)],
            batch: BatchMemory {
                inputs: &mut aligned(net.batch_len(training.batch)),
                classes: &mut vec![0; TASKS.len() * padded(training.batch)],
                workspace: &mut aligned(net.workspace_len(training.batch)),
            },
            order: &mut vec![0; samples.sample_count()],
            scores: &mut [TaskScore::default(); TASKS.len()],
            mask: &mut vec![0; net.mask_len()],
            index: &mut vec![0; index_len],
        };
        let mut imp = Imp::new(self.plan, memory);
        while let Some(outcome) = machine.next_level(&mut imp, &data, &mut |_| ControlFlow::Continue(())) {
            let Outcome::Finished(level) = outcome else {
                panic!("{outcome:?}");
            };
            finished(level.weights_left);
        }
        bits(imp.params())
    }
}
