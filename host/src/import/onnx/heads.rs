//! Several heads on one trunk: outputs that come of layers of their own are read one after the other and made one network,
//! with a task for each head.

use std::collections::BTreeSet;

use itertools::Itertools;

use super::super::network::{Ending, Linear, Network, Said, unless_counted};
use super::super::tasks::name_of;
use super::model::Graph;
use super::order::order;
use crate::text::quoted;
use crate::ticket::TaskPorts;

/// More outputs are not looked at: each takes a walk through the whole model.
const MOST: usize = 256;

/// So many weights a layer of heads side by side may have.
const LARGEST: usize = 1 << 26;

/// The outputs of each head, which depend on the same layers; all outputs in one where that is no way to read them.
///
/// # Errors
/// As [`order`].
pub(super) fn heads<'a>(graph: &Graph<'a>) -> Result<Vec<Vec<&'a str>>, String> {
    let mut heads: Vec<(BTreeSet<usize>, Vec<&str>)> = vec![];
    if (2..=MOST).contains(&graph.outputs.len()) {
        for &output in &graph.outputs {
            let is_layer = |node: &usize| matches!(graph.nodes[*node].operator, "Gemm" | "MatMul");
            let layers: BTreeSet<usize> = order(graph, &[output])?.into_iter().filter(is_layer).collect();
            match heads.iter_mut().find(|(of, _)| *of == layers) {
                Some((_, outputs)) => outputs.push(output),
                None => heads.push((layers, vec![output])),
            }
        }
    }
    // An output of a hidden layer, or of none, is no head.
    let is_apart = |(one, other): (&(BTreeSet<usize>, _), &(BTreeSet<usize>, _))| !one.0.is_subset(&other.0);
    let are_heads = heads
        .iter()
        .tuple_combinations()
        .all(|(one, other)| is_apart((one, other)) && is_apart((other, one)));
    Ok(if are_heads && 1 < heads.len() {
        heads.into_iter().map(|(_, outputs)| outputs).collect()
    } else {
        vec![graph.outputs.clone()]
    })
}

/// One network of those that lead to each head, called by its first output: the layers that they share, and the others side
/// by side, from the second of them on with masks that keep the heads apart.
///
/// # Errors
/// The message, if they are not of one depth, normalize differently, or answer for some of their outputs apart.
pub(super) fn join(heads: Vec<(&str, Network)>) -> Result<Network, String> {
    let is_image = heads.iter().any(|(_, head)| head.said.is_image);
    let mut tasks: Vec<TaskPorts> = vec![];
    let mut joined = Network::default();
    let mut chains: Vec<(&str, Vec<Linear>)> = vec![];
    for (output, head) in heads {
        if let Some((first, chain)) = chains.first() {
            let (one, other) = (chain.len(), head.layers.len());
            if one != other {
                return Err(format!(
                    "the outputs {} and {} come of {one} and of {other} layers, and those of a ticket all of its last one; \
                     export a model for each",
                    quoted(first),
                    quoted(output)
                ));
            }
            if chain[0].fan_in != head.layers[0].fan_in || joined.normalization != head.normalization {
                return Err(format!(
                    "the outputs {} and {} come of inputs that are not the same, or differently normalized; export a model \
                     for each",
                    quoted(first),
                    quoted(output)
                ));
            }
        }
        if !head.said.parts.is_empty() {
            return Err(format!(
                "{} is of some outputs of a layer, and other outputs come of another layer; export a model for each",
                quoted(output)
            ));
        }
        let from = tasks
            .last()
            .and_then(|task| task.outputs.last())
            .map_or(0, |last| last + 1);
        let made = tasks_of(output, &head, from, &tasks);
        for task in made
            .iter()
            .filter(|task| task.outputs.len() == 1 && head.said.ending.is_none())
        {
            joined.notes.push(format!(
                "the output {} is read as the logit of two classes, the second where it is above 0",
                quoted(&task.name)
            ));
        }
        tasks.extend(made);
        joined.normalization = head.normalization;
        joined.rounding.extend(head.rounding);
        for note in head.notes {
            if !joined.notes.contains(&note) {
                joined.notes.push(note);
            }
        }
        chains.push((output, head.layers));
    }
    let mut chains: Vec<_> = chains.into_iter().map(|(_, layers)| layers.into_iter()).collect();
    let mut are_shared = true;
    let mut is_first = true;
    while let Some(level) = chains
        .iter_mut()
        .map(Iterator::next)
        .collect::<Option<Vec<Linear>>>()
    {
        are_shared = are_shared
            && 0 < chains[0].len()
            && level
                .iter()
                .tuple_windows()
                .all(|(one, other)| is_same(one, other));
        joined.layers.push(if are_shared {
            level.into_iter().next().ok_or("there are no heads")?
        } else {
            side_by_side(&level, std::mem::take(&mut is_first))?
        });
    }
    joined.said = Said {
        // What each head answers is a task's, which --task must not say otherwise.
        parts: tasks.iter().map(|task| task.outputs.clone()).collect(),
        tasks: Some(tasks),
        is_image,
        ..Said::default()
    };
    Ok(joined)
}

