//! The gradient of a batch: forward, loss and backward in one call, so that there is no order to get wrong and no
//! gradient to zero.

use crate::batch::Batch;
use crate::forward::forward;
use crate::kernels::loss::{score_all, to_deltas};
use crate::kernels::{dense, sparse};
use crate::lanes::Lanes;
use crate::packing::{PackedParams, Packing};
use crate::{Mlp, Task};

impl Mlp<'_> {
    /// Writes the gradient of the loss at `params` to `grads`, whatever stood there, and returns the loss: the mean
    /// over the samples, summed over the tasks by their weights, so that what a task learns does not depend on its neighbors.
    ///
    /// The gradient is that of every weight, pruned or not, and does not include weight decay. `workspace` is scratch of at
    /// least `self.workspace_len(batch.sample_count)`; afterwards it holds the deltas of every unit.
    ///
    /// # Panics
    /// If a length is wrong, a class does not exist, or the tasks do not partition the outputs.
    pub fn gradient<L: Lanes>(
        self,
        params: &[f32],
        batch: Batch<'_>,
        workspace: &mut [f32],
        grads: &mut [f32],
    ) -> f32 {
        batch.check_tasks(self);
        gradient::<L>(
            PackedParams::new(Packing::flat(self), params),
            batch,
            workspace,
            grads,
        )
    }
}

impl Packing<'_> {
    /// [`Mlp::gradient`] of packed parameters; the gradient is packed, too.
    ///
    /// # Panics
    /// If a length is wrong, a class does not exist, or the tasks do not partition the outputs.
    pub fn gradient<L: Lanes>(
        &self,
        params: &[f32],
        batch: Batch<'_>,
        workspace: &mut [f32],
        grads: &mut [f32],
    ) -> f32 {
        batch.check_tasks(self.net());
        // What belongs to inactive units of a compressed layer is not written below.
        grads.fill(0.0);
        gradient::<L>(PackedParams::new(*self, params), batch, workspace, grads)
    }
}

/// Multiplies the deltas `(outputs, padded)` of a task by its weight.
fn weigh(task: &Task<'_>, deltas: &mut [f32], padded: usize) {
    if task.weight == Task::ALIKE {
        return;
    }
    for &output in task.outputs {
        for delta in &mut deltas[output * padded..][..padded] {
            *delta *= task.weight;
        }
    }
}

/// [`Mlp::gradient`] of packed parameters; the gradient is packed, too. What `grads` hold for the inactive units of a
/// compressed layer must be +0.0, and stays.
pub(crate) fn gradient<L: Lanes>(
    packed: PackedParams<'_>,
    batch: Batch<'_>,
    workspace: &mut [f32],
    grads: &mut [f32],
) -> f32 {
    backward::<L, _>(packed, batch, workspace, grads, |logits, padded| {
        score_all::<L>(batch.tasks, logits, padded, batch.classes, batch.sample_count)
    })
}

/// As [`gradient`], but of the loss only whether it is finite.
pub(crate) fn gradient_alone<L: Lanes>(
    packed: PackedParams<'_>,
    batch: Batch<'_>,
    workspace: &mut [f32],
    grads: &mut [f32],
) -> bool {
    backward::<L, _>(packed, batch, workspace, grads, |logits, padded| {
        to_deltas::<L>(batch.tasks, logits, padded, batch.classes, batch.sample_count)
    })
}

/// Writes the gradient, where `to_deltas` turns the logits `(outputs, padded)` into deltas; returns what that does.
fn backward<L: Lanes, T>(
    packed: PackedParams<'_>,
    batch: Batch<'_>,
    workspace: &mut [f32],
    grads: &mut [f32],
    to_deltas: impl FnOnce(&mut [f32], usize) -> T,
) -> T {
    let (packing, params) = (packed.packing(), packed.params());
    let net = packing.net();
    assert_same!(grads.len(), packing.param_count(), "one gradient per parameter");
    let padded = batch.check(net);
    let mut units = &mut workspace[..net.workspace_len(batch.sample_count)];
    forward::<L>(packed, batch.inputs, batch.sample_count, units);

    let logits = units.len() - net.output_count() * padded;
    let result = to_deltas(&mut units[logits..], padded);
    for task in batch.tasks {
        weigh(task, &mut units[logits..], padded);
    }

    for number in (0..net.layer_count()).rev() {
        let layer = packing.layer(number);
        let (below, deltas) = units.split_at_mut(units.len() - layer.fan_out * padded);
        let inputs = match below.len() {
            0 => batch.inputs,
            end => &below[end - layer.fan_in * padded..],
        };
        let weights = &params[layer.weights.clone()];
        let (weight_grads, bias_grads) = grads.split_at_mut(layer.biases.start);
        let (weight_grads, bias_grads) = (&mut weight_grads[layer.weights], &mut bias_grads[..layer.fan_out]);
        // The weight gradient is the last to want the activations below; their deltas take their place.
        let start = below.len().checked_sub(layer.fan_in * padded);
        let activations = start.map(|start| start..below.len());
        match layer.lists {
            None => {
                L::run(dense::BackwardToWeights {
                    deltas,
                    inputs,
                    weight_grads,
                    bias_grads,
                    padded,
                });
                if let Some(range) = activations {
                    let activations = &mut below[range];
                    L::run(dense::BackwardToInputs {
                        weights,
                        deltas,
                        activations,
                        padded,
                    });
                }
            }
            Some(lists) => {
                let layer = sparse::Columns {
                    csr: lists.csr(),
                    csc: lists.csc(),
                    deltas,
                    weight_grads,
                    bias_grads,
                    padded,
                };
                if let Some(range) = activations {
                    let activations = &mut below[range];
                    let pass = sparse::ToInputs { weights, activations };
                    L::run(sparse::Backward { layer, pass });
                } else {
                    let pass = sparse::ToWeights { inputs };
                    L::run(sparse::Backward { layer, pass });
                }
            }
        }
        units = below;
    }
    result
}
