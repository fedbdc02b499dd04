//! Prepares inference, gradient and training step of one network whose layers are stored in one of three ways.

use std::hint::black_box;

use tombola::lanes::{Kernel, Lanes, padded};
use tombola::{BatchPredictor, Mask, Mlp, Optimizer, Packing, Rule, SamplePredictor};
use tombola_host::machine::Machine;
use tombola_host::memory::Aligned;

use crate::{Case, aligned};

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Logits; for a batch of one by the predictor of single samples.
    Inference,
    /// Loss and gradient.
    Gradient,
    /// Gradient, mask and optimizer.
    Step,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inference, Self::Gradient, Self::Step];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Gradient => "gradient",
            Self::Step => "step",
        }
    }

    /// Its group of benches: times of two vector units are not the same bench.
    pub fn group(self, machine: Machine) -> String {
        format!("{} on {}", self.name(), machine.name())
    }
}

/// How the layers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// No layer is compressed: the baseline.
    Dense,
    /// Every layer is.
    Sparse,
    /// Those that Tombola's rule would compress.
    Rule,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dense, Self::Sparse, Self::Rule];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Sparse => "sparse",
            Self::Rule => "rule",
        }
    }

    /// Packs a network for an operation on `batch` samples. `index` is made as long as it must be.
    pub fn pack<'a, L: Lanes>(
        self,
        operation: Operation,
        batch: usize,
        net: Mlp<'a>,
        mask: &Mask<'_>,
        index: &'a mut Vec<u32>,
    ) -> Packing<'a> {
        let len = match self {
            Self::Dense => 0,
            Self::Sparse => Packing::compressed_index_len(net),
            Self::Rule => Packing::index_len(net),
        };
        index.resize(len, 0);
        match (self, operation, batch) {
            (Self::Dense, ..) => Packing::flat(net),
            (Self::Sparse, ..) => Packing::compressed(net, mask, index),
            (Self::Rule, Operation::Inference, 1) => Packing::for_samples::<L>(net, mask, index),
            (Self::Rule, Operation::Inference, _) => Packing::for_inference::<L>(net, mask, index, batch),
            (Self::Rule, ..) => Packing::for_batches::<L>(net, mask, index, batch),
        }
    }
}

/// Does an operation so many times, and appends the last result to what it is given: logits `(samples, outputs)`; or the
/// loss, and the gradient or the new parameters, flat, those of pruned weights +0.0.
pub type Run<'a> = Box<dyn FnMut(usize, Option<&mut Vec<f32>>) + 'a>;

/// An operation on a case.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The network and the batch.
    pub case: &'a Case<'a>,
    /// What is done.
    pub operation: Operation,
    /// How its layers are stored.
    pub variant: Variant,
    /// What a step is made by.
    pub rule: Rule,
}

impl<'a> Job<'a> {
    /// Packs the network, in memory that is allocated here and not while the operation runs.
    ///
    /// # Panics
    /// If this CPU does not have the machine.
    pub fn prepare(self, machine: Machine, memory: &'a mut Memory) -> Run<'a> {
        memory.params = aligned(self.case.params.len());
        memory.params.copy_from_slice(&self.case.params);
        machine.run(Prepare { job: self, memory })
    }

    fn pack<L: Lanes>(self, mask: &Mask<'_>, index: &'a mut Vec<u32>) -> Packing<'a> {
        let Case {
            net, sample_count, ..
        } = *self.case;
        self.variant
            .pack::<L>(self.operation, sample_count, net, mask, index)
    }

