//! Inference on batches.

use crate::forward::forward;
use crate::lanes::Lanes;
use crate::packing::{PackedParams, Packing};
use crate::{Mask, Mlp};

/// A network that is evaluated on batches: pruned layers are compressed where that is faster. Gives the bits of
/// [`Mlp::forward`].
///
/// ```
/// use tombola::lanes::Portable;
/// use tombola::{BatchPredictor, Mask, Mlp, Packing};
///
/// const NET: Mlp = Mlp::new(&[2, 3, 1]);
/// let mut params = [0.5, -1.0, 0.0, 2.0, 0.0, 0.0, 1.0, -1.5, 0.0, 0.0, 0.25, 0.0, 0.125];
/// let mut bits = [0; NET.mask_len()];
/// let mask = Mask::from_fn(NET, &mut bits, |weight| [0, 1, 3, 6, 7].contains(&weight));
/// let mut index = [0; Packing::index_len(NET)];
/// let predictor = BatchPredictor::new::<Portable>(NET, &mask, &mut params, &mut index, 2);
///
/// // Two samples, (1, 0) and (0, 1), unit by unit, filled up to 16.
/// let mut inputs = [0.0; NET.batch_len(2)];
/// (inputs[0], inputs[17]) = (1.0, 1.0);
/// let mut workspace = [0.0; NET.workspace_len(2)];
/// let logits = predictor.logits::<Portable>(&inputs, 2, &mut workspace);
/// assert_eq!(logits[..2], [0.25, -3.25]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BatchPredictor<'a>(PackedParams<'a>);

impl<'a> BatchPredictor<'a> {
    /// Packs the parameters, in place, for batches of about `batch` samples: another size is as right and may be
    /// slower. `index` is [`Packing::index_len`] long, or empty to compress nothing.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn new<L: Lanes>(
        net: Mlp<'a>,
        mask: &Mask<'_>,
        params: &'a mut [f32],
        index: &'a mut [u32],
        batch: usize,
    ) -> Self {
        Self::packed(Packing::for_inference::<L>(net, mask, index, batch), mask, params)
    }

    /// The same with a packing that the caller chose, for this mask.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn packed(packing: Packing<'a>, mask: &Mask<'_>, params: &'a mut [f32]) -> Self {
        Self(PackedParams::pack(packing, mask, params))
    }

    /// Returns the logits `(outputs, padded)`, where `padded` is `sample_count` filled up to a multiple of 16. `inputs`
    /// are `(input_count, padded)`; `workspace` is scratch of at least `net.workspace_len(sample_count)`, and holds the
    /// activations of every active unit.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn logits<'w, L: Lanes>(
        &self,
        inputs: &[f32],
        sample_count: usize,
        workspace: &'w mut [f32],
    ) -> &'w [f32] {
        forward::<L>(self.0, inputs, sample_count, workspace)
    }
}
