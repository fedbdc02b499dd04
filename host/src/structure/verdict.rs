//! The verdict on a ticket, which depends on whether its tasks need all of their inputs.

use std::collections::BTreeSet;

use tombola::{Structure, Verdict};

use crate::ticket::TaskPorts;

/// The verdict: degraded if an output is lost, or an input of a task that needs all of them.
pub(crate) fn verdict(structure: &Structure<'_>, tasks: &[TaskPorts]) -> Verdict {
    let needing = tasks.iter().filter(|task| !task.spare_inputs);
    let needed: BTreeSet<usize> = needing.flat_map(|task| &task.inputs).copied().collect();
    structure.verdict_where(|input| needed.contains(&input))
}

#[cfg(test)]
mod tests {
    use tombola::Verdict;

    use super::super::anatomy;
    use super::super::tests::ticket;
    use crate::ticket::TaskPorts;

    #[test]
    fn a_task_with_spare_inputs_may_lose_them_and_no_output() {
        let verdict = |spare: [bool; 2], survivors: &[usize]| {
            let mut tasks = vec![TaskPorts::new("a", [0, 1], [0]), TaskPorts::new("b", [2], [1])];
            for (task, spare) in tasks.iter_mut().zip(spare) {
                task.spare_inputs = spare;
            }
            anatomy(&ticket(&[3, 2, 2], tasks, |weight| survivors.contains(&weight))).verdict
        };
        // Inputs 0 and 2 each lead to one output; input 1 is lost.
        let one_lost = [0, 5, 6, 9];
        assert_eq!(verdict([false, false], &one_lost), Verdict::Degraded);
        assert_eq!(verdict([false, true], &one_lost), Verdict::Degraded);
        assert_eq!(verdict([true, false], &one_lost), Verdict::Separated);
        assert_eq!(verdict([true, true], &one_lost), Verdict::Separated);
        assert_eq!(verdict([true, true], &[0, 5, 6, 9, 7]), Verdict::Interconnected);
        assert_eq!(verdict([true, true], &[0, 6]), Verdict::Degraded);
    }
}
