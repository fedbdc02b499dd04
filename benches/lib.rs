//! What the benchmarks work on: networks, batches and masks of noise, and the memory of a lottery. What is learned
//! changes nothing about the work.

pub mod crossover;
pub mod masks;

use std::ops::ControlFlow;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;
use tombola::lanes::padded;
use tombola::random::{Purpose, shuffle, stream, uniform};
use tombola::{
    Batch, BatchMemory, Data, Imp, Mask, Memory, Mlp, Outcome, Packing, Plan, Rewind, Rule, Samples, Task,
    TaskScore, Training, Trajectory, kaiming_normal,
};
use tombola_host::machine::Machine;
use tombola_host::memory::Aligned;

/// Two tasks with a logistic output each.
pub const TASKS: [Task<'_>; 2] = [
    Task {
        inputs: &[0, 1],
        outputs: &[0],
    },
    Task {
        inputs: &[2, 3],
        outputs: &[1],
    },
];

/// Zeros that begin at a cache line, as the program's own memory does.
///
/// # Panics
/// If there is no memory.
pub fn aligned(len: usize) -> Aligned {
    Aligned::zeroed(len).expect("memory for a benchmark")
}

/// A network of four inputs and two outputs, with initial parameters, and a batch of noise for it.
#[derive(Debug)]
pub struct Case<'a> {
    /// The network.
    pub net: Mlp<'a>,
    /// Its parameters, flat; pruned weights are +0.0.
    pub params: Vec<f32>,
    /// The bits of a mask.
    pub mask: Vec<u32>,
    /// `(input_count, padded)`.
    pub inputs: Aligned,
    /// `(tasks, padded)`.
    pub classes: Vec<u16>,
    /// Samples of the batch.
    pub sample_count: usize,
}

impl<'a> Case<'a> {
    /// All weights survive.
    pub fn dense(widths: &'a [usize], sample_count: usize) -> Self {
        Self::pruned(widths, sample_count, usize::MAX)
    }

    /// So many weights survive, chosen at random, or all if there are fewer.
    pub fn pruned(widths: &'a [usize], sample_count: usize, weights_left: usize) -> Self {
        Self::new(widths, sample_count, |net, rng| {
            let mut order: Vec<usize> = (0..net.weight_count()).collect();
            shuffle(&mut order, rng);
            let mut survives = vec![false; net.weight_count()];
            for &weight in order.iter().take(weights_left) {
                survives[weight] = true;
            }
            survives
        })
    }

    /// This share of the weights survives, all of them [alive](masks::alive).
    ///
    /// # Panics
    /// If that is less than one path or more than all.
    pub fn alive(widths: &'a [usize], sample_count: usize, density: f64) -> Self {
        Self::new(widths, sample_count, |net, rng| {
            let weights_left = (density * net.weight_count() as f64).round() as usize;
            masks::alive(net, weights_left, rng)
        })
    }

    fn new(
        widths: &'a [usize],
        sample_count: usize,
        survives: impl FnOnce(Mlp<'_>, &mut ChaCha8Rng) -> Vec<bool>,
    ) -> Self {
        let net = Mlp::new(widths);
        let mut rng = stream(1, Purpose::Weights);
        let mut params = vec![0.0; net.param_count()];
        kaiming_normal(net, &mut params, &mut rng);
        let survives = survives(net, &mut rng);
        let mut mask = vec![0; net.mask_len()];
        Mask::from_fn(net, &mut mask, |weight| survives[weight]).apply(&mut params);
        let mut inputs = aligned(net.batch_len(sample_count));
        inputs.fill_with(|| 2.0 * uniform(&mut rng) - 1.0);
        let classes = (0..TASKS.len() * padded(sample_count))
            .map(|_| (rng.next_u32() & 1) as u16)
            .collect();
        Self {
            net,
            params,
            mask,
            inputs,
            classes,
            sample_count,
        }
    }

    /// The batch.
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            inputs: &self.inputs,
            classes: &self.classes,
            sample_count: self.sample_count,
            tasks: &TASKS,
        }
    }

    /// The mask, written to `bits`.
    pub fn mask<'b>(&self, bits: &'b mut [u32]) -> Mask<'b> {
        Mask::from_fn(self.net, bits, |weight| {
            self.mask[weight / 32] >> (weight % 32) & 1 == 1
        })
    }

    /// The widths, as one word.
    pub fn name(&self) -> String {
        let widths: Vec<String> = self.net.widths().iter().map(usize::to_string).collect();
        widths.join("-")
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

    /// Runs it; `finished` is told of the weights left at each level that is finished. Returns the trained parameters of
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
        imp.params().iter().map(|param| param.to_bits()).collect()
    }
}
