//! Decides whether tickets are solved and which level is singled out, for rows of this run and rows that were read.

use tombola::StopOn;

use super::difference::Holds;
use crate::data::Majority;
use crate::experiment::Experiment;
use crate::results::{Recorded, Row};

/// What is known of the ticket of a row.
pub(crate) trait TicketRow {
    fn seed(&self) -> u64;
    fn is_independent(&self) -> bool;
    /// Nothing where a file does not say it.
    fn is_side_by_side(&self) -> Option<bool>;
    fn is_separated(&self) -> bool;
    /// Whether paths exist exactly where the truth has them; of tasks by themselves, whether the ticket is separated.
    fn reveals(&self) -> bool;
    /// By task, on the test part.
    fn accuracy(&self) -> &[f64];
    /// By task; nothing where a file does not say it.
    fn validation_accuracy(&self) -> Option<&[f64]>;
    /// Nothing where a file does not say it.
    fn majority(&self) -> Option<&Majority>;
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

    fn reveals(&self) -> bool {
        Row::reveals(self)
    }

    fn accuracy(&self) -> &[f64] {
        &self.result.accuracy
    }

    fn validation_accuracy(&self) -> Option<&[f64]> {
        Some(&self.validation_accuracy)
    }

    fn majority(&self) -> Option<&Majority> {
        self.majority.as_ref()
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

    fn reveals(&self) -> bool {
        // Files from before tasks could depend on each other do not say it.
        self.reveals.unwrap_or(self.is_separated())
    }

    fn accuracy(&self) -> &[f64] {
        &self.accuracy
    }

    fn validation_accuracy(&self) -> Option<&[f64]> {
        self.validation_accuracy.as_deref()
    }

    fn majority(&self) -> Option<&Majority> {
        self.majority.as_ref()
    }
}

/// When a task is solved: its accuracy is at or above a threshold, and its error at most half of what always answering the
/// most frequent class makes, on one part and for the same samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criterion {
    /// The threshold.
    pub solved_from: f64,
    /// Samples of the validation and of the test part; none where files do not say how frequent classes are, and the
    /// threshold alone decides.
    pub samples: Option<[usize; 2]>,
    /// Whether training looked at the test part, to stop.
    pub stops_on_test: bool,
}

impl Criterion {
    /// That of an experiment, where it is known how frequent classes are.
    pub fn of(experiment: &Experiment) -> Self {
        Self {
            solved_from: experiment.solved,
            samples: Some([experiment.data.validation, experiment.data.test]),
            stops_on_test: experiment.training.stop_on == StopOn::Test,
        }
    }

    /// Whether every task is solved on the test part.
    pub(crate) fn solved(self, ticket: &impl TicketRow) -> bool {
        let majority = ticket.majority().map(|majority| &*majority.test);
        let mut tasks = 0..ticket.accuracy().len();
        tasks.all(|task| self.is_met(task, ticket.accuracy(), majority, 1))
    }

    /// Whether the ticket is separated, too.
    pub(crate) fn both(self, ticket: &impl TicketRow) -> bool {
        ticket.is_separated() && self.solved(ticket)
    }

    /// Whether a task is solved on the validation part.
    pub(crate) fn task_validation(self, ticket: &impl TicketRow, task: usize) -> bool {
        let majority = ticket.majority().map(|majority| &*majority.validation);
        let accuracy = ticket.validation_accuracy();
        accuracy.is_some_and(|accuracy| self.is_met(task, accuracy, majority, 0))
    }

    /// Whether every task is solved on the validation part.
    fn solved_validation(self, ticket: &impl TicketRow) -> bool {
        let mut tasks = 0..ticket.accuracy().len();
        tasks.all(|task| self.task_validation(ticket, task))
    }

    /// Whether the ticket is separated, and every task solved on the validation part.
    pub(crate) fn both_validation(self, ticket: &impl TicketRow) -> bool {
        ticket.is_separated() && self.solved_validation(ticket)
    }

    /// Whether the ticket reveals the truth, and every task is solved on the test part.
    pub(crate) fn revealed(self, ticket: &impl TicketRow) -> bool {
        ticket.reveals() && self.solved(ticket)
    }

