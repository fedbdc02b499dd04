//! Packed parameters: what the forward pass, the gradient and the predictors read.

use super::Packing;
use crate::Mask;

/// In which order the weights of a compressed layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As [`Packing::pack`] leaves them: for training.
    Columns,
    /// As a forward pass wants them.
    Rows,
}

/// A packing and the parameters that it describes, as many as it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedParams<'a> {
    packing: Packing<'a>,
    params: &'a [f32],
    order: Order,
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
        let order = Order::Columns;
        Self {
            packing,
            params,
            order,
        }
    }

    /// Packs all parameters of a network, in place, to be evaluated and not trained.
    ///
    /// # Panics
    /// If there are not [`crate::Mlp::param_count`], or `mask` is not the one that the packing was made for.
    pub(crate) fn pack(packing: Packing<'a>, mask: &Mask<'_>, params: &'a mut [f32]) -> Self {
        assert_same!(
            params.len(),
            packing.net().param_count(),
            "one parameter per weight and bias"
        );
        packing.pack_rows(mask, params);
        Self {
            packing,
            params: &params[..packing.param_count()],
            order: Order::Rows,
        }
    }

    #[inline]
    pub(crate) fn order(&self) -> Order {
        self.order
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
