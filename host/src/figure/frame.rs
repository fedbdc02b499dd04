//! Draws a pair of axes and says where their values are.

use super::axis::Axis;
use super::pen::{ABOUT, Anchor, At, HEADING, NUMBERS, OF_GRID, OF_SOFT, Pen, Stroke};

/// Room around the axes, in pixels: for numbers and what they are of, and for a heading.
pub(super) const LEFT: f64 = 58.0;
pub(super) const BOTTOM: f64 = 42.0;
const RIGHT: f64 = 14.0;
const HEAD: f64 = 26.0;
const NO_HEAD: f64 = 10.0;
const TICK: f64 = 4.0;

/// A pair of axes in a place.
pub(super) struct Frame<'a> {
    pub(super) x: &'a Axis,
    pub(super) y: &'a Axis,
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// What is written at axes.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) title: &'a str,
    pub(super) x: Option<&'a str>,
    pub(super) y: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// Axes that fill a place, but for the room around them.
    pub(super) fn within(
        [x, y]: [&'a Axis; 2],
        (left, top): At,
        [width, height]: [f64; 2],
        has_title: bool,
    ) -> Self {
        Self {
            x,
            y,
            left: left + LEFT,
            top: top + if has_title { HEAD } else { NO_HEAD },
            right: left + width - RIGHT,
            bottom: top + height - BOTTOM,
        }
    }

    /// Where a pair of values is.
    pub(super) fn at(&self, x: f64, y: f64) -> At {
        (
            self.left + self.x.share(x) * (self.right - self.left),
            self.bottom + self.y.share(y) * (self.top - self.bottom),
        )
    }

    /// Draws lines across, at each tick of the vertical axis.
    pub(super) fn grid(&self, pen: &mut Pen) {
        for &tick in self.y.ticks() {
            let (_, y) = self.at(0.0, tick);
            pen.line([(self.left, y), (self.right, y)], Stroke::of(OF_GRID));
        }
    }

    /// Draws the axes with their ticks and texts.
    pub(super) fn axes(&self, pen: &mut Pen, texts: Texts<'_>) {
        let line = Stroke::of(OF_SOFT);
        pen.text(
            texts.title,
            (self.left, self.top - HEAD + 12.0),
            HEADING,
            Anchor::Start,
        );
        pen.line(
            [
                (self.left, self.top),
                (self.left, self.bottom),
                (self.right, self.bottom),
            ],
            line,
        );
        for &tick in self.x.ticks() {
            let (x, _) = self.at(tick, 0.0);
            pen.line([(x, self.bottom), (x, self.bottom + TICK)], line);
            pen.text(
                &self.x.text(tick),
                (x, self.bottom + 13.0),
                NUMBERS,
                Anchor::Middle,
            );
        }
        for &tick in self.y.ticks() {
            let (_, y) = self.at(0.0, tick);
            pen.line([(self.left - TICK, y), (self.left, y)], line);
            pen.text(&self.y.text(tick), (self.left - 8.0, y), NUMBERS, Anchor::End);
        }
        if let Some(text) = texts.x {
            let middle = f64::midpoint(self.left, self.right);
            pen.text(text, (middle, self.bottom + 33.0), ABOUT, Anchor::Middle);
        }
        if let Some(text) = texts.y {
            let middle = f64::midpoint(self.top, self.bottom);
            pen.text(text, (self.left - LEFT + 8.0, middle), ABOUT, Anchor::Upward);
        }
    }
}
