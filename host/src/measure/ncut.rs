//! Computes the n-cut of a network, after Filan et al. 2021 ("Clusterability in neural networks", arXiv 2103.03386): how
//! little joins its clusters, as spectral clustering finds them, beside shuffled weights.
//!
//! The active neurons are nodes, the magnitudes of active weights join them. As many clusters as there are tasks are
//! found from the eigenvectors of the normalized Laplacian (Shi and Malik 2000), each row over the root of its degree,
//! by k-means from 25 starts (k-means++); the n-cut is `Σ_c cut(c) / vol(c)`, in 0..=K.
//!
//! The null: in each layer the weights between active neurons, pruned ones as 0 among them, are shuffled, and what is
//! active then is clustered. So layers keep their weights, and neurons do not keep their degrees.

use rand_core::Rng;
use tombola::random::{Purpose, Seed, below, shuffle, stream, uniform};
use tombola::{Mlp, State, Structure};

use super::lanczos::greatest;
use super::{MEASURES_ARM, Subject};

/// How many shuffles there are.
const SHUFFLES: u32 = 100;

/// Starts of k-means.
const STARTS: usize = 25;

/// Most rounds of k-means from one start.
const ROUNDS: usize = 300;

/// A weight, between two nodes.
#[derive(Clone, Copy)]
struct Edge {
    ends: [usize; 2],
    weight: f64,
}

/// The n-cut of a network; `None` where there are fewer than two tasks, or nothing is active.
pub(super) fn ncut(subject: &Subject<'_>, structure: &Structure<'_>) -> Option<f64> {
    let layers = layers(subject, structure);
    let cells = layers.into_iter().flatten();
    of_edges(cells.filter(|edge| edge.weight != 0.0).collect(), subject)
}

/// The n-cuts of shuffled weights, of those of which something is active.
pub(super) fn of_shuffles(subject: &Subject<'_>, structure: &Structure<'_>) -> Vec<f64> {
    let Subject { net, level, .. } = *subject;
    let layers = layers(subject, structure);
    let seed = Seed {
        seed: subject.seed,
        arm: MEASURES_ARM,
    };
    let of_shuffle = |draw| {
        let mut rng = stream(seed, Purpose::Mask { level, draw });
        let mut edges = vec![];
        for layer in &layers {
            let mut weights: Vec<_> = layer.iter().map(|cell| cell.weight).collect();
            shuffle(&mut weights, &mut rng);
            let cells = layer.iter().zip(weights).filter(|&(_, weight)| weight != 0.0);
            edges.extend(cells.map(|(cell, weight)| Edge { weight, ..*cell }));
        }
        of_edges(active(net, edges), subject)
    };
    (1..=SHUFFLES).filter_map(of_shuffle).collect()
}

/// For each layer, every pair of active neurons, with the magnitude of the weight between them or 0.
fn layers(subject: &Subject<'_>, structure: &Structure<'_>) -> Vec<Vec<Edge>> {
    let net = subject.net;
    let is_active = |neuron: &usize| structure.neuron_state(*neuron) == State::Active;
    let layer = |(index, layer): (usize, tombola::Layer)| {
        let (inputs, outputs) = (net.first_neuron(index), net.first_neuron(index + 1));
        let mut cells = vec![];
        for to in (outputs..outputs + layer.fan_out).filter(is_active) {
            for from in (inputs..inputs + layer.fan_in).filter(is_active) {
                let place = layer.weights.start + (to - outputs) * layer.fan_in + from - inputs;
                cells.push(Edge {
                    ends: [from, to],
                    weight: f64::from(subject.params[place].abs()),
                });
            }
        }
        cells
    };
    net.layers().enumerate().map(layer).collect()
}

/// The edges on a path from an input to an output; they come layer by layer.
fn active(net: Mlp<'_>, edges: Vec<Edge>) -> Vec<Edge> {
    let (mut reached, mut reaches) = (vec![false; net.neuron_count()], vec![false; net.neuron_count()]);
    reached[..net.input_count()].fill(true);
    reaches[net.first_neuron(net.layer_count())..].fill(true);
    for &Edge { ends: [from, to], .. } in &edges {
        reached[to] |= reached[from];
    }
    for &Edge { ends: [from, to], .. } in edges.iter().rev() {
        reaches[from] |= reaches[to];
    }
    let mut edges = edges;
    edges.retain(|&Edge { ends: [from, to], .. }| reached[from] && reaches[to]);
    edges
}

