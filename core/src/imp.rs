//! Iterative magnitude pruning: train, prune, rewind, repeat. One lottery, level by level.

use core::ops::ControlFlow;

use crate::kernels::loss::TaskScore;
use crate::lanes::Lanes;
use crate::mask::Mask;
use crate::memory::Memory;
use crate::plan::{Data, Epoch, Lottery, Outcome, Plan, Rewind};
use crate::task::tasks_fit;
use crate::train::train_level;

/// A lottery under way.
///
/// The crate's documentation shows a whole one.
#[derive(Debug)]
pub struct Imp<'a> {
    plan: Plan<'a>,
    memory: Memory<'a>,
    /// The level that is computed next; `None` after the last, and after one that could not be finished.
    next_level: Option<u32>,
}

impl<'a> Imp<'a> {
    /// Draws the initial parameters. `floats` are at least [`Lottery::float_count`] long, `words` at least
    /// [`Lottery::word_count`]; what they hold changes no result. Vectors are aligned where the slices are.
    ///
    /// # Panics
    /// If a slice is too short, the tasks do not fit the network, the trajectory does not
    /// start at the network's weights, the rewind epoch is not within the epochs, or a batch has no samples.
    pub fn new(plan: Plan<'a>, floats: &'a mut [f32], words: &'a mut [u32]) -> Self {
        let Lottery {
            net,
            tasks,
            training,
            rewind,
            ..
        } = plan.lottery;
        assert!(
            tasks_fit(net, tasks),
            "tasks partition the outputs and cover the inputs"
        );
        assert_same!(
            plan.trajectory.parameters(),
            net.weight_count() as u64,
            "the trajectory starts at all weights"
        );
        assert!(
            rewind != Rewind::Epoch(0) && rewind.first_epoch() < training.epochs,
            "the rewind epoch is within the epochs, from 1"
        );
        let memory = Memory::new(&plan.lottery, floats, words);
        plan.init.draw(net, memory.initial, plan.network_seed);
        memory.params.copy_from_slice(memory.initial);
        Self {
            plan,
            memory,
            next_level: Some(0),
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
        self.memory.params.copy_from_slice(params);
        self.memory.rewind.copy_from_slice(rewind);
        self.memory.mask.shrink(survives);
        assert_same!(
            self.mask().remaining() as u64,
            self.plan.trajectory.weights_left(level),
            "the weights of that level"
        );
        self.next_level = self.after(level);
    }

    /// Computes the next level: prunes (but for level 0), rewinds and trains. `None` after the last,
    /// or after one that could not be finished.
    ///
    /// `watch` is called after each epoch, and may stop.
    ///
    /// # Panics
    /// If the data does not fit the plan.
    pub fn next_level<L: Lanes>(
        &mut self,
        data: &Data<'_>,
        watch: &mut dyn FnMut(Epoch) -> ControlFlow<()>,
    ) -> Option<Outcome> {
        let level = self.next_level?;
        data.check(&self.plan.lottery);
        if 0 < level {
            self.prune(self.plan.trajectory.weights_left(level) as usize);
            self.rewind();
        }
        Some(self.train::<L>(level, data, watch))
    }

    /// Trains a level from the mask and the parameters as they stand, which [`Imp::start`] gives out: for another
    /// procedure than that of [`Imp::next_level`]. What is pruned is set to +0.0 first. [`Imp::next_level`] goes on after
    /// this level.
    ///
    /// # Panics
    /// If the data does not fit the plan.
    pub fn train_level<L: Lanes>(
        &mut self,
        level: u32,
        data: &Data<'_>,
        watch: &mut dyn FnMut(Epoch) -> ControlFlow<()>,
    ) -> Outcome {
        data.check(&self.plan.lottery);
        let Memory { mask, params, .. } = &mut self.memory;
        mask.apply(params);
        self.train::<L>(level, data, watch)
    }

    fn train<L: Lanes>(
        &mut self,
        level: u32,
        data: &Data<'_>,
        watch: &mut dyn FnMut(Epoch) -> ControlFlow<()>,
    ) -> Outcome {
        let outcome = train_level::<L>(&self.plan, level, &mut self.memory, data, watch);
        // Parameters that were trained halfway are no start for another level.
        let is_finished = matches!(outcome, Outcome::Finished(_));
        self.next_level = if is_finished { self.after(level) } else { None };
        outcome
    }

    /// The mask and the parameters that the next level is trained with, to be changed before [`Imp::train_level`].
    pub fn start(&mut self) -> (&mut Mask<'a>, &mut [f32]) {
        (&mut self.memory.mask, self.memory.params)
    }

    /// The network's parameters: pruned weights are exactly +0.0.
    pub fn params(&self) -> &[f32] {
        self.memory.params
    }

    /// The initial parameters, those of pruned weights too.
    pub fn initial(&self) -> &[f32] {
        self.memory.initial
    }

    /// The parameters that levels are rewound to, where they are not the initial ones.
    pub fn rewind_point(&self) -> Option<&[f32]> {
        let rewind = &*self.memory.rewind;
        (!rewind.is_empty()).then_some(rewind)
    }

    /// The gradient of the last step: with [`crate::Storage::Dense`] laid out as the parameters are, else packed.
    pub fn grads(&self) -> &[f32] {
        self.memory.grads
    }

    /// What the optimizer of the last level kept: one number for each gradient, or two ([`crate::Rule::state_len`]).
    pub fn optimizer_state(&self) -> &[f32] {
        self.memory.optimizer
    }

    /// Which weights survive.
    pub fn mask(&self) -> &Mask<'a> {
        &self.memory.mask
    }

