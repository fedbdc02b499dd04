//! Iterative magnitude pruning: train, prune, rewind, repeat. One lottery, level by level.

use core::ops::ControlFlow;

use crate::batch::Batch;
use crate::evaluate::BatchMemory;
use crate::init::kaiming_normal;
use crate::kernels::loss::TaskScore;
use crate::lanes::{Lanes, padded};
use crate::mask::Mask;
use crate::optimizer::Optimizer;
use crate::plan::{Data, Level, Memory, Outcome, Plan, Rewind};
use crate::random::{Purpose, shuffle, stream};
use crate::task::is_partition;

/// What comes after a level that could not be finished.
const OVER: u32 = u32::MAX;

/// A lottery under way.
///
/// The crate's documentation shows a whole one.
#[derive(Debug)]
pub struct Imp<'a> {
    plan: Plan<'a>,
    params: &'a mut [f32],
    initial: &'a mut [f32],
    rewind: &'a mut [f32],
    grads: &'a mut [f32],
    optimizer: &'a mut [f32],
    batch: BatchMemory<'a>,
    order: &'a mut [u32],
    scores: &'a mut [TaskScore],
    mask: Mask<'a>,
    next_level: u32,
}

impl<'a> Imp<'a> {
    /// Draws the initial weights.
    ///
    /// # Panics
    /// If a length in `memory` is wrong, the tasks do not partition the network's inputs and outputs, the trajectory
    /// does not start at the network's weights, the rewind epoch is not within the epochs, or
    /// a batch has no samples.
    pub fn new(plan: Plan<'a>, memory: Memory<'a>) -> Self {
        let Plan {
            net, tasks, training, ..
        } = plan;
        assert!(
            is_partition(net, tasks),
            "tasks partition the inputs and the outputs"
        );
        assert_eq!(
            plan.trajectory.parameters(),
            net.weight_count() as u64,
            "the trajectory starts at all weights"
        );
        assert!(0 < training.batch, "a batch has a sample");
        assert!(
            plan.rewind.first_epoch() < training.epochs,
            "the rewind epoch is within the epochs"
        );
        let rewind_len = if matches!(plan.rewind, Rewind::Epoch(_)) {
            net.param_count()
        } else {
            0
        };
        for (len, wanted) in [
            (memory.params.len(), net.param_count()),
            (memory.initial.len(), net.param_count()),
            (memory.rewind.len(), rewind_len),
            (memory.grads.len(), net.param_count()),
            (memory.optimizer.len(), training.rule.state_len(net.param_count())),
            (memory.batch.inputs.len(), net.batch_len(training.batch)),
            (memory.batch.classes.len(), tasks.len() * padded(training.batch)),
            (memory.batch.workspace.len(), net.workspace_len(training.batch)),
            (memory.scores.len(), tasks.len()),
        ] {
            assert_eq!(len, wanted, "memory has the lengths that Memory documents");
        }
        let Memory {
            params,
            initial,
            rewind,
            grads,
            optimizer,
            batch,
            order,
            scores,
            mask,
        } = memory;
        kaiming_normal(net, initial, &mut stream(plan.seed, Purpose::Weights));
        params.copy_from_slice(initial);
        let mask = Mask::full(net, mask);
        Self {
            plan,
            params,
            initial,
            rewind,
            grads,
            optimizer,
            batch,
            order,
            scores,
            mask,
            next_level: 0,
        }
    }

    /// Takes up a lottery after a level that was finished before: its trained parameters, the weights that survived,
    /// and, with [`Rewind::Epoch`], the parameters to rewind to.
    ///
    /// # Panics
    /// If a length is wrong or the trajectory leaves another number of weights at that level.
    pub fn resume(
        &mut self,
        level: u32,
        params: &[f32],
        rewind: &[f32],
        survives: impl FnMut(usize) -> bool,
    ) {
        self.params.copy_from_slice(params);
        self.rewind.copy_from_slice(rewind);
        self.mask.shrink(survives);
        assert_eq!(
            self.mask.remaining() as u64,
            self.plan.trajectory.weights_left(level),
            "the weights of that level"
        );
        self.next_level = level + 1;
    }

