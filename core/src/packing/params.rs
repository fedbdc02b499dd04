//! Packed parameters: what the forward pass, the gradient and the predictors read.

use super::Packing;
use crate::Mask;

/// A packing and the parameters that it describes, as many as it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedParams<'a> {
    packing: Packing<'a>,
    params: &'a [f32],
}

impl<'a> PackedParams<'a> {
    /// Parameters that are packed already.
    ///
    /// # Panics
    /// If there are not [`Packing::param_count`].
    #[inline]
    pub(crate) fn new(packing: Packing<'a>, params: &'a [f32]) -> Self {
        assert_same!(
            params.len(),
            packing.param_count(),
            "one parameter per weight and bias"
        );
        Self { packing, params }
    }

    /// Packs all parameters of a network, in place.
    ///
    /// # Panics
    /// If there are not [`crate::Mlp::param_count`], or `mask` is not the one that the packing was made for.
    pub(crate) fn pack(packing: Packing<'a>, mask: &Mask<'_>, params: &'a mut [f32]) -> Self {
        assert_same!(
            params.len(),
            packing.net().param_count(),
            "one parameter per weight and bias"
        );
        packing.pack(mask, params);
        Self::new(packing, &params[..packing.param_count()])
    }

    #[inline]
    pub(crate) fn packing(&self) -> &Packing<'a> {
        &self.packing
    }

    #[inline]
    pub(crate) fn params(&self) -> &'a [f32] {
        self.params
    }
}
