//! One network that is being measured, and what several measures share of it.

use std::cell::OnceCell;

use tombola::{Structure, Task};

use super::cuts::Cuts;
use super::graph::Graph;
use super::rewire::draw;
use super::rewirings::{self, Counts};
use super::{Subject, decided};

/// A network that is being measured. What several measures share is computed when it is first asked for.
pub(super) struct Look<'s> {
    pub(super) subject: &'s Subject<'s>,
    pub(super) structure: &'s Structure<'s>,
    pub(super) tasks: &'s [Task<'s>],
    graph: OnceCell<Graph>,
    cuts: OnceCell<Cuts>,
    rewirings: OnceCell<Counts>,
}

impl<'s> Look<'s> {
    pub(super) fn new(subject: &'s Subject<'s>, structure: &'s Structure<'s>) -> Self {
        Self {
            subject,
            structure,
            tasks: subject.tasks,
            graph: OnceCell::new(),
            cuts: OnceCell::new(),
            rewirings: OnceCell::new(),
        }
    }

    /// The active graph.
    pub(super) fn graph(&self) -> &Graph {
        self.graph
            .get_or_init(|| Graph::active(self.subject.net, self.structure))
    }

    /// The minimum cuts of each task.
    pub(super) fn cuts(&self) -> &Cuts {
        self.cuts
            .get_or_init(|| Cuts::of(self.subject.net, self.tasks, self.graph(), self.subject.params))
    }

    /// What the rewirings are like, where they are asked for.
    pub(super) fn rewirings(&self) -> Option<Counts> {
        let Subject {
            net,
            mask,
            seed,
            level,
            ..
        } = *self.subject;
        if !self.subject.rewirings || level == 0 {
            return None;
        }
        Some(
            *self
                .rewirings
                .get_or_init(|| rewirings::counts(net, self.tasks, mask, |number| draw(seed, level, number))),
        )
    }

    /// The numbers of each task that has one, under its name.
    pub(super) fn by_task(&self, numbers: impl Iterator<Item = Option<f64>>) -> Vec<(String, f64)> {
        let named = self.subject.names.iter().zip(numbers);
        named
            .filter_map(|(task, number)| Some((task.name.clone(), number?)))
            .collect()
    }

    /// The share of decided neurons of each layer that has an active one.
    pub(super) fn decided(&self, has: impl Fn(usize, usize) -> bool) -> Vec<(String, f64)> {
        let net = self.subject.net;
        let share = |layer: usize| {
            let neurons = net.first_neuron(layer)..net.first_neuron(layer + 1);
            decided::share(self.structure, neurons, self.tasks.len(), &has)
        };
        (0..=net.layer_count())
            .filter_map(|layer| Some((layer.to_string(), share(layer)?)))
            .collect()
    }
}
