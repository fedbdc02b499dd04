//! Tests whether the tickets of a level are as accurate as the dense networks they come from.

use itertools::Itertools;
use serde::Serialize;

use super::beside::points;
use super::findings::at;
use crate::results::Replicate;
use crate::statistics::{Equivalence, SIGNIFICANCE, equivalence};
use crate::text::{counted, listed};
use crate::ticket::TaskPorts;

/// Differences of accuracy below one percentage point make no difference. Stated before any was seen.
const MARGIN: f64 = 0.01;
/// The same in words.
const MARGIN_IN_WORDS: &str = "one percentage point";

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
    let (equal, other): (Vec<_>, Vec<_>) = found.iter().partition(|task| task.tests.p < SIGNIFICANCE);
    let list = |tasks: &[&TaskEquivalence]| {
        let tasks = tasks.iter().map(|TaskEquivalence { task, tests }| {
            let [mean, low, high] = [tests.mean, tests.interval_90[0], tests.interval_90[1]].map(points);
            format!("{task} (difference {mean} points, 90\u{a0}% interval {low} to {high})")
        });
        listed(&tasks.collect_vec(), "and")
    };
    let start = format!(
        "At {} tickets are equivalent to the dense network within {MARGIN_IN_WORDS}",
        counted(weights, "weight")
    );
    match (equal.is_empty(), other.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("{start} on {}", list(&equal))),
        (true, false) => Some(format!("{start} on no task: {}", list(&other))),
        (false, false) => Some(format!(
            "{start} on {}, not shown to be so on {}",
            list(&equal),
            list(&other)
        )),
    }
}

#[cfg(test)]
mod tests {
    use tombola::Verdict::{Interconnected, Separated};

    use super::{beside_dense, sentence};
    use crate::report::testing::{Level, replicate, tasks};

    #[test]
    fn each_task_is_compared_with_the_dense_network_of_its_seed() {
        // One task loses one point and a half, or a little less, the other nothing but a thousandth.
        let seeds: Vec<_> = (0..8)
            .map(|seed| {
                let odd = if seed % 2 == 1 { 0.004 } else { 0.0 };
                let ticket = [0.98 + odd, 0.999 - odd / 4.0];
                let levels = [
                    Level::of(Interconnected, [0.995, 0.999]),
                    Level::of(Separated, ticket),
                ];
                replicate(seed, &[("imp", &levels)])
            })
            .collect();
        let found = beside_dense(&tasks(), &seeds, 1);
        assert_eq!(found[0].tests.pairs, 8);
        assert!((found[0].tests.mean + 0.013).abs() < 1e-12);
        assert!(0.95 < found[0].tests.p && found[1].tests.p < 1e-6);
        let said = sentence(&found, 20).unwrap();
        assert!(
            said.contains("point on circles (difference −0.1 points"),
            "{said}"
        );
        assert!(
            said.contains("not shown to be so on moons (difference −1.3 points"),
            "{said}"
        );
        assert!(beside_dense(&tasks(), &seeds[..1], 1).is_empty());
    }
}
