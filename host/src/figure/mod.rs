//! Draws the figures of a report: curves over active weights, incidences, a histogram, and maps of decisions.
//!
//! In reading order: `FIGURES` lists the figures, `data` takes their points out of the results, `plot` draws them with a
//! legend, in a `frame` of two axes (`axis`), by a `pen` that writes SVG, `map` draws what a ticket answers, `field` and `curves` the cells of a sweep. Equal data
//! are equal bytes, on every machine.
//!
//! The axes are not those of `plotters`: for a browser it needs wasm-bindgen, and a module with that cannot be loaded
//! without the JavaScript that a build step makes for it.

mod axis;
mod curves;
mod data;
mod field;
mod frame;
mod map;
mod pen;
mod plot;
#[cfg(test)]
mod tests;

pub use curves::{Curves, Stop, curves};
pub use data::{FigureData, Line, Panel, Plot, Point};
pub use field::{Field, Spot, Values, field};
pub use map::map;

use data::Source;

/// A figure of a report: an entry of [`FIGURES`].
pub struct Figure {
    /// Its name, for files and links.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it shows, in sentences: a caption, and the alternative text.
    pub about: &'static str,
    /// What its horizontal axis has.
    x: &'static str,
    /// What its vertical axes have.
    y: Vertical,
    /// How its points are drawn.
    style: Style,
    /// Its panels, from the results; none where there is nothing to show.
    panels: fn(&Source<'_>) -> Plot,
}

/// What a vertical axis has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vertical {
    /// Shares, from what is lowest to 1.
    Shares(&'static str),
    /// Shares, from 0 to 1.
    AllShares(&'static str),
    /// Counts, by their logarithms.
    LogCounts(&'static str),
    /// How many.
    Counts(&'static str),
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// From point to point, with marks.
    Lines,
    /// Each value holds until the next one.
    Steps,
    /// A bar from one point to the next one.
    Bars,
}

/// Every figure, in the order of a report.
pub const FIGURES: &[Figure] = &[
    Figure {
        key: "separated",
        title: "How often tickets separate",
        about: "The share of seeds whose ticket is separated, and of those whose ticket is separated and solves every \
                task on the test part, level by level, over the median of active weights. Intervals: 95 %, Wilson.",
        x: ACTIVE,
        y: Vertical::AllShares("share of seeds"),
        style: Style::Lines,
        panels: data::separated,
    },
    Figure {
        key: "reveals",
        title: "How often tickets reveal the truth",
        about: "The share of seeds whose ticket has paths exactly where outputs depend on inputs in truth, and of those whose \
                ticket does so and solves every task on the test part, level by level, over the median of active weights. \
                Intervals: 95 %, Wilson.",
        x: ACTIVE,
        y: Vertical::AllShares("share of seeds"),
        style: Style::Lines,
        panels: data::reveals,
    },
    Figure {
        key: "accuracy",
        title: "Test accuracy by task",
        about: "Test accuracy of each task, level by level, over the median of active weights: the median of the seeds, \
                and from the 10 % to the 90 % quantile.",
        x: ACTIVE,
        y: Vertical::Shares("test accuracy"),
        style: Style::Lines,
        panels: data::accuracy,
    },
    Figure {
        key: "cut",
        title: "The minimum cut between the tasks",
        about: "How many active weights must go until nothing joins the two tasks, level by level, over the median of \
                active weights: the median of the seeds, and from the 10 % to the 90 % quantile. 0: independent.",
        x: ACTIVE,
        y: Vertical::LogCounts("weights in the cut"),
        style: Style::Lines,
        panels: data::cut,
    },
    Figure {
        key: "risks",
        title: "What comes first",
        about: "Of all seeds of imp, the share that has separated before it lost an input or output, and the share that \
                has lost one first, by the active weights that are left: cumulative incidences of competing risks, with 95 % \
                intervals.",
        x: ACTIVE,
        y: Vertical::AllShares("share of seeds"),
        style: Style::Steps,
        panels: data::risks,
    },
    Figure {
        key: "decided",
        title: "Decided neurons by layer",
        about: "The share of a hidden layer's active neurons that inputs of exactly one task reach, and of those that \
                reach outputs of exactly one task, level by level, over the median of active weights: the median of the \
                seeds, and from the 10 % to the 90 % quantile.",
        x: ACTIVE,
        y: Vertical::AllShares("share of neurons"),
        style: Style::Lines,
        panels: data::decided,
    },
    Figure {
        key: "first-separated",
        title: "Size when a ticket first separates",
        about: "How many seeds have so many active weights at the first level at which their ticket is separated, arm by \
                arm; in the headings how many seeds ever separate.",
        x: ACTIVE,
        y: Vertical::Counts("seeds"),
        style: Style::Bars,
        panels: data::first_separated,
    },
];

const ACTIVE: &str = "active weights (log scale)";

/// How a figure is to look.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Which arms are shown; those beyond the end are.
    pub chosen: &'a [bool],
    /// Width in pixels, to fit a window: from 300 to 1600.
    pub width: u32,
    /// A file of its own, or for an HTML page.
    pub standalone: bool,
}

impl Default for View<'_> {
    fn default() -> Self {
        Self {
            chosen: &[],
            width: 720,
            standalone: false,
        }
    }
}

/// The figure of this key.
pub fn figure(key: &str) -> Option<&'static Figure> {
    FIGURES.iter().find(|figure| figure.key == key)
}

/// A figure as one `<svg>` element; none where nothing of it is to be shown.
pub fn svg(figure: &Figure, data: &FigureData, view: &View<'_>) -> Option<String> {
    plot::svg(figure, data, view)
}
