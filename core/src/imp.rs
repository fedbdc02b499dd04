//! Iterative magnitude pruning: train, prune, rewind, repeat. One lottery, level by level.

use core::ops::ControlFlow;

use crate::evaluate::BatchMemory;
use crate::init::kaiming_normal;
use crate::kernels::loss::TaskScore;
use crate::lanes::{Lanes, padded};
use crate::lesson::Lesson;
use crate::mask::Mask;
use crate::packing::Packing;
use crate::plan::{Data, Memory, Outcome, Plan, Rewind};
use crate::random::{Purpose, stream};
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
    index: &'a mut [u32],
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
        assert_same!(
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
        let index_len = if memory.index.is_empty() {
            0
        } else {
            Packing::index_len(net)
        };
        for (len, wanted) in [
            (memory.index.len(), index_len),
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
            assert_same!(len, wanted, "memory has the lengths that Memory documents");
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
            index,
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
            index,
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
        assert_same!(
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
    pub fn next_level<L: Lanes>(
        &mut self,
        data: &Data<'_>,
        watch: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Option<Outcome> {
        let level = self.next_level;
        if self.plan.trajectory.levels() < level {
            return None;
        }
        assert_same!(
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
        let outcome = self.train_packed::<L>(level, data, watch);
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

    fn prune_and_rewind(&mut self, level: u32) {
        let left = self.plan.trajectory.weights_left(level) as usize;
        // Where the trajectory stands still, nothing is pruned.
        self.mask.prune(self.params, self.mask.remaining() - left);
        match self.plan.rewind {
            Rewind::Initial => self.mask.rewind(self.params, self.initial),
            Rewind::Epoch(_) => self.mask.rewind(self.params, self.rewind),
            Rewind::Never => {}
        }
    }

    /// Packs the parameters, trains and evaluates them, and unpacks them again.
    fn train_packed<L: Lanes>(
        &mut self,
        level: u32,
        data: &Data<'_>,
        watch: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Outcome {
        let batch = self.plan.training.batch;
        let packing = Packing::for_batches::<L>(self.plan.net, &self.mask, self.index, batch);
        packing.pack(&self.mask, self.params);
        let mut lesson = Lesson {
            plan: &self.plan,
            level,
            packing,
            mask: &self.mask,
            params: &mut self.params[..packing.param_count()],
            grads: &mut self.grads[..packing.param_count()],
            rewind: self.rewind,
            batch: BatchMemory {
                inputs: self.batch.inputs,
                classes: self.batch.classes,
                workspace: self.batch.workspace,
            },
            order: self.order,
            scores: self.scores,
        };
        let state = &mut self.optimizer[..self.plan.training.rule.state_len(packing.param_count())];
        let outcome = lesson.train::<L>(state, data, watch);
        packing.unpack(&self.mask, self.params);
        outcome
    }
}
