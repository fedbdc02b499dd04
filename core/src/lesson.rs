//! One level of a lottery while it is trained: epochs over shuffled batches of packed parameters.

use core::ops::ControlFlow;

use crate::Mask;
use crate::batch::Batch;
use crate::evaluate::{BatchMemory, evaluate};
use crate::gradient::gradient;
use crate::kernels::loss::TaskScore;
use crate::lanes::{Lanes, padded};
use crate::optimizer::Optimizer;
use crate::packing::{PackedParams, Packing};
use crate::plan::{Data, Level, Outcome, Plan};
use crate::random::{Purpose, shuffle, stream};

/// A level that is being trained; `params` and `grads` are packed.
pub(crate) struct Lesson<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) level: u32,
    pub(crate) packing: Packing<'a>,
    pub(crate) mask: &'a Mask<'a>,
    pub(crate) params: &'a mut [f32],
    pub(crate) grads: &'a mut [f32],
    pub(crate) rewind: &'a mut [f32],
    pub(crate) batch: BatchMemory<'a>,
    pub(crate) order: &'a mut [u32],
    pub(crate) scores: &'a mut [TaskScore],
}

impl Lesson<'_> {
    /// Trains from the rewind epoch on, with a fresh optimizer whose state is packed like the parameters, and reports.
    pub(crate) fn train<L: Lanes>(
        &mut self,
        state: &mut [f32],
        data: &Data<'_>,
        watch: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Outcome {
        let Plan {
            training,
            rewind,
            tasks,
            ..
        } = *self.plan;
        let rewind_epoch = rewind.first_epoch();
        let first_epoch = if self.level == 0 { 0 } else { rewind_epoch };
        let mut optimizer = Optimizer::new(
            training.rule,
            training.weight_decay,
            self.packing.weight_count(),
            state,
        );
        // What belongs to dead units is not written again.
        self.grads.fill(0.0);
        let (mut best, mut stale, mut epoch) = (f32::INFINITY, 0, first_epoch);
        let mut stop = false;
        while epoch < training.epochs && !stop {
            if !self.epoch::<L>(epoch, &mut optimizer, data) {
                return Outcome::NotFinite {
                    level: self.level,
                    epoch,
                };
            }
            epoch += 1;
            if self.level == 0 && epoch == rewind_epoch {
                // Nothing is pruned yet, so the packed parameters are the flat ones.
                self.rewind.copy_from_slice(self.params);
            }
            if let Some(patience) = training.patience {
                let loss = evaluate::<L>(
                    PackedParams::new(self.packing, self.params),
                    data.validation,
                    tasks,
                    &mut self.batch,
                    self.scores,
                );
                stale = if loss < best { 0 } else { stale + 1 };
                best = best.min(loss);
                stop = patience <= stale && rewind_epoch <= epoch;
            }
            if watch(epoch - first_epoch).is_break() {
                return Outcome::Stopped;
            }
        }
        self.report::<L>(epoch, epoch - first_epoch, data)
    }

    /// Trains one epoch; `false` if a loss was not finite.
    fn epoch<L: Lanes>(&mut self, epoch: u32, optimizer: &mut Optimizer<'_>, data: &Data<'_>) -> bool {
        let Plan {
            net,
            tasks,
            training,
            seed,
            ..
        } = *self.plan;
        self.order
            .iter_mut()
            .zip(0..)
            .for_each(|(entry, sample)| *entry = sample);
        shuffle(
            self.order,
            &mut stream(
                seed,
                Purpose::Order {
                    level: self.level,
                    epoch,
                },
            ),
        );
        for chosen in self.order.chunks(training.batch) {
            let padded = padded(chosen.len());
            let inputs = &mut self.batch.inputs[..net.batch_len(chosen.len())];
            let classes = &mut self.batch.classes[..tasks.len() * padded];
            let samples = chosen.iter().map(|&sample| sample as usize);
            data.train.gather::<L>(samples, inputs, classes);
            let batch = Batch {
                inputs,
                classes,
                sample_count: chosen.len(),
                tasks,
            };
            let loss = gradient::<L>(
                PackedParams::new(self.packing, self.params),
                batch,
                self.batch.workspace,
                self.grads,
            );
            if !loss.is_finite() {
                return false;
            }
            self.packing.mask_dense_layers::<L>(self.mask, self.grads);
            optimizer.step::<L>(self.params, self.grads);
        }
        true
    }

    /// Evaluates all three parts, the test part last.
    fn report<L: Lanes>(&mut self, epoch: u32, epochs: u32, data: &Data<'_>) -> Outcome {
        let mut losses = [0.0; 3];
        for (loss, part) in losses.iter_mut().zip([data.train, data.validation, data.test]) {
            *loss = evaluate::<L>(
                PackedParams::new(self.packing, self.params),
                part,
                self.plan.tasks,
                &mut self.batch,
                self.scores,
            );
        }
        if !losses.iter().chain(&*self.params).all(|value| value.is_finite()) {
            return Outcome::NotFinite {
                level: self.level,
                epoch: epoch - 1,
            };
        }
        let [train_loss, validation_loss, test_loss] = losses;
        let weights_left = self.mask.remaining();
        Outcome::Finished(Level {
            level: self.level,
            weights_left,
            epochs,
            train_loss,
            validation_loss,
            test_loss,
        })
    }
}