/// The tasks of a head whose outputs are counted on `from` others; of sigmoids one for each.
fn tasks_of(output: &str, head: &Network, from: usize, others: &[TaskPorts]) -> Vec<TaskPorts> {
    let inputs = head.layers[0].fan_in;
    let outputs = head.layers[head.layers.len() - 1].fan_out;
    let is_taken = |name: &String| others.iter().any(|task| task.name == *name);
    let plain = name_of(output);
    let numbered = (2..=MOST + 1).map(|number| format!("{plain}-{number}"));
    let name = [plain.clone()]
        .into_iter()
        .chain(numbered)
        .find(|name| !is_taken(name));
    let name = name.unwrap_or(plain);
    if head.said.ending == Some(Ending::Logistic) && 1 < outputs {
        let each = (0..outputs).map(|at| TaskPorts::new(format!("{name}-{at}"), 0..inputs, [from + at]));
        return each.collect();
    }
    vec![TaskPorts {
        classes: head.said.classes.clone().and_then(unless_counted),
        ..TaskPorts::new(name, 0..inputs, from..from + outputs)
    }]
}

/// Whether two layers compute the same.
fn is_same(one: &Linear, other: &Linear) -> bool {
    let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    one.fan_in == other.fan_in
        && one.fan_out == other.fan_out
        && bits(&one.weights) == bits(&other.weights)
        && bits(&one.biases) == bits(&other.biases)
}

