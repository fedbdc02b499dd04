//! Reads a network from an ONNX model: a chain of layers with ReLU between them, and what such models have around it.
//!
//! In reading order: `model`, `constant` and `external` take the file apart, `order` sorts its nodes, `walk` follows what is done to
//! the inputs, node by node: `affine` before the first layer, `chain` through the layers, `answer` after the last, and
//! `refused` says of what a ticket cannot do why. `heads` makes one network of several that begin alike.

pub(super) mod affine;
mod answer;
mod chain;
mod constant;
pub(super) mod external;
mod heads;
mod model;
mod order;
mod refused;
mod reshape;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use super::network::{Network, Said};
use super::onnx::chain::{Chain, Stage};
use crate::text::quoted;
use answer::What;
use external::Files;
use model::{Graph, Input};
use walk::{Flow, Known, Walk};

/// The newest opset whose operators were looked at.
const KNOWN: i64 = 26;

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
    let mut heads = heads::heads(&graph)?;
    if let [outputs] = &*heads {
        return network(&graph, files, input, outputs, bytes.len(), &mut BTreeSet::new());
    }
    let mut seen = BTreeSet::new();
    let mut networks = vec![];
    for outputs in &mut heads {
        let network = network(&graph, files, input, outputs, bytes.len(), &mut seen)?;
        networks.push((outputs[0], network));
    }
    heads::join(networks)
}

/// The layers that lead to these outputs. What is rounded in nodes that were `seen`, which grow, is told of already.
fn network(
    graph: &Graph<'_>,
    files: &Files,
    input: &Input<'_>,
    outputs: &[&str],
    bytes: usize,
    seen: &mut BTreeSet<usize>,
) -> Result<Network, String> {
    let mut walk = Walk::new(graph, files, input, bytes);
    walk.notes.extend(of_opset(graph.opset)?);
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
        Some(10 | 16) => walk.notes.push(
            "the model computes in 16 bits, and the ticket in 32: their logits differ by what 16 bits lose"
                .to_owned(),
        ),
        _ => {}
    }
    for position in order::order(graph, outputs)? {
        let node = &graph.nodes[position];
        let rounding = walk.chain.rounding;
        walk.step(node)
            .map_err(|problem| format!("{}: {problem}", node.shown()))?;
        if !seen.insert(position) {
            walk.chain.rounding = rounding;
        }
    }
    let Walk {
        chain,
        values,
        mut notes,
        ..
    } = walk;
    check_outputs(outputs, &chain, &values)?;
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
        said: Said {
            tasks: graph.tasks.clone(),
            is_image: input.shape.as_ref().is_some_and(|axes| 2 < axes.len()),
            ..chain.said
        },
        rounding: chain.rounding,
        notes,
    })
}

/// That the outputs are what the last layer made.
///
/// # Errors
/// The message, which names the first that is something else.
fn check_outputs(outputs: &[&str], chain: &Chain, values: &BTreeMap<&str, Known<'_>>) -> Result<(), String> {
    if outputs.is_empty() {
        return Err("the model has no outputs; export it again".to_owned());
    }
    let mut has_answer = false;
    for output in outputs {
        match values.get(output) {
            Some(Known::Flow(Flow { at, .. })) if *at == chain.length => has_answer = true,
            Some(Known::Answer(answer)) if matches!(answer.what, What::Part | What::Complement) => {
                return Err(format!(
                    "the output {} is of some logits, or 1 − sigmoid; export the model with its logits as output",
                    quoted(output)
                ));
            }
            Some(Known::Answer(_)) => has_answer = true,
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
    if let Some((_, answer)) = chain.answered.as_ref().filter(|(at, _)| *at != chain.length) {
        return Err(format!(
            "{answer} reads a hidden layer, and the layers go on after it; a ticket answers with its last layer"
        ));
    }
    if !has_answer {
        return Err("no output depends on the input; export the model again".to_owned());
    }
    Ok(())
}

/// What is to be told of the version of the operators.
///
/// # Errors
/// The message, if operators meant other things then.
fn of_opset(opset: i64) -> Result<Option<String>, String> {
    match opset {
        ..=0 => Err("the model says no version of its operators (opset_import); export it again".to_owned()),
        // Axes of constants were given by attributes, and a dropout was in training mode unless it said otherwise.
        1..7 => Err(format!(
            "the model is of opset {opset}, and opsets before 7 are not read; bring it to a newer one with \
             onnx.version_converter"
        )),
        7..=KNOWN => Ok(None),
        _ => Ok(Some(format!(
            "the model is of opset {opset}, newer than the {KNOWN} that is known here; its operators are taken to mean the same"
        ))),
    }
}
