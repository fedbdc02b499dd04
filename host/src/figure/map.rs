//! Draws what a ticket answers for one task over the plane of its two inputs, with samples on top.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::axis::Axis;
use super::frame::{Frame, Texts};
use super::pen::{Pen, of_line};
use super::plot::{Words, wrapped};
use crate::data::Rows;
use crate::picture::palette::SHAPES;
use crate::picture::text::{Item, LEGEND_LINE, legend, mark, number, short, shortened};
use crate::predict::Predictions;
use crate::ticket::{Ticket, input_names};
use itertools::Itertools;
use maud::{PreEscaped, html};

/// Width and height of the axes, in pixels.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 340.0;

/// Cells along each axis; fewer where the network is large.
const CELLS: usize = 96;
const FEW_CELLS: usize = 32;
/// More weights than this are many.
const MANY_WEIGHTS: usize = 200_000;

/// The most samples that are shown.
const MOST_SAMPLES: usize = 150;

/// How opaque a class is where its logit is ahead by less than a margin: of log(0.6/0.4), which is 60 % of belief between
/// two classes, of log(0.9/0.1), and of any.
const TINTS: [(f32, f64); 3] = [(0.405_465_1, 0.14), (2.197_224_6, 0.3), (f32::INFINITY, 0.48)];

/// A map of the classes that a ticket answers for a task of two inputs, as one `<svg>` element: paler where it is less sure.
/// All other inputs are at their mean: 0 once normalized. Samples of the task, normalized as the ticket's inputs are, are marks
/// by their class.
///
/// `None` where the task has other than two inputs, or an answer is not finite.
pub fn map(ticket: &Ticket, task: usize, samples: Option<&Rows>, standalone: bool) -> Option<String> {
    let ports = ticket.tasks.get(task)?;
    let &[first, second] = &ports.inputs[..] else {
        return None;
    };
    let input_count = ticket.widths[0];
    let is_of_ticket =
        |rows: &&Rows| rows.inputs.len() * ticket.tasks.len() == rows.classes.len() * input_count;
    let samples = samples.filter(is_of_ticket);
    let points = samples.map_or_else(Vec::new, |rows| points(ticket, rows, [first, second], task));
    let [x, y] = [(first, 0), (second, 1)].map(|(input, axis)| {
        let values = points.iter().map(|point| point.at[axis]);
        range(ticket, input, values)
    });
    let cells = if MANY_WEIGHTS < ticket.mask.len() {
        FEW_CELLS
    } else {
        CELLS
    };
    let answers = answers(ticket, task, [first, second], [&x, &y], cells)?;

    let names = input_names(&ticket.tasks, input_count);
    let name = |input: usize| names[input].as_deref().map_or_else(|| format!("x{input}"), short);
    let frame = Frame::within([&x, &y], (0.0, 0.0), [WIDTH, HEIGHT], true);
    let mut drawn = regions(&answers, cells, &frame);
    drawn.push_str("<g class=\"marks\">");
    for point in &points {
        drawn += &class_mark(point.class, frame.at(point.at[0], point.at[1]));
    }
    drawn.push_str("</g>");
    let mut pen = Pen::default();
    let texts = Texts {
        title: &shortened(&ports.name, 36),
        x: Some(&name(first)),
        y: Some(&name(second)),
    };
    frame.axes(&mut pen, texts);
    drawn += &pen.svg;
    let class_count = ports.outputs.len().max(2);
    let shown = (0..class_count).filter(|&class| {
        answers.iter().any(|answer| answer.class == class) || points.iter().any(|point| point.class == class)
    });
    let class_name = |class: usize| {
        let label = ports.classes.as_ref().and_then(|labels| labels.get(class));
        label.map_or_else(|| format!("class {class}"), |label| short(label))
    };
    let shown = shown.collect_vec();
    let items = shown.iter().map(|&class| Item {
        sign: PreEscaped(class_mark(class, (8.0, 0.0))),
        text_x: 20.0,
        text: class_name(class),
    });
    let (legend, lines) = legend(items.collect(), WIDTH - 60.0);
    let top = HEIGHT + 12.0;
    drawn += &html! { g transform=(format!("translate(58 {})", number(top))) { (legend) } }.into_string();
    let shares = shown.iter().map(|&class| {
        let count = answers.iter().filter(|answer| answer.class == class).count();
        format!(
            "{} in {} % of the plane",
            class_name(class),
            100 * count / answers.len()
        )
    });
    let about = format!(
        "What the ticket answers for {} over {} and {}, all other inputs at their mean: {}. Paler: less sure. Marks: test \
         samples by class.",
        short(&ports.name),
        name(first),
        name(second),
        shares.format(", ")
    );
    let words = Words {
        title: &format!("Decisions on {}", short(&ports.name)),
        about: &about,
    };
    let height = top + f64::from(lines) * LEGEND_LINE;
    Some(wrapped(words, [WIDTH, height], &drawn, standalone))
}

/// A sample in the plane.
struct Point {
    /// Raw inputs.
    at: [f64; 2],
    class: usize,
}

fn points(ticket: &Ticket, rows: &Rows, inputs: [usize; 2], task: usize) -> Vec<Point> {
    let samples = rows.inputs.chunks_exact(ticket.widths[0]);
    let classes = rows.classes.iter().skip(task).step_by(ticket.tasks.len());
    let point = |(row, &class): (&[f32], &u16)| Point {
        at: inputs.map(|input| raw(ticket, input, row[input])),
        class: usize::from(class),
    };
    samples.zip(classes).take(MOST_SAMPLES).map(point).collect()
}

