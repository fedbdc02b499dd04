//! Nodes that change shapes and no numbers: of the values, and of constants.

use super::super::tensor::{Kind, Tensor};
use super::model::Node;
use super::refused;
use super::walk::{Constant, Flow, Known};
use crate::text::quoted;

type Inputs<'i, 'a> = &'i [Option<Known<'a>>];

/// The values after `Flatten` or `Reshape`, where each sample is a row then.
pub(super) fn flow<'a>(node: &Node<'a>, inputs: Inputs<'_, 'a>, flow: &Flow) -> Result<Flow, String> {
    let axes = flow.axes.clone().unwrap_or_default();
    let sample = axes.get(1..).and_then(|axes| {
        axes.iter()
            .try_fold(1_usize, |count, axis| count.checked_mul((*axis)?))
    });
    let flat = |columns| Flow {
        at: flow.at,
        axes: Some(vec![None, columns]),
    };
    match node.operator {
        "Flatten" => match node.int("axis").unwrap_or(1) {
            1 => Ok(flat(sample)),
            axis if axis < 0 && axis + axes.len() as i64 == 1 => Ok(flat(sample)),
            axis => Err(format!(
                "its axis is {axis}, and a ticket reads samples in rows; flatten from axis 1 on"
            )),
        },
        "Reshape" if matches!(inputs.first(), Some(Some(Known::Flow(_)))) => {
            let keeps_zero = node.int("allowzero").unwrap_or(0) != 0;
            let target = target(inputs)?.filter(|target| !(keeps_zero && target.contains(&0)));
            let samples = axes.first().copied().flatten();
            match target {
                Some([first, columns]) if is_in_rows(first, columns, samples, sample) => {
                    Ok(flat(usize::try_from(columns).ok().or(sample)))
                }
                _ => Err("a ticket reads samples in rows, (N, inputs); reshape to that".to_owned()),
            }
        }
        operator => Err(format!(
            "{operator} of the inputs or between layers is not read; use Flatten in the model"
        )),
    }
}

/// Whether a shape has each sample in a row, of `sample` numbers if that is known.
fn is_in_rows(first: i64, columns: i64, samples: Option<usize>, sample: Option<usize>) -> bool {
    // −1 stands for what is left.
    let is_rest = columns == -1;
    let is_sample = 0 < columns && usize::try_from(columns).ok() == sample;
    match first {
        // 0 stands for the axis as it is.
        0 => is_rest || is_sample || (sample.is_none() && 0 < columns),
        -1 => is_sample || (sample.is_none() && 0 < columns),
        count if samples.is_some() && usize::try_from(count).ok() == samples => is_rest || is_sample,
        _ => is_sample,
    }
}

/// The shape that `Reshape` makes, if it has two axes.
fn target(inputs: Inputs<'_, '_>) -> Result<Option<[i64; 2]>, String> {
    match inputs.get(1) {
        Some(Some(Known::Rows(columns))) => Ok(Some([0, *columns])),
        Some(Some(Known::Constant(constant))) if constant.tensor.len() == 2 => {
            let sizes: Vec<i64> = constant.tensor.numbers().map(|size| size as i64).collect();
            Ok(Some([sizes[0], sizes[1]]))
        }
        Some(Some(Known::Constant(_))) => Ok(None),
        _ => Err(
            "its shape is computed in a way that is not read; flatten with Flatten in the model".to_owned(),
        ),
    }
}

/// `Shape`: the axes of the values, or how many samples there are.
pub(super) fn shape<'a>(node: &Node<'a>) -> Known<'a> {
    match (node.int("start").unwrap_or(0), node.int("end")) {
        (0, Some(1)) => Known::Samples,
        (0, None) => Known::Shape,
        _ => Known::Unread,
    }
}

/// What a node makes of axes: what exporters write for `x.view(x.size(0), -1)`, and nothing else.
pub(super) fn axes<'a>(node: &Node<'a>, inputs: Inputs<'_, 'a>) -> Result<Known<'a>, String> {
    let list = |at: usize| match inputs.get(at) {
        Some(Some(Known::Constant(constant))) if constant.tensor.len() == 1 => {
            constant.tensor.numbers().next()
        }
        _ => None,
    };
    let is = |at: usize, number: f64| list(at) == Some(number);
    match (node.operator, inputs) {
        ("Gather", [Some(Known::Shape), _]) if is(1, 0.0) && node.int("axis").unwrap_or(0) == 0 => {
            Ok(Known::Samples)
        }
        ("Slice", [Some(Known::Shape), _, _, axis @ ..])
            if is(1, 0.0) && is(2, 1.0) && (axis.is_empty() || axis.len() == 1 && is(3, 0.0)) =>
        {
            Ok(Known::Samples)
        }
        ("Identity", [Some(known)]) => Ok(known.clone()),
        ("Cast" | "Squeeze" | "Unsqueeze", [Some(Known::Samples), ..]) => Ok(Known::Samples),
        ("Concat", [Some(Known::Samples), _]) if list(1).is_some() => {
            Ok(Known::Rows(list(1).unwrap_or_default() as i64))
        }
        _ => {
            Err("it computes a shape in a way that is not read; flatten with Flatten in the model".to_owned())
        }
    }
}

