//! The shape of a network, and where each layer lies in the flat buffers.

use core::ops::Range;

/// Most widths that a network has. Where a layer lies is counted from the first one on, each time it is asked, so
/// there is a bound.
pub const MAX_WIDTHS: usize = 4096;

/// A fully connected network with ReLU between its layers, described by its widths. It owns no memory.
///
/// Parameters live in one flat buffer: all weights, layer after layer, each layer row-major `(fan_out, fan_in)`, then
/// all biases, layer after layer. The prunable part is therefore the prefix `0..weight_count()`.
///
/// ```
/// use tombola::Mlp;
///
/// const NET: Mlp = Mlp::new(&[4, 32, 32, 2]);
/// let params = [0.0_f32; NET.param_count()];
/// assert_eq!((NET.weight_count(), NET.bias_count(), params.len()), (1216, 66, 1282));
/// ```
///
/// A width that makes no sense is a compile error on the board:
///
/// ```compile_fail
/// const NET: tombola::Mlp = tombola::Mlp::new(&[4, 0, 2]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Mlp<'a> {
    widths: &'a [usize],
}

/// Where the parameters of one layer lie in the flat buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Layer {
    /// Units that feed the layer.
    pub fan_in: usize,
    /// Units of the layer.
    pub fan_out: usize,
    /// Its weights, row-major `(fan_out, fan_in)`.
    pub weights: Range<usize>,
    /// Its biases, `(fan_out)`.
    pub biases: Range<usize>,
}

impl<'a> Mlp<'a> {
    /// A network of the given widths: inputs, hidden layers, outputs.
    ///
    /// # Panics
    /// If there are fewer than two widths or more than 4096, one of them is 0, or the number of parameters does not fit
    /// a `u32` (see [`Mlp::is_valid`]).
    pub const fn new(widths: &'a [usize]) -> Self {
        assert!(
            Self::is_valid(widths),
            "a network needs two widths to 4096, none 0, and at most 2^32 - 1 parameters"
        );
        Self { widths }
    }

    /// Whether [`Mlp::new`] takes these widths.
    pub const fn is_valid(widths: &[usize]) -> bool {
        if widths.len() < 2 || MAX_WIDTHS < widths.len() || widths[0] == 0 {
            return false;
        }
        let mut params = 0_u64;
        let mut layer = 1;
        while layer < widths.len() {
            // Each factor is below 2^32, so neither the product nor the sum can overflow.
            if widths[layer] == 0 || widths[layer] as u64 >= 1 << 31 || widths[layer - 1] as u64 >= 1 << 31 {
                return false;
            }
            params += widths[layer] as u64 * (widths[layer - 1] as u64 + 1);
            if params > u32::MAX as u64 {
                return false;
            }
            layer += 1;
        }
        true
    }

    /// Inputs, hidden layers, outputs.
    #[inline]
    pub const fn widths(self) -> &'a [usize] {
        self.widths
    }

    /// Layers of weights: one less than there are widths.
    #[inline]
    pub const fn layer_count(self) -> usize {
        self.widths.len() - 1
    }

    /// Width of the input.
    #[inline]
    pub const fn input_count(self) -> usize {
        self.widths[0]
    }

    /// Width of the output.
    #[inline]
    pub const fn output_count(self) -> usize {
        self.widths[self.widths.len() - 1]
    }

    /// Neurons, inputs and outputs included: the length of what [`crate::Structure`] keeps for each of them.
    #[inline]
    pub const fn neuron_count(self) -> usize {
        self.first_neuron(self.widths.len())
    }

    /// Index of the first neuron of a layer, counting all neurons from the inputs on; layer 0 holds the inputs.
    #[inline]
    pub const fn first_neuron(self, layer: usize) -> usize {
        let mut count = 0;
        let mut before = 0;
        while before < layer {
            count += self.widths[before];
            before += 1;
        }
        count
    }

    /// Weights of all layers.
    #[inline]
    pub const fn weight_count(self) -> usize {
        self.first_weight(self.layer_count())
    }

    /// Biases of all layers.
    #[inline]
    pub const fn bias_count(self) -> usize {
        self.neuron_count() - self.widths[0]
    }

    /// Weights and biases: the length of `params`, `grads` and every other flat buffer.
    #[inline]
    pub const fn param_count(self) -> usize {
        self.weight_count() + self.bias_count()
    }

    /// One layer of weights, counted from 0 at the inputs.
    ///
    /// # Panics
    /// If there is no such layer.
    #[inline]
    pub const fn layer(self, index: usize) -> Layer {
        let (fan_in, fan_out) = (self.widths[index], self.widths[index + 1]);
        let weights = self.first_weight(index);
        let biases = self.weight_count() + self.first_neuron(index + 1) - self.widths[0];
        Layer {
            fan_in,
            fan_out,
            weights: weights..weights + fan_in * fan_out,
            biases: biases..biases + fan_out,
        }
    }

    /// All layers of weights, from the inputs on.
    pub fn layers(self) -> impl DoubleEndedIterator<Item = Layer> + ExactSizeIterator {
        (0..self.layer_count()).map(move |index| self.layer(index))
    }

    #[inline]
    const fn first_weight(self, layer: usize) -> usize {
        let mut count = 0;
        let mut before = 0;
        while before < layer {
            count += self.widths[before] * self.widths[before + 1];
            before += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::{Layer, Mlp};

    #[test]
    fn weights_are_a_prefix_and_biases_follow() {
        let net = Mlp::new(&[4, 3, 2]);
        assert_eq!(
            net.layer(0),
            Layer {
                fan_in: 4,
                fan_out: 3,
                weights: 0..12,
                biases: 18..21
            }
        );
        assert_eq!(
            net.layer(1),
            Layer {
                fan_in: 3,
                fan_out: 2,
                weights: 12..18,
                biases: 21..23
            }
        );
        assert_eq!(
            (net.weight_count(), net.param_count(), net.neuron_count()),
            (18, 23, 9)
        );
    }

    #[test]
    fn widths_that_make_no_network_are_refused() {
        for widths in [
            &[][..],
            &[4],
            &[0, 2],
            &[4, 0, 2],
            &[usize::MAX, 2],
            &[1 << 30, 1 << 30, 1],
        ] {
            assert!(!Mlp::is_valid(widths), "{widths:?}");
        }
        assert!(Mlp::is_valid(&[4, 2]));
    }
}
