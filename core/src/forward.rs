//! The forward pass: from the inputs of a batch to its logits.

use crate::Mlp;
use crate::kernels::{dense, sparse};
use crate::lanes::{Lanes, padded};
use crate::packing::{Order, PackedParams, Packing};

impl Mlp<'_> {
    /// Length of the activations of one batch of up to `batch` samples, the inputs not among them.
    #[inline]
    pub const fn workspace_len(self, batch: usize) -> usize {
        self.bias_count() * padded(batch)
    }

    /// Computes the activations of every unit, layer after layer, and returns the logits `(outputs, padded)`, where
    /// `padded` is `sample_count` filled up to a multiple of 16. `inputs` are `(input_count, padded)`.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn forward<'w, L: Lanes>(
        self,
        params: &[f32],
        inputs: &[f32],
        sample_count: usize,
        workspace: &'w mut [f32],
    ) -> &'w [f32] {
        forward::<L>(
            PackedParams::new(Packing::flat(self), params),
            inputs,
            sample_count,
            workspace,
        )
    }
}

/// [`Mlp::forward`] of packed parameters.
pub(crate) fn forward<'w, L: Lanes>(
    packed: PackedParams<'_>,
    inputs: &[f32],
    sample_count: usize,
    workspace: &'w mut [f32],
) -> &'w [f32] {
    let (packing, params) = (packed.packing(), packed.params());
    let net = packing.net();
    assert_same!(
        inputs.len(),
        net.batch_len(sample_count),
        "inputs of a batch are (inputs, padded)"
    );
    let padded = padded(sample_count);
    let units = &mut workspace[..net.workspace_len(sample_count)];
    let mut start = 0;
    for number in 0..net.layer_count() {
        let layer = packing.layer(number);
        let (below, outputs) = units.split_at_mut(start);
        let outputs = &mut outputs[..layer.fan_out * padded];
        let inputs = if number == 0 {
            inputs
        } else {
            &below[start - layer.fan_in * padded..]
        };
        let (weights, biases) = (&params[layer.weights], &params[layer.biases]);
        let is_hidden = number + 1 < net.layer_count();
        match layer.lists {
            None => L::run(dense::Forward {
                weights,
                biases,
                inputs,
                outputs,
                padded,
                is_hidden,
            }),
            Some(lists) => {
                let kernel = sparse::Forward {
                    csr: lists.csr(),
                    weights,
                    biases,
                    inputs,
                    outputs,
                    padded,
                    is_hidden,
                };
                match packed.order() {
                    Order::Columns => L::run(sparse::Ordered::<false>(kernel)),
                    Order::Rows => L::run(sparse::Ordered::<true>(kernel)),
                }
            }
        }
        start += layer.fan_out * padded;
    }
    &units[start - net.output_count() * padded..]
}