    /// A task's score on the test part, after a finished level.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn test_score(&self, task: usize) -> TaskScore {
        self.memory.batch.score(task)
    }

    /// How many samples of the validation part a task got right, after a finished level.
    ///
    /// # Panics
    /// If there is no such task.
    pub fn validation_correct(&self, task: usize) -> u32 {
        self.memory.batch.kept_correct(task)
    }

    fn after(&self, level: u32) -> Option<u32> {
        (level < self.plan.trajectory.levels()).then_some(level + 1)
    }

    /// Prunes the least weights until so many are left.
    fn prune(&mut self, left: usize) {
        let Memory { mask, params, .. } = &mut self.memory;
        // Where the trajectory stands still, nothing is pruned.
        mask.prune(params, mask.remaining() - left);
    }

    fn rewind(&mut self) {
        let Memory {
            mask,
            params,
            initial,
            rewind,
            ..
        } = &mut self.memory;
        match self.plan.lottery.rewind {
            Rewind::Initial => mask.rewind(params, initial),
            Rewind::Epoch(_) => mask.rewind(params, rewind),
            Rewind::Never => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Imp;
    use crate::{Init, Lottery, Mlp, Plan, Rewind, Rule, StopOn, Storage, Task, Training, Trajectory};

    #[test]
    #[should_panic(expected = "within the epochs, from 1")]
    fn epoch_0_is_no_epoch_to_rewind_to() {
        let tasks = [Task {
            inputs: &[0],
            outputs: &[0],
            weight: Task::ALIKE,
        }];
        let lottery = Lottery {
            net: Mlp::new(&[1, 1]),
            tasks: &tasks,
            training: Training {
                rule: Rule::adam(0.1),
                weight_decay: 0.0,
                l1: 0.0,
                batch: 1,
                epochs: 2,
                patience: None,
                stop_on: StopOn::Validation,
            },
            rewind: Rewind::Epoch(0),
            train_count: 1,
            storage: Storage::Dense,
        };
        let trajectory = Trajectory::with_levels(1, 0.5, 0).unwrap();
        let plan = Plan {
            lottery,
            trajectory,
            init: Init::DEFAULT,
            network_seed: 0.into(),
            training_seed: 0.into(),
        };
        Imp::new(plan, &mut [0.0; 256], &mut [0; 256]);
    }
}
