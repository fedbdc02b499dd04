//! Draws the cells of a sweep: a field over two keys, a curve over one, and fields beside each other over more.
//!
//! Keys that always change together are one axis. Where cells are no grid, each key has the cells that differ in it alone from
//! what is usual.

use std::collections::{BTreeMap, BTreeSet};

use itertools::Itertools;

use super::table::{about, are_dialed, shortened};
use super::{CellFindings, Plan};
use crate::figure::{Curves, Field, Spot, Stop, Values, curves, field};
use crate::report::{Share, interval, percent};
use crate::text::counted;

/// The most fields of one quantity beside each other.
const MOST_FIELDS: usize = 16;
/// The most lines of curves.
const MOST_LINES: usize = 6;

/// What stands where a setting has no value.
const NOTHING: &str = "–";

/// A key, with others that change with it, and its values.
struct Axis {
    keys: Vec<String>,
    values: Values,
    /// The numbers of the values, if they are numbers.
    numbers: Option<Vec<f64>>,
    /// The number of each cell's value.
    of_cell: Vec<usize>,
}

/// A share of seeds that is drawn.
struct Quantity {
    title: &'static str,
    about: &'static str,
    share: fn(&CellFindings) -> Share,
}

const SEPARATED: Quantity = Quantity {
    title: "separated",
    about: "The share of seeds that ever have a separated ticket.",
    share: |cell| cell.ever_separated,
};
const SEPARATED_AND_SOLVED: Quantity = Quantity {
    title: "separated and solved",
    about: "The share of seeds whose ticket that validation singles out is separated, and solves every task in the test.",
    share: |cell| cell.ever_separated_and_solved,
};
const REVEALS: Quantity = Quantity {
    title: "reveals the truth",
    about: "The share of seeds that ever have a ticket with paths exactly where outputs depend on inputs in truth.",
    share: |cell| cell.ever_reveals,
};
const REVEALS_AND_SOLVED: Quantity = Quantity {
    title: "reveals the truth and solved",
    about: "The share of seeds whose ticket that validation singles out reveals the truth, and solves every task in the test.",
    share: |cell| cell.ever_reveals_and_solved,
};

/// How dark a spot is, what stands in it, and the same in words.
type Shown = (Option<f64>, String, String);

/// Where a page has the details of a cell.
pub(crate) fn link(cell: &CellFindings) -> String {
    format!("#cell-{}", cell.digest)
}

/// The figures, as `<svg>` elements; none where there is but one cell.
pub(crate) fn figures(plan: &Plan<'_>, cells: &[CellFindings]) -> Vec<String> {
    let quantities: &[Quantity] = if are_dialed(cells) {
        &[REVEALS_AND_SOLVED, REVEALS, SEPARATED]
    } else {
        &[SEPARATED_AND_SOLVED, SEPARATED]
    };
    let axes = axes(plan, cells);
    let grid: usize = axes.iter().map(|axis| axis.values.labels.len()).product();
    let is_grid = grid <= 2 * cells.len();
    let all: Vec<usize> = (0..cells.len()).collect();
    let draw = Draw {
        plan,
        cells,
        quantities,
    };
    match &axes[..] {
        [] => vec![],
        [axis] => vec![draw.by_quantity(axis, &all)],
        [one, other] if is_grid => draw.two(one, other, &all, ""),
        _ if is_grid => draw.more(&axes),
        _ => draw.one_by_one(&axes),
    }
}

