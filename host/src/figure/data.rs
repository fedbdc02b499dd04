//! Takes the points of all figures out of the results: plain numbers, which a page carries and draws again.

use std::collections::BTreeMap;

use itertools::Itertools;
use serde::{Deserialize, Serialize};

use super::FIGURES;
use crate::report::{Evidence, Findings, LevelFindings, Share};
use crate::results::{Replicate, Row};
use crate::setup::Setup;
use crate::statistics::quantile;

/// The points of every figure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FigureData {
    /// The arms, `imp` first.
    pub arms: Vec<String>,
    /// One for each of [`FIGURES`], in their order; without panels where there is nothing to show.
    pub plots: Vec<Plot>,
}

/// What a figure shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// What its lines are of, where they are not of the arms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<String>,
    /// Its panels, which share a horizontal axis.
    pub panels: Vec<Panel>,
}

/// One pair of axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Its heading.
    pub title: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// A height worth a line across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<(String, f64)>,
}

/// A line of a panel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The number of the arm, or of what else it is of.
    pub of: usize,
    /// Its points, in order.
    pub points: Vec<Point>,
}

/// A point and its interval: `[x, y, low, high]`. Of a bar, `[left, count, right, right]`.
pub type Point = [f64; 4];

/// What the figures are taken from.
pub(super) struct Source<'a> {
    setup: &'a Setup,
    replicates: &'a [Replicate],
    findings: &'a Findings,
    evidence: &'a Evidence,
}

impl FigureData {
    /// Takes the points out of what a run came to.
    pub fn new(setup: &Setup, replicates: &[Replicate], findings: &Findings, evidence: &Evidence) -> Self {
        let source = Source {
            setup,
            replicates,
            findings,
            evidence,
        };
        Self {
            arms: setup.arms().iter().map(|arm| arm.name().to_owned()).collect(),
            plots: FIGURES.iter().map(|figure| (figure.panels)(&source)).collect(),
        }
    }
}

impl Source<'_> {
    /// Each arm's number and levels.
    fn arms(&self) -> impl Iterator<Item = (usize, &[LevelFindings])> {
        let arms = self.evidence.arms.iter().enumerate();
        arms.map(|(arm, found)| match arm {
            0 => (arm, &*self.findings.levels),
            _ => (arm, &*found.levels),
        })
    }

    /// The rows of an arm at a level, of all seeds that have it.
    fn rows(&self, arm: usize, level: u32) -> impl Iterator<Item = &Row> {
        let name = self.setup.arms()[arm].name();
        let of_seed = move |seed: &'_ Replicate| seed.arms.iter().position(|found| found.arm.name() == name);
        self.replicates.iter().filter_map(move |seed| {
            let rows = &seed.arms[of_seed(seed)?].rows;
            rows.iter().find(|row| row.level == level)
        })
    }

    /// A line for each arm, with a point for each of its levels that has one.
    fn lines(&self, point: impl Fn(usize, &LevelFindings) -> Option<[f64; 3]>) -> Vec<Line> {
        let lines = self.arms().map(|(of, levels)| {
            let point = |level| point(of, level).map(|[y, low, high]| [level.active_weights, y, low, high]);
            Line {
                of,
                points: levels.iter().filter_map(point).collect(),
            }
        });
        lines.filter(|line| !line.points.is_empty()).collect()
    }

    /// The same of a share, with its interval.
    fn shares(&self, of: fn(&LevelFindings) -> Share) -> Vec<Line> {
        self.lines(|_, level| {
            let share = of(level);
            Some([share.share, share.low, share.high])
        })
    }

    /// The same of numbers that rows have: the median, and from the 10 % to the 90 % quantile.
    fn quantiles(&self, number: impl Fn(&Row) -> Option<f64>) -> Vec<Line> {
        self.lines(|arm, level| {
            let values: Vec<f64> = self.rows(arm, level.level).filter_map(&number).collect();
            (!values.is_empty()).then(|| [0.5, 0.1, 0.9].map(|q| quantile(&values, q)))
        })
    }
}

/// Panels that have a line.
fn plot(panels: impl IntoIterator<Item = Panel>) -> Plot {
    let panels = panels.into_iter().filter(|panel| !panel.lines.is_empty());
    Plot {
        series: vec![],
        panels: panels.collect(),
    }
}

fn panel(title: impl Into<String>, lines: Vec<Line>) -> Panel {
    Panel {
        title: title.into(),
        lines,
        level: None,
    }
}

pub(super) fn separated(source: &Source<'_>) -> Plot {
    plot([
        panel("separated", source.shares(|level| level.separated)),
        panel("separated and solved", source.shares(|level| level.both)),
    ])
}

/// Of tasks by themselves, that is how often they are separated.
pub(super) fn reveals(source: &Source<'_>) -> Plot {
    if !source.findings.is_dialed {
        return Plot::default();
    }
    plot([
        panel("reveals", source.shares(|level| level.reveals)),
        panel(
            "reveals and solved",
            source.shares(|level| level.reveals_and_solved),
        ),
    ])
}

