//! Counts how frequent the most frequent class of each task is: the accuracy of always answering it.

use serde::{Deserialize, Serialize};

use super::{Drawn, Rows};

/// The share of samples that are of a task's most frequent class, by task and part, in 0..=1: so many samples over all of
/// the part, rounded once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Majority {
    /// Of the validation part.
    pub validation: Vec<f64>,
    /// Of the test part.
    pub test: Vec<f64>,
}

impl Drawn {
    /// The shares of the most frequent classes.
    pub fn majority(&self) -> Majority {
        let of = |rows: &Rows| {
            let tasks = 0..self.task_count();
            tasks
                .map(|task| share(&rows.classes[task..], self.task_count()))
                .collect()
        };
        Majority {
            validation: of(&self.validation),
            test: of(&self.test),
        }
    }
}

/// Of the classes that stand first in each row of `task_count`; the last row may be short.
fn share(classes: &[u16], task_count: usize) -> f64 {
    let (mut counts, mut samples) = (vec![], 0_usize);
    for &class in classes.iter().step_by(task_count) {
        let class = usize::from(class);
        if counts.len() <= class {
            counts.resize(class + 1, 0_usize);
        }
        counts[class] += 1;
        samples += 1;
    }
    let most = counts.into_iter().max().unwrap_or_default();
    most as f64 / samples as f64
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn the_most_frequent_class_of_each_task_is_counted() {
        // Two tasks side by side: 0 0 2 1 0 and 7 7 7 7 7.
        let classes = [0, 7, 0, 7, 2, 7, 1, 7, 0, 7];
        assert_eq!([0, 1].map(|task| share(&classes[task..], 2)), [0.6, 1.0]);
        // Of equals it does not matter which.
        assert_eq!(share(&[3, 1, 3, 1], 1), 0.5);
        assert_eq!(share(&[4], 1), 1.0);
    }
}
