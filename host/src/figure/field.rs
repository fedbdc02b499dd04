//! Draws the cells of a sweep over two keys as a field of shades. Each leads to its cell's details.

use maud::{PreEscaped, html};

use super::pen::{ABOUT, Anchor, At, Font, HEADING, NUMBERS, OF_GRID, OF_INK, Pen, of_line};
use super::plot::{Words, wrapped};
use crate::picture::text::{number, shortened};

/// The darkest shade, on which text can be read on light and on dark pages.
const DARKEST: f64 = 0.6;
/// Of a value of 0.
const LIGHTEST: f64 = 0.03;
/// Pixels of a letter of an axis, about.
pub(super) const LETTER: f64 = 7.0;
/// Of a heading, whose letters are bold.
const HEADING_LETTER: f64 = 8.0;
/// Of labels, as many letters.
pub(super) const LETTERS: usize = 24;

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
    let least = left + HEADING_LETTER * letters(&field.title) as f64;
    linked(&wrapped(
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

pub(super) fn letters(text: &str) -> usize {
    text.chars().count()
}

/// A label below an axis, whose line is at this height.
pub(super) fn x_label(pen: &mut Pen, label: &str, (x, y): At, is_upright: bool) {
    let label = shortened(label, LETTERS);
    if is_upright {
        let half = LETTER * letters(&label) as f64 / 2.0;
        pen.text(&label, (x, y + 8.0 + half), NUMBERS, Anchor::Upward);
    } else {
        pen.text(&label, (x, y + 13.0), NUMBERS, Anchor::Middle);
    }
}

pub(super) fn labels_height(values: &Values, are_upright: bool) -> f64 {
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
pub(super) fn linked(svg: &str) -> String {
    svg.replacen("role=\"img\"", "role=\"group\"", 1)
}
