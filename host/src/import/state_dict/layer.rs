//! Reads one linear layer: weights, biases and their masks.

use itertools::Itertools;

use super::super::network::Linear;
use super::super::tensor::{Rounding, Tensor, shown_shape};
use super::modules::Module;
use super::order::Shape;
use crate::text::{counted, quoted};

/// How the weights called `weight` lie; a `kernel` always lies as (in, out).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// As in PyTorch.
    OutIn,
    /// As in Keras, JAX and scikit-learn.
    InOut,
}

/// What the layer has inputs and outputs.
///
/// # Errors
/// The message, if its biases are not as many as its outputs.
pub(super) fn shape<'n>(name: &'n str, module: &Module<'_>, layout: Layout) -> Result<Shape<'n>, String> {
    let weight = module.weight().expect("every module has a weight");
    let [rows, columns] = weight.shape[..] else {
        unreachable!("other shapes were refused")
    };
    if weight.len() == 0 {
        let shape = shown_shape(&weight.shape);
        return Err(format!(
            "{} of shape {shape} holds no numbers; a layer has inputs and outputs",
            quoted(&weight.name)
        ));
    }
    let (fan_out, fan_in) = if is_in_out(module, layout) {
        (columns, rows)
    } else {
        (rows, columns)
    };
    if let Some(bias) = module
        .bias()
        .filter(|bias| bias.len() != fan_out || 2 < bias.shape.len())
    {
        return Err(format!(
            "{} of shape {} does not fit {} of shape {}; a layer has one bias for each output, and weights are \
             (out, in)",
            quoted(&bias.name),
            shown_shape(&bias.shape),
            quoted(&weight.name),
            shown_shape(&weight.shape)
        ));
    }
    Ok(Shape {
        name,
        fan_in,
        fan_out,
    })
}

fn is_in_out(module: &Module<'_>, layout: Layout) -> bool {
    module.part("kernel").is_some() || layout == Layout::InOut
}

/// Reads the numbers. `torch.nn.utils.prune` leaves `weight_orig` and `weight_mask`, whose product is the weight.
///
/// # Errors
/// The message, if they are not those of a layer.
pub(super) fn read(
    name: &str,
    module: &Module<'_>,
    layout: Layout,
    rounding: &mut Rounding,
    notes: &mut Vec<String>,
) -> Result<Linear, String> {
    let Shape { fan_in, fan_out, .. } = shape(name, module, layout)?;
    refuse_halves(module)?;
    let weight = module.weight().expect("every module has a weight");
    let mut weights = numbers(weight, rounding)?;
    let mut mask = module.mask().map(|mask| survivors(mask, weight)).transpose()?;
    if let Some(mask) = &mask {
        let dropped = weights
            .iter_mut()
            .zip(mask)
            .filter_map(|(weight, &survives)| (!survives).then(|| std::mem::take(weight)))
            .filter(|&weight| weight != 0.0)
            .count();
        if dropped != 0 && module.part("weight_orig").is_none() {
            notes.push(format!(
                "the mask of {} is 0 where {} are not; they count as pruned",
                quoted(name),
                counted(dropped, "weight")
            ));
        }
    }
    if is_in_out(module, layout) {
        weights = transposed(&weights, fan_out);
        mask = mask.map(|mask| transposed(&mask, fan_out));
    }
    let biases = match module.bias() {
        None => vec![0.0; fan_out],
        Some(bias) => {
            let mut biases = numbers(bias, rounding)?;
            if let Some(mask) = module.part("bias_mask") {
                let survives = survivors(mask, bias)?;
                let pruned = survives.iter().filter(|&&survives| !survives).count();
                for (bias, _) in biases
                    .iter_mut()
                    .zip(&survives)
                    .filter(|(_, survives)| !**survives)
                {
                    *bias = 0.0;
                }
                if pruned != 0 {
                    notes.push(format!(
                        "{} of {} pruned: 0, and counted as a parameter all the same",
                        counted(pruned, "bias"),
                        quoted(name)
                    ));
                }
            }
            biases
        }
    };
    Ok(Linear {
        fan_in,
        fan_out,
        weights,
        biases,
        mask,
    })
}

/// Half of what pruning leaves, or what is left and the product beside it, which disagree.
fn refuse_halves(module: &Module<'_>) -> Result<(), String> {
    for (original, mask, product) in [
        ("weight_orig", "weight_mask", "weight"),
        ("bias_orig", "bias_mask", "bias"),
    ] {
        let Some(original) = module.part(original) else {
            if let Some(mask) = module.part(mask).filter(|_| module.part(product).is_none()) {
                let name = quoted(&mask.name);
                return Err(format!(
                    "{name} is there without what it masks; save the whole state_dict"
                ));
            }
            continue;
        };
        let Some(mask) = module.part(mask) else {
            return Err(format!(
                "{} is there without {}; torch.nn.utils.prune saves both: save the whole state_dict",
                quoted(&original.name),
                quoted(mask)
            ));
        };
        let Some(product) = module.part(product) else {
            continue;
        };
        let expected = original
            .numbers()
            .zip(mask.numbers())
            .map(|(weight, mask)| weight * mask);
        if product.len() != original.len() || !product.numbers().eq(expected) {
            return Err(format!(
                "{} is not {} times {}; save only those two, or only the product",
                quoted(&product.name),
                quoted(&original.name),
                quoted(&mask.name)
            ));
        }
    }
    Ok(())
}

/// The numbers of a tensor of weights or biases.
fn numbers(tensor: &Tensor<'_>, rounding: &mut Rounding) -> Result<Vec<f32>, String> {
    if !tensor.kind().is_float() {
        return Err(format!(
            "the tensor {} holds integers: a quantized network; save it as it was before it was quantized, as \
             32-bit floats",
            quoted(&tensor.name)
        ));
    }
    tensor.floats(rounding)
}

/// A mask as truth values; it is as large as what it masks.
fn survivors(mask: &Tensor<'_>, masked: &Tensor<'_>) -> Result<Vec<bool>, String> {
    if mask.shape != masked.shape {
        return Err(format!(
            "{} of shape {} does not fit {} of shape {}; save the mask of these weights",
            quoted(&mask.name),
            shown_shape(&mask.shape),
            quoted(&masked.name),
            shown_shape(&masked.shape)
        ));
    }
    let survivor = |(position, number): (usize, f64)| match number {
        0.0 => Ok(false),
        1.0 => Ok(true),
        number => Err(format!(
            "{} is {number}; a mask holds 0 (pruned) or 1 (survives)",
            mask.element(position)
        )),
    };
    mask.numbers().enumerate().map(survivor).collect()
}

/// A matrix with `columns` columns, its columns as rows.
fn transposed<T: Copy>(matrix: &[T], columns: usize) -> Vec<T> {
    (0..columns)
        .cartesian_product(0..matrix.len() / columns.max(1))
        .map(|(column, row)| matrix[row * columns + column])
        .collect()
}
