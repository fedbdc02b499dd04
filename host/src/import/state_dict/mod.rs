//! Reads a network from a `state_dict` that was saved as safetensors: linear layers by their tensors' names and shapes.
//!
//! In reading order: `names` takes names apart, `modules` sorts the tensors by them, `foreign` knows those of no linear
//! layer, `renaming` how to rename those that are called otherwise, `order` finds the order of the layers, and `layer` reads the numbers of one.

mod foreign;
mod layer;
mod modules;
mod names;
mod order;
mod renaming;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use itertools::Itertools;

use super::network::{Linear, Network, Said, check_widths, named};
use super::tensor::Rounding;
use crate::text::{counted, legible, listed, quoted};
use crate::ticket::tensors::Tensors;
use layer::{Layout, shape};
use modules::{Module, modules};
use order::{Order, Shape, beside, order, parts};

/// Reads the layers, all of them or, in this order, those with these names. `file` is the path, for commands in messages.
///
/// # Errors
/// The message, if they make no network with ReLU between its layers, or their order is not certain.
pub(super) fn read(bytes: &[u8], layers: Option<&[String]>, file: &str) -> Result<Network, String> {
    let tensors = Tensors::split(bytes)?;
    if tensors.metadata("tombola").is_some() {
        return Err("this is a ticket already; use it as it is, or copy it".to_owned());
    }
    let mut notes = vec![];
    let modules = modules(&tensors, layers, file, &mut notes)?;
    if modules.is_empty() {
        return Err("there are no tensors of linear layers, such as fc1.weight and fc1.bias".to_owned());
    }
    let chosen = match layers {
        Some(layers) => given(&modules, layers)?,
        None => found(&modules, &mut notes)?,
    };
    let (layout, names) = chosen;
    if layout == Layout::InOut {
        notes.push("weights lie as (in, out), by their shapes, and are transposed".to_owned());
    }
    check_widths(&widths(&shapes(&modules, &names, layout)?))?;
    let mut rounding = Rounding::default();
    let layers: Vec<Linear> = names
        .iter()
        .map(|name| layer::read(name, &modules[*name], layout, &mut rounding, &mut notes))
        .collect::<Result<_, _>>()?;
    let unbiased: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| modules[*name].bias().is_none())
        .collect();
    if !unbiased.is_empty() {
        let layers = legible(&unbiased.join(", "), 200);
        notes.push(format!("without biases, which are 0 then: {layers}"));
    }
    if 1 < layers.len() {
        notes.push(
            "a state_dict does not say what is between layers: ReLU is taken for granted, and none after the last"
                .to_owned(),
        );
    }
    Ok(Network {
        layers,
        normalization: None,
        said: Said::default(),
        rounding,
        notes,
    })
}

