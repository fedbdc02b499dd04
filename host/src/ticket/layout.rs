//! Names, types and shapes of the tensors in a file, and which part of the flat buffers each holds.

use std::fmt;
use std::ops::Range;

use safetensors::Dtype;
use tombola::{Layer, Mlp};

/// A tensor that each layer has, or may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    Weight,
    Bias,
    Mask,
    InitialWeight,
    RewindWeight,
    RewindBias,
}

impl Part {
    const ALL: [Part; 6] = [
        Part::Weight,
        Part::Bias,
        Part::Mask,
        Part::InitialWeight,
        Part::RewindWeight,
        Part::RewindBias,
    ];

    fn suffix(self) -> &'static str {
        match self {
            Part::Weight => "weight",
            Part::Bias => "bias",
            Part::Mask => "mask",
            Part::InitialWeight => "initial_weight",
            Part::RewindWeight => "rewind_weight",
            Part::RewindBias => "rewind_bias",
        }
    }

    fn is_bias(self) -> bool {
        matches!(self, Part::Bias | Part::RewindBias)
    }

    /// The tensor's name in the layer with this index.
    pub(super) fn name(self, layer: usize) -> String {
        format!("layers.{layer}.{}", self.suffix())
    }

    /// The type of the tensor's elements.
    pub(super) fn dtype(self) -> Dtype {
        if self == Part::Mask { Dtype::U8 } else { Dtype::F32 }
    }

    /// (out) for biases, else (out, in).
    pub(super) fn shape(self, layer: &Layer) -> Vec<usize> {
        if self.is_bias() {
            vec![layer.fan_out]
        } else {
            vec![layer.fan_out, layer.fan_in]
        }
    }

    /// Where the flat buffers hold the tensor's elements.
    pub(super) fn range(self, layer: &Layer) -> Range<usize> {
        if self.is_bias() {
            layer.biases.clone()
        } else {
            layer.weights.clone()
        }
    }

    /// Names one element for a message: `layers.1.weight[2, 0]`, `layers.1.bias[2]`. `position` counts in the
    /// tensor, row by row.
    pub(super) fn element(self, index: usize, layer: &Layer, position: usize) -> impl fmt::Display {
        let name = self.name(index);
        if self.is_bias() {
            format!("{name}[{position}]")
        } else {
            format!("{name}[{}, {}]", position / layer.fan_in, position % layer.fan_in)
        }
    }
}

/// The network with these widths.
///
/// # Errors
///
/// The message, if there is no such network.
pub(super) fn network(widths: &[usize]) -> Result<Mlp<'_>, String> {
    if Mlp::is_valid(widths) {
        return Ok(Mlp::new(widths));
    }
    if widths.len() < 2 {
        return Err(format!(
            "widths has {} entries; a network has at least two, [inputs, outputs]",
            widths.len()
        ));
    }
    if tombola::MAX_WIDTHS < widths.len() {
        return Err(format!(
            "widths has {} entries; a network has at most {}",
            widths.len(),
            tombola::MAX_WIDTHS
        ));
    }
    match widths.iter().position(|&width| width == 0) {
        Some(layer) => Err(format!("widths[{layer}] is 0; every layer needs a neuron")),
        None => Err(format!(
            "widths declare more than the {} parameters a network can have; correct widths",
            u32::MAX
        )),
    }
}

/// Whether `name` is a layer's tensor, but of a layer that a network of `layer_count` layers does not have.
pub(super) fn is_beyond(name: &str, layer_count: usize) -> bool {
    let Some((layer, suffix)) = name.strip_prefix("layers.").and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let is_number = !layer.is_empty() && layer.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        && Part::ALL.iter().any(|part| part.suffix() == suffix)
        && layer.parse::<usize>().map_or(true, |layer| layer_count <= layer)
}