    fn sample<L: Lanes>(self, memory: &'a mut Memory) -> Run<'a> {
        let net = self.case.net;
        let mask = self.case.mask(&mut memory.mask);
        memory.columns = aligned(SamplePredictor::columns_len(net));
        memory.workspace = aligned(SamplePredictor::units_len(net));
        let packing = self.pack::<L>(&mask, &mut memory.index);
        let predictor = SamplePredictor::packed(packing, &mask, &mut memory.params, &mut memory.columns);
        let inputs: Vec<f32> = self.case.inputs.iter().copied().step_by(padded(1)).collect();
        let units = &mut *memory.workspace;
        Box::new(move |times, result| {
            for _ in 0..times {
                black_box(predictor.logits::<L>(black_box(&inputs), units));
            }
            if let Some(result) = result {
                result.extend(predictor.logits::<L>(&inputs, units));
            }
        })
    }

    fn batch<L: Lanes>(self, memory: &'a mut Memory) -> Run<'a> {
        let Case {
            net,
            sample_count,
            ref inputs,
            ..
        } = *self.case;
        let mask = self.case.mask(&mut memory.mask);
        memory.workspace = aligned(net.workspace_len(sample_count));
        let packing = self.pack::<L>(&mask, &mut memory.index);
        let predictor = BatchPredictor::packed(packing, &mask, &mut memory.params);
        let units = &mut *memory.workspace;
        Box::new(move |times, result| {
            for _ in 0..times {
                black_box(predictor.logits::<L>(black_box(inputs), sample_count, units));
            }
            if let Some(result) = result {
                let logits = predictor.logits::<L>(inputs, sample_count, units);
                result.extend(by_sample(logits, sample_count));
            }
        })
    }

    fn training<L: Lanes>(self, memory: &'a mut Memory) -> Run<'a> {
        let Self { case, rule, .. } = self;
        let mask = case.mask(&mut memory.mask);
        let packing = self.pack::<L>(&mask, &mut memory.index);
        packing.pack(&mask, &mut memory.params);
        memory.grads = aligned(packing.param_count());
        memory.state = aligned(rule.state_len(packing.param_count()));
        memory.workspace = aligned(case.net.workspace_len(case.sample_count));
        let params = &mut memory.params[..packing.param_count()];
        let (grads, workspace) = (&mut *memory.grads, &mut *memory.workspace);
        let is_step = self.operation == Operation::Step;
        let mut optimizer = Optimizer::new(rule, 0.0, packing.weight_count(), &mut memory.state);
        // Where nothing was pruned, a dense network has no use for a mask.
        let is_masked = is_step && mask.remaining() < mask.weight_count();
        Box::new(move |times, result| {
            let mut loss = 0.0;
            for _ in 0..times {
                loss = packing.gradient::<L>(black_box(params), case.batch(), workspace, grads);
                if is_masked {
                    packing.mask_dense_layers::<L>(&mask, grads);
                }
                if is_step {
                    optimizer.step::<L>(params, grads);
                }
            }
            black_box(loss);
            if let Some(result) = result {
                let mut flat = if is_step { params.to_vec() } else { grads.to_vec() };
                packing.mask_dense_layers::<L>(&mask, &mut flat);
                flat.resize(case.net.param_count(), 0.0);
                packing.unpack(&mask, &mut flat);
                result.push(loss);
                result.extend(flat);
            }
        })
    }
}

/// What follows is generic over lanes, and a closure could not be.
struct Prepare<'a> {
    job: Job<'a>,
    memory: &'a mut Memory,
}

impl<'a> Kernel for Prepare<'a> {
    type Output = Run<'a>;

    fn run<L: Lanes>(self) -> Run<'a> {
        let Self { job, memory } = self;
        match job.operation {
            Operation::Inference if job.case.sample_count == 1 => job.sample::<L>(memory),
            Operation::Inference => job.batch::<L>(memory),
            Operation::Gradient | Operation::Step => job.training::<L>(memory),
        }
    }
}

/// Memory of a [`Job`], empty until it takes what it needs.
#[derive(Debug)]
pub struct Memory {
    params: Aligned<f32>,
    grads: Aligned<f32>,
    state: Aligned<f32>,
    columns: Aligned<f32>,
    workspace: Aligned<f32>,
    mask: Vec<u32>,
    index: Vec<u32>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            params: aligned(0),
            grads: aligned(0),
            state: aligned(0),
            columns: aligned(0),
            workspace: aligned(0),
            mask: vec![],
            index: vec![],
        }
    }
}

/// Reads `(units, padded)` sample by sample.
pub fn by_sample(values: &[f32], sample_count: usize) -> impl Iterator<Item = f32> {
    let column = move |sample| values.iter().copied().skip(sample).step_by(padded(sample_count));
    (0..sample_count).flat_map(column)
}
