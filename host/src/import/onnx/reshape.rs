//! Nodes that change shapes and no numbers: of the values, of constants, and of the axes that models compute shapes from.

use std::rc::Rc;

use super::super::tensor::Tensor;
use super::model::Node;
use super::refused;
use super::walk::{Axis, Constant, Flow, Known};
use crate::text::quoted;

type Inputs<'i, 'a> = &'i [Option<Known<'a>>];

/// The values after `Flatten`, `Reshape`, `Squeeze` or `Unsqueeze`. After the last layer any shape will do: the logits of a
/// sample stay side by side.
pub(super) fn flow<'a>(
    node: &Node<'a>,
    inputs: Inputs<'_, 'a>,
    flow: Flow,
    is_after_layer: bool,
) -> Result<Flow, String> {
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
        "Reshape" => {
            let columns = match *target(node, inputs)? {
                [first, Axis::Size(columns)] => {
                    let samples = axes.first().copied().flatten();
                    is_in_rows(first, columns, samples, sample).then_some(usize::try_from(columns).ok())
                }
                _ => None,
            };
            match columns {
                Some(columns) => Ok(flat(columns.or(sample))),
                None if is_after_layer => Ok(flow),
                None => Err("a ticket reads samples in rows, (N, inputs); reshape to that".to_owned()),
            }
        }
        _ if is_after_layer => Ok(flow),
        operator => Err(format!(
            "{operator} of the inputs or between layers is not read; use Flatten in the model"
        )),
    }
}

/// Whether a shape has each sample in a row, of `sample` numbers if that is known.
fn is_in_rows(first: Axis, columns: i64, samples: Option<usize>, sample: Option<usize>) -> bool {
    // −1 stands for what is left.
    let is_rest = columns == -1;
    let is_sample = 0 < columns && usize::try_from(columns).ok() == sample;
    match first {
        // 0 stands for the axis as it is.
        Axis::Samples | Axis::Size(0) => is_rest || is_sample || (sample.is_none() && 0 < columns),
        Axis::Size(-1) => is_sample || (sample.is_none() && 0 < columns),
        Axis::Size(count) if samples.is_some() && usize::try_from(count).ok() == samples => {
            is_rest || is_sample
        }
        Axis::Size(_) | Axis::Unknown => is_sample,
    }
}

/// The shape that `Reshape` makes.
fn target<'a>(node: &Node<'a>, inputs: Inputs<'_, 'a>) -> Result<Rc<[Axis]>, String> {
    match inputs.get(1) {
        Some(Some(Known::Axes(axes))) => Ok(axes.as_slice().into()),
        Some(Some(Known::Constant(constant))) => Ok(sizes(&constant.tensor).into()),
        // An attribute before opset 5.
        None => Ok(node
            .ints("shape")?
            .unwrap_or_default()
            .into_iter()
            .map(Axis::Size)
            .collect()),
        _ => Err("its shape is computed from the inputs, which is not read".to_owned()),
    }
}

fn sizes(tensor: &Tensor<'_>) -> Vec<Axis> {
    tensor.numbers().map(|size| Axis::Size(size as i64)).collect()
}

/// `Shape`: the axes of the values.
pub(super) fn shape<'a>(node: &Node<'a>, flow: &Flow) -> Known<'a> {
    let unknown = [None; 4];
    let axes = flow.axes.as_deref().unwrap_or(&unknown);
    let mut shape: Vec<Axis> = axes
        .iter()
        .map(|axis| axis.map_or(Axis::Unknown, |size| Axis::Size(size as i64)))
        .collect();
    if let Some(first) = shape.first_mut() {
        *first = Axis::Samples;
    }
    let end = node.int("end").unwrap_or(shape.len() as i64);
    Known::Axes(between(&shape, node.int("start").unwrap_or(0), end))
}