/// What a node makes of constants alone, of which no more than `room` numbers are made in all.
pub(super) fn constant<'a>(
    node: &Node<'a>,
    inputs: Inputs<'_, 'a>,
    room: &mut usize,
) -> Result<Known<'a>, String> {
    let Some(Some(Known::Constant(first))) = inputs.first() else {
        return Err(refused::operator(node.operator));
    };
    let tensor = &first.tensor;
    let computes = || {
        format!(
            "it computes with the constant {}; export the model with constants folded (do_constant_folding in PyTorch, or \
             onnxsim)",
            quoted(&tensor.name)
        )
    };
    let shape = match node.operator {
        "Identity" | "Dropout" => return Ok(Known::Constant(first.clone())),
        "Cast" if is_kept(tensor, node.int("to").unwrap_or(0)) => return Ok(Known::Constant(first.clone())),
        "Transpose" if tensor.shape.len() == 2 => {
            let is_exchange = node.ints("perm")?.is_none_or(|order| order == [1, 0]);
            return Ok(Known::Constant(Constant {
                tensor: tensor.clone(),
                is_transposed: first.is_transposed != is_exchange,
            }));
        }
        "Squeeze" | "Unsqueeze" | "Reshape" if !first.is_transposed => {
            reshaped(node, inputs, &tensor.shape).ok_or_else(computes)?
        }
        operator if refused::is_quantized(operator) => return Err(refused::operator(operator)),
        _ => return Err(computes()),
    };
    *room = room.checked_sub(tensor.len()).ok_or_else(computes)?;
    let mut tensor = Tensor::clone(tensor);
    tensor.shape = shape;
    Ok(tensor.into())
}

/// Whether a cast to this `TensorProto.DataType` leaves the numbers as they are, but for rounding to 32 bits, which a ticket
/// does anyway.
fn is_kept(tensor: &Tensor<'_>, to: i64) -> bool {
    match to {
        1 | 11 => tensor.kind() != Kind::Bool,
        6 | 7 => !tensor.kind().is_float() && tensor.numbers().all(|x| x.abs() <= f64::from(i32::MAX)),
        _ => false,
    }
}

/// The shape of a constant after the node, if it can be told.
fn reshaped(node: &Node<'_>, inputs: Inputs<'_, '_>, shape: &[usize]) -> Option<Vec<usize>> {
    let given: Option<Vec<i64>> = match inputs.get(1) {
        Some(Some(Known::Constant(list))) if list.tensor.len() <= 16 => {
            Some(list.tensor.numbers().map(|number| number as i64).collect())
        }
        Some(Some(_)) => return None,
        // An attribute before opset 13.
        _ => node.ints("axes").ok()?,
    };
    let place = |axis: i64, rank: usize| {
        let axis = if axis < 0 { axis + rank as i64 } else { axis };
        usize::try_from(axis).ok().filter(|&axis| axis < rank)
    };
    let made: Vec<usize> = match (node.operator, given) {
        ("Unsqueeze", Some(axes)) => {
            let rank = shape.len() + axes.len();
            let axes: Vec<usize> = axes
                .iter()
                .map(|&axis| place(axis, rank))
                .collect::<Option<_>>()?;
            let mut old = shape.iter();
            (0..rank)
                .map(|axis| {
                    if axes.contains(&axis) {
                        Some(1)
                    } else {
                        old.next().copied()
                    }
                })
                .collect::<Option<_>>()?
        }
        ("Squeeze", axes) => {
            let axes: Option<Vec<usize>> = match axes {
                Some(axes) => Some(
                    axes.iter()
                        .map(|&axis| place(axis, shape.len()))
                        .collect::<Option<_>>()?,
                ),
                None => None,
            };
            let is_left = |&(axis, &size): &(usize, &usize)| match &axes {
                Some(axes) => !axes.contains(&axis),
                None => size != 1,
            };
            shape
                .iter()
                .enumerate()
                .filter(is_left)
                .map(|(_, &size)| size)
                .collect()
        }
        ("Reshape", Some(target)) => {
            let count: usize = shape.iter().product();
            let known = |(axis, &size): (usize, &i64)| match size {
                -1 => Some(1),
                0 => shape.get(axis).copied(),
                size => usize::try_from(size).ok(),
            };
            let mut made: Vec<usize> = target.iter().enumerate().map(known).collect::<Option<_>>()?;
            let rest = made
                .iter()
                .try_fold(1_usize, |count, &axis| count.checked_mul(axis))?;
            if let Some(open) = target.iter().position(|&size| size == -1) {
                made[open] = count.checked_div(rest)?;
            }
            made
        }
        _ => return None,
    };
    let count = made
        .iter()
        .try_fold(1_usize, |count, &axis| count.checked_mul(axis))?;
    (made.len() <= 16 && count == shape.iter().product::<usize>()).then_some(made)
}