/// The layers of all heads at one depth as one, whose inputs are all inputs of each head, or the outputs of the layer before
/// that this function made, each head's own.
fn side_by_side(layers: &[Linear], read_the_same: bool) -> Result<Linear, String> {
    let fan_out: usize = layers.iter().map(|layer| layer.fan_out).sum();
    let fan_in = if read_the_same {
        layers[0].fan_in
    } else {
        layers.iter().map(|layer| layer.fan_in).sum()
    };
    // What is between two heads fills memory that no file did.
    let size = fan_in
        .checked_mul(fan_out)
        .filter(|&size| read_the_same || size <= LARGEST)
        .ok_or("the heads side by side are too large a layer; export a model for each")?;
    let mut joined = Linear {
        fan_in,
        fan_out,
        weights: vec![0.0; size],
        biases: vec![],
        mask: (!read_the_same).then(|| vec![false; size]),
    };
    let (mut row, mut column) = (0, 0);
    for layer in layers {
        for weights in layer.weights.chunks_exact(layer.fan_in) {
            let place = row * fan_in + column..row * fan_in + column + layer.fan_in;
            joined.weights[place.clone()].copy_from_slice(weights);
            if let Some(mask) = &mut joined.mask {
                mask[place].fill(true);
            }
            row += 1;
        }
        joined.biases.extend(&layer.biases);
        if !read_the_same {
            column += layer.fan_in;
        }
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::join;
    use crate::import::network::{Ending, Linear, Network, Said};

    /// A network whose weights count on from `first`, layer by layer.
    fn network(widths: &[usize], first: &[f32], ending: Option<Ending>) -> Network {
        let layers = widths.windows(2).zip(first).map(|(widths, &first)| Linear {
            fan_in: widths[0],
            fan_out: widths[1],
            weights: (0..widths[0] * widths[1]).map(|at| first + at as f32).collect(),
            biases: vec![first; widths[1]],
            mask: None,
        });
        Network {
            layers: layers.collect(),
            said: Said {
                ending,
                ..Said::default()
            },
            ..Network::default()
        }
    }

    #[test]
    fn the_trunk_is_read_once_and_the_heads_stand_side_by_side() {
        let one = network(&[2, 3, 1], &[10.0, 20.0], None);
        let other = network(&[2, 3, 2], &[10.0, 30.0], Some(Ending::Logistic));
        let mut third = network(&[2, 3, 2], &[10.0, 40.0], Some(Ending::Softmax));
        third.said.classes = Some(vec!["no".to_owned(), "yes".to_owned()]);
        let joined = join(vec![("a/b", one), ("c", other), ("c", third)]).unwrap();
        assert_eq!(joined.widths(), [2, 3, 5]);
        assert_eq!(joined.layers[0].biases, [10.0; 3]);
        let expected = [20, 21, 22, 30, 31, 32, 33, 34, 35, 40, 41, 42, 43, 44, 45];
        assert_eq!(joined.layers[1].weights, expected.map(|weight| weight as f32));
        assert_eq!(joined.layers[1].biases, [20.0, 30.0, 30.0, 40.0, 40.0]);
        assert!(joined.layers.iter().all(|layer| layer.mask.is_none()));
        let tasks = joined.said.tasks.unwrap();
        let named: Vec<_> = tasks.iter().map(|task| (&*task.name, &*task.outputs)).collect();
        let expected: [(_, &[usize]); 4] = [("a-b", &[0]), ("c-0", &[1]), ("c-1", &[2]), ("c", &[3, 4])];
        assert_eq!(named, expected);
        assert_eq!(tasks[3].classes.as_deref().unwrap(), ["no", "yes"]);
        assert!(matches!(&*joined.notes, [note] if note.contains("'a-b' is read as the logit")));
    }

    #[test]
    fn heads_of_several_layers_are_kept_apart_by_masks() {
        let one = network(&[2, 1, 1], &[10.0, 20.0], None);
        let other = network(&[2, 2, 1], &[30.0, 40.0], None);
        let joined = join(vec![("a", one), ("b", other)]).unwrap();
        assert_eq!(joined.widths(), [2, 3, 2]);
        assert_eq!(joined.layers[0].weights, [10.0, 11.0, 30.0, 31.0, 32.0, 33.0]);
        assert_eq!(joined.layers[1].weights, [20.0, 0.0, 0.0, 0.0, 40.0, 41.0]);
        let mask = joined.layers[1].mask.as_deref().unwrap();
        assert_eq!(mask, [true, false, false, false, true, true]);
    }

    #[test]
    fn heads_that_no_ticket_has_are_refused() {
        for (widths, expected) in [
            (&[2, 3, 4, 1][..], "come of 2 and of 3 layers"),
            (&[3, 3, 1], "inputs that are not the same"),
        ] {
            let one = network(&[2, 3, 1], &[10.0, 20.0], None);
            let other = network(widths, &[10.0, 20.0, 30.0], None);
            let message = join(vec![("a", one), ("b", other)]).err().unwrap();
            assert!(message.contains(expected), "{message}");
        }
    }
}