/// How weights lie, and the layers in the order given by the user.
fn given<'m>(
    modules: &'m BTreeMap<String, Module<'_>>,
    layers: &[String],
) -> Result<(Layout, Vec<&'m str>), String> {
    if let Some(twice) = layers.iter().duplicates().next() {
        return Err(format!("--layers names {} twice; name each once", quoted(twice)));
    }
    let names: Vec<&str> = layers
        .iter()
        .map(|layer| &**modules.get_key_value(layer).expect("it was found").0)
        .collect();
    let mut first = None;
    for layout in [Layout::OutIn, Layout::InOut] {
        match shapes(modules, &names, layout).and_then(|shapes| chain(&shapes)) {
            Ok(()) => return Ok((layout, names)),
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    Err(first.unwrap_or_default())
}

/// Each layer is as wide as the next wants it.
fn chain(shapes: &[Shape<'_>]) -> Result<(), String> {
    match shapes.windows(2).find(|pair| pair[0].fan_out != pair[1].fan_in) {
        None => Ok(()),
        Some(pair) => Err(no_fit(&pair[0], &pair[1])),
    }
}

fn no_fit(first: &Shape<'_>, second: &Shape<'_>) -> String {
    format!(
        "{} does not fit before {}; name the layers in their order with --layers, or leave out what is none of them",
        named(first.name, first.fan_in, first.fan_out),
        named(second.name, second.fan_in, second.fan_out)
    )
}

/// How weights lie, and the layers in the one order that numbers and widths leave.
fn found<'m>(
    modules: &'m BTreeMap<String, Module<'_>>,
    notes: &mut Vec<String>,
) -> Result<(Layout, Vec<&'m str>), String> {
    let names: Vec<&str> = modules.keys().map(String::as_str).collect();
    let mut first = None;
    for layout in [Layout::OutIn, Layout::InOut] {
        let shapes = match shapes(modules, &names, layout) {
            Ok(shapes) => shapes,
            Err(problem) => {
                first = first.or(Some(problem));
                continue;
            }
        };
        let ordered = |order: &[usize]| order.iter().map(|&at| shapes[at]).collect_vec();
        match order(&shapes) {
            Order::One(order) => {
                let ordered = ordered(&order);
                let parts = parts(&ordered);
                if let Some(beside) = beside(&parts) {
                    return Err(two_networks(beside, &ordered));
                }
                let order: Vec<&str> = ordered.iter().map(|layer| layer.name).collect();
                if 1 < parts.len() {
                    notes.push(format!(
                        "the layers compute in the order {}, the only one that fits; where that is wrong, give --layers",
                        legible(&order.join(", "), 300)
                    ));
                }
                return Ok((layout, order));
            }
            Order::Several(orders) => {
                let first = ordered(&orders[0]);
                if let Some(beside) = beside(&parts(&first)) {
                    return Err(two_networks(beside, &first));
                }
                let candidates = orders
                    .iter()
                    .dedup()
                    .map(|order| candidate(&ordered(order)))
                    .collect_vec();
                return Err(format!(
                    "the {} fit in more than one order, and names do not tell which; give it, in the form of {}",
                    counted(names.len(), "layer"),
                    listed(&candidates, "or")
                ));
            }
            Order::AgainstNumbers(order) if layout == Layout::OutIn => {
                first = first.or(Some(format!(
                    "the layers do not fit in the order of their numbers; if they compute in another, give it: \
                     {}",
                    candidate(&ordered(&order))
                )));
            }
            Order::AgainstNumbers(_) => {}
            Order::None([one, other]) => {
                first = first.or_else(|| Some(no_fit(&shapes[one], &shapes[other])));
            }
        }
    }
    Err(first.unwrap_or_default())
}

/// `--layers fc1,fc2 (4-8-2)`.
fn candidate(layers: &[Shape<'_>]) -> String {
    let names = layers.iter().map(|layer| layer.name).join(",");
    let widths = widths(layers).iter().join("-");
    format!("--layers {} ({})", legible(&names, 300), legible(&widths, 80))
}

/// Inputs, hidden layers, outputs.
fn widths(layers: &[Shape<'_>]) -> Vec<usize> {
    let inputs = layers.first().map(|layer| layer.fan_in);
    inputs
        .into_iter()
        .chain(layers.iter().map(|layer| layer.fan_out))
        .collect()
}

fn two_networks([first, other]: [&[Shape<'_>]; 2], all: &[Shape<'_>]) -> String {
    format!(
        "{} and {} may be layers of two networks, which take the same inputs; name those of one, {} or {}, or all if they \
         compute one after another, {}",
        named(first[0].name, first[0].fan_in, first[0].fan_out),
        named(other[0].name, other[0].fan_in, other[0].fan_out),
        candidate(first),
        candidate(other),
        candidate(all)
    )
}

fn shapes<'m>(
    modules: &BTreeMap<String, Module<'_>>,
    names: &[&'m str],
    layout: Layout,
) -> Result<Vec<Shape<'m>>, String> {
    names
        .iter()
        .map(|name| shape(name, &modules[*name], layout))
        .collect()
}
