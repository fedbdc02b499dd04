//! Orders operations so that few wait for the one before: a list scheduler.
//!
//! Each step takes, of what can be done without waiting, what belongs to the earliest sum. So few sums are open at a time,
//! and they need few registers.

use super::lower::{Graph, Operation, Sum, Value};

/// The parameters of the order. No choice is best for all tickets, so several are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heuristic {
    /// Sums that may be open at a time.
    pub(super) open: usize,
    /// Products of a sum that may be done before they are added.
    pub(super) ahead: usize,
    /// Whether a unit is computed when it is first needed, in place of layer by layer.
    pub(super) on_demand: bool,
    /// Whether outputs take their terms as soon as they are there, and hold a register for so long.
    pub(super) eager: bool,
}

/// More outputs than this are not open for long.
const EAGER: usize = 4;

/// How far a sum has come.
#[derive(Clone, Copy, Default)]
struct Progress {
    products: usize,
    chain: usize,
}

/// All operations but inputs and constants, in order.
pub(super) fn schedule(graph: &Graph, heuristic: Heuristic) -> Vec<Value> {
    let mut order = sums(graph, heuristic.on_demand);
    // An output that is its bias alone.
    order.retain(|&sum| !graph.sums[sum].chain.is_empty());
    let output_count = graph.sums.iter().filter(|sum| sum.is_output).count();
    let is_eager = |sum: usize| heuristic.eager && graph.sums[sum].is_output && output_count <= EAGER;
    let (mut eager, mut others): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|&sum| is_eager(sum));
    let mut progress = vec![Progress::default(); graph.sums.len()];
    // When a value can be read: never, while it is not computed.
    let mut ready: Vec<usize> = graph
        .operations
        .iter()
        .map(|operation| match operation {
            Operation::Input(_) | Operation::Constant(_) => 0,
            _ => usize::MAX,
        })
        .collect();
    let mut done = vec![];
    let mut now = 0;
    while !(eager.is_empty() && others.is_empty()) {
        let mut open = 0;
        let mut soonest: Option<(usize, Value, usize)> = None;
        let first = others.first().copied();
        for &sum in eager.iter().chain(&others) {
            let at = progress[sum];
            let is_open = 0 < at.products + at.chain;
            if !is_eager(sum) {
                if !is_open && Some(sum) != first && heuristic.open <= open {
                    break;
                }
                open += 1;
            }
            for value in next(&graph.sums[sum], at, heuristic.ahead) {
                let operands = graph.operations[value].operands();
                let from = operands.map(|operand| ready[operand]).max().unwrap_or(0);
                if from != usize::MAX && soonest.is_none_or(|(soonest, ..)| from.max(now) < soonest) {
                    soonest = Some((from.max(now), value, sum));
                }
            }
            if soonest.is_some_and(|(from, ..)| from <= now) {
                break;
            }
        }
        let (from, value, sum) = soonest.expect("the first sum can always go on");
        let at = &mut progress[sum];
        if graph.sums[sum].products.get(at.products) == Some(&value) {
            at.products += 1;
        } else {
            at.chain += 1;
        }
        if (at.products, at.chain) == (graph.sums[sum].products.len(), graph.sums[sum].chain.len()) {
            eager.retain(|&other| other != sum);
            others.retain(|&other| other != sum);
        }
        let (issue, late) = match graph.operations[value] {
            Operation::Absolute(_) => (1, 0),
            Operation::Clamp(..) => (4, 0),
            _ => (1, 1),
        };
        ready[value] = from + issue + late;
        now = from + issue;
        done.push(value);
    }
    done
}

/// What a sum could do next: the next link of its chain, then the next product.
fn next(sum: &Sum, at: Progress, ahead: usize) -> impl Iterator<Item = Value> {
    let link = sum.chain.get(at.chain).copied();
    let added = at.chain.checked_sub(1).map_or(0, |last| sum.taken[last]);
    let product = sum
        .products
        .get(at.products)
        .copied()
        .filter(|_| at.products < added + ahead);
    link.into_iter().chain(product)
}

/// The sums in an order that they can be computed in.
fn sums(graph: &Graph, on_demand: bool) -> Vec<usize> {
    if !on_demand {
        return (0..graph.sums.len()).collect();
    }
    let mut is_placed = vec![false; graph.sums.len()];
    let mut order = vec![];
    for root in 0..graph.sums.len() {
        if !graph.sums[root].is_output {
            continue;
        }
        // Depth first, each sum after all that it reads.
        let mut path = vec![(root, 0)];
        while let Some((sum, child)) = path.pop() {
            match graph.sums[sum].reads.get(child) {
                Some(&read) => {
                    path.push((sum, child + 1));
                    if !is_placed[read] {
                        path.push((read, 0));
                    }
                }
                None if is_placed[sum] => {}
                None => {
                    is_placed[sum] = true;
                    order.push(sum);
                }
            }
        }
    }
    order
}