/// The n-cut of a graph into as many clusters as there are tasks.
fn of_edges(mut edges: Vec<Edge>, subject: &Subject<'_>) -> Option<f64> {
    let clusters = subject.tasks.len();
    if clusters < 2 || edges.is_empty() {
        return None;
    }
    let mut numbers = vec![usize::MAX; subject.net.neuron_count()];
    let mut count = 0;
    for end in edges.iter_mut().flat_map(|edge| &mut edge.ends) {
        let number = &mut numbers[*end];
        if *number == usize::MAX {
            *number = count;
            count += 1;
        }
        *end = *number;
    }
    let graph = Weighted::new(count, edges);
    let parts = graph.parts();
    let part_count = parts.iter().filter(|part| !part.is_empty()).count();
    if clusters <= part_count {
        // Whole parts are clusters, and nothing joins them.
        return Some(0.0);
    }
    let rows = graph.embedding(&parts, clusters);
    Some(graph.ncut(&cluster(&rows, clusters), clusters))
}

/// A graph whose edges have weights above 0, and whose nodes have edges.
struct Weighted {
    edges: Vec<Edge>,
    /// The sum of the weights at each node.
    degrees: Vec<f64>,
}

impl Weighted {
    fn new(count: usize, edges: Vec<Edge>) -> Self {
        let mut degrees = vec![0.0; count];
        for edge in &edges {
            edge.ends.iter().for_each(|&end| degrees[end] += edge.weight);
        }
        Self { edges, degrees }
    }

    /// The nodes of each connected part, at the place of its first node; other places are empty.
    fn parts(&self) -> Vec<Vec<usize>> {
        let mut parts: Vec<Vec<usize>> = (0..self.degrees.len()).map(|node| vec![node]).collect();
        let mut part_of: Vec<usize> = (0..self.degrees.len()).collect();
        for edge in &self.edges {
            let [a, b] = edge.ends.map(|end| part_of[end]);
            if a != b {
                // The smaller goes into the larger, so that a node moves seldom.
                let (small, large) = if parts[a].len() < parts[b].len() {
                    (a, b)
                } else {
                    (b, a)
                };
                let moved = std::mem::take(&mut parts[small]);
                for &node in &moved {
                    part_of[node] = large;
                }
                parts[large].extend(moved);
            }
        }
        for part in &mut parts {
            part.sort_unstable();
        }
        parts
    }

    /// A row for each node: its entries in the eigenvectors of the greatest eigenvalues of D^(−1/2) A D^(−1/2), over
    /// the root of its degree. There are fewer parts than `count`; each has an eigenvector of eigenvalue 1, which is
    /// known.
    fn embedding(&self, parts: &[Vec<usize>], count: usize) -> Vec<Vec<f64>> {
        let nodes = self.degrees.len();
        let normalized = |edge: &Edge| {
            let [a, b] = edge.ends.map(|end| self.degrees[end]);
            let weight = edge.weight / (a * b).sqrt();
            Edge { weight, ..*edge }
        };
        let normalized: Vec<_> = self.edges.iter().map(normalized).collect();
        let times = |from: &[f64], to: &mut [f64]| {
            to.fill(0.0);
            for &Edge { ends: [a, b], weight } in &normalized {
                to[a] += weight * from[b];
                to[b] += weight * from[a];
            }
        };
        let mut vectors: Vec<Vec<f64>> = vec![];
        let mut found: Vec<(f64, Vec<f64>)> = vec![];
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let volume = part.iter().fold(0.0, |sum, &node| sum + self.degrees[node]);
            let mut known = vec![0.0; nodes];
            for &node in part {
                known[node] = (self.degrees[node] / volume).sqrt();
            }
            let mut start = vec![0.0; nodes];
            let seed = Seed {
                seed: 0,
                arm: MEASURES_ARM,
            };
            let mut rng = stream(seed, Purpose::Weights);
            for &node in part {
                start[node] = f64::from(uniform(&mut rng)) - 0.5;
            }
            if part.len() > 1 {
                found.extend(greatest(times, &known, start, count));
            }
            vectors.push(known);
        }
        // A stable sort: of equal eigenvalues, that of the first part.
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        vectors.extend(found.into_iter().map(|(_, vector)| vector));
        vectors.truncate(count);
        let row = |node: usize| {
            let root = self.degrees[node].sqrt();
            vectors.iter().map(|vector| vector[node] / root).collect()
        };
        (0..nodes).map(row).collect()
    }

    /// `Σ_c cut(c) / vol(c)`.
    fn ncut(&self, clusters: &[usize], count: usize) -> f64 {
        let (mut cuts, mut volumes) = (vec![0.0; count], vec![0.0; count]);
        for edge in &self.edges {
            let [a, b] = edge.ends.map(|end| clusters[end]);
            volumes[a] += edge.weight;
            volumes[b] += edge.weight;
            if a != b {
                cuts[a] += edge.weight;
                cuts[b] += edge.weight;
            }
        }
        let terms = cuts.iter().zip(&volumes).filter(|&(_, &volume)| volume > 0.0);
        terms.fold(0.0, |sum, (cut, volume)| sum + cut / volume)
    }
}

