//! Names, types and shapes of the tensors in a file, and which part of the flat buffers each holds.

use std::fmt;
use std::ops::Range;

use crate::text::counted;
use safetensors::Dtype;
use tombola::{Layer, MAX_WIDTHS, Mlp};

/// A tensor that each layer has, or may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    suffix: &'static str,
    is_bias: bool,
    /// The type of the tensor's elements.
    pub(super) dtype: Dtype,
}

impl Part {
    pub(super) const WEIGHT: Part = Part::weight("weight");
    pub(super) const BIAS: Part = Part::bias("bias");
    pub(super) const MASK: Part = Part {
        dtype: Dtype::U8,
        ..Part::weight("mask")
    };
    pub(super) const INITIAL_WEIGHT: Part = Part::weight("initial_weight");
    pub(super) const INITIAL_BIAS: Part = Part::bias("initial_bias");
    pub(super) const REWIND_WEIGHT: Part = Part::weight("rewind_weight");
    pub(super) const REWIND_BIAS: Part = Part::bias("rewind_bias");

    const ALL: [Part; 7] = [
        Part::WEIGHT,
        Part::BIAS,
        Part::MASK,
        Part::INITIAL_WEIGHT,
        Part::INITIAL_BIAS,
        Part::REWIND_WEIGHT,
        Part::REWIND_BIAS,
    ];

    const fn weight(suffix: &'static str) -> Part {
        let (is_bias, dtype) = (false, Dtype::F32);
        Part {
            suffix,
            is_bias,
            dtype,
        }
    }

    const fn bias(suffix: &'static str) -> Part {
        let (is_bias, dtype) = (true, Dtype::F32);
        Part {
            suffix,
            is_bias,
            dtype,
        }
    }

    /// The tensor's name in the layer with this index.
    pub(super) fn name(self, layer: usize) -> String {
        format!("layers.{layer}.{}", self.suffix)
    }

    /// (out) for biases, else (out, in).
    pub(super) fn shape(self, layer: &Layer) -> Vec<usize> {
        if self.is_bias {
            vec![layer.fan_out]
        } else {
            vec![layer.fan_out, layer.fan_in]
        }
    }

    /// Where the flat buffers hold the tensor's elements.
    pub(super) fn range(self, layer: &Layer) -> Range<usize> {
        if self.is_bias {
            layer.biases.clone()
        } else {
            layer.weights.clone()
        }
    }

    /// Names one element for a message: `layers.1.weight[2, 0]`, `layers.1.bias[2]`. `position` counts in the
    /// tensor, row by row.
    pub(super) fn element(self, index: usize, layer: &Layer, position: usize) -> impl fmt::Display {
        let name = self.name(index);
        if self.is_bias {
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
    let count = widths.len();
    Err(if count < 2 {
        format!(
            "widths has {}; a network has at least two, [inputs, outputs]",
            counted(count, "entry")
        )
    } else if MAX_WIDTHS < count {
        format!("widths has {count} entries; a network has at most {MAX_WIDTHS}")
    } else if let Some(layer) = widths.iter().position(|&width| width == 0) {
        format!("widths[{layer}] is 0; every layer needs a neuron")
    } else {
        let most = u32::MAX;
        format!("widths declare more than the {most} parameters a network can have; correct widths")
    })
}

/// Whether `name` is a layer's tensor, but of a layer that a network of `layer_count` layers does not have.
pub(super) fn is_beyond(name: &str, layer_count: usize) -> bool {
    let Some((layer, suffix)) = name.strip_prefix("layers.").and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let is_number = !layer.is_empty() && layer.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        && Part::ALL.iter().any(|part| part.suffix == suffix)
        && layer.parse::<usize>().map_or(true, |layer| layer_count <= layer)
}
