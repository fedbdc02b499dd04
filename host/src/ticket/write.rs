//! From a ticket to bytes, equal tickets to equal bytes: the tensors are ordered by type and name, the JSON by its
//! struct, and a pruned weight is +0.0 whatever its sign was.

use std::borrow::Cow;
use std::collections::HashMap;

use anyhow::anyhow;
use safetensors::Dtype;
use safetensors::tensor::View;
use tombola::Mlp;

use super::layout::Part;
use super::metadata::{self, Metadata};
use super::{Normalization, Ticket, check};

impl Ticket {
    /// The content of the ticket's file; equal tickets give equal bytes.
    ///
    /// # Errors
    ///
    /// If the fields do not make a ticket that can be read again.
    pub fn to_bytes(&self) -> anyhow::Result<Vec<u8>> {
        check::check(self).map_err(|problem| anyhow!("this ticket could not be read again: {problem}"))?;

        // Drawn anew by who reads the file.
        let initial = self.initial.as_ref().filter(|_| self.initial_seed.is_none());
        let mut tensors = Vec::new();
        let mut push = |name: String, dtype, shape, bytes| {
            tensors.push((name, Tensor { dtype, shape, bytes }));
        };
        for (index, layer) in Mlp::new(&self.widths).layers().enumerate() {
            let mut push = |part: Part, bytes| push(part.name(index), part.dtype, part.shape(&layer), bytes);
            let mask = &self.mask[layer.weights.clone()];
            let weights = self.params[layer.weights.clone()].iter().zip(mask);
            push(
                Part::WEIGHT,
                bytes_of(weights.map(|(&weight, &survives)| if survives { weight } else { 0.0 })),
            );
            push(Part::MASK, mask.iter().map(|&survives| survives.into()).collect());
            let floats = [
                (Part::BIAS, Some(&self.params)),
                (Part::INITIAL_WEIGHT, initial),
                (
                    Part::INITIAL_BIAS,
                    initial.filter(|_| check::initial_parts(self) == 2),
                ),
                (Part::REWIND_WEIGHT, self.rewind.as_ref()),
                (Part::REWIND_BIAS, self.rewind.as_ref()),
            ];
            for (part, values) in floats {
                if let Some(values) = values {
                    push(part, bytes_of(values[part.range(&layer)].iter().copied()));
                }
            }
        }
        if let Some(Normalization { shift, scale }) = &self.normalization {
            for (name, values) in [("input.shift", shift), ("input.scale", scale)] {
                let bytes = bytes_of(values.iter().copied());
                push(name.to_owned(), Dtype::F32, vec![values.len()], bytes);
            }
        }

        let json = serde_json::to_string(&Metadata::of(self))?;
        // One key only: the library writes them in the order of a hash map.
        let metadata = HashMap::from([(metadata::KEY.to_owned(), json)]);
        Ok(safetensors::serialize(tensors, Some(metadata))?)
    }
}

/// A tensor on its way to the file.
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn bytes_of(values: impl Iterator<Item = f32>) -> Vec<u8> {
    values.flat_map(f32::to_le_bytes).collect()
}