/// The cluster of each row by k-means: of several starts, that with the least sum of squared distances.
fn cluster(rows: &[Vec<f64>], count: usize) -> Vec<usize> {
    let seed = Seed {
        seed: 1,
        arm: MEASURES_ARM,
    };
    let mut rng = stream(seed, Purpose::Weights);
    let mut best = (f64::INFINITY, vec![]);
    for _ in 0..STARTS {
        let (cost, clusters) = means(rows, centers(rows, count, &mut rng));
        if cost < best.0 {
            best = (cost, clusters);
        }
    }
    best.1
}

/// k-means++ (Arthur and Vassilvitskii 2007): each next center is a row, drawn by its squared distance to the nearest
/// one.
fn centers(rows: &[Vec<f64>], count: usize, rng: &mut impl Rng) -> Vec<Vec<f64>> {
    let mut centers = vec![rows[below(rows.len() as u32, rng) as usize].clone()];
    while centers.len() < count {
        let far: Vec<_> = rows.iter().map(|row| nearest(row, &centers).1).collect();
        let mut left = f64::from(uniform(rng)) * far.iter().fold(0.0, |sum, far| sum + far);
        let drawn = far.iter().position(|far| {
            left -= far;
            left < 0.0
        });
        centers.push(rows[drawn.unwrap_or(0)].clone());
    }
    centers
}

/// Moves each center to the mean of its rows until no row changes: the sum of squared distances, and each row's center.
fn means(rows: &[Vec<f64>], mut centers: Vec<Vec<f64>>) -> (f64, Vec<usize>) {
    let mut clusters = vec![usize::MAX; rows.len()];
    for _ in 0..ROUNDS {
        let now: Vec<_> = rows.iter().map(|row| nearest(row, &centers).0).collect();
        if now == clusters {
            break;
        }
        clusters = now;
        for (number, center) in centers.iter_mut().enumerate() {
            let own = || {
                rows.iter()
                    .zip(&clusters)
                    .filter(|&(_, &cluster)| cluster == number)
            };
            let members = own().count() as f64;
            // A center without rows stays where it is.
            if members > 0.0 {
                for (column, mean) in center.iter_mut().enumerate() {
                    *mean = own().fold(0.0, |sum, (row, _)| sum + row[column]) / members;
                }
            }
        }
    }
    let cost = rows.iter().fold(0.0, |sum, row| sum + nearest(row, &centers).1);
    (cost, clusters)
}

/// The nearest center, the first of equal ones, and its squared distance.
fn nearest(row: &[f64], centers: &[Vec<f64>]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (number, center) in centers.iter().enumerate() {
        let off = row.iter().zip(center).map(|(a, b)| a - b);
        let distance = off.fold(0.0, |sum, off| sum + off * off);
        if distance < best.1 {
            best = (number, distance);
        }
    }
    best
}
