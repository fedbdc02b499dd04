//! Finds the maximum flow between two sets of neurons, and so the minimum cut between them (Dinic 1970; Ford and Fulkerson
//! 1956).
//!
//! ```text
//! while a search by breadth from the sources reaches a sink:
//!     levels: arcs from each neuron, along what is left of the capacities
//!     from each source, by depth, along arcs that lead one level on: push what the path lets through
//! the cut: edges between what the last search reached and what it did not
//! ```

use super::graph::Graph;

/// Not reached.
const FAR: u32 = u32::MAX;

/// What a neuron is to the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It only passes on.
    Inner,
    /// As much as its edges take comes from here.
    Source,
    /// As much as arrives goes away here.
    Sink,
}

/// The memory of a maximum flow, to be used again for the next one on the same graph.
pub(super) struct Flow<'g> {
    graph: &'g Graph,
    /// What is left of the capacity of each arc.
    left: Vec<u64>,
    /// Arcs from the nearest source.
    levels: Vec<u32>,
    /// Where in the graph's arcs each neuron looks next.
    next: Vec<u32>,
    /// Neurons in the order in which they were reached.
    queue: Vec<u32>,
    /// Arcs from a source to where the search is.
    path: Vec<u32>,
}

impl<'g> Flow<'g> {
    /// Memory for this graph.
    pub(super) fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            left: Vec::with_capacity(2 * graph.ends.len()),
            levels: vec![FAR; graph.neuron_count],
            next: vec![0; graph.neuron_count],
            queue: Vec::with_capacity(graph.neuron_count),
            path: vec![],
        }
    }

    /// The maximum flow where each edge lets `capacity(edge)` through, one way or the other. Afterwards
    /// [`Flow::is_cut`] tells a minimum cut. The sum of all capacities must fit a `u64`.
    pub(super) fn maximum(&mut self, roles: &[Role], capacity: impl Fn(usize) -> u64) -> u64 {
        self.left.clear();
        for edge in 0..self.graph.ends.len() {
            self.left.extend([capacity(edge); 2]);
        }
        let mut flow = 0;
        while self.search(roles) {
            for (neuron, next) in self.next.iter_mut().enumerate() {
                *next = self.graph.range(neuron)[0];
            }
            for (source, _) in roles
                .iter()
                .enumerate()
                .filter(|&(_, &role)| role == Role::Source)
            {
                while let Some(pushed) = self.push(roles, source) {
                    flow += pushed;
                }
            }
        }
        // What proves both: no flow is greater than any cut, and no cut smaller than any flow.
        debug_assert_eq!(
            flow,
            (0..self.graph.ends.len())
                .filter(|&edge| self.is_cut(edge))
                .map(&capacity)
                .sum::<u64>()
        );
        flow
    }

    /// Whether an edge is in the minimum cut nearest the sources.
    pub(super) fn is_cut(&self, edge: usize) -> bool {
        let [from, to] = self.graph.ends[edge].map(|neuron| self.levels[neuron as usize] == FAR);
        from != to
    }

    /// Finds the levels; whether a sink is reached. Neurons beyond the first level with a sink may be left out.
    fn search(&mut self, roles: &[Role]) -> bool {
        self.queue.clear();
        for (neuron, &role) in roles.iter().enumerate() {
            let is_source = role == Role::Source;
            self.levels[neuron] = if is_source { 0 } else { FAR };
            if is_source {
                self.queue.push(neuron as u32);
            }
        }
        let mut last = FAR;
        let mut first = 0;
        while let Some(&neuron) = self.queue.get(first) {
            first += 1;
            let level = self.levels[neuron as usize] + 1;
            if last < level {
                break;
            }
            let [start, end] = self.graph.range(neuron as usize);
            for &arc in &self.graph.arcs()[start as usize..end as usize] {
                let head = self.graph.head(arc);
                if self.levels[head] == FAR && self.left[arc as usize] > 0 {
                    self.levels[head] = level;
                    if roles[head] == Role::Sink {
                        last = level;
                    } else {
                        self.queue.push(head as u32);
                    }
                }
            }
        }
        last != FAR
    }

    /// Pushes as much as one path from a source to a sink lets through; `None` where no path is left.
    fn push(&mut self, roles: &[Role], source: usize) -> Option<u64> {
        self.path.clear();
        let mut neuron = source;
        while roles[neuron] != Role::Sink {
            let end = self.graph.range(neuron)[1];
            let level = self.levels[neuron] + 1;
            let arcs = self.graph.arcs();
            let next = &mut self.next[neuron];
            let leads_on =
                |arc: u32| self.left[arc as usize] > 0 && self.levels[self.graph.head(arc)] == level;
            while *next < end && !leads_on(arcs[*next as usize]) {
                *next += 1;
            }
            if *next < end {
                let arc = arcs[*next as usize];
                self.path.push(arc);
                neuron = self.graph.head(arc);
            } else {
                // A dead end: back, and past the arc that led here.
                let arc = self.path.pop()?;
                neuron = self.graph.head(arc ^ 1);
                self.next[neuron] += 1;
            }
        }
        let pushed = self.path.iter().map(|&arc| self.left[arc as usize]).min()?;
        for &arc in &self.path {
            self.left[arc as usize] -= pushed;
            self.left[arc as usize ^ 1] += pushed;
        }
        Some(pushed)
    }
}
