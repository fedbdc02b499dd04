//! Draws the cells of a sweep over one key: curves with intervals, whose points lead to their cells' details.

use std::fmt::Write as _;

use itertools::Itertools;
use maud::{PreEscaped, html};

use super::axis::Axis;
use super::field::{LETTER, LETTERS, Values, labels_height, letters, linked, x_label};
use super::frame::{Frame, Texts};
use super::pen::{ABOUT, Anchor, OF_SOFT, Pen, Stroke, of_line};
use super::plot::{Words, wrapped};
use crate::picture::palette::{DASHES, SHAPES};
use crate::picture::text::{Item, LEGEND_LINE, legend, mark, number, shortened};

/// In pixels, without the legend.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 280.0;

/// A point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// The number of its value on the horizontal axis.
    pub at: usize,
    /// The value and its interval, in 0..=1.
    pub share: [f64; 3],
    /// What it is, in words.
    pub about: String,
    /// The target of its link.
    pub link: String,
}

/// Curves over one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// Its heading.
    pub title: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The horizontal axis.
    pub x: Values,
    /// The numbers of the values, where they are numbers: then distances are to scale.
    pub numbers: Option<Vec<f64>>,
    /// What the vertical axis has.
    pub y: String,
    /// Names and points.
    pub lines: Vec<(String, Vec<Stop>)>,
}

/// Curves as one `<svg>` element.
pub fn curves(curves: &Curves) -> String {
    let Curves {
        title,
        about,
        x,
        numbers,
        y,
        lines,
    } = curves;
    let count = x.labels.len();
    let places: Vec<f64> = match numbers {
        Some(numbers) => numbers.clone(),
        None => (0..count).map(|place| place as f64).collect(),
    };
    let (low, high) = places
        .iter()
        .copied()
        .minmax()
        .into_option()
        .unwrap_or((0.0, 1.0));
    let margin = if low < high { 0.04 * (high - low) } else { 0.5 };
    let x_axis = Axis::plain(low - margin, high + margin, 7);
    let y_axis = Axis::shares(0.0, 5);
    let frame = Frame::within([&x_axis, &y_axis], (0.0, 0.0), [WIDTH, HEIGHT], true);
    let mut pen = Pen::default();
    frame.grid(&mut pen);
    for of in (0..lines.len()).rev() {
        line(lines, of, &places, &frame, &mut pen);
    }
    let texts = Texts {
        title: &shortened(title, 70),
        x: None,
        y: Some(y),
    };
    let mut deep = frame.bottom + 24.0;
    if numbers.is_some() {
        frame.axes(&mut pen, texts);
    } else {
        // Values that are no numbers stand beside each other.
        let bare = Axis::plain(2.0, 2.5, 1).without_ticks();
        Frame { x: &bare, ..frame }.axes(&mut pen, texts);
        let room = (frame.right - frame.left) / count.max(1) as f64;
        let longest = x.labels.iter().map(|label| letters(label)).max().unwrap_or(0);
        let is_upright = room < LETTER * longest.min(LETTERS) as f64 + 6.0;
        for (label, place) in x.labels.iter().zip(&places) {
            let (at, _) = frame.at(*place, 0.0);
            pen.line(
                [(at, frame.bottom), (at, frame.bottom + 4.0)],
                Stroke::of(OF_SOFT),
            );
            x_label(&mut pen, label, (at, frame.bottom), is_upright);
        }
        deep = frame.bottom + labels_height(x, is_upright);
    }
    let middle = f64::midpoint(frame.left, frame.right);
    pen.text(&x.name, (middle, deep + 9.0), ABOUT, Anchor::Middle);
    let mut drawn = pen.svg;
    let mut height = deep + 26.0;
    if 1 < lines.len() {
        let (legend, lines) = legend(signs(lines), WIDTH - 24.0);
        let _ = write!(
            drawn,
            "{}",
            html! { g transform=(format!("translate(12 {})", number(height))) { (legend) } }.into_string()
        );
        height += f64::from(lines) * LEGEND_LINE;
    }
    linked(&wrapped(Words { title, about }, [WIDTH, height], &drawn, false))
}

/// A line with its intervals, of which each stands a little beside those of other lines.
fn line(lines: &[(String, Vec<Stop>)], of: usize, places: &[f64], frame: &Frame<'_>, pen: &mut Pen) {
    let stops = &lines[of].1;
    // Beside each other, so that no interval lies on another.
    let aside = 4.0 * (of as f64 - (lines.len() - 1) as f64 / 2.0);
    let at = |stop: &Stop, value: usize| {
        let (x, y) = frame.at(places[stop.at], stop.share[value]);
        (x + aside, y)
    };
    for stop in stops {
        let bar = Stroke {
            width: 1.5,
            opacity: 0.55,
            ..Stroke::of(of_line(of))
        };
        let ends = [at(stop, 1), at(stop, 2)];
        pen.line(ends, bar);
        for (x, y) in ends {
            pen.line([(x - 3.0, y), (x + 3.0, y)], bar);
        }
    }
    let stroke = Stroke {
        dash: of,
        width: 2.0,
        ..Stroke::of(of_line(of))
    };
    pen.line(stops.iter().map(|stop| at(stop, 0)), stroke);
    for stop in stops {
        let dot = mark(
            SHAPES[of % SHAPES.len()],
            at(stop, 0),
            4.0,
            &format!("class=\"f{}\"", of_line(of)),
        );
        let link =
            html! { a href=(stop.link) aria-label=(stop.about) { title { (stop.about) } (PreEscaped(dot)) } };
        pen.svg += &link.into_string();
    }
}

/// What each line's color, dash and mark mean.
fn signs(lines: &[(String, Vec<Stop>)]) -> Vec<Item> {
    let items = lines.iter().enumerate().map(|(of, (name, _))| {
        let class = of_line(of);
        let dash = Some(DASHES[of % DASHES.len()]).filter(|dash| !dash.is_empty());
        let dot = mark(
            SHAPES[of % SHAPES.len()],
            (14.0, 0.0),
            4.0,
            &format!("class=\"f{class}\""),
        );
        Item {
            sign: html! {
                path class=(format!("s{class}")) stroke-width="2" stroke-dasharray=[dash] d="M0 0H28" {}
                (PreEscaped(dot))
            },
            text_x: 34.0,
            text: shortened(name, 32),
        }
    });
    items.collect()
}