/// The raw input of a normalized one.
fn raw(ticket: &Ticket, input: usize, x: f32) -> f64 {
    ticket.normalization.as_ref().map_or(f64::from(x), |by| {
        f64::from(x) / f64::from(by.scale[input]) + f64::from(by.shift[input])
    })
}

/// An axis of raw inputs around all samples; without samples, of what is usual.
fn range(ticket: &Ticket, input: usize, values: impl Iterator<Item = f64>) -> Axis {
    let [low, high] = match values.minmax().into_option() {
        Some((low, high)) if low < high => [low, high],
        _ => {
            let ends = [-2.0, 2.0].map(|x| raw(ticket, input, x));
            [ends[0].min(ends[1]), ends[0].max(ends[1])]
        }
    };
    let margin = 0.06 * (high - low);
    Axis::plain(low - margin, high + margin, 6)
}

/// What the ticket says of a cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    class: usize,
    /// The place in [`TINTS`].
    tint: usize,
}

/// The answer in the middle of each cell, row by row from the top.
fn answers(
    ticket: &Ticket,
    task: usize,
    [first, second]: [usize; 2],
    [x, y]: [&Axis; 2],
    cells: usize,
) -> Option<Vec<Answer>> {
    let mean = |input: usize| ticket.normalization.as_ref().map_or(0.0, |by| by.shift[input]);
    let means: Vec<f32> = (0..ticket.widths[0]).map(mean).collect();
    let middle = |cell: usize, axis: &Axis| {
        axis.low() + (cell as f64 + 0.5) / cells as f64 * (axis.high() - axis.low())
    };
    let mut rows = Vec::with_capacity(cells * cells * means.len());
    for (row, column) in (0..cells).cartesian_product(0..cells) {
        let start = rows.len();
        rows.extend_from_slice(&means);
        rows[start + first] = middle(column, x) as f32;
        rows[start + second] = middle(cells - 1 - row, y) as f32;
    }
    let found = Predictions::of_rows(ticket, &rows, false, &|row| row.to_string()).ok()?;
    let outputs = &ticket.tasks[task].outputs;
    let answer = |row: usize| {
        let logits = found.logits(row);
        let class = found.classes(row)[task];
        // How far the class is ahead of the next: of two classes with one output, of 0.
        let ahead = if let [output] = outputs[..] {
            logits[output].abs()
        } else {
            let others = outputs.iter().enumerate().filter(|&(other, _)| other != class);
            let next = others
                .map(|(_, &output)| logits[output])
                .fold(f32::NEG_INFINITY, f32::max);
            logits[outputs[class]] - next
        };
        let tint = TINTS.iter().position(|&(margin, _)| ahead < margin);
        Answer {
            class,
            tint: tint.unwrap_or(TINTS.len() - 1),
        }
    };
    Some((0..found.row_count()).map(answer).collect())
}

/// Equal cells, a path for each class and tint: runs along a row, which grow down where the next row has the same.
fn regions(answers: &[Answer], cells: usize, frame: &Frame<'_>) -> String {
    let &Frame {
        left,
        top,
        right,
        bottom,
        ..
    } = frame;
    let mut paths = BTreeMap::<Answer, String>::new();
    let x = |column: usize| left + (right - left) * column as f64 / cells as f64;
    let y = |row: usize| top + (bottom - top) * row as f64 / cells as f64;
    // Runs that may still grow, by their first and last column: the row where they began, and what they are.
    let mut open = BTreeMap::<(usize, usize), (usize, Answer)>::new();
    let mut close = |(first, last): (usize, usize), (from, answer): (usize, Answer), to: usize| {
        let path = paths.entry(answer).or_default();
        let _ = write!(
            path,
            "M{} {}H{}V{}H{}Z",
            number(x(first)),
            number(y(from)),
            number(x(last)),
            number(y(to)),
            number(x(first))
        );
    };
    for (row, answers) in answers.chunks_exact(cells).enumerate() {
        let mut runs = BTreeMap::new();
        let mut first = 0;
        for run in answers.chunk_by(|one, other| one == other) {
            let columns = (first, first + run.len());
            let begun = open.remove(&columns).filter(|&(_, answer)| answer == run[0]);
            runs.insert(columns, begun.unwrap_or((row, run[0])));
            first += run.len();
        }
        for (columns, begun) in std::mem::replace(&mut open, runs) {
            close(columns, begun, row);
        }
    }
    for (columns, begun) in open {
        close(columns, begun, cells);
    }
    let mut drawn = String::new();
    for (answer, path) in paths {
        let _ = write!(
            drawn,
            "<path class=\"f{}\" opacity=\"{}\" shape-rendering=\"crispEdges\" d=\"{path}\"/>",
            of_line(answer.class),
            TINTS[answer.tint].1
        );
    }
    drawn
}

fn class_mark(class: usize, at: (f64, f64)) -> String {
    let shape = SHAPES[class % SHAPES.len()];
    mark(
        shape,
        at,
        3.0,
        &format!(
            "class=\"f{}\" stroke=\"#fff\" stroke-width=\".7\"",
            of_line(class)
        ),
    )
}
