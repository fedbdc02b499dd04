//! Lays neurons out so that few lines cross.
//!
//! Each subnetwork has a horizontal band. In a band each layer's neurons are ordered by the barycenter of their
//! neighbors, layer after layer, forth and back (Sugiyama, Tagawa and Toda 1981); the order with the fewest crossings
//! is kept, and two that are side by side change places where that saves
//! more. Inputs and outputs keep the order of their tasks.

use itertools::Itertools;

use super::scene::{Line, Paint, Scene};

/// How often the layers are gone through, forth or back.
const SWEEPS: usize = 16;

/// Above this, crossings are not counted: it takes quadratic time, and so many lines cannot be followed anyway.
const MOST_LINES_COUNTED: usize = 600;

/// Where everything is, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Places {
    /// Of each node of the scene, from the left top of the drawing.
    pub(super) at: Vec<(f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The least distance of neighbors, of each layer; at most that of a comfortable one.
    pub(super) gaps: Vec<f64>,
}

pub(super) fn place(scene: &Scene) -> Places {
    let rows = order(scene);
    let band_rows: Vec<f64> = rows.iter().map(|band| longest(band)).collect();
    let row_count: f64 = band_rows.iter().sum();
    let gap = (720.0 / row_count.max(1.0)).clamp(7.0, COMFORTABLE);
    let between = 0.7 * gap;

    let shown = band_rows.iter().filter(|&&rows| 0.0 < rows).count().max(1);
    let height = row_count * gap + (shown - 1) as f64 * between;
    let column = (0.45 * height).clamp(150.0, 340.0);
    let mut at = vec![(0.0, 0.0); scene.nodes.len()];
    let mut top = 0.0;
    for (band, &row_count) in rows.iter().zip(&band_rows) {
        let band_height = row_count * gap;
        for (layer, nodes) in band.iter().enumerate() {
            for (rank, &node) in nodes.iter().enumerate() {
                at[node] = (
                    layer as f64 * column,
                    top + band_height * middle(rank, nodes.len()),
                );
            }
        }
        if 0.0 < row_count {
            top += band_height + between;
        }
    }
    Places {
        gaps: (0..scene.layer_count)
            .map(|layer| gap_of(scene, &at, layer))
            .collect(),
        at,
        width: (scene.layer_count - 1) as f64 * column,
        height,
    }
}

/// The distance of neighbors that is comfortable.
const COMFORTABLE: f64 = 30.0;

fn gap_of(scene: &Scene, at: &[(f64, f64)], layer: usize) -> f64 {
    let nodes = scene.nodes.iter().zip(at).filter(|(node, _)| node.layer == layer);
    let heights = nodes.map(|(_, &(_, y))| y).sorted_by(f64::total_cmp);
    let gaps = heights.tuple_windows().map(|(upper, lower)| lower - upper);
    gaps.fold(COMFORTABLE, f64::min)
}

/// The nodes of each band and layer, from top to bottom.
type Rows = Vec<Vec<Vec<usize>>>;

fn longest(band: &[Vec<usize>]) -> f64 {
    band.iter().map(Vec::len).max().unwrap_or(0) as f64
}

/// The middle of place `rank` among `count` that share 0..=1 evenly.
fn middle(rank: usize, count: usize) -> f64 {
    (rank as f64 + 0.5) / count as f64
}

fn order(scene: &Scene) -> Rows {
    let mut rows: Rows = vec![vec![Vec::new(); scene.layer_count]; scene.band_count];
    for (index, node) in scene.nodes.iter().enumerate() {
        rows[node.band][node.layer].push(index);
    }
    for row in rows.iter_mut().flatten() {
        row.sort_by_key(|&node| (scene.nodes[node].tasks.first(), scene.nodes[node].unit));
    }
    let [below, above] = neighbors(scene);
    let last = scene.layer_count - 1;
    let mut best = (crossings(scene, &rows), rows.clone());
    for sweep in 0..SWEEPS {
        for step in 1..last {
            let (layer, neighbors) = if sweep % 2 == 0 {
                (step, &below)
            } else {
                (last - step, &above)
            };
            let ranks = ranks(&rows, scene.nodes.len());
            for band in &mut rows {
                sort_by_barycenter(&mut band[layer], neighbors, &ranks);
            }
        }
        let count = crossings(scene, &rows);
        // Where crossings are not counted, the last order is as good as any.
        if count < best.0 || count.is_none() {
            best = (count, rows.clone());
        }
    }
    let (count, mut rows) = best;
    if count.is_some() {
        for layer in (1..last).chain((1..last).rev()) {
            let ranks = ranks(&rows, scene.nodes.len());
            for band in &mut rows {
                swap_side_by_side(&mut band[layer], [&below, &above], &ranks);
            }
        }
    }
    rows
}