    /// Computes the next level: prunes (but for level 0), rewinds and trains. `None` after the last,
    /// or after one that could not be finished.
    ///
    /// `watch` is called after each epoch with the number of epochs that this level has behind it, and may stop.
    ///
    /// # Panics
    /// If the data does not fit the plan.
    #[inline(always)]
    pub fn next_level<L: Lanes>(
        &mut self,
        data: &Data<'_>,
        watch: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Option<Outcome> {
        let level = self.next_level;
        if self.plan.trajectory.levels() < level {
            return None;
        }
        assert_eq!(
            self.order.len(),
            data.train.sample_count(),
            "one entry of order per training sample"
        );
        for part in [data.train, data.validation, data.test] {
            assert!(part.fits(self.plan.tasks), "every class exists");
        }
        if 0 < level {
            self.prune_and_rewind(level);
        }
        let outcome = match self.train::<L>(level, data, watch) {
            Ok(epochs) => match self.report::<L>(level, epochs, data) {
                Some(report) => Outcome::Finished(report),
                None => Outcome::NotFinite {
                    level,
                    epoch: self.first_epoch(level) + epochs - 1,
                },
            },
            Err(outcome) => outcome,
        };
        // Parameters that were trained halfway are no start for another level.
        let is_finished = matches!(outcome, Outcome::Finished(_));
        self.next_level = if is_finished { level + 1 } else { OVER };
        Some(outcome)
    }

    /// The network's parameters: pruned weights are exactly +0.0.
    pub fn params(&self) -> &[f32] {
        self.params
    }

    /// The initial parameters, those of pruned weights too.
    pub fn initial(&self) -> &[f32] {
        self.initial
    }

    /// The parameters that levels are rewound to, where they are not the initial ones.
    pub fn rewind_point(&self) -> Option<&[f32]> {
        (!self.rewind.is_empty()).then_some(&*self.rewind)
    }

    /// Which weights survive.
    pub fn mask(&self) -> &Mask<'a> {
        &self.mask
    }

    /// Each task's score on the test part, after a finished level.
    pub fn test_scores(&self) -> &[TaskScore] {
        self.scores
    }

    /// The epoch that a level begins with.
    fn first_epoch(&self, level: u32) -> u32 {
        if level == 0 {
            0
        } else {
            self.plan.rewind.first_epoch()
        }
    }

    fn prune_and_rewind(&mut self, level: u32) {
        let left = self.plan.trajectory.weights_left(level) as usize;
        // Less than was asked for survives only where a trajectory stands still.
        self.mask.prune(self.params, self.mask.remaining() - left);
        match self.plan.rewind {
            Rewind::Initial => self.mask.rewind(self.params, self.initial),
            Rewind::Epoch(_) => self.mask.rewind(self.params, self.rewind),
            Rewind::Never => {}
        }
    }

    /// Trains one level and returns how many epochs it took.
    #[inline(always)]
    fn train<L: Lanes>(
        &mut self,
        level: u32,
        data: &Data<'_>,
        watch: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<u32, Outcome> {
        let Plan {
            net,
            tasks,
            training,
            seed,
            ..
        } = self.plan;
        let rewind_epoch = self.plan.rewind.first_epoch();
        let first_epoch = self.first_epoch(level);
        let mut optimizer = Optimizer::new(
            training.rule,
            training.weight_decay,
            net.weight_count(),
            self.optimizer,
        );
        let (mut best, mut stale) = (f32::INFINITY, 0);
        for epoch in first_epoch..training.epochs {
            self.order
                .iter_mut()
                .zip(0..)
                .for_each(|(entry, sample)| *entry = sample);
            shuffle(self.order, &mut stream(seed, Purpose::Order { level, epoch }));
            for chosen in self.order.chunks(training.batch) {
                let padded = padded(chosen.len());
                let inputs = &mut self.batch.inputs[..net.batch_len(chosen.len())];
                let classes = &mut self.batch.classes[..tasks.len() * padded];
                let samples = chosen.iter().map(|&sample| sample as usize);
                data.train.gather(&samples, inputs, classes);
                let batch = Batch {
                    inputs,
                    classes,
                    sample_count: chosen.len(),
                    tasks,
                };
                let loss = net.gradient::<L>(self.params, batch, self.batch.workspace, self.grads);
                if !loss.is_finite() {
                    return Err(Outcome::NotFinite { level, epoch });
                }
                self.mask.apply(self.grads);
                optimizer.step(self.params, self.grads);
            }
            let epochs = epoch + 1 - first_epoch;
            if level == 0 && epoch + 1 == rewind_epoch {
                self.rewind.copy_from_slice(self.params);
            }
            let stop = training.patience.is_some_and(|patience| {
                let loss =
                    net.evaluate::<L>(self.params, data.validation, tasks, &mut self.batch, self.scores);
                stale = if loss < best { 0 } else { stale + 1 };
                best = best.min(loss);
                patience <= stale && rewind_epoch <= epoch + 1
            });
            if watch(epochs).is_break() {
                return Err(Outcome::Stopped);
            }
            if stop {
                return Ok(epochs);
            }
        }
        Ok(training.epochs - first_epoch)
    }

    /// Evaluates all three parts, the test part last; `None` if anything is not finite.
    #[inline(always)]
    fn report<L: Lanes>(&mut self, level: u32, epochs: u32, data: &Data<'_>) -> Option<Level> {
        let Plan { net, tasks, .. } = self.plan;
        let [train_loss, validation_loss, test_loss] = [data.train, data.validation, data.test]
            .map(|part| net.evaluate::<L>(self.params, part, tasks, &mut self.batch, self.scores));
        let finite = [train_loss, validation_loss, test_loss]
            .iter()
            .chain(&*self.params)
            .all(|value| value.is_finite());
        let weights_left = self.mask.remaining();
        finite.then_some(Level {
            level,
            weights_left,
            epochs,
            train_loss,
            validation_loss,
            test_loss,
        })
    }
}
