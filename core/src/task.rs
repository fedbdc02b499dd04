//! Tasks: which inputs and outputs of the network belong together.

use crate::Mlp;

/// One of the tasks that the data holds: its inputs and its outputs, as indices into those of the network.
///
/// One output is a logistic task: class 1 where the logit is positive. With `C` outputs, two or more, it is a softmax
/// over `C` classes: the class is the lowest index of the greatest logit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Task<'a> {
    /// Indices of its inputs.
    pub inputs: &'a [usize],
    /// Indices of its outputs, in the order of its classes.
    pub outputs: &'a [usize],
}

impl Task<'_> {
    /// How many classes the task tells apart.
    pub const fn class_count(&self) -> usize {
        if self.outputs.len() == 1 {
            2
        } else {
            self.outputs.len()
        }
    }
}

impl Task<'_> {
    /// The class that logits mean, `logit` giving that of an output.
    pub fn class_of(&self, logit: impl Fn(usize) -> f32) -> usize {
        match self.outputs {
            &[output] => usize::from(logit(output) > 0.0),
            outputs => greatest(outputs.len(), |class| logit(outputs[class])),
        }
    }
}

/// The lowest index of the greatest of `count` values.
#[inline(always)]
fn greatest(count: usize, value: impl Fn(usize) -> f32) -> usize {
    (1..count).fold(
        0,
        |best, index| if value(best) < value(index) { index } else { best },
    )
}

/// Whether every input and every output of the network belongs to exactly one of the tasks, and each task has both.
pub fn is_partition(net: Mlp<'_>, tasks: &[Task<'_>]) -> bool {
    let covers = |count: usize, ports: for<'a> fn(&Task<'a>) -> &'a [usize]| {
        tasks.iter().map(|task| ports(task).len()).sum::<usize>() == count
            && (0..count).all(|port| tasks.iter().any(|task| ports(task).contains(&port)))
    };
    tasks
        .iter()
        .all(|task| !task.inputs.is_empty() && !task.outputs.is_empty())
        && covers(net.input_count(), |task| task.inputs)
        && covers(net.output_count(), |task| task.outputs)
}

#[cfg(test)]
mod tests {
    use super::{Task, is_partition};
    use crate::Mlp;

    const NET: Mlp<'_> = Mlp::new(&[3, 2, 2]);

    #[test]
    fn tasks_partition_the_inputs_and_the_outputs() {
        let first = Task {
            inputs: &[2, 0],
            outputs: &[1],
        };
        let second = Task {
            inputs: &[1],
            outputs: &[0],
        };
        assert!(is_partition(NET, &[first, second]));
        assert!(!is_partition(NET, &[first]));
        assert!(!is_partition(
            NET,
            &[
                first,
                Task {
                    inputs: &[0],
                    outputs: &[0]
                }
            ]
        ));
        assert!(!is_partition(
            NET,
            &[
                Task {
                    inputs: &[0, 1, 2],
                    outputs: &[0, 1]
                },
                Task {
                    inputs: &[],
                    outputs: &[]
                }
            ]
        ));
    }
}
