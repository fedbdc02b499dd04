//! Says how tensors get the names of a linear layer's, as a line of Python for these tensors.

use std::collections::BTreeSet;

use itertools::Itertools;

use super::names;
use crate::import::format::{in_python, saved_as};

/// Layers up to which the line names every tensor.
const MOST: usize = 8;

/// What to do about tensors (their names, their own names in their module, their shapes) that belong to no layer. `known`
/// are the modules that are layers.
pub(super) fn remedy<'n>(
    others: &[(&str, &str, &[usize])],
    known: impl Iterator<Item = &'n String>,
    file: &str,
) -> String {
    let Some(renamed) = renamed(others, &known.map(String::as_str).collect()) else {
        return "rename it, save without it, or name the layers with --layers".to_owned();
    };
    format!(
        "save without it, or where these are layers, rename them: python -c \"import safetensors.numpy as s; d = \
         s.load_file({}); {}; s.save_file(d, {})\"",
        in_python(file, "net.safetensors"),
        renamed
            .iter()
            .map(|(old, new)| format!("d['{new}'] = d.pop('{old}')"))
            .join("; "),
        saved_as(file, "-renamed")
    )
}

/// Old and new names, where shapes and names leave no doubt: matrices are weights, and vectors biases, of the layer that
/// their module or the number in their name says.
fn renamed<'n>(
    others: &[(&'n str, &'n str, &'n [usize])],
    taken: &BTreeSet<&str>,
) -> Option<Vec<(&'n str, String)>> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-:".contains(c);
    if 2 * MOST < others.len() || !others.iter().all(|(name, ..)| name.chars().all(is_plain)) {
        return None;
    }
    let layer = |leaf: &'n str, name: &'n str| match names::split(name).0 {
        "" => {
            let digits = leaf.trim_start_matches(|c: char| !c.is_ascii_digit());
            let digits = digits.trim_end_matches(|c: char| !c.is_ascii_digit());
            if digits.is_empty() { "0" } else { digits }
        }
        module => module,
    };
    let mut new = BTreeSet::new();
    let pairs = others.iter().map(|&(name, leaf, shape)| {
        let part = match shape.len() {
            2 => "weight",
            1 => "bias",
            _ => return None,
        };
        let is_new = new.insert((layer(leaf, name), part));
        is_new.then(|| (name, format!("{}.{part}", layer(leaf, name))))
    });
    let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
    let fits = |&(layer, _): &(&str, &str)| new.contains(&(layer, "weight")) && !taken.contains(layer);
    new.iter().all(fits).then_some(pairs)
}
