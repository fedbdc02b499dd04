//! Whether the tickets of a level are as accurate as the dense networks they come from.

use itertools::Itertools;
use serde::Serialize;

use super::arms::points;
use super::findings::at;
use crate::results::Replicate;
use crate::statistics::{Equivalence, equivalence};
use crate::text::listed;
use crate::ticket::TaskPorts;

/// Differences of accuracy below one percentage point make no difference. Stated before any was seen.
const MARGIN: f64 = 0.01;

/// A task's test accuracy in tickets less that in dense networks, seed by seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskEquivalence {
    /// The task.
    pub task: String,
    /// What the tests came to.
    #[serde(flatten)]
    pub tests: Equivalence,
}

/// The tickets of `imp` at a level beside its dense networks, task by task. A ticket that lost a task counts with the
/// accuracy that it has. Nothing where fewer than two seeds have that level.
pub(super) fn beside_dense(
    tasks: &[TaskPorts],
    replicates: &[Replicate],
    level: u32,
) -> Vec<TaskEquivalence> {
    let of_task = |(index, task): (usize, &TaskPorts)| {
        let differences = replicates.iter().filter_map(|seed| {
            let accuracy = |level| Some(at(&seed.imp().rows, level)?.result.accuracy[index]);
            Some(accuracy(level)? - accuracy(0)?)
        });
        Some(TaskEquivalence {
            task: task.name.clone(),
            tests: equivalence(&differences.collect_vec(), MARGIN)?,
        })
    };
    tasks.iter().enumerate().filter_map(of_task).collect()
}

/// Which tasks are equivalent, which are not shown to be.
pub(super) fn sentence(found: &[TaskEquivalence], weights: usize) -> Option<String> {
    let (equal, other): (Vec<_>, Vec<_>) = found.iter().partition(|task| task.tests.p < 0.05);
    let part = |start: &str, tasks: &[&TaskEquivalence]| {
        let tasks = tasks.iter().map(|TaskEquivalence { task, tests }| {
            let [mean, low, high] = [tests.mean, tests.interval_90[0], tests.interval_90[1]].map(points);
            format!("{task} (by {mean} points, 90\u{a0}% interval {low} to {high})")
        });
        (0 < tasks.len()).then(|| format!("{start} {}", listed(&tasks.collect_vec(), "and")))
    };
    let parts = [
        part(
            "equivalent to the dense network within one percentage point on",
            &equal,
        ),
        part("not shown to be so on", &other),
    ];
    let parts = parts.iter().flatten().collect_vec();
    let start = if equal.is_empty() {
        format!("Equivalence to the dense network within one percentage point, at {weights} weights:")
    } else {
        format!("At {weights} weights tickets are")
    };
    (!parts.is_empty()).then(|| format!("{start} {}", parts.iter().join(", ")))
}
