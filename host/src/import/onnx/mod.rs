//! Reads a network from an ONNX model: a chain of layers with ReLU between them, and what such models have around it.
//!
//! In reading order: `model`, `constant` and `external` take the file apart, `order` sorts its nodes, `walk` follows what is done to
//! the inputs, node by node: `affine` before the first layer, `chain` through the layers, `answer` after the last, and
//! `refused` says of what a ticket cannot do why.

pub(super) mod affine;
mod answer;
mod chain;
mod constant;
pub(super) mod external;
mod model;
mod order;
mod refused;
mod reshape;
#[cfg(test)]
mod tests;
mod walk;

use super::network::Network;
use super::onnx::chain::Stage;
use crate::text::quoted;
use external::Files;
use model::Graph;
use walk::{Flow, Known, Walk};

/// Reads the layers of a model.
///
/// # Errors
/// The message, which names the first node that a ticket cannot be made of.
pub(super) fn read<'a>(bytes: &'a [u8], files: &'a Files) -> Result<Network, String> {
    let graph = Graph::read(bytes)?;
    let input = match &*graph.inputs {
        [input] => input,
        [] => return Err("the model has no input; export it again".to_owned()),
        [first, second, ..] => {
            return Err(format!(
                "the model has the inputs {} and {}, and a ticket has one matrix of them; concatenate them before the model",
                quoted(first.name),
                quoted(second.name)
            ));
        }
    };
    let mut notes = vec![];
    match input.element {
        None => {
            return Err(format!(
                "the input {} is no tensor; export the model with a tensor as input",
                quoted(input.name)
            ));
        }
        Some(8) => {
            return Err(format!(
                "the input {} is text; a ticket takes numbers",
                quoted(input.name)
            ));
        }
        Some(10 | 16) => notes.push(
            "the model computes in 16 bits, and the ticket in 32: their logits differ by what 16 bits lose"
                .to_owned(),
        ),
        _ => {}
    }
    let mut walk = Walk::new(&graph, files, input, notes);
    for position in order::order(&graph)? {
        let node = &graph.nodes[position];
        walk.step(node)
            .map_err(|problem| format!("{}: {problem}", node.shown()))?;
    }
    let Walk {
        chain,
        values,
        mut notes,
        ..
    } = walk;
    if graph.outputs.is_empty() {
        return Err("the model has no outputs; export it again".to_owned());
    }
    let mut has_answer = false;
    for output in &graph.outputs {
        match values.get(output) {
            Some(Known::Flow(Flow { at, .. })) if *at == chain.length => has_answer = true,
            Some(Known::Columns | Known::Answer) => has_answer = true,
            Some(Known::Flow(_)) => {
                return Err(format!(
                    "the output {} is that of a hidden layer; export the model with its logits as the only output",
                    quoted(output)
                ));
            }
            Some(_) => {}
            None => {
                return Err(format!(
                    "nothing makes the output {}; export the model again",
                    quoted(output)
                ));
            }
        }
    }
    if let Some((_, answer)) = chain.answered.filter(|(at, _)| *at != chain.length) {
        return Err(format!(
            "{answer} reads a hidden layer, and the layers go on after it; a ticket answers with its last layer"
        ));
    }
    if !has_answer {
        return Err("no output depends on the input; export the model again".to_owned());
    }
    match chain.stage {
        Stage::Products | Stage::Sums => {}
        Stage::Inputs => return Err("there is no linear layer; a network has one at least".to_owned()),
        Stage::Units => {
            return Err(
                "there is a ReLU after the last layer, and a ticket's logits have none; export the model without it".to_owned(),
            );
        }
    }
    let normalization = chain.affine.normalization(chain.layers[0].fan_in)?;
    if normalization.as_ref().is_some_and(|(_, is_exact)| !is_exact) {
        notes.push(
            "the model's normalization is folded into (x − shift) · scale, which is right to rounding, not bit for bit"
                .to_owned(),
        );
    }
    Ok(Network {
        layers: chain.layers,
        normalization: normalization.map(|(normalization, _)| normalization),
        ending: chain.ending,
        rounding: chain.rounding,
        notes,
    })
}
