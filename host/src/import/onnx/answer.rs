//! What models do with their logits: probabilities, classes, and their shapes. A ticket answers in its own way, so that it
//! is enough to see that the answer is the same.

use super::super::network::Ending;
use super::chain::{Chain, Stage};
use super::model::Node;
use super::refused;
use super::walk::{Flow, Known, Made};

/// Operators that make an answer of logits.
const FIRST: [&str; 8] = [
    "Softmax",
    "LogSoftmax",
    "Sigmoid",
    "ArgMax",
    "Greater",
    "Gather",
    "Slice",
    "Split",
];

/// What may be done to an answer, none of which makes another class of it.
const LATER: [&str; 21] = [
    "ArgMax",
    "ArrayFeatureExtractor",
    "Cast",
    "Concat",
    "Flatten",
    "Gather",
    "Greater",
    "GreaterOrEqual",
    "Identity",
    "LabelEncoder",
    "Log",
    "ReduceMax",
    "Reshape",
    "Round",
    "Slice",
    "Split",
    "Squeeze",
    "TopK",
    "Transpose",
    "Unsqueeze",
    "ZipMap",
];

/// Whether an operator makes an answer of logits.
pub(super) fn is_first(operator: &str) -> bool {
    FIRST.contains(&operator)
}

/// What a node makes of all logits.
pub(super) fn of_flow<'a>(
    node: &Node<'a>,
    inputs: &[Option<Known<'a>>],
    flow: &Flow,
    chain: &mut Chain,
) -> Result<Made<'a>, String> {
    if chain.stage == Stage::Inputs {
        return Err("there is no layer before it; a ticket begins with one, and all inputs".to_owned());
    }
    let output_count = chain.layers.last().map_or(0, |layer| layer.fan_out);
    let made = of_logits(node, inputs)?;
    let is_alone = output_count == 1 && flow.axes.is_some();
    match node.operator {
        "Sigmoid" => chain.ending = chain.ending.or(Some(Ending::Logistic)),
        "Softmax" | "LogSoftmax" | "ArgMax" if is_alone => {
            return Err(
                "of a single output it is always the same; a task with two classes has one output with a Sigmoid, or two".to_owned(),
            );
        }
        "Softmax" | "LogSoftmax" | "ArgMax" => chain.ending = Some(Ending::Softmax),
        _ => {}
    }
    Ok(made)
}

/// What a node makes of logits, all or some of them.
fn of_logits<'a>(node: &Node<'a>, inputs: &[Option<Known<'a>>]) -> Result<Made<'a>, String> {
    let is_along = |default: i64| matches!(node.int("axis").unwrap_or(default), 1 | -1);
    let all = |known| Made {
        known,
        outputs: usize::MAX,
    };
    match node.operator {
        // The default was 1 before opset 13, the last but one of two.
        "Softmax" | "LogSoftmax" if is_along(-1) => Ok(all(Known::Answer)),
        "Sigmoid" => Ok(all(Known::Answer)),
        "ArgMax" if node.int("select_last_index").unwrap_or(0) != 0 => {
            Err("of equal logits it takes the last, and a ticket the first".to_owned())
        }
        "ArgMax" if is_along(0) => Ok(all(Known::Answer)),
        "Greater" => match (inputs.first(), inputs.get(1)) {
            (Some(Some(Known::Flow(_) | Known::Columns)), Some(Some(Known::Constant(bound))))
                if bound.tensor.numbers().all(|bound| bound == 0.0) =>
            {
                Ok(all(Known::Answer))
            }
            _ => Err("a ticket's class is 1 where the logit is above 0; compare with that".to_owned()),
        },
        "Gather" | "Split" if is_along(0) => Ok(all(Known::Columns)),
        "Slice" => Ok(all(Known::Columns)),
        operator if is_first(operator) => Err("it does not work along the outputs, the last axis".to_owned()),
        operator => Err(refused::operator(operator)),
    }
}

/// What a node makes of an answer or of some of the logits.
pub(super) fn of_answer<'a>(
    node: &Node<'a>,
    inputs: &[Option<Known<'a>>],
    chain: &mut Chain,
) -> Result<Made<'a>, String> {
    let is_columns = inputs
        .iter()
        .flatten()
        .any(|known| matches!(known, Known::Columns));
    let same = |known| Made {
        known,
        outputs: usize::MAX,
    };
    if is_columns {
        return match node.operator {
            "Identity" | "Squeeze" | "Unsqueeze" | "Concat" | "Reshape" | "Flatten" => {
                Ok(same(Known::Columns))
            }
            _ => of_logits(node, inputs),
        };
    }
    let output_count = chain.layers.last().map_or(0, |layer| layer.fan_out);
    if node.operator == "ArgMax" && 1 < output_count {
        chain.ending = Some(Ending::Softmax);
    }
    // The probability of class 0, as scikit-learn's models have it.
    let is_complement = || {
        node.operator == "Sub"
            && matches!(inputs.first(), Some(Some(Known::Constant(one))) if one.tensor.numbers().all(|x| x == 1.0))
    };
    if LATER.contains(&node.operator) || is_complement() {
        return Ok(same(Known::Answer));
    }
    Err(
        "it computes with probabilities or classes, and a ticket ends with them: between its layers is ReLU alone, no \
         Sigmoid or Softmax"
            .to_owned(),
    )
}
