//! Writes what `plotters` draws as SVG: coordinates in tenths of a pixel, paints as classes, lines with dashes.
//!
//! Its own SVG backend has whole pixels, colors of one page and no dashes. A color is no color here but what it stands
//! for, in the three bytes that `plotters` hands through: see [`paint`].

use std::fmt::{Error, Write as _};

use maud::html;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{FontStyle, FontTransform, RGBColor};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::picture::palette::{COLORS, Color, DASHES, GRID, INK, SOFT, Shade};
use crate::picture::text::{LETTER, number};

/// What `plotters` takes for a pixel is a tenth of one.
pub(super) const TENTHS: i32 = 10;

/// The paints before those of [`COLORS`].
const PLAIN: [Color; 3] = [INK, SOFT, GRID];
pub(super) const OF_INK: usize = 0;
pub(super) const OF_SOFT: usize = 1;
pub(super) const OF_GRID: usize = 2;

/// The number of the paint of a line, which begin again after the last.
pub(super) fn of_line(line: usize) -> usize {
    PLAIN.len() + line % COLORS.len()
}

/// The paint and the dash of a number, as `plotters` hands them through.
pub(super) fn paint(paint: usize, dash: usize) -> RGBColor {
    RGBColor(paint as u8, (dash % DASHES.len()) as u8, 0)
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

/// The text of an SVG without its root element.
pub(super) struct Backend<'a> {
    svg: &'a mut String,
    size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Error>>;

impl<'a> Backend<'a> {
    /// Writes behind what is there already; the size is in tenths of a pixel.
    pub(super) fn new(svg: &'a mut String, size: (u32, u32)) -> Self {
        Self { svg, size }
    }

    /// An element of a shape: its name and geometry, and how it is painted.
    fn shape<S: BackendStyle>(&mut self, element: std::fmt::Arguments<'_>, style: &S, fill: bool) {
        let BackendColor { alpha, rgb } = style.color();
        let class = if fill { 'f' } else { 's' };
        let _ = write!(self.svg, "<{element} class=\"{class}{}\"", rgb.0);
        if !fill {
            let _ = write!(
                self.svg,
                " stroke-width=\"{}\"",
                tenths(style.stroke_width() as i32)
            );
            if 0 < rgb.1 {
                let _ = write!(self.svg, " stroke-dasharray=\"{}\"", DASHES[usize::from(rgb.1)]);
            }
        }
        self.opacity(alpha);
        self.svg.push_str("/>");
    }

    fn opacity(&mut self, alpha: f64) {
        if alpha < 1.0 {
            let hundredths = (alpha * 100.0).round() / 100.0;
            let _ = write!(self.svg, " opacity=\"{hundredths}\"");
        }
    }
}

fn tenths(x: i32) -> String {
    number(f64::from(x) / f64::from(TENTHS))
}

/// Points as a path; each after the first relative to the one before, which is shorter.
fn path(points: impl IntoIterator<Item = BackendCoord>, closed: bool) -> String {
    let mut path = String::new();
    let mut last = None;
    for point in points {
        let (x, y) = point;
        let _ = match last {
            None => write!(path, "M{} {}", tenths(x), tenths(y)),
            Some(before) if before == point => Ok(()),
            Some((_, before)) if before == y => write!(path, "H{}", tenths(x)),
            Some((before, _)) if before == x => write!(path, "V{}", tenths(y)),
            Some(_) => write!(path, "L{} {}", tenths(x), tenths(y)),
        };
        last = Some(point);
    }
    if closed {
        path.push('Z');
    }
    path
}

impl DrawingBackend for Backend<'_> {
    type ErrorType = Error;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        let (x, y, side) = (tenths(x), tenths(y), tenths(1));
        self.shape(
            format_args!("rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\""),
            &color_of(color),
            true,
        );
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let [x, y, width, height] = [left, top, right - left, bottom - top].map(tenths);
        self.shape(
            format_args!("rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""),
            style,
            fill,
        );
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        self.shape(format_args!("path d=\"{}\"", path(points, false)), style, false);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        points: I,
        style: &S,
    ) -> Drawn {
        self.shape(format_args!("path d=\"{}\"", path(points, true)), style, true);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let [x, y, radius] = [x, y, radius as i32].map(tenths);
        self.shape(
            format_args!("circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""),
            style,
            fill,
        );
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Error>> {
        // In a browser, plotters would ask the page, which a worker does not have.
        let letters = text.chars().count() as f64;
        Ok([letters * style.size() * LETTER / 12.0, style.size()]
            .map(|size| size as u32)
            .into())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let BackendColor { alpha, rgb } = style.color();
        let anchor = style.anchor();
        let (x, y) = (tenths(x), tenths(y));
        let _ = write!(
            self.svg,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" class=\"f{}\"",
            number(style.size() / f64::from(TENTHS)),
            rgb.0
        );
        let dy = match anchor.v_pos {
            VPos::Top => "0.76em",
            VPos::Center => "0.36em",
            VPos::Bottom => "-0.24em",
        };
        let _ = write!(self.svg, " dy=\"{dy}\"");
        self.svg.push_str(match anchor.h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        });
        if matches!(style.style(), FontStyle::Bold) {
            self.svg.push_str(" font-weight=\"600\"");
        }
        let degrees = match style.transform() {
            FontTransform::None => 0,
            FontTransform::Rotate90 => 90,
            FontTransform::Rotate180 => 180,
            FontTransform::Rotate270 => 270,
        };
        if degrees != 0 {
            let _ = write!(self.svg, " transform=\"rotate({degrees} {x} {y})\"");
        }
        self.opacity(alpha);
        self.svg.push('>');
        self.svg.push_str(&html! { (text) }.into_string());
        self.svg.push_str("</text>");
        Ok(())
    }
}

/// A color as a style.
fn color_of(color: BackendColor) -> plotters::style::RGBAColor {
    plotters::style::RGBAColor(color.rgb.0, color.rgb.1, color.rgb.2, color.alpha)
}
