//! Draws the cells of a sweep: over two keys as a field of shades, over one as a curve with intervals. Each leads to its
//! cell's details.

use std::fmt::Write as _;

use itertools::Itertools;
use maud::{PreEscaped, html};

use super::axis::Axis;
use super::frame::{Frame, Texts};
use super::pen::{ABOUT, Anchor, At, Font, HEADING, NUMBERS, OF_GRID, OF_INK, OF_SOFT, Pen, Stroke, of_line};
use super::plot::{Words, wrapped};
use crate::picture::palette::{DASHES, SHAPES};
use crate::picture::text::{Item, LEGEND_LINE, legend, mark, number, shortened};

/// The darkest shade, on which text can be read on light and on dark pages.
const DARKEST: f64 = 0.6;
/// Of a value of 0.
const LIGHTEST: f64 = 0.03;
/// Pixels of a letter of an axis, about.
const LETTER: f64 = 7.0;
/// Of labels, as many letters.
const LETTERS: usize = 24;

/// An axis of a field: what it has, and its values in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// The key.
    pub name: String,
    /// A label for each value.
    pub labels: Vec<String>,
}

/// What is drawn of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// The number of its value on the horizontal and on the vertical axis.
    pub at: [usize; 2],
    /// How dark it is, in 0..=1; none where it has no value.
    pub shade: Option<f64>,
    /// What stands in it.
    pub text: String,
    /// What it is, in words.
    pub about: String,
    /// The target of its link.
    pub link: String,
}

/// A field of cells over two keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its heading.
    pub title: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The horizontal axis.
    pub x: Values,
    /// The vertical axis, from below.
    pub y: Values,
    /// The cells.
    pub spots: Vec<Spot>,
}

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

/// A field as one `<svg>` element.
pub fn field(field: &Field) -> String {
    const MOST_WIDTH: f64 = 680.0;
    let (columns, rows) = (field.x.labels.len().max(1), field.y.labels.len().max(1));
    let longest = |values: &Values| {
        values
            .labels
            .iter()
            .map(|label| letters(label))
            .max()
            .unwrap_or(0)
    };
    let left = 34.0 + LETTER * longest(&field.y).min(LETTERS) as f64;
    let width = ((MOST_WIDTH - left) / columns as f64).clamp(14.0, 84.0);
    let height = if rows <= 16 {
        34.0
    } else {
        (560.0 / rows as f64).clamp(12.0, 34.0)
    };
    let top = 30.0;
    let [right, bottom] = [left + width * columns as f64, top + height * rows as f64];
    let mut pen = Pen::default();
    pen.text(&shortened(&field.title, 80), (left, 12.0), HEADING, Anchor::Start);
    let shows_text = 40.0 <= width && 18.0 <= height;
    for spot in &field.spots {
        let from = (
            left + width * spot.at[0] as f64,
            bottom - height * (spot.at[1] + 1) as f64,
        );
        pen.svg += &square(spot, from, [width, height], shows_text);
    }
    // Labels that would lie on each other are left out, or stand upright.
    let is_upright = width < LETTER * longest(&field.x).min(LETTERS) as f64 + 6.0;
    let room = if is_upright { 13.0 } else { width };
    let every = (13.0 / room.min(width)).ceil().max(1.0) as usize;
    for (place, label) in field.x.labels.iter().enumerate().step_by(every) {
        let x = left + width * (place as f64 + 0.5);
        x_label(&mut pen, label, (x, bottom), is_upright);
    }
    let every = (14.0 / height).ceil().max(1.0) as usize;
    for (place, label) in field.y.labels.iter().enumerate().step_by(every) {
        let y = bottom - height * (place as f64 + 0.5);
        pen.text(&shortened(label, LETTERS), (left - 8.0, y), NUMBERS, Anchor::End);
    }
    let deep = bottom + labels_height(&field.x, is_upright);
    pen.text(
        &field.x.name,
        (f64::midpoint(left, right), deep + 10.0),
        ABOUT,
        Anchor::Middle,
    );
    pen.text(
        &field.y.name,
        (10.0, f64::midpoint(top, bottom)),
        ABOUT,
        Anchor::Upward,
    );
    let words = Words {
        title: &field.title,
        about: &field.about,
    };
    let least = left + LETTER * letters(&field.title) as f64;
    linked(wrapped(
        words,
        [right.max(least) + 12.0, deep + 22.0],
        &pen.svg,
        false,
    ))
}

/// A cell of a field.
fn square(spot: &Spot, (x, y): At, [width, height]: [f64; 2], shows_text: bool) -> String {
    let mut pen = Pen::default();
    let middle = (x + width / 2.0, y + height / 2.0);
    if shows_text {
        let font = Font {
            paint: OF_INK,
            ..NUMBERS
        };
        pen.text(&spot.text, middle, font, Anchor::Middle);
    }
    let (class, opacity) = match spot.shade {
        Some(shade) => (
            of_line(0),
            LIGHTEST + (DARKEST - LIGHTEST) * shade.clamp(0.0, 1.0),
        ),
        None => (OF_GRID, 0.5),
    };
    let rect = html! {
        a href=(spot.link) aria-label=(spot.about) {
            title { (spot.about) }
            rect x=(number(x + 0.5)) y=(number(y + 0.5)) width=(number(width - 1.0)) height=(number(height - 1.0))
                class=(format!("f{class}")) opacity=(number_of(opacity)) {}
            // What takes a click, and the frame of who comes by key, whatever the shade.
            rect x=(number(x + 0.5)) y=(number(y + 0.5)) width=(number(width - 1.0)) height=(number(height - 1.0))
                class=(format!("s{OF_GRID}")) pointer-events="all" {}
            (PreEscaped(pen.svg))
        }
    };
    rect.into_string()
}

/// Two decimals.
fn number_of(value: f64) -> String {
    format!("{value:.2}")
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

/// A label below an axis, whose line is at this height.
fn x_label(pen: &mut Pen, label: &str, (x, y): At, is_upright: bool) {
    let label = shortened(label, LETTERS);
    if is_upright {
        let half = LETTER * letters(&label) as f64 / 2.0;
        pen.text(&label, (x, y + 8.0 + half), NUMBERS, Anchor::Upward);
    } else {
        pen.text(&label, (x, y + 13.0), NUMBERS, Anchor::Middle);
    }
}

fn labels_height(values: &Values, are_upright: bool) -> f64 {
    let longest = values
        .labels
        .iter()
        .map(|label| letters(label))
        .max()
        .unwrap_or(0);
    if are_upright {
        14.0 + LETTER * longest.min(LETTERS) as f64
    } else {
        24.0
    }
}

/// A picture with links is no image, whose parts nobody could reach.
fn linked(svg: String) -> String {
    svg.replacen("role=\"img\"", "role=\"group\"", 1)
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
    const WIDTH: f64 = 560.0;
    const HEIGHT: f64 = 280.0;
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
    for (of, (_, stops)) in lines.iter().enumerate().rev() {
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
            let link = html! { a href=(stop.link) aria-label=(stop.about) { title { (stop.about) } (PreEscaped(dot)) } };
            pen.svg += &link.into_string();
        }
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
        let (legend, lines) = legend(items.collect(), WIDTH - 24.0);
        let _ = write!(
            drawn,
            "{}",
            html! { g transform=(format!("translate(12 {})", number(height))) { (legend) } }.into_string()
        );
        height += f64::from(lines) * LEGEND_LINE;
    }
    linked(wrapped(Words { title, about }, [WIDTH, height], &drawn, false))
}
