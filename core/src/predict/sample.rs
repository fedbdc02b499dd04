//! Inference on one sample.

use crate::kernels::single;
use crate::lanes::{Kernel, LANES, Lanes, padded};
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
    /// The layers that are not compressed, as [`single::dense`] reads them.
    columns: &'a [f32],
}

impl<'a> SamplePredictor<'a> {
    /// Length of the memory for layers that are not compressed.
    pub const fn columns_len(net: Mlp<'_>) -> usize {
        let (mut len, mut number) = (0, 0);
        while number < net.layer_count() {
            let layer = net.layer(number);
            len += padded(layer.fan_out) * (layer.fan_in + 1);
            number += 1;
        }
        len
    }

    /// Length of the activations of one sample.
    pub const fn units_len(net: Mlp<'_>) -> usize {
        let (mut len, mut number) = (0, 0);
        while number < net.layer_count() {
            len += padded(net.layer(number).fan_out);
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
            if layer.lists.is_none() {
                let columns = free
                    .split_off_mut(..layer.fan_out.div_ceil(LANES) * (layer.fan_in + 1))
                    .expect("room for every layer");
                single::columns(
                    &params[layer.weights],
                    &params[layer.biases],
                    layer.fan_in,
                    columns,
                );
            }
        }
        Self { packed, columns }
    }

    /// Returns the logits of one sample. `units` is scratch of at least [`SamplePredictor::units_len`].
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
            let (below, above) = self.units.split_at_mut(start);
            let inputs = match number {
                0 => self.inputs,
                _ => &below[start - padded(layer.fan_in)..][..layer.fan_in],
            };
            let outputs = &mut above[..padded(layer.fan_out)];
            let is_hidden = number + 1 < count;
            if let Some(lists) = layer.lists {
                let (weights, biases) = (&params[layer.weights], &params[layer.biases]);
                single::sparse(lists.csr(), weights, biases, inputs, outputs, is_hidden);
            } else {
                let outputs = outputs.as_chunks_mut().0;
                let (now, later) = columns.split_at(outputs.len() * (layer.fan_in + 1));
                single::dense::<L>(now, inputs, outputs, is_hidden);
                columns = later;
            }
            start += if is_hidden { padded(layer.fan_out) } else { 0 };
        }
        start
    }
}
