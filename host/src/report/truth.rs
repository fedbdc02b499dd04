//! Says which inputs the outputs of each task depend on, for JSON and in words.

use itertools::Itertools;
use serde::Serialize;

use crate::text::listed;
use crate::ticket::TaskPorts;
use crate::truth::Truth;

/// Which inputs the outputs of a task depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskTruth {
    /// The task.
    pub task: String,
    /// The inputs, each in a list with those that carry the same number: a path from one of them is enough.
    pub inputs: Vec<Vec<usize>>,
}

/// Of each task.
pub(super) fn truths(tasks: &[TaskPorts], truth: &Truth) -> Vec<TaskTruth> {
    let of_task = |(index, task): (usize, &TaskPorts)| TaskTruth {
        task: task.name.clone(),
        inputs: truth.inputs(index).map(<[usize]>::to_vec).collect(),
    };
    tasks.iter().enumerate().map(of_task).collect()
}

/// "In truth moons depends on the inputs 0, 1 and 2, circles on 2 and 3".
pub(super) fn in_words(truths: &[TaskTruth]) -> String {
    let of_task = |TaskTruth { task, inputs }: &TaskTruth| {
        let inputs = inputs.iter().map(|alike| alike.iter().join(" or "));
        match listed(&inputs.collect_vec(), "and") {
            none if none.is_empty() => format!("{task} on none"),
            inputs => format!("{task} on {inputs}"),
        }
    };
    let tasks = truths.iter().map(of_task);
    format!("In truth outputs depend on these inputs: {}", tasks.format("; "))
}

#[cfg(test)]
mod tests {
    use super::{TaskTruth, in_words};

    #[test]
    fn the_truth_is_told_task_by_task() {
        let truth = |task: &str, inputs: &[&[usize]]| TaskTruth {
            task: task.to_owned(),
            inputs: inputs.iter().map(|alike| alike.to_vec()).collect(),
        };
        let truths = [
            truth("moons", &[]),
            truth("circles", &[&[0, 2], &[1, 3]]),
            truth("xor", &[&[4]]),
        ];
        assert_eq!(
            in_words(&truths),
            "In truth outputs depend on these inputs: moons on none; circles on 0 or 2 and 1 or 3; xor on 4"
        );
    }
}
