//! Computes Newman's modularity of a partition of the active graph, and of the best partition that is found.
//!
//! `Q = Σ_c [L_c / m − (d_c / 2m)²]`, with m weights in all, `L_c` within class c, and `d_c` the sum of the degrees of
//! its neurons (Newman and Girvan 2004, "Finding and evaluating community structure in networks", eq. 5). All weights
//! count 1.

use rand_core::Rng;
use tombola::Structure;
use tombola::random::{Purpose, Seed, below, shuffle, stream};

use super::MEASURES_ARM;
use super::graph::Graph;

/// Starts from single neurons: the first.
const SINGLE: u32 = 6;
/// Starts from random classes: those up to this one.
const RANDOM: u32 = 10;
/// All starts but that from the partition by task.
const STARTS: u32 = 30;

/// Q of the partition by task: a neuron belongs to the one task that its inputs and outputs belong to, or else to a
/// class of those that are shared. `None` where nothing is active.
pub(super) fn by_task(graph: &Graph, structure: &Structure<'_>, task_count: usize) -> Option<f64> {
    modularity(graph, &classes(graph, structure, task_count))
}

/// The greatest Q that is found by the method of Louvain with refinement: from the partition by task, from single
/// neurons and from a few random classes, and from the best so far with neurons moved at random, each time in a random
/// order. Those are the same for all networks of a size. `None` where nothing is active, or 2³⁰ weights are.
pub(super) fn best(graph: &Graph, structure: &Structure<'_>, task_count: usize) -> Option<f64> {
    if 1 << 30 <= graph.ends.len() {
        return None;
    }
    let finest = Communities::new(graph);
    let single: Vec<_> = (0..graph.neuron_count as u32).collect();
    let mut order = single.clone();
    let seed = Seed {
        seed: 2,
        arm: MEASURES_ARM,
    };
    let mut rng = stream(seed, Purpose::Weights);
    let mut best = finest.improved(classes(graph, structure, task_count), &order);
    let mut most = modularity(graph, &best)?;
    for start in 0..STARTS {
        shuffle(&mut order, &mut rng);
        let classes = match start {
            0..SINGLE => single.clone(),
            SINGLE..RANDOM => {
                let count = 2 + start % 3;
                single.iter().map(|_| below(count, &mut rng)).collect()
            }
            _ => finest.shaken(&best, &mut rng),
        };
        let found = finest.improved(classes, &order);
        let q = modularity(graph, &found)?;
        // An equal one, too: it may lead elsewhere.
        if most <= q {
            (best, most) = (found, q);
        }
    }
    Some(most)
}

/// The class of each neuron: its task, or as many as there are tasks where it has several.
fn classes(graph: &Graph, structure: &Structure<'_>, task_count: usize) -> Vec<u32> {
    let class = |neuron| {
        let has = |&task: &usize| structure.is_source(task, neuron) || structure.is_sink(task, neuron);
        let mut tasks = (0..task_count).filter(has);
        match (tasks.next(), tasks.next()) {
            (Some(task), None) => task as u32,
            _ => task_count as u32,
        }
    };
    (0..graph.neuron_count).map(class).collect()
}

/// Q of a partition, rounded once; `None` where nothing is active. Classes are below the number of neurons, or below
/// the number of tasks and one, where that is more.
fn modularity(graph: &Graph, classes: &[u32]) -> Option<f64> {
    let weights = graph.ends.len() as i128;
    if weights == 0 {
        return None;
    }
    let count = classes.iter().max().map_or(0, |&class| class as usize + 1);
    let (mut within, mut degrees) = (vec![0_i128; count], vec![0_i128; count]);
    for ends in &graph.ends {
        let [from, to] = ends.map(|neuron| classes[neuron as usize] as usize);
        degrees[from] += 1;
        degrees[to] += 1;
        within[from] += i128::from(from == to);
    }
    let class = |(within, degrees): (&i128, &i128)| 4 * weights * within - degrees * degrees;
    let sum: i128 = within.iter().zip(&degrees).map(class).sum();
    Some(sum as f64 / (4 * weights * weights) as f64)
}

/// A graph of neurons, or of classes of them, to be partitioned.
struct Communities {
    /// Where each node's neighbors begin; one more than there are nodes.
    starts: Vec<usize>,
    /// Neighbors and how many weights lead to them; a node is no neighbor of its own.
    neighbors: Vec<(u32, i64)>,
    /// The sum of the degrees of each node's neurons.
    degrees: Vec<i64>,
    /// The sum of all degrees.
    total: i64,
}

impl Communities {
    /// Each neuron a node.
    fn new(graph: &Graph) -> Self {
        let nodes = 0..graph.neuron_count;
        let mut starts = vec![0];
        let mut neighbors = vec![];
        for node in nodes.clone() {
            let [start, end] = graph.range(node);
            let arcs = &graph.arcs()[start as usize..end as usize];
            neighbors.extend(arcs.iter().map(|&arc| (graph.head(arc) as u32, 1)));
            starts.push(neighbors.len());
        }
        let degrees = nodes
            .map(|node| (starts[node + 1] - starts[node]) as i64)
            .collect();
        Self {
            starts,
            total: neighbors.len() as i64,
            neighbors,
            degrees,
        }
    }

    fn neighbors(&self, node: usize) -> &[(u32, i64)] {
        &self.neighbors[self.starts[node]..self.starts[node + 1]]
    }

