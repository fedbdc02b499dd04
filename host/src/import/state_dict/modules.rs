//! Sorts the tensors of a file by the module they belong to, and says of what is no linear layer what it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use itertools::Itertools;
use safetensors::Dtype;

use super::super::tensor::{Kind, Tensor, shown_shape};
use super::{foreign, names, renaming};
use crate::text::{counted, did_you_mean, listed, quoted};
use crate::ticket::tensors::{Stored, Tensors};

/// Tensors that a linear layer has, by their own names.
#[derive(Default)]
pub(super) struct Module<'a> {
    parts: BTreeMap<&'static str, Tensor<'a>>,
}

/// What a linear layer's tensors are called. A `kernel` lies as (in, out), as in Keras and Flax.
const PARTS: [&str; 8] = [
    "weight",
    "kernel",
    "bias",
    "weight_orig",
    "weight_mask",
    "mask",
    "bias_orig",
    "bias_mask",
];

/// Parts of which a layer has one: it is called in two ways.
const RIVALS: [&[&str]; 2] = [&["weight", "kernel"], &["weight_mask", "mask"]];

/// How many names of tensors a note lists.
const SHOWN: usize = 8;

impl<'a> Module<'a> {
    pub(super) fn part(&self, name: &str) -> Option<&Tensor<'a>> {
        self.parts.get(name)
    }

    /// The weights, before a mask is applied.
    pub(super) fn weight(&self) -> Option<&Tensor<'a>> {
        ["weight_orig", "weight", "kernel"]
            .iter()
            .find_map(|name| self.part(name))
    }

    pub(super) fn bias(&self) -> Option<&Tensor<'a>> {
        ["bias_orig", "bias"].iter().find_map(|name| self.part(name))
    }

    pub(super) fn mask(&self) -> Option<&Tensor<'a>> {
        ["weight_mask", "mask"].iter().find_map(|name| self.part(name))
    }
}

/// The modules that are linear layers, by name. With `layers`, those alone, and other tensors are left out.
///
/// # Errors
/// The message: the first tensor, in natural order, that belongs to no linear layer.
pub(super) fn modules<'a>(
    tensors: &Tensors<'a>,
    layers: Option<&[String]>,
    file: &str,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<String, Module<'a>>, String> {
    let all = tensors.all();
    let mut modules = BTreeMap::<String, Module<'a>>::new();
    let (mut others, mut left_out) = (vec![], vec![]);
    for stored in &all {
        let (module, leaf) = names::split(&stored.name);
        if !layers.is_none_or(|layers| layers.iter().any(|layer| layer == module)) {
            left_out.push(quoted(&stored.name));
            continue;
        }
        let Some(part) = PARTS.into_iter().find(|part| *part == leaf) else {
            others.push((&*stored.name, leaf, &*stored.shape));
            continue;
        };
        let tensor = Tensor::new(
            stored.name.clone(),
            stored.shape.clone(),
            kind(&stored.name, stored.dtype)?,
            Cow::Borrowed(stored.bytes),
        )?;
        let parts = &mut modules.entry(module.to_owned()).or_default().parts;
        let rivals = RIVALS.iter().find(|rivals| rivals.contains(&part));
        let own = [part];
        let rival = rivals.map_or(&own[..], |rivals| rivals);
        if let Some(before) = rival.iter().find_map(|part| parts.get(part)) {
            return Err(format!(
                "the tensors {} and {} are both the {part} of one layer; save one of them",
                quoted(&before.name),
                quoted(&stored.name)
            ));
        }
        parts.insert(part, tensor);
    }
    if !left_out.is_empty() {
        let count = counted(left_out.len(), "tensor");
        if let Some(more) = left_out.len().checked_sub(SHOWN).filter(|&more| more != 0) {
            left_out.truncate(SHOWN);
            left_out.push(format!("{more} more"));
        }
        notes.push(format!(
            "left out: {count} of other layers, {}",
            listed(&left_out, "and")
        ));
    }
    if let Some(layers) = layers {
        for layer in layers {
            if !modules.contains_key(layer) {
                return Err(unknown_layer(&all, layer));
            }
        }
    }
    others.sort_by(|a, b| names::natural(a.0, b.0));
    // What is known for certain comes before what is only not known.
    let known = others
        .iter()
        .find_map(|(name, leaf, _)| Some((name, foreign::by_name(leaf)?)));
    if let Some((name, what)) = known {
        return Err(format!("the tensor {} belongs to {what}", quoted(name)));
    }
    refuse_other_modules(&modules)?;
    if let Some((name, _, shape)) = others.first() {
        return Err(format!(
            "the tensor {} of shape {} belongs to no linear layer, whose tensors end in .weight and .bias; {}",
            quoted(name),
            shown_shape(shape),
            renaming::remedy(&others, modules.keys(), file)
        ));
    }
    Ok(modules)
}

/// Modules that have a `weight`, but not of a linear layer, or tensors that do not go together.
fn refuse_other_modules(modules: &BTreeMap<String, Module<'_>>) -> Result<(), String> {
    for (name, module) in modules.iter().sorted_by(|a, b| names::natural(a.0, b.0)) {
        let Some(weight) = module.weight() else {
            let part = module.parts.keys().next().copied().unwrap_or_default();
            return Err(format!(
                "{} has {part} and no weight; save the whole state_dict, or name the layers with --layers",
                quoted(name)
            ));
        };
        if let Some(what) = foreign::by_shape(name, &weight.shape, module.bias().is_some()) {
            let (tensor, shape) = (quoted(&weight.name), shown_shape(&weight.shape));
            return Err(format!("the tensor {tensor} of shape {shape} belongs to {what}"));
        }
    }
    Ok(())
}

fn unknown_layer(all: &[Stored<'_>], layer: &str) -> String {
    let known: Vec<&str> = all
        .iter()
        .map(|stored| names::split(&stored.name))
        .filter(|(_, leaf)| PARTS.contains(leaf))
        .map(|(module, _)| module)
        .sorted_by(|a, b| names::natural(a, b))
        .dedup()
        .collect();
    let remedy = did_you_mean(layer, &known).unwrap_or_else(|| match &*known {
        [] => "the file has no tensor that ends in .weight".to_owned(),
        [first, ..] => format!(
            "name layers as their tensors are, without .weight, such as {}",
            quoted(first)
        ),
    });
    format!("--layers {}: there is no such layer; {remedy}", quoted(layer))
}

/// How the numbers of a tensor are written.
fn kind(name: &str, dtype: Dtype) -> Result<Kind, String> {
    Ok(match dtype {
        Dtype::F16 => Kind::F16,
        Dtype::BF16 => Kind::Bf16,
        Dtype::F32 => Kind::F32,
        Dtype::F64 => Kind::F64,
        Dtype::BOOL => Kind::Bool,
        Dtype::I8 => Kind::Signed(1),
        Dtype::I16 => Kind::Signed(2),
        Dtype::I32 => Kind::Signed(4),
        Dtype::I64 => Kind::Signed(8),
        Dtype::U8 => Kind::Unsigned(1),
        Dtype::U16 => Kind::Unsigned(2),
        Dtype::U32 => Kind::Unsigned(4),
        Dtype::U64 => Kind::Unsigned(8),
        other => {
            return Err(format!(
                "the tensor {} is {other}, which is not read; save it as 32-bit floats, with .float() in PyTorch",
                quoted(name)
            ));
        }
    })
}
