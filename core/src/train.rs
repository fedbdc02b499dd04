//! The training of one level: epochs over shuffled batches of packed parameters, early stopping, evaluation.

use core::ops::ControlFlow;

use crate::Mask;
use crate::batch::{Batch, BatchMemory, Chosen, Samples};
use crate::evaluate::evaluate;
use crate::gradient::gradient_alone;
use crate::lanes::{Lanes, padded};
use crate::memory::Memory;
use crate::optimizer::Optimizer;
use crate::order::shuffled;
use crate::packing::{PackedParams, Packing};
use crate::plan::{Data, Epoch, Level, Lottery, Outcome, Plan, StopOn};
use crate::random::Purpose;

/// Trains the surviving parameters, from the rewind epoch on, and evaluates all parts of the data. Early stopping and
/// `watch`, which is told of the epochs trained so far, may end it before the last epoch.
///
/// At level 0 with [`crate::Rewind::Epoch`], keeps the parameters of that epoch.
pub(crate) fn train_level<L: Lanes>(
    plan: &Plan<'_>,
    level: u32,
    memory: &mut Memory<'_>,
    data: &Data<'_>,
    watch: &mut dyn FnMut(Epoch) -> ControlFlow<()>,
) -> Outcome {
    let Lottery { net, training, .. } = plan.lottery;
    let packing = Packing::for_batches::<L>(net, &memory.mask, memory.index, training.batch);
    packing.pack(&memory.mask, memory.params);
    let count = packing.param_count();
    let state = &mut memory.optimizer[..training.rule.state_len(count)];
    let mut trainer = Trainer {
        plan,
        level,
        data,
        packing,
        mask: &memory.mask,
        params: &mut memory.params[..count],
        grads: &mut memory.grads[..count],
        optimizer: Optimizer::new(
            training.rule,
            training.weight_decay,
            packing.weight_count(),
            state,
        )
        .with_l1(training.l1),
        batch: &mut memory.batch,
        order: memory.order,
    };
    // The gradients of inactive units are not written again.
    trainer.grads.fill(0.0);
    let outcome = trainer.train::<L>(memory.rewind, watch);
    packing.unpack(&memory.mask, memory.params);
    outcome
}

/// A level that is being trained; parameters, gradients and the state of the optimizer are packed.
struct Trainer<'a, 'm> {
    plan: &'a Plan<'a>,
    level: u32,
    data: &'a Data<'a>,
    packing: Packing<'a>,
    mask: &'a Mask<'m>,
    params: &'a mut [f32],
    grads: &'a mut [f32],
    optimizer: Optimizer<'a>,
    batch: &'a mut BatchMemory<'m>,
    order: &'a mut [u32],
}

impl Trainer<'_, '_> {
    fn train<L: Lanes>(
        &mut self,
        rewind: &mut [f32],
        watch: &mut dyn FnMut(Epoch) -> ControlFlow<()>,
    ) -> Outcome {
        let Lottery { training, .. } = self.plan.lottery;
        let rewind_epoch = self.plan.lottery.rewind.first_epoch();
        let first_epoch = if self.level == 0 { 0 } else { rewind_epoch };
        let (mut epoch, mut best, mut stale, mut is_stale) = (first_epoch, f32::INFINITY, 0, false);
        while epoch < training.epochs && !is_stale {
            if !self.train_epoch::<L>(epoch) {
                return self.not_finite(epoch);
            }
            epoch += 1;
            if self.level == 0 && epoch == rewind_epoch {
                // Nothing is pruned yet, so the packed parameters are the flat ones.
                rewind.copy_from_slice(self.params);
            }
            let mut stopping_loss = None;
            if let Some(patience) = training.patience {
                let loss = self.evaluate::<L>(match training.stop_on {
                    StopOn::Validation => self.data.validation,
                    StopOn::Test => self.data.test,
                });
                stale = if loss < best { 0 } else { stale + 1 };
                best = best.min(loss);
                is_stale = patience <= stale && rewind_epoch <= epoch;
                stopping_loss = Some(loss);
            }
            let finished = Epoch {
                count: epoch - first_epoch,
                stopping_loss,
            };
            if watch(finished).is_break() {
                return Outcome::Stopped;
            }
        }
        let train_loss = self.evaluate::<L>(self.data.train);
        let validation_loss = self.evaluate::<L>(self.data.validation);
        self.batch.keep_correct();
        // Last, so that its scores remain.
        let test_loss = self.evaluate::<L>(self.data.test);
        let losses = [train_loss, validation_loss, test_loss];
        if !losses.iter().chain(&*self.params).all(|value| value.is_finite()) {
            return self.not_finite(epoch - 1);
        }
        Outcome::Finished(Level {
            level: self.level,
            weights_left: self.mask.remaining(),
            epochs: epoch - first_epoch,
            train_loss,
            validation_loss,
            test_loss,
        })
    }

    /// Trains one epoch; `false` if a loss was not finite.
    fn train_epoch<L: Lanes>(&mut self, epoch: u32) -> bool {
        let Lottery {
            net, tasks, training, ..
        } = self.plan.lottery;
        let level = self.level;
        let purpose = Purpose::Order { level, epoch };
        shuffled::<L>(self.order, self.plan.training_seed, purpose);
        for chosen in self.order.chunks(training.batch) {
            let sample_count = chosen.len();
            let inputs = &mut self.batch.inputs[..net.batch_len(sample_count)];
            let classes = &mut self.batch.classes[..tasks.len() * padded(sample_count)];
            self.data
                .train
                .gather::<L>(Chosen::Listed(chosen), inputs, classes);
            let batch = Batch {
                inputs,
                classes,
                sample_count,
                tasks,
            };
            let is_finite = gradient_alone::<L>(
                PackedParams::new(self.packing, self.params),
                batch,
                self.batch.workspace,
                self.grads,
            );
            if !is_finite {
                return false;
            }
            self.packing.mask_dense_layers::<L>(self.mask, self.grads);
            self.optimizer.step::<L>(self.params, self.grads);
        }
        true
    }

    fn evaluate<L: Lanes>(&mut self, part: Samples<'_>) -> f32 {
        evaluate::<L>(
            PackedParams::new(self.packing, self.params),
            part,
            self.plan.lottery.tasks,
            self.batch,
        )
    }

    fn not_finite(&self, epoch: u32) -> Outcome {
        Outcome::NotFinite {
            level: self.level,
            epoch,
        }
    }
}