    /// Each class of a partition a node; classes are 0, 1, … without a gap.
    fn of_classes(&self, classes: &[u32], count: usize) -> Self {
        let mut members = vec![vec![]; count];
        let mut degrees = vec![0; count];
        for (node, &class) in classes.iter().enumerate() {
            members[class as usize].push(node);
            degrees[class as usize] += self.degrees[node];
        }
        let mut starts = vec![0];
        let mut neighbors = vec![];
        let mut links = Links::new(count);
        for (class, members) in members.iter().enumerate() {
            for &node in members {
                for &(neighbor, weights) in self.neighbors(node) {
                    let other = classes[neighbor as usize];
                    if other as usize != class {
                        links.add(other, weights);
                    }
                }
            }
            neighbors.extend(
                links
                    .classes
                    .iter()
                    .map(|&other| (other, links.weights[other as usize])),
            );
            links.clear();
            starts.push(neighbors.len());
        }
        Self {
            starts,
            neighbors,
            degrees,
            total: self.total,
        }
    }

    /// A partition of which three neurons in ten are moved to the class of a random neighbor.
    fn shaken(&self, classes: &[u32], rng: &mut impl Rng) -> Vec<u32> {
        let mut shaken = classes.to_vec();
        for (node, class) in shaken.iter_mut().enumerate() {
            let neighbors = self.neighbors(node);
            if !neighbors.is_empty() && below(10, rng) < 3 {
                let (neighbor, _) = neighbors[below(neighbors.len() as u32, rng) as usize];
                *class = classes[neighbor as usize];
            }
        }
        shaken
    }

    /// Louvain (Blondel et al. 2008, "Fast unfolding of communities in large networks"): moves nodes, then classes,
    /// then classes of classes, and with what came out of it begins again, until nothing improves.
    fn improved(&self, mut classes: Vec<u32>, order: &[u32]) -> Vec<u32> {
        loop {
            self.move_nodes(&mut classes, order);
            let mut count = without_gaps(&mut classes);
            let mut coarse = self.of_classes(&classes, count);
            let mut is_improved = false;
            loop {
                let order: Vec<_> = (0..count as u32).collect();
                let mut parts = order.clone();
                if !coarse.move_nodes(&mut parts, &order) {
                    break;
                }
                is_improved = true;
                count = without_gaps(&mut parts);
                coarse = coarse.of_classes(&parts, count);
                for class in &mut classes {
                    *class = parts[*class as usize];
                }
            }
            if !is_improved {
                return classes;
            }
        }
    }

    /// Moves each node to the class where Q gains most, node by node, until none moves; whether any did. Of equal
    /// gains, the node's own class is taken, then the lowest. Gains are exact: 2m times that of Q, times m.
    fn move_nodes(&self, classes: &mut [u32], order: &[u32]) -> bool {
        let count = classes.iter().max().map_or(0, |&class| class as usize + 1);
        let mut degrees = vec![0_i64; count];
        for (node, &class) in classes.iter().enumerate() {
            degrees[class as usize] += self.degrees[node];
        }
        let mut links = Links::new(count);
        let mut is_moved = false;
        loop {
            let mut moved = false;
            for &node in order {
                let node = node as usize;
                let own = classes[node];
                let degree = self.degrees[node];
                links.add(own, 0);
                for &(neighbor, weights) in self.neighbors(node) {
                    links.add(classes[neighbor as usize], weights);
                }
                degrees[own as usize] -= degree;
                // Below 2⁶², since there are fewer than 2³⁰ weights.
                let gain = |class: u32| {
                    self.total * links.weights[class as usize] - degree * degrees[class as usize]
                };
                let (mut best, mut most) = (own, gain(own));
                for &class in &links.classes {
                    let gain = gain(class);
                    if most < gain || (most == gain && best != own && class < best) {
                        (best, most) = (class, gain);
                    }
                }
                degrees[best as usize] += degree;
                classes[node] = best;
                moved |= best != own;
                links.clear();
            }
            if !moved {
                return is_moved;
            }
            is_moved = true;
        }
    }
}

/// How many weights lead to each class, for the classes that any leads to.
struct Links {
    weights: Vec<i64>,
    is_there: Vec<bool>,
    /// In the order in which they were found.
    classes: Vec<u32>,
}

impl Links {
    fn new(count: usize) -> Self {
        Self {
            weights: vec![0; count],
            is_there: vec![false; count],
            classes: vec![],
        }
    }

    fn add(&mut self, class: u32, weights: i64) {
        if !self.is_there[class as usize] {
            self.is_there[class as usize] = true;
            self.classes.push(class);
        }
        self.weights[class as usize] += weights;
    }

    fn clear(&mut self) {
        for class in self.classes.drain(..) {
            self.weights[class as usize] = 0;
            self.is_there[class as usize] = false;
        }
    }
}

/// Numbers classes 0, 1, … in the order of their first members; returns how many there are.
fn without_gaps(classes: &mut [u32]) -> usize {
    let most = classes.iter().max().map_or(0, |&class| class as usize + 1);
    let mut numbers = vec![u32::MAX; most];
    let mut count = 0;
    for class in classes {
        let number = &mut numbers[*class as usize];
        if *number == u32::MAX {
            *number = count;
            count += 1;
        }
        *class = *number;
    }
    count as usize
}