/// The axes from one on to another, negative ones counted from the end.
fn between(shape: &[Axis], start: i64, end: i64) -> Vec<Axis> {
    let place = |at: i64| {
        let at = if at < 0 {
            at.saturating_add(shape.len() as i64)
        } else {
            at
        };
        at.clamp(0, shape.len() as i64) as usize
    };
    shape.get(place(start)..place(end)).unwrap_or_default().to_vec()
}

/// What a node makes of axes, and of constants beside them.
pub(super) fn axes<'a>(node: &Node<'a>, inputs: Inputs<'_, 'a>) -> Result<Known<'a>, String> {
    let list = |known: &Option<Known<'a>>| match known {
        Some(Known::Axes(axes)) => Some(axes.clone()),
        Some(Known::Constant(constant)) => Some(sizes(&constant.tensor)),
        _ => None,
    };
    let Some(lists) = inputs.iter().map(list).collect::<Option<Vec<_>>>() else {
        return Err(refused::operator(node.operator));
    };
    let number = |position: usize| match lists.get(position).map(Vec::as_slice) {
        Some(&[Axis::Size(number)]) => Some(number),
        _ => None,
    };
    let made = match node.operator {
        "Identity" | "Cast" | "Squeeze" | "Unsqueeze" => lists.into_iter().next(),
        "Concat" => Some(lists.concat()),
        "Gather" => {
            let one = number(1).map(|at| {
                between(
                    &lists[0],
                    at,
                    if at == -1 { i64::MAX } else { at.saturating_add(1) },
                )
            });
            one.filter(|one| one.len() == 1)
        }
        "Slice" if lists.len() < 5 => match (number(1), number(2)) {
            (Some(start), Some(end)) => Some(between(&lists[0], start, end)),
            _ => None,
        },
        _ => None,
    };
    made.map(Known::Axes).ok_or_else(|| {
        "it computes a shape in a way that is not read; flatten with Flatten in the model".to_owned()
    })
}

/// What a node makes of constants alone.
pub(super) fn constant<'a>(node: &Node<'a>, inputs: Inputs<'_, 'a>) -> Result<Known<'a>, String> {
    let Some(Some(Known::Constant(first))) = inputs.first() else {
        return Err(refused::operator(node.operator));
    };
    let tensor = &first.tensor;
    match node.operator {
        "Identity" | "Dropout" => Ok(Known::Constant(first.clone())),
        // The numbers are rounded to 32 bits anyway.
        "Cast" if matches!(node.int("to"), Some(1 | 6 | 7 | 11)) => Ok(Known::Constant(first.clone())),
        "Transpose" if tensor.shape.len() == 2 => {
            let is_exchange = node.ints("perm")?.is_none_or(|order| order == [1, 0]);
            Ok(Known::Constant(Constant {
                tensor: tensor.clone(),
                is_transposed: first.is_transposed != is_exchange,
            }))
        }
        "Squeeze" | "Unsqueeze" | "Reshape" | "Flatten"
            if tensor.shape.iter().filter(|&&axis| axis != 1).count() < 2 =>
        {
            let numbers: Vec<f64> = tensor.numbers().collect();
            Ok(Tensor::of_f64(tensor.name.clone(), vec![numbers.len()], &numbers).into())
        }
        "Concat" => {
            let mut numbers = vec![];
            for input in inputs.iter().flatten() {
                match input {
                    Known::Constant(constant) if constant.tensor.shape.len() < 2 => {
                        numbers.extend(constant.tensor.numbers());
                    }
                    _ => return Err(refused::operator(node.operator)),
                }
            }
            Ok(Tensor::of_f64(tensor.name.clone(), vec![numbers.len()], &numbers).into())
        }
        operator if refused::is_quantized(operator) => Err(refused::operator(operator)),
        _ => Err(format!(
            "it computes with the constant {}; export the model with constants folded (do_constant_folding in PyTorch, or \
             onnxsim)",
            quoted(&tensor.name)
        )),
    }
}
