//! Decides whether tickets are solved and which level is singled out, for rows of this run and rows that were read.

use super::difference::Holds;
use crate::results::{Recorded, Row};

/// What is known of the ticket of a row.
pub(crate) trait TicketRow {
    fn seed(&self) -> u64;
    fn is_independent(&self) -> bool;
    /// Nothing where a file does not say it.
    fn is_side_by_side(&self) -> Option<bool>;
    fn is_separated(&self) -> bool;
    /// By task, on the test part.
    fn accuracy(&self) -> &[f64];
    /// By task; nothing where a file does not say it.
    fn validation_accuracy(&self) -> Option<&[f64]>;
}

impl TicketRow for Row {
    fn seed(&self) -> u64 {
        self.seed
    }

    fn is_independent(&self) -> bool {
        self.independent
    }

    fn is_side_by_side(&self) -> Option<bool> {
        Some(Row::is_side_by_side(self))
    }

    fn is_separated(&self) -> bool {
        Row::is_separated(self)
    }

    fn accuracy(&self) -> &[f64] {
        &self.result.accuracy
    }

    fn validation_accuracy(&self) -> Option<&[f64]> {
        Some(&self.validation_accuracy)
    }
}

impl TicketRow for Recorded {
    fn seed(&self) -> u64 {
        self.seed
    }

    fn is_independent(&self) -> bool {
        self.independent
    }

    fn is_side_by_side(&self) -> Option<bool> {
        self.side_by_side
    }

    fn is_separated(&self) -> bool {
        self.verdict == tombola::Verdict::Separated
    }

    fn accuracy(&self) -> &[f64] {
        &self.accuracy
    }

    fn validation_accuracy(&self) -> Option<&[f64]> {
        self.validation_accuracy.as_deref()
    }
}

/// When a ticket is solved, which a setting says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Criterion {
    /// Every task is solved from this accuracy on.
    pub(crate) solved_from: f64,
}

impl Criterion {
    /// Whether every task is solved on the test part.
    pub(crate) fn solved(self, ticket: &impl TicketRow) -> bool {
        self.is_met(ticket.accuracy())
    }

    /// Whether the ticket is separated, too.
    pub(crate) fn both(self, ticket: &impl TicketRow) -> bool {
        ticket.is_separated() && self.solved(ticket)
    }

    /// The same on the validation part.
    pub(crate) fn both_validation(self, ticket: &impl TicketRow) -> bool {
        ticket.is_separated() && ticket.validation_accuracy().is_some_and(|of| self.is_met(of))
    }

    /// Of each seed, whether its ticket is separated and solved on the test part.
    pub(crate) fn holds<T: TicketRow>(self, tickets: &[&T]) -> Holds {
        let holds = tickets.iter().map(|&ticket| (ticket.seed(), self.both(ticket)));
        holds.collect()
    }

    fn is_met(self, accuracy: &[f64]) -> bool {
        accuracy.iter().all(|&accuracy| self.solved_from <= accuracy)
    }
}

/// The level that validation singles out: the one at which most seeds are separated and solved on the validation part; of
/// equals, the sparsest. `count_and_level` gives this count and the level's number.
pub(crate) fn singled_out<L>(
    levels: impl IntoIterator<Item = L>,
    count_and_level: impl Fn(&L) -> (usize, u32),
) -> Option<L> {
    levels.into_iter().max_by_key(count_and_level)
}
