//! Holds one network that is being measured, and computes once what several measures share of it.

use std::cell::OnceCell;

use tombola::{Structure, Task};

use super::cuts::Cuts;
use super::graph::Graph;
use super::jacobian::Jacobian;
use super::rewirings::{Counts, Modularities};
use super::{Subject, decided, modularity, ncut};

/// A network that is being measured. What several measures share is computed when it is first asked for.
pub(super) struct Look<'s> {
    pub(super) subject: &'s Subject<'s>,
    pub(super) structure: &'s Structure<'s>,
    pub(super) tasks: &'s [Task<'s>],
    graph: OnceCell<Graph>,
    cuts: OnceCell<Cuts>,
    rewirings: OnceCell<Counts>,
    jacobian: OnceCell<Jacobian>,
    best: OnceCell<Option<f64>>,
    modularities: OnceCell<Modularities>,
    ncut: OnceCell<Option<f64>>,
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
            jacobian: OnceCell::new(),
            best: OnceCell::new(),
            modularities: OnceCell::new(),
            ncut: OnceCell::new(),
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

    /// The sums of the Jacobian.
    pub(super) fn jacobian(&self) -> &Jacobian {
        self.jacobian
            .get_or_init(|| Jacobian::of(self.subject, self.structure, self.graph()))
    }

    /// What the rewirings are like, where they are asked for.
    pub(super) fn rewirings(&self) -> Option<Counts> {
        let mask = self.subject.rewired?;
        Some(*self.rewirings.get_or_init(|| Counts::of(self.subject, mask)))
    }

    /// Newman's Q of the partition by task.
    pub(super) fn q_task(&self) -> Option<f64> {
        modularity::by_task(self.graph(), self.structure, self.tasks.len())
    }

    /// Newman's Q of the best partition that is found.
    pub(super) fn q_best(&self) -> Option<f64> {
        *self
            .best
            .get_or_init(|| modularity::best(self.graph(), self.structure, self.tasks.len()))
    }

    /// Newman's Q of the rewirings.
    pub(super) fn modularities(&self) -> &Modularities {
        self.modularities.get_or_init(|| Modularities::of(self.subject))
    }

    /// The n-cut.
    pub(super) fn ncut(&self) -> Option<f64> {
        *self.ncut.get_or_init(|| ncut::ncut(self.subject, self.structure))
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
