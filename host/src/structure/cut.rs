//! The minimum cut between two tasks: how far a ticket is from falling apart.

use tombola::{Mlp, Structure, Task};

use super::with_structure;
use crate::measure;
use crate::ticket::{TaskPorts, Ticket};

/// The minimum cut between one task's inputs and outputs and the other's, where there are two tasks: how many weights
/// must go until nothing joins them. Where they share an input there is no cut.
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
    let tasks: Vec<Task<'_>> = ticket.tasks.iter().map(TaskPorts::as_task).collect();
    measure::between_two(Mlp::new(&ticket.widths), &tasks, structure).map(|cut| cut as usize)
}
