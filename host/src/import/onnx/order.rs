//! The nodes that given outputs depend on, in an order in which each comes after those that it reads.

use std::collections::BTreeMap;

use super::model::Graph;
use crate::text::quoted;

/// Positions of nodes. Those that none of `outputs` depends on are left out.
///
/// # Errors
/// The message, if two nodes make the same value, or a node depends on itself.
pub(super) fn order(graph: &Graph<'_>, outputs: &[&str]) -> Result<Vec<usize>, String> {
    let mut makers = BTreeMap::new();
    for (node, outputs) in graph.nodes.iter().map(|node| &node.outputs).enumerate() {
        for &output in outputs.iter().filter(|output| !output.is_empty()) {
            if makers.insert(output, node).is_some() || graph.constants.contains_key(output) {
                return Err(format!(
                    "{} is made twice; export the model again",
                    quoted(output)
                ));
            }
        }
    }
    let (mut order, mut seen) = (vec![], vec![Seen::No; graph.nodes.len()]);
    // Nodes, and how many of their inputs were looked at: a recursion could be too deep for the stack.
    let mut open: Vec<(usize, usize)> = vec![];
    for output in outputs {
        open.extend(
            makers
                .get(output)
                .filter(|&&node| seen[node] == Seen::No)
                .map(|&node| (node, 0)),
        );
        while let Some((node, input)) = open.last_mut() {
            let node = *node;
            seen[node] = Seen::Open;
            let Some(name) = graph.nodes[node].inputs.get(*input) else {
                seen[node] = Seen::Done;
                order.push(node);
                open.pop();
                continue;
            };
            *input += 1;
            match makers.get(name).map(|&maker| (maker, seen[maker])) {
                Some((maker, Seen::No)) => open.push((maker, 0)),
                Some((_, Seen::Open)) => {
                    return Err(format!(
                        "{} depends on itself; export the model again",
                        quoted(name)
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(order)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    No,
    Open,
    Done,
}
