//! Tasks: which inputs and outputs of the network belong together.

use crate::Mlp;

/// One of the tasks that the data holds: its inputs and its outputs, as indices into those of the network.
///
/// One output is a logistic task: class 1 where the logit is positive. With `C` outputs, two or more, it is a softmax
/// over `C` classes: the class is the lowest index of the greatest logit.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Task<'a> {
    /// Indices of its inputs.
    pub inputs: &'a [usize],
    /// Indices of its outputs, in the order of its classes.
    pub outputs: &'a [usize],
    /// What its loss is multiplied by in that of the network: above 0, at most [`Task::HEAVIEST`], and [`Task::ALIKE`] for
    /// tasks that count alike.
    pub weight: f32,
}

impl Task<'_> {
    /// The weight of a task whose loss counts as it is: it changes no bit.
    pub const ALIKE: f32 = 1.0;
    /// The greatest weight: with it a loss is finite wherever the logits are of any use, and so are squares of gradients.
    pub const HEAVIEST: f32 = 1e6;

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

/// Whether the tasks fit the network: every output belongs to exactly one of them, every input to one or more, and each
/// task has both, none listed twice.
pub fn tasks_fit(net: Mlp<'_>, tasks: &[Task<'_>]) -> bool {
    let owners = |port: usize, ports: for<'a> fn(&Task<'a>) -> &'a [usize]| {
        let owners = tasks.iter().filter(move |task| ports(task).contains(&port));
        owners.count()
    };
    let is_listed_once = |ports: &[usize], count: usize| {
        let mut places = ports.iter().enumerate();
        places.all(|(place, port)| *port < count && !ports[..place].contains(port))
    };
    tasks.iter().all(|task| {
        !task.inputs.is_empty()
            && !task.outputs.is_empty()
            && is_listed_once(task.inputs, net.input_count())
            && is_listed_once(task.outputs, net.output_count())
    }) && (0..net.input_count()).all(|input| 0 < owners(input, |task| task.inputs))
        && (0..net.output_count()).all(|output| owners(output, |task| task.outputs) == 1)
}

#[cfg(test)]
mod tests {
    use super::{Task, tasks_fit};
    use crate::Mlp;

    const NET: Mlp<'_> = Mlp::new(&[3, 2, 2]);

    #[test]
    fn tasks_partition_the_outputs_and_cover_the_inputs() {
        let task = |inputs, outputs| Task {
            inputs,
            outputs,
            weight: Task::ALIKE,
        };
        let first = task(&[2, 0], &[1]);
        for (second, fits) in [
            (task(&[1], &[0]), true),
            (task(&[1, 2], &[0]), true),
            (task(&[0], &[0]), false),
            (task(&[1, 1], &[0]), false),
            (task(&[1, 3], &[0]), false),
            (task(&[1], &[1]), false),
            (task(&[1], &[0, 1]), false),
            (task(&[], &[0]), false),
            (task(&[1], &[]), false),
        ] {
            assert_eq!(tasks_fit(NET, &[first, second]), fits, "{second:?}");
        }
        assert!(!tasks_fit(NET, &[first]));
    }
}
