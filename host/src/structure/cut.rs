//! The minimum cut between two tasks: how far a ticket is from falling apart.

use petgraph::algo::dinics;
use petgraph::graph::DiGraph;
use tombola::{Mlp, State, Structure};

use super::{ports, with_structure};
use crate::ticket::Ticket;

/// The minimum cut between one task's inputs and outputs and the other's, where there are two tasks: how many weights
/// must go until nothing joins them.
///
/// It is taken in the active graph as it stands: each active weight an undirected edge of capacity 1, inputs and
/// outputs that are not active left out, activity not computed again after removal. 0 exactly when the ticket is
/// independent.
///
/// # Panics
///
/// If the fields make no ticket.
pub fn cut(ticket: &Ticket) -> Option<usize> {
    with_structure(ticket, |structure| of_structure(ticket, structure))
}

/// The same, of a structure that is already known: that of `ticket`.
pub(super) fn of_structure(ticket: &Ticket, structure: &Structure<'_>) -> Option<usize> {
    let [first, second] = &ticket.tasks[..] else {
        return None;
    };
    if structure.is_independent() {
        return Some(0);
    }
    let net = Mlp::new(&ticket.widths);
    let active: Vec<_> = (0..net.layer_count())
        .flat_map(|layer| structure.edges(layer))
        .filter(|&edge| structure.edge_state(edge) == State::Active)
        .collect();

    let mut graph = DiGraph::<(), usize>::with_capacity(net.neuron_count() + 2, 2 * active.len());
    let neurons: Vec<_> = (0..net.neuron_count()).map(|_| graph.add_node(())).collect();
    for edge in &active {
        let (from, to) = (neurons[edge.from], neurons[edge.to]);
        graph.add_edge(from, to, 1);
        graph.add_edge(to, from, 1);
    }
    // No flow exceeds the number of weights.
    let unlimited = active.len();
    let is_active = |neuron: &usize| structure.neuron_state(*neuron) == State::Active;
    let (source, sink) = (graph.add_node(()), graph.add_node(()));
    for neuron in ports(net, first).filter(is_active) {
        graph.add_edge(source, neurons[neuron], unlimited);
    }
    for neuron in ports(net, second).filter(is_active) {
        graph.add_edge(neurons[neuron], sink, unlimited);
    }
    let (flow, _) = dinics(&graph, source, sink);
    Some(flow)
}