/// The axes along which cells differ.
fn axes(plan: &Plan<'_>, cells: &[CellFindings]) -> Vec<Axis> {
    let mut axes = Vec::<Axis>::new();
    for (key, name) in plan.keys.iter().enumerate() {
        let texts: Vec<&str> = cells.iter().map(|cell| &*cell.values.texts[key]).collect();
        let mut distinct: Vec<&str> = texts.iter().copied().unique().collect();
        if distinct.len() < 2 {
            continue;
        }
        if name == "network.hidden"
            && let Some([width, depth]) = uniform(&texts)
        {
            axes.extend([width, depth]);
            continue;
        }
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let mut numbers: Option<Vec<f64>> = distinct.iter().map(|text| number(text)).collect();
        if let Some(numbers) = &mut numbers {
            distinct.sort_by(|one, other| {
                number(one)
                    .partial_cmp(&number(other))
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
            numbers.sort_by(f64::total_cmp);
        }
        let places: BTreeMap<&str, usize> = distinct
            .iter()
            .enumerate()
            .map(|(place, &text)| (text, place))
            .collect();
        let of_cell: Vec<usize> = texts.iter().map(|text| places[text]).collect();
        let together = |axis: &&mut Axis| {
            let pairs: BTreeSet<(usize, usize)> = axis
                .of_cell
                .iter()
                .copied()
                .zip(of_cell.iter().copied())
                .collect();
            pairs.len() == axis.values.labels.len() && pairs.len() == distinct.len()
        };
        let name = shortened(plan.keys, name);
        if let Some(axis) = axes.iter_mut().find(together) {
            axis.values.name.extend([", ", &*name]);
            axis.keys.push(plan.keys[key].clone());
            for (cell, &place) in axis.of_cell.iter().enumerate() {
                let (own, other) = (
                    &mut axis.values.labels[place],
                    label(&plan.keys[key], texts[cell]),
                );
                if *own != other && !own.ends_with(&format!(", {other}")) {
                    own.extend([", ", &*other]);
                    axis.numbers = None;
                }
            }
            continue;
        }
        axes.push(Axis {
            keys: vec![plan.keys[key].clone()],
            values: Values {
                name,
                labels: distinct.iter().map(|text| label(&plan.keys[key], text)).collect(),
            },
            numbers,
            of_cell,
        });
    }
    axes
}

/// Widths and depths of networks whose hidden layers are all as wide, if both differ.
fn uniform(texts: &[&str]) -> Option<[Axis; 2]> {
    let shape = |text: &&str| {
        let widths: Vec<&str> = text.strip_prefix('[')?.strip_suffix(']')?.split(", ").collect();
        let width = widths[0].parse::<usize>().ok()?;
        widths.iter().all_equal().then_some((width, widths.len()))
    };
    let shapes: Vec<(usize, usize)> = texts.iter().map(shape).collect::<Option<_>>()?;
    let axis = |name: &str, of_cell: Vec<usize>| {
        let values: Vec<usize> = of_cell.iter().copied().sorted().dedup().collect();
        (1 < values.len()).then(|| Axis {
            keys: vec!["network.hidden".to_owned()],
            values: Values {
                name: name.to_owned(),
                labels: values.iter().map(usize::to_string).collect(),
            },
            numbers: Some(values.iter().map(|&value| value as f64).collect()),
            of_cell: of_cell
                .iter()
                .map(|value| values.binary_search(value).unwrap_or(0))
                .collect(),
        })
    };
    Some([
        axis("width", shapes.iter().map(|&(width, _)| width).collect())?,
        axis("hidden layers", shapes.iter().map(|&(_, depth)| depth).collect())?,
    ])
}

/// A value as an axis has it: widths with dashes between, tasks by their names.
pub(super) fn label(key: &str, text: &str) -> String {
    const MOST_NAMES: usize = 4;
    if text.is_empty() {
        return NOTHING.to_owned();
    }
    if key == "data.task" {
        let names = text
            .split("name = \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let names: Vec<&str> = names.collect();
        return if names.len() <= MOST_NAMES {
            names.join("+")
        } else {
            counted(names.len(), "task")
        };
    }
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some("") => "none".to_owned(),
        Some(list) => list.replace(", ", "-"),
        None => text.to_owned(),
    }
}

/// What is drawn of which cells.
struct Draw<'a> {
    plan: &'a Plan<'a>,
    cells: &'a [CellFindings],
    quantities: &'a [Quantity],
}

impl Draw<'_> {
    fn about(&self, cell: usize, what: &str) -> String {
        let cell = &self.cells[cell];
        let diverged = match cell.not_finite.len() {
            0 => String::new(),
            count => format!("; {count} of {} did not stay finite", cell.seeds),
        };
        format!("{}: {what}{diverged}", about(self.plan, cell))
    }

    fn stops(&self, axis: &Axis, cells: &[usize], quantity: &Quantity) -> Vec<Stop> {
        let stop = |&cell: &usize| {
            let share = (quantity.share)(&self.cells[cell]);
            Stop {
                at: axis.of_cell[cell],
                share: [share.share, share.low, share.high],
                about: self.about(cell, &format!("{} {}", quantity.title, interval(&share))),
                link: link(&self.cells[cell]),
            }
        };
        let mut stops: Vec<Stop> = cells.iter().map(stop).collect();
        stops.sort_by_key(|stop| stop.at);
        stops
    }

    /// A curve for each quantity over one key.
    fn by_quantity(&self, axis: &Axis, cells: &[usize]) -> String {
        let line = |quantity: &Quantity| (quantity.title.to_owned(), self.stops(axis, cells, quantity));
        let about = self.quantities.iter().map(|quantity| quantity.about).join(" ");
        curves(&Curves {
            title: format!("Over {}", axis.values.name),
            about: format!("{about} Intervals: 95 %, Wilson."),
            x: axis.values.clone(),
            numbers: axis.to_scale(),
            y: "share of seeds".to_owned(),
            lines: self.quantities.iter().map(line).collect(),
        })
    }

    /// Fields over two keys, and curves where one of them has few values. `of` says which cells they are.
    fn two(&self, one: &Axis, other: &Axis, cells: &[usize], of: &str) -> Vec<String> {
        let (x, y) = if other.len() < one.len() {
            (one, other)
        } else {
            (other, one)
        };
        let mut drawn: Vec<String> = self
            .quantities
            .iter()
            .map(|quantity| self.field([x, y], cells, of, quantity))
            .collect();
        if of.is_empty() {
            drawn.push(self.measured([x, y], cells, "accuracy of the worst task", accuracy));
            drawn.push(self.measured([x, y], cells, "weights left when half have one", half_by));
            if y.len() <= MOST_LINES && 2 < x.len() {
                let quantities = self.quantities.iter().take(2);
                drawn.extend(quantities.map(|quantity| self.lines(x, y, cells, quantity)));
            }
        }
        drawn
    }

    /// A field of a share.
    fn field(&self, axes: [&Axis; 2], cells: &[usize], of: &str, quantity: &Quantity) -> String {
        self.shaded(
            axes,
            cells,
            &format!("{}{of}", quantity.title),
            quantity.about,
            &|cell| {
                let share = (quantity.share)(cell);
                (
                    Some(share.share),
                    format!("{} %", percent(share.share)),
                    interval(&share),
                )
            },
        )
    }

    /// A field of another number, whose greatest value is darkest.
    fn measured(
        &self,
        axes: [&Axis; 2],
        cells: &[usize],
        title: &str,
        number: fn(&CellFindings) -> Option<(f64, String)>,
    ) -> String {
        let values = cells.iter().filter_map(|&cell| number(&self.cells[cell]));
        let span = values.map(|(value, _)| value).minmax().into_option();
        let (low, high) = span.unwrap_or((0.0, 1.0));
        self.shaded(axes, cells, title, title, &|cell| match number(cell) {
            Some((value, text)) => {
                let shade = if low < high {
                    (value - low) / (high - low)
                } else {
                    1.0
                };
                (Some(shade), text.clone(), text)
            }
            None => (None, "–".to_owned(), "none".to_owned()),
        })
    }

    fn shaded(
        &self,
        [x, y]: [&Axis; 2],
        cells: &[usize],
        title: &str,
        words: &str,
        shown: &dyn Fn(&CellFindings) -> Shown,
    ) -> String {
        let spot = |&cell: &usize| {
            let (shade, text, what) = shown(&self.cells[cell]);
            let is_lost = self.cells[cell].not_finite.len() == self.cells[cell].seeds as usize;
            Spot {
                at: [x.of_cell[cell], y.of_cell[cell]],
                shade: shade.filter(|_| !is_lost),
                text: if is_lost { "✕".to_owned() } else { text },
                about: self.about(cell, &format!("{title} {what}")),
                link: link(&self.cells[cell]),
            }
        };
        field(&Field {
            title: title.to_owned(),
            about: words.to_owned(),
            x: x.values.clone(),
            y: y.values.clone(),
            spots: cells.iter().map(spot).collect(),
        })
    }

    /// Curves of a quantity over `x`, one for each value of `y`.
    fn lines(&self, x: &Axis, y: &Axis, cells: &[usize], quantity: &Quantity) -> String {
        let lines = y.values.labels.iter().enumerate().map(|(place, label)| {
            let cells: Vec<usize> = cells
                .iter()
                .copied()
                .filter(|&cell| y.of_cell[cell] == place)
                .collect();
            (
                format!("{} {label}", y.values.name),
                self.stops(x, &cells, quantity),
            )
        });
        curves(&Curves {
            title: format!("{} over {}", quantity.title, x.values.name),
            about: format!("{} Intervals: 95 %, Wilson.", quantity.about),
            x: x.values.clone(),
            numbers: x.to_scale(),
            y: "share of seeds".to_owned(),
            lines: lines.collect(),
        })
    }

    /// A field over the two keys of most values, for each combination of the others.
    fn more(&self, axes: &[Axis]) -> Vec<String> {
        let by_size: Vec<usize> = (0..axes.len())
            .sorted_by_key(|&axis| std::cmp::Reverse(axes[axis].len()))
            .collect();
        let [one, other] = [by_size[0], by_size[1]].map(|axis| &axes[axis]);
        let rest: Vec<&Axis> = (0..axes.len())
            .filter(|axis| !by_size[..2].contains(axis))
            .map(|axis| &axes[axis])
            .collect();
        let mut groups = BTreeMap::<Vec<usize>, Vec<usize>>::new();
        for cell in 0..self.cells.len() {
            let of = rest.iter().map(|axis| axis.of_cell[cell]).collect();
            groups.entry(of).or_default().push(cell);
        }
        let few = Self {
            quantities: &self.quantities[..if groups.len() <= MOST_FIELDS / 2 { 2 } else { 1 }],
            ..*self
        };
        let drawn = groups.iter().take(MOST_FIELDS).flat_map(|(of, cells)| {
            let of = rest
                .iter()
                .zip(of)
                .map(|(axis, &value)| format!("{} {}", axis.values.name, axis.values.labels[value]));
            few.two(one, other, cells, &format!(", {}", of.format(", ")))
        });
        drawn.collect()
    }

    /// Of each key, the cells that differ in it alone from what is usual.
    fn one_by_one(&self, axes: &[Axis]) -> Vec<String> {
        let usual: Vec<usize> = axes
            .iter()
            .map(|axis| {
                let counts = axis.of_cell.iter().copied().counts();
                let most = counts
                    .iter()
                    .max_by_key(|&(&value, &count)| (count, std::cmp::Reverse(value)));
                most.map_or(0, |(&value, _)| value)
            })
            .collect();
        let is_usual = |cell: usize, axis: usize| axes[axis].of_cell[cell] == usual[axis];
        let mut drawn = vec![];
        for (place, axis) in axes.iter().enumerate() {
            let cells: Vec<usize> = (0..self.cells.len())
                .filter(|&cell| {
                    (0..axes.len()).all(|other| {
                        other == place || is_usual(cell, other) || axis.takes(&axes[other], cell)
                    })
                })
                .collect();
            let values: BTreeSet<usize> = cells.iter().map(|&cell| axis.of_cell[cell]).collect();
            if 1 < values.len() {
                let kept = axis.of_values(&values);
                drawn.push(self.by_quantity(&kept, &cells));
            }
        }
        drawn
    }
}