pub(super) fn accuracy(source: &Source<'_>) -> Plot {
    let solved_from = source.findings.solves.solved_from;
    plot(
        source
            .setup
            .ports()
            .iter()
            .enumerate()
            .map(|(task, ports)| Panel {
                level: Some(("solved from".to_owned(), solved_from)),
                ..panel(
                    &ports.name,
                    source.quantiles(|row| row.result.accuracy.get(task).copied()),
                )
            }),
    )
}

pub(super) fn cut(source: &Source<'_>) -> Plot {
    plot([panel("", source.quantiles(|row| row.measures.scalar("cut")))])
}

pub(super) fn risks(source: &Source<'_>) -> Plot {
    let risks = &source.evidence.risks;
    // Of one task nothing separates.
    if source.setup.ports().len() < 2 || risks.separated.is_empty() {
        return Plot::default();
    }
    let dense = source.setup.net().weight_count() as f64;
    let curves = [&risks.separated, &risks.degraded].into_iter().enumerate();
    let lines = curves.map(|(of, curve)| {
        let start = [dense, 0.0, 0.0, 0.0];
        let points = curve.iter().map(|point| {
            let [low, high] = point.interval.unwrap_or([point.incidence; 2]);
            [dense - point.time as f64, point.incidence, low, high]
        });
        Line {
            of,
            points: std::iter::once(start).chain(points).collect(),
        }
    });
    Plot {
        series: ["separates first", "loses an input or output first"]
            .map(str::to_owned)
            .to_vec(),
        panels: vec![panel("", lines.collect())],
    }
}

/// The most hidden layers that have panels.
const MOST_LAYERS: usize = 4;

pub(super) fn decided(source: &Source<'_>) -> Plot {
    if source.setup.ports().len() < 2 {
        return Plot::default();
    }
    let hidden = source.setup.net().layer_count() - 1;
    // Of many layers, the first, the last, and some between.
    let shown = hidden.min(MOST_LAYERS);
    let layers = (0..shown).map(|index| 1 + index * (hidden - 1) / (shown - 1).max(1));
    let sides = [
        ("decided_from_inputs", "from inputs"),
        ("decided_from_outputs", "from outputs"),
    ];
    let panels = layers.cartesian_product(sides).map(|(layer, (measure, side))| {
        let of = layer.to_string();
        let lines = source.quantiles(|row| row.measures.entry(measure, &of));
        panel(format!("hidden layer {layer}, {side}"), lines)
    });
    plot(panels)
}

pub(super) fn first_separated(source: &Source<'_>) -> Plot {
    if source.setup.ports().len() < 2 {
        return Plot::default();
    }
    let arms = source.setup.arms().iter().enumerate().map(|(of, arm)| {
        let seeds = source.replicates.iter().filter_map(|seed| {
            let found = seed.arms.iter().find(|found| found.arm.name() == arm.name())?;
            let first = found.rows.iter().find(|row| row.is_separated());
            (!found.rows.is_empty()).then_some(first.map(|row| row.active_weights))
        });
        let seeds: Vec<Option<usize>> = seeds.collect();
        let sizes: Vec<usize> = seeds.iter().flatten().copied().collect();
        let title = format!("{} of {} · {}", sizes.len(), seeds.len(), arm.name());
        panel(
            title,
            vec![Line {
                of,
                points: bars(&sizes),
            }],
        )
    });
    plot(arms.filter(|panel| panel.lines.iter().any(|line| !line.points.is_empty())))
}

/// Sizes in bins, of which four make a doubling: from left, how many, to right. Empty ones are left out.
fn bars(sizes: &[usize]) -> Vec<Point> {
    let mut bins = BTreeMap::<u32, u32>::new();
    for &size in sizes {
        *bins.entry(bin(size)).or_default() += 1;
    }
    let bar = |(bin, count): (u32, u32)| {
        let [left, right] = [bin, bin + 1].map(edge);
        [left, f64::from(count), right, right]
    };
    bins.into_iter().map(bar).collect()
}

/// More than there can be: networks have fewer than 2^32 weights.
const MOST_BINS: u32 = 160;

/// The bin of a size: the last whose edge is not above it.
fn bin(size: usize) -> u32 {
    let after = (1..MOST_BINS).find(|&bin| (size as f64) < edge(bin));
    after.unwrap_or(MOST_BINS) - 1
}

/// The left edge of a bin: whole numbers, of which the small ones each have a bin of their own.
fn edge(bin: u32) -> f64 {
    const FIRST: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];
    const QUARTERS: [f64; 4] = [4.0, 5.0, 6.0, 7.0];
    if let Some(&edge) = FIRST.get(bin as usize) {
        return edge;
    }
    let steps = bin - 4;
    QUARTERS[(steps % 4) as usize] * (1_u64 << (steps / 4)) as f64
}