    /// Whether the ticket reveals the truth, and every task is solved on the validation part.
    pub(crate) fn revealed_validation(self, ticket: &impl TicketRow) -> bool {
        ticket.reveals() && self.solved_validation(ticket)
    }

    /// Of each seed, whether its ticket reveals the truth (of tasks by themselves: is separated) and is solved on the test part.
    pub(crate) fn holds<T: TicketRow>(self, tickets: &[&T]) -> Holds {
        let holds = tickets
            .iter()
            .map(|&ticket| (ticket.seed(), self.revealed(ticket)));
        holds.collect()
    }

    /// Whether a task is solved on a part, of which both slices have a share by task.
    fn is_met(self, task: usize, accuracy: &[f64], majority: Option<&[f64]>, part: usize) -> bool {
        let is_better = self.samples.zip(majority).is_none_or(|(samples, majority)| {
            halves_the_error(accuracy[task], majority[task], samples[part])
        });
        self.solved_from <= accuracy[task] && is_better
    }
}

/// Whether this accuracy leaves at most half of the error of always answering a class of that share, in so many samples.
fn halves_the_error(accuracy: f64, majority: f64, samples: usize) -> bool {
    // A share is a count over the samples, rounded once, so the count comes back as it was: 0.99 and 0.98 of 100 samples
    // are exactly half, which the shares themselves would not say.
    let others = |share: f64| samples.saturating_sub((share * samples as f64).round() as usize) as u64;
    2 * others(accuracy) <= others(majority)
}

/// The level that validation singles out: the one at which most seeds reveal the truth (of tasks by themselves: are separated)
/// and are solved on the validation part; of equals, the sparsest. `count_and_level` gives this count and the level's number.
pub(crate) fn singled_out<L>(
    levels: impl IntoIterator<Item = L>,
    count_and_level: impl Fn(&L) -> (usize, u32),
) -> Option<L> {
    levels.into_iter().max_by_key(count_and_level)
}

#[cfg(test)]
mod tests {
    use super::{Criterion, halves_the_error};

    #[test]
    fn half_the_error_is_counted_in_samples() {
        for samples in 1..=120_usize {
            for (right, most) in (0..=samples).flat_map(|right| (1..=samples).map(move |most| (right, most)))
            {
                let [accuracy, majority] = [right, most].map(|count| count as f64 / samples as f64);
                assert_eq!(
                    halves_the_error(accuracy, majority, samples),
                    2 * (samples - right) <= samples - most,
                    "{right} and {most} of {samples}"
                );
            }
        }
        // Where parts are large, too: one sample decides.
        let of = |count: u32| f64::from(count) / 999_999_999.0;
        assert!(halves_the_error(of(999_000_000), of(998_000_001), 999_999_999));
        assert!(!halves_the_error(of(998_999_999), of(998_000_001), 999_999_999));
    }

    #[test]
    fn a_constant_answer_is_never_solved_unless_there_is_but_one_class() {
        let criterion = Criterion {
            stops_on_test: false,
            solved_from: 0.97,
            samples: Some([100, 50]),
        };
        let [validation, test] = [0, 1];
        let is_met = |accuracy, majority, part| criterion.is_met(0, &[accuracy], Some(&[majority]), part);
        assert!(!is_met(0.98, 0.98, test));
        assert!(!is_met(0.98, 0.97, validation) && is_met(0.99, 0.97, validation));
        assert!(is_met(0.99, 0.98, validation) && is_met(0.98, 0.96, test));
        // Of one class alone only what makes no error is solved.
        assert!(is_met(1.0, 1.0, test) && !is_met(0.98, 1.0, test));
        // Where classes are balanced, the threshold decides, which counts from its own value on.
        assert!(is_met(0.97, 0.5, validation) && !is_met(0.96, 0.5, test));
        // Where it is not known how frequent classes are, too.
        assert!(criterion.is_met(0, &[0.98], None, test));
        let by_threshold = Criterion {
            stops_on_test: false,
            samples: None,
            ..criterion
        };
        assert!(by_threshold.is_met(0, &[0.98], Some(&[0.98]), test));
    }
}
