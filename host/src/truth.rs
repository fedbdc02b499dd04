//! The truth about an experiment's tasks, as its dials make it: which outputs depend on which inputs, and whether a
//! ticket has paths exactly there.

use tombola::{State, Structure};

use crate::experiment::Link;
use crate::ticket::TaskPorts;

/// Which inputs the outputs of each task depend on. A task by itself depends on its inputs.
///
/// Outputs of one task are not told apart: the classes of a softmax depend on its inputs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    tasks: Vec<Needs>,
}

/// What the outputs of a task depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Needs {
    /// Inputs that carry the same number: a path from one of them is enough. From all other inputs there is none.
    groups: Vec<Group>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    inputs: Vec<usize>,
    /// Whether a ticket that has no path from it lacks something: pixels of an image may be lost.
    is_needed: bool,
}

impl Truth {
    /// The truth about tasks that depend on each other so. For each task there is a link, and on how many of its inputs,
    /// from the first on, its classes depend before any dial.
    pub(crate) fn of(tasks: &[TaskPorts], links: &[Link], relevant: &[usize]) -> Self {
        let input_count = tasks
            .iter()
            .flat_map(|task| &task.inputs)
            .max()
            .map_or(0, |last| last + 1);
        // The input whose number an input carries: itself, or at a right angle that of the other task.
        let mut carried: Vec<usize> = (0..input_count).collect();
        let copies = |link: &Link| link.other.filter(|_| link.mix == 90.0);
        // As often as there are tasks: a copy may be one of a copy.
        for _ in tasks {
            for (task, link) in tasks.iter().zip(links) {
                if let Some(other) = copies(link) {
                    for (&copy, &original) in task.inputs.iter().zip(&tasks[other].inputs) {
                        carried[copy] = carried[original];
                    }
                }
            }
        }
        let alike = |input: usize| -> Vec<usize> {
            let same = (0..input_count).filter(|&other| carried[other] == carried[input]);
            same.collect()
        };
        let needs = tasks
            .iter()
            .zip(links)
            .zip(relevant)
            .map(|((task, link), &relevant)| {
                let own = task.inputs.iter().take(relevant);
                let own = own.filter(|_| copies(link).is_none());
                let of_other = link.other.map_or(&[][..], |other| &tasks[other].inputs);
                // Each input is mixed with the one in its place.
                let mixed = of_other.iter().take(relevant);
                let mixed = mixed.filter(|_| 0.0 < link.mix && link.mix < 90.0);
                let flipping = of_other
                    .iter()
                    .take(1)
                    .filter(|_| 0.0 < link.flip_where && link.flip_where < 1.0);
                let mut groups: Vec<Group> = Vec::new();
                let own = own.map(|input| (input, !task.spare_inputs));
                for (&input, is_needed) in own.chain(mixed.chain(flipping).map(|input| (input, true))) {
                    let inputs = alike(input);
                    if groups.iter().all(|group| group.inputs != inputs) {
                        groups.push(Group { inputs, is_needed });
                    }
                }
                Needs { groups }
            });
        Self {
            tasks: needs.collect(),
        }
    }

    /// The inputs that the outputs of a task depend on, each with those that carry the same number.
    pub fn inputs(&self, task: usize) -> impl Iterator<Item = &[usize]> {
        self.tasks[task].groups.iter().map(|group| &*group.inputs)
    }

    /// Whether a ticket has paths exactly where the truth has them: to each task from every input that its outputs
    /// depend on (of those that carry the same number, from one at least), from no other one, and to each of the outputs
    /// of a task that depends on any.
    ///
    /// For tasks by themselves that depend on all of their inputs: whether it is separated. A path from an input of one
    /// task to an output of another is what makes a subnetwork touch both.
    pub fn is_revealed_by(&self, structure: &Structure<'_>) -> bool {
        let (net, tasks) = (structure.net(), structure.tasks());
        let first_output = net.first_neuron(net.layer_count());
        self.tasks
            .iter()
            .zip(tasks)
            .enumerate()
            .all(|(task, (needs, ports))| {
                let reaches = |input: usize| structure.is_sink(task, input);
                let is_true = |input: usize| needs.groups.iter().any(|group| group.inputs.contains(&input));
                let mut outputs = ports
                    .outputs
                    .iter()
                    .map(|output| structure.neuron_state(first_output + output));
                (0..net.input_count()).all(|input| !reaches(input) || is_true(input))
                    && (needs.groups.iter())
                        .all(|group| !group.is_needed || group.inputs.iter().any(|&input| reaches(input)))
                    && (needs.groups.is_empty() || outputs.all(|state| state == State::Active))
            })
    }
}

#[cfg(test)]
mod tests;
