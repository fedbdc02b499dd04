//! Writes strokes, areas and text as SVG: coordinates in tenths of a pixel, paints as classes.

use std::fmt::Write as _;

use maud::html;

use crate::picture::palette::{COLORS, Color, DASHES, GRID, INK, SOFT, Shade};
use crate::picture::text::number;

/// A point, in pixels.
pub(super) type At = (f64, f64);

/// The paints before those of [`COLORS`].
const PLAIN: [Color; 3] = [INK, SOFT, GRID];
pub(super) const OF_INK: usize = 0;
pub(super) const OF_SOFT: usize = 1;
pub(super) const OF_GRID: usize = 2;

/// The number of the paint of a line, which begin again after the last.
pub(super) fn of_line(line: usize) -> usize {
    PLAIN.len() + line % COLORS.len()
}

/// The rules of the paints that are in use in a drawing: classes `s0`, `s1`, … of strokes and `f0`, `f1`, … of fills.
pub(super) fn rules(drawing: &str, scope: &str, shade: Shade) -> String {
    let mut css = String::new();
    for (number, &color) in PLAIN.iter().chain(&COLORS).enumerate() {
        for (class, property) in [('s', "fill:none;stroke"), ('f', "fill")] {
            if drawing.contains(&format!("class=\"{class}{number}\"")) {
                let _ = write!(
                    css,
                    "{scope}.tombola-figure .{class}{number}{{{property}:{}}}",
                    shade(color)
                );
            }
        }
    }
    css
}

/// How a line looks.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    pub(super) paint: usize,
    /// The place in [`DASHES`], which begin again after the last.
    pub(super) dash: usize,
    pub(super) width: f64,
    pub(super) opacity: f64,
}

impl Stroke {
    /// A plain line, one pixel wide.
    pub(super) fn of(paint: usize) -> Self {
        Self {
            paint,
            dash: 0,
            width: 1.0,
            opacity: 1.0,
        }
    }
}

/// Where a text stands from its point.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// To the right.
    Start,
    /// Around it.
    Middle,
    /// Around it, and read from below.
    Upward,
    /// To the left.
    End,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Font {
    pub(super) size: f64,
    pub(super) paint: usize,
    pub(super) is_bold: bool,
}

/// Of headings, of what axes have, and of their numbers.
pub(super) const HEADING: Font = Font {
    size: 13.0,
    paint: OF_INK,
    is_bold: true,
};
pub(super) const ABOUT: Font = Font {
    size: 12.0,
    paint: OF_INK,
    is_bold: false,
};
pub(super) const NUMBERS: Font = Font {
    size: 12.0,
    paint: OF_SOFT,
    is_bold: false,
};

/// What is drawn.
#[derive(Default)]
pub(super) struct Pen {
    pub(super) svg: String,
}

impl Pen {
    /// A line through points.
    pub(super) fn line(&mut self, points: impl IntoIterator<Item = At>, stroke: Stroke) {
        let Stroke {
            paint,
            dash,
            width,
            opacity,
        } = stroke;
        let path = path(points);
        let _ = write!(
            self.svg,
            "<path d=\"{path}\" class=\"s{paint}\" stroke-width=\"{}\"",
            number(width)
        );
        let dash = DASHES[dash % DASHES.len()];
        if !dash.is_empty() {
            let _ = write!(self.svg, " stroke-dasharray=\"{dash}\"");
        }
        self.end(opacity);
    }

    /// What points enclose.
    pub(super) fn area(&mut self, points: impl IntoIterator<Item = At>, paint: usize, opacity: f64) {
        let _ = write!(self.svg, "<path d=\"{}Z\" class=\"f{paint}\"", path(points));
        self.end(opacity);
    }

    fn end(&mut self, opacity: f64) {
        if opacity < 1.0 {
            let _ = write!(self.svg, " opacity=\"{opacity}\"");
        }
        self.svg.push_str("/>");
    }

    /// A text whose middle is at the height of the point.
    pub(super) fn text(&mut self, text: &str, (x, y): At, font: Font, anchor: Anchor) {
        let Font { size, paint, is_bold } = font;
        let (x, baseline) = (number(x), number(y + 0.36 * size));
        let (x, baseline, turn) = match anchor {
            Anchor::Upward => {
                let turn = format!("translate({x} {}) rotate(-90)", number(y));
                ("0".to_owned(), number(0.36 * size), Some(turn))
            }
            _ => (x, baseline, None),
        };
        let anchor = match anchor {
            Anchor::Start => None,
            Anchor::Middle | Anchor::Upward => Some("middle"),
            Anchor::End => Some("end"),
        };
        let weight = is_bold.then_some("600");
        let element = html! {
            text x=(x) y=(baseline) font-size=(number(size)) class=(format!("f{paint}")) text-anchor=[anchor]
                font-weight=[weight] transform=[turn] { (text) }
        };
        self.svg.push_str(&element.into_string());
    }
}

/// Points as a path; a point that is written like the one before is left out.
fn path(points: impl IntoIterator<Item = At>) -> String {
    let mut path = String::new();
    let mut last: Option<[String; 2]> = None;
    for (x, y) in points {
        let point = [number(x), number(y)];
        let [x, y] = &point;
        let _ = match &last {
            None => write!(path, "M{x} {y}"),
            Some(before) if *before == point => Ok(()),
            Some([_, before]) if before == y => write!(path, "H{x}"),
            Some([before, _]) if before == x => write!(path, "V{y}"),
            Some(_) => write!(path, "L{x} {y}"),
        };
        last = Some(point);
    }
    path
}