impl Axis {
    fn len(&self) -> usize {
        self.values.labels.len()
    }

    /// The numbers of the values, if a reader can tell the points apart where distances are to scale.
    fn to_scale(&self) -> Option<Vec<f64>> {
        const NEAREST: f64 = 40.0;
        let numbers = self.numbers.as_ref()?;
        let span = numbers.last()? - numbers.first()?;
        let nearest = numbers
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .fold(f64::INFINITY, f64::min);
        (span <= NEAREST * nearest).then(|| numbers.clone())
    }

    /// Whether a cell has another value of another one just because it has another of this: where pruning ends, which is
    /// another level for each size of a network and for each rate; and nothing, of a task that it does not have.
    fn takes(&self, other: &Self, cell: usize) -> bool {
        let is_end = |key: &String| ["pruning.levels", "pruning.target"].contains(&&**key);
        let has_ends = |key: &String| ["network.hidden", "pruning.rate"].contains(&&**key);
        let is_of_task = |key: &String| key.starts_with("data.task.");
        let is_missing = || other.values.labels[other.of_cell[cell]] == NOTHING;
        other.keys.iter().all(is_end) && self.keys.iter().any(has_ends)
            || other.keys.iter().all(is_of_task)
                && self.keys.iter().any(|key| key == "data.task")
                && is_missing()
    }

    /// The same with these values alone.
    fn of_values(&self, values: &BTreeSet<usize>) -> Self {
        let place = |value: usize| values.iter().position(|&kept| kept == value).unwrap_or(0);
        Self {
            keys: self.keys.clone(),
            values: Values {
                name: self.values.name.clone(),
                labels: values
                    .iter()
                    .map(|&value| self.values.labels[value].clone())
                    .collect(),
            },
            numbers: self
                .numbers
                .as_ref()
                .map(|numbers| values.iter().map(|&value| numbers[value]).collect()),
            of_cell: self.of_cell.iter().map(|&value| place(value)).collect(),
        }
    }
}

fn accuracy(cell: &CellFindings) -> Option<(f64, String)> {
    cell.accuracy()
        .map(|accuracy| (accuracy, format!("{accuracy:.3}")))
}

fn half_by(cell: &CellFindings) -> Option<(f64, String)> {
    let first = if cell.is_dialed {
        cell.first_revealing
    } else {
        cell.first_separated
    };
    first.map(|first| (libm::log(first.median as f64 + 1.0), first.median.to_string()))
}