/// Per node, those that it has lines from, and those that it has lines to. Active nodes take no notice of dead lines.
fn neighbors(scene: &Scene) -> [Vec<Vec<usize>>; 2] {
    let mut below = vec![Vec::new(); scene.nodes.len()];
    let mut above = below.clone();
    let is_dead = |node: usize| scene.nodes[node].band + 1 == scene.band_count;
    for line in &scene.lines {
        let is_active = line.paint != Paint::Dead;
        if is_active || is_dead(line.to) {
            below[line.to].push(line.from);
        }
        if is_active || is_dead(line.from) {
            above[line.from].push(line.to);
        }
    }
    [below, above]
}

/// Swaps two that are side by side wherever fewer of their lines cross then.
fn swap_side_by_side(row: &mut [usize], sides: [&Vec<Vec<usize>>; 2], ranks: &[f64]) {
    let crossings = |upper: usize, lower: usize| -> usize {
        let of_side = |side: &Vec<Vec<usize>>| {
            let above = |a: &usize| side[lower].iter().filter(|&&b| ranks[b] < ranks[*a]).count();
            side[upper].iter().map(above).sum::<usize>()
        };
        sides.into_iter().map(of_side).sum()
    };
    let mut is_better = true;
    while is_better {
        is_better = false;
        for upper in 1..row.len() {
            if crossings(row[upper], row[upper - 1]) < crossings(row[upper - 1], row[upper]) {
                row.swap(upper - 1, upper);
                is_better = true;
            }
        }
    }
}

/// A node without neighbors on that side stays about where it is.
fn sort_by_barycenter(row: &mut [usize], neighbors: &[Vec<usize>], ranks: &[f64]) {
    row.sort_by_cached_key(|&node| {
        let near = &neighbors[node];
        let barycenter = if near.is_empty() {
            ranks[node]
        } else {
            near.iter().map(|&near| ranks[near]).sum::<f64>() / near.len() as f64
        };
        // Barycenters that differ only by rounding are ties. Never negative, so the bits sort as the numbers do.
        (
            (barycenter * 1e6).round() as u64,
            (ranks[node] * 1e6).round() as u64,
        )
    });
}

/// How far down each node is: its band, and its middle within the band's layer.
fn ranks(rows: &Rows, node_count: usize) -> Vec<f64> {
    let mut ranks = vec![0.0; node_count];
    for (band, layers) in rows.iter().enumerate() {
        for row in layers {
            for (rank, &node) in row.iter().enumerate() {
                ranks[node] = band as f64 + middle(rank, row.len());
            }
        }
    }
    ranks
}

/// Pairs of lines that cross, where there are few enough to count.
fn crossings(scene: &Scene, rows: &Rows) -> Option<usize> {
    if MOST_LINES_COUNTED < scene.lines.len() {
        return None;
    }
    let ranks = ranks(rows, scene.nodes.len());
    let cross = |(index, line): (usize, &Line)| {
        let layer = scene.nodes[line.from].layer;
        let others = scene.lines[index + 1..].iter();
        others
            .take_while(|other| scene.nodes[other.from].layer == layer)
            .filter(|other| (ranks[line.from] - ranks[other.from]) * (ranks[line.to] - ranks[other.to]) < 0.0)
            .count()
    };
    Some(scene.lines.iter().enumerate().map(cross).sum())
}
