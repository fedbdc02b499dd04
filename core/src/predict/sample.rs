//! Inference on one sample.

use crate::kernels::{has_room, single};
use crate::lanes::{Kernel, LANES, Lanes, padded};
use crate::packing::steps::{self, room};
use crate::packing::{PackedParams, Packing};
use crate::{Mask, Mlp};

/// A network that is evaluated on one sample at a time. Gives the bits of [`Mlp::forward`].
///
/// ```
/// use tombola::lanes::Portable;
/// use tombola::{Mask, Mlp, Packing, SamplePredictor};
///
/// const NET: Mlp = Mlp::new(&[2, 3, 1]);
/// let mut params = [0.5, -1.0, 0.0, 2.0, 0.0, 0.0, 1.0, -1.5, 0.0, 0.0, 0.25, 0.0, 0.125];
/// let mut bits = [0; NET.mask_len()];
/// let mask = Mask::from_fn(NET, &mut bits, |weight| [0, 1, 3, 6, 7].contains(&weight));
/// let mut index = [0; Packing::index_len(NET)];
/// let mut columns = [0.0; SamplePredictor::columns_len(NET)];
/// let predictor = SamplePredictor::new::<Portable>(NET, &mask, &mut params, &mut index, &mut columns);
/// let mut units = [0.0; SamplePredictor::units_len(NET)];
/// assert_eq!(predictor.logits::<Portable>(&[0.0, 1.0], &mut units), [-3.25]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SamplePredictor<'a> {
    packed: PackedParams<'a>,
    /// One layer after the other, as [`single::sparse`] reads the compressed ones and [`single::dense`] the others.
    columns: &'a [f32],
}

impl<'a> SamplePredictor<'a> {
    /// Length of the memory for weights in the order in which they are read.
    pub const fn columns_len(net: Mlp<'_>) -> usize {
        let (mut len, mut number) = (0, 0);
        while number < net.layer_count() {
            let layer = net.layer(number);
            // More than a dense layer takes.
            len += steps::len(layer.fan_in, layer.fan_out) * LANES;
            number += 1;
        }
        len
    }

    /// Length of the activations of one sample.
    pub const fn units_len(net: Mlp<'_>) -> usize {
        let (mut len, mut number) = (room(net.input_count()), 0);
        while number < net.layer_count() {
            len += room(net.layer(number).fan_out);
            number += 1;
        }
        len
    }

    /// Packs the parameters, in place. `index` is [`Packing::index_len`] long, or empty to compress nothing; `columns` is
    /// [`SamplePredictor::columns_len`] long.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn new<L: Lanes>(
        net: Mlp<'a>,
        mask: &Mask<'_>,
        params: &'a mut [f32],
        index: &'a mut [u32],
        columns: &'a mut [f32],
    ) -> Self {
        let packing = Packing::for_samples::<L>(net, mask, index);
        Self::packed(packing, mask, params, columns)
    }

    /// The same with a packing that the caller chose, for this mask.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn packed(
        packing: Packing<'a>,
        mask: &Mask<'_>,
        params: &'a mut [f32],
        columns: &'a mut [f32],
    ) -> Self {
        let net = packing.net();
        assert_same!(columns.len(), Self::columns_len(net), "columns of this network");
        let packed = PackedParams::pack(packing, mask, params);
        let params = packed.params();
        let mut free = columns.as_chunks_mut().0;
        for number in 0..net.layer_count() {
            let layer = packing.layer(number);
            let (weights, biases) = (&params[layer.weights], &params[layer.biases]);
            let used = if let Some(lists) = layer.lists {
                steps::write(lists.csr(), weights, biases, layer.fan_in, free)
            } else {
                let used = layer.fan_out.div_ceil(LANES) * (layer.fan_in + 1);
                single::columns(weights, biases, layer.fan_in, &mut free[..used]);
                used
            };
            free = &mut free[used..];
        }
        Self { packed, columns }
    }

    /// Returns the logits of one sample, of finite numbers. `units` is scratch of at least
    /// [`SamplePredictor::units_len`].
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn logits<'w, L: Lanes>(&self, inputs: &[f32], units: &'w mut [f32]) -> &'w [f32] {
        let net = self.packed.packing().net();
        assert_same!(inputs.len(), net.input_count(), "one value per input");
        let start = L::run(Forward {
            predictor: self,
            inputs,
            units,
        });
        &units[start..][..net.output_count()]
    }
}

/// All layers, one after the other. Returns where the logits start.
struct Forward<'p, 'a> {
    predictor: &'p SamplePredictor<'a>,
    inputs: &'p [f32],
    units: &'p mut [f32],
}

impl Kernel for Forward<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn run<L: Lanes>(self) -> usize {
        let SamplePredictor { packed, columns } = self.predictor;
        let (packing, params) = (packed.packing(), packed.params());
        let count = packing.net().layer_count();
        let mut columns = columns.as_chunks().0;
        let mut start = 0;
        for number in 0..count {
            let layer = packing.layer(number);
            let (inputs, outputs) = self.units[start..].split_at_mut(room(layer.fan_in));
            let outputs = &mut outputs[..padded(layer.fan_out)];
            let is_hidden = number + 1 < count;
            if let Some(lists) = layer.lists {
                if number == 0 {
                    inputs[..layer.fan_in].copy_from_slice(self.inputs);
                }
                if has_room::<L>() {
                    single::sparse::<L>(&mut columns, inputs, outputs, is_hidden);
                } else {
                    let (weights, biases) = (&params[layer.weights], &params[layer.biases]);
                    single::sparse_by_weight(lists.csr(), weights, biases, inputs, outputs, is_hidden);
                    steps::skip(&mut columns);
                }
            } else {
                let outputs = outputs.as_chunks_mut().0;
                let (now, later) = columns.split_at(outputs.len() * (layer.fan_in + 1));
                let inputs = if number == 0 {
                    self.inputs
                } else {
                    &inputs[..layer.fan_in]
                };
                single::dense::<L>(now, inputs, outputs, is_hidden);
                columns = later;
            }
            start += room(layer.fan_in);
        }
        start
    }
}

#[cfg(test)]
mod tests {
    use super::SamplePredictor;
    use crate::lanes::Portable;
    use crate::{Mask, Mlp, Packing};

    #[test]
    fn a_sum_without_terms_is_positive_zero_whatever_the_bias() {
        const NET: Mlp<'_> = Mlp::new(&[16, 1]);
        let mut bits = [0; NET.mask_len()];
        let mask = Mask::full(NET, &mut bits);
        let mut index = [0; Packing::compressed_index_len(NET)];
        for packing in [Packing::flat(NET), Packing::compressed(NET, &mask, &mut index)] {
            let mut params = [-1.0; NET.param_count()];
            params[16] = -0.0;
            let mut columns = [f32::NAN; SamplePredictor::columns_len(NET)];
            let predictor = SamplePredictor::packed(packing, &mask, &mut params, &mut columns);
            for input in [0.0, -0.0] {
                let mut units = [f32::NAN; SamplePredictor::units_len(NET)];
                let logits = predictor.logits::<Portable>(&[input; 16], &mut units);
                assert_eq!(logits[0].to_bits(), 0);
            }
        }
    }
}
