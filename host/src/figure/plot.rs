//! Draws the panels of a figure: axes, intervals, lines, and a legend.

use std::fmt::Write as _;

use super::axis::{Axis, thousands};
use super::data::{FigureData, Line, Panel, Plot, Point};
use super::frame::{Frame, Texts};
use super::pen::{self, Anchor, At, Font, OF_SOFT, Pen, Stroke, of_line};
use super::{Figure, Style, Vertical, View};
use crate::picture::palette::{DASHES, FONT, INK, PAPER, SHAPES, themed};
use crate::picture::text::{Item, LEGEND_LINE, legend, mark, number, shortened};
use crate::text::visible;
use maud::{Markup, PreEscaped, html};

/// Up to so many lines of a panel have bands for their intervals.
const MOST_BANDS: usize = 4;

/// Up to so many have bars; of more, only the first line has a band.
const MOST_BARS: usize = 8;

pub(super) fn svg(figure: &Figure, data: &FigureData, view: &View<'_>) -> Option<String> {
    let place = super::FIGURES.iter().position(|other| other.key == figure.key)?;
    let plot = chosen(data.plots.get(place)?, view.chosen);
    if plot.panels.is_empty() {
        return None;
    }
    let names = if plot.series.is_empty() {
        &data.arms
    } else {
        &plot.series
    };
    let layout = Layout::of(figure, &plot, view.width.clamp(300, 1600));
    let mut pen = Pen::default();
    for (place, panel) in plot.panels.iter().enumerate() {
        draw_panel(figure, &plot, &layout, (place, panel), &mut pen);
    }
    let (legend, legend_lines) = match figure.style {
        Style::Bars => (html! {}, 0),
        _ => legend(signs(&plot, names), f64::from(layout.width) - 24.0),
    };
    let legend_top = f64::from(layout.height) + 12.0;
    let height = legend_top + f64::from(legend_lines) * LEGEND_LINE;
    let legend =
        html! { g transform=(format!("translate(12 {})", number(legend_top))) { (legend) } }.into_string();
    let drawn = pen.svg + &legend;
    Some(wrapped(
        Words {
            title: figure.title,
            about: &format!("{} {}", figure.about, ends(&plot, names)),
        },
        [f64::from(layout.width), height],
        &drawn,
        view.standalone,
    ))
}

/// What a picture is called, and what it shows.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) title: &'a str,
    pub(super) about: &'a str,
}

/// The root element with its style sheet around what is drawn.
pub(super) fn wrapped(words: Words<'_>, [width, height]: [f64; 2], drawn: &str, standalone: bool) -> String {
    let sheet = themed(standalone, |scope, shade| {
        let (ink, paper) = (shade(INK), shade(PAPER));
        format!(
            "{scope}.tombola-figure text{{fill:{ink}}}{scope}.tombola-figure .marks{{stroke:{paper};stroke-width:.8}}{}",
            pen::rules(drawn, scope, shade)
        )
    });
    let markup = html! {
        svg xmlns=[standalone.then_some("http://www.w3.org/2000/svg")] class="tombola-figure" role="img"
            viewBox=(format!("0 0 {} {}", number(width), number(height)))
            width=(number(width)) height=(number(height)) style="max-width:100%;height:auto" {
            title { (words.title) }
            desc { (words.about) }
            style { (PreEscaped(format!(".tombola-figure{{font-family:{FONT}}}{sheet}"))) }
            (PreEscaped(drawn))
        }
    };
    let mut text = markup.into_string();
    if standalone {
        text.push('\n');
    }
    visible(&text).into_owned()
}

/// The lines of chosen arms, and the panels that have one.
fn chosen(plot: &Plot, chosen: &[bool]) -> Plot {
    let is_chosen = |line: &Line| !plot.series.is_empty() || chosen.get(line.of).copied().unwrap_or(true);
    let panels = plot.panels.iter().map(|panel| Panel {
        lines: panel
            .lines
            .iter()
            .filter(|&line| is_chosen(line) && !line.points.is_empty())
            .cloned()
            .collect(),
        ..panel.clone()
    });
    Plot {
        series: plot.series.clone(),
        panels: panels.filter(|panel| !panel.lines.is_empty()).collect(),
    }
}

/// Where the panels are, in pixels.
struct Layout {
    width: u32,
    height: u32,
    columns: usize,
    panel_width: u32,
    panel_height: u32,
    x: Axis,
    y: Axis,
}

impl Layout {
    fn of(figure: &Figure, plot: &Plot, width: u32) -> Self {
        let count = plot.panels.len();
        let is_bars = figure.style == Style::Bars;
        let room = if is_bars { 230 } else { 300 };
        let columns = count.min((width / room).max(1) as usize);
        let rows = count.div_ceil(columns);
        let panel_height = match (columns, is_bars) {
            (_, true) => 150,
            (1, false) => 300,
            (_, false) => 230,
        };
        let panel_width = width / columns as u32;
        Self {
            width,
            height: panel_height * rows as u32 + 16,
            columns,
            panel_width,
            panel_height,
            x: x_axis(figure, plot, (panel_width.saturating_sub(60) / 52) as usize),
            y: y_axis(figure, plot, if is_bars { 3 } else { 5 }),
        }
    }
}

fn points(plot: &Plot) -> impl Iterator<Item = &Point> {
    plot.panels
        .iter()
        .flat_map(|panel| &panel.lines)
        .flat_map(|line| &line.points)
}

/// All values, the least and the greatest.
fn span(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
        [low.min(value), high.max(value)]
    })
}

/// Of active weights, which become fewer from left to right.
fn x_axis(figure: &Figure, plot: &Plot, most_ticks: usize) -> Axis {
    // Bars have a right end, too.
    let last = if figure.style == Style::Bars { 2 } else { 0 };
    let [low, high] = span(points(plot).flat_map(|point| [point[0], point[last]]));
    // The last points stand a little before the end.
    Axis::log(0.92 * low, high, true, most_ticks.max(3))
}

fn y_axis(figure: &Figure, plot: &Plot, most_ticks: usize) -> Axis {
    let [low, high] = span(points(plot).flat_map(|point| point[1..].iter().copied()));
    match figure.y {
        Vertical::Shares(_) => Axis::shares(low, most_ticks),
        Vertical::AllShares(_) => Axis::shares(0.0, most_ticks),
        Vertical::LogCounts(_) => Axis::log(0.0, high, false, most_ticks + 3),
        Vertical::Counts(_) => Axis::counts(span(points(plot).map(|point| point[1]))[1] as u64, most_ticks),
    }
}

impl Vertical {
    fn name(self) -> &'static str {
        match self {
            Self::Shares(name) | Self::AllShares(name) | Self::LogCounts(name) | Self::Counts(name) => name,
        }
    }
}

fn draw_panel(figure: &Figure, plot: &Plot, layout: &Layout, (place, panel): (usize, &Panel), pen: &mut Pen) {
    let [width, height] = [layout.panel_width, layout.panel_height].map(f64::from);
    let left_top = (
        (place % layout.columns) as f64 * width,
        (place / layout.columns) as f64 * height,
    );
    let frame = Frame::within(
        [&layout.x, &layout.y],
        left_top,
        [width, height],
        !panel.title.is_empty(),
    );
    frame.grid(pen);
    if let Some((name, level)) = &panel.level {
        let line = Stroke {
            dash: 2,
            ..Stroke::of(OF_SOFT)
        };
        let ends = [layout.x.high(), layout.x.low()].map(|x| frame.at(x, *level));
        pen.line(ends, line);
        let font = Font {
            size: 11.0,
            paint: OF_SOFT,
            is_bold: false,
        };
        pen.text(
            &shortened(name, 32),
            (ends[0].0 + 4.0, ends[0].1 + 9.0),
            font,
            Anchor::Start,
        );
    }
    // The first line lies above the others.
    for line in panel.lines.iter().rev() {
        match figure.style {
            Style::Bars => bars(line, &frame, pen),
            _ => interval(figure.style, line, panel, &frame, pen),
        }
    }
    if figure.style != Style::Bars {
        for line in panel.lines.iter().rev() {
            curve(figure.style, line, &frame, pen);
        }
    }
    let letters = (layout.panel_width.saturating_sub(64) / 8) as usize;
    let texts = Texts {
        title: &shortened(&panel.title, letters.max(12)),
        // Descriptions stand where no panel is below or on the left.
        x: (plot.panels.len() <= place + layout.columns).then_some(figure.x),
        y: place.is_multiple_of(layout.columns).then_some(figure.y.name()),
    };
    frame.axes(pen, texts);
}

/// Bars with a little room between them.
fn bars(line: &Line, frame: &Frame<'_>, pen: &mut Pen) {
    for &[left, count, right, _] in &line.points {
        let (from, top) = frame.at(left, count);
        let (to, bottom) = frame.at(right, 0.0);
        let (from, to) = (from.min(to) + 0.5, from.max(to) - 0.5);
        pen.area(
            [(from, bottom), (from, top), (to, top), (to, bottom)],
            of_line(line.of),
            1.0,
        );
    }
}

/// The intervals of a line: a band, or a bar for each of its points.
fn interval(style: Style, line: &Line, panel: &Panel, frame: &Frame<'_>, pen: &mut Pen) {
    let count = panel.lines.len();
    let is_first = line.of == panel.lines[0].of;
    if count <= MOST_BANDS || (is_first && MOST_BARS < count) {
        let mut band = outline(style, &line.points, 3, frame);
        band.extend(outline(style, &line.points, 2, frame).into_iter().rev());
        pen.area(band, of_line(line.of), 0.16);
    } else if count <= MOST_BARS {
        for &[x, _, low, high] in line.points.iter().filter(|point| point[2] < point[3]) {
            let stroke = Stroke {
                opacity: 0.5,
                ..Stroke::of(of_line(line.of))
            };
            pen.line([frame.at(x, low), frame.at(x, high)], stroke);
        }
    }
}

fn curve(style: Style, line: &Line, frame: &Frame<'_>, pen: &mut Pen) {
    let stroke = Stroke {
        dash: line.of,
        width: 2.0,
        ..Stroke::of(of_line(line.of))
    };
    pen.line(outline(style, &line.points, 1, frame), stroke);
    for point in &line.points {
        pen.svg += &dot(line.of, frame.at(point[0], point[1]));
    }
}

/// The mark of a line.
fn dot(of: usize, at: At) -> String {
    mark(
        SHAPES[of % SHAPES.len()],
        at,
        3.2,
        &format!("class=\"f{}\"", of_line(of)),
    )
}

/// The points of a line as it is drawn: of their values, or of an end of their intervals.
fn outline(style: Style, points: &[Point], value: usize, frame: &Frame<'_>) -> Vec<At> {
    let mut outline: Vec<At> = vec![];
    for point in points {
        let (x, y) = frame.at(point[0], point[value]);
        if let (Style::Steps, Some(&(_, before))) = (style, outline.last()) {
            outline.push((x, before));
        }
        outline.push((x, y));
    }
    if let (Style::Steps, Some(&(_, last))) = (style, outline.last()) {
        outline.push((frame.right, last));
    }
    outline
}

/// What each line's color, dash and mark mean.
fn signs(plot: &Plot, names: &[String]) -> Vec<Item> {
    let lines = || plot.panels.iter().flat_map(|panel| &panel.lines);
    let shown = (0..names.len()).filter(|of| lines().any(|line| line.of == *of));
    let mut items: Vec<Item> = shown
        .map(|of| Item {
            sign: sign(of),
            text_x: 34.0,
            text: shortened(&names[of], 32),
        })
        .collect();
    if plot.panels.iter().any(|panel| MOST_BARS < panel.lines.len())
        && let Some(first) = lines().next()
    {
        let class = format!("f{}", of_line(first.of));
        items.push(Item {
            sign: html! { path class=(class) opacity="0.16" d="M0 -6H28V6H0Z" {} },
            text_x: 34.0,
            text: format!(
                "interval of {} (choose fewer to see others)",
                shortened(&names[first.of], 32)
            ),
        });
    }
    items
}

fn sign(of: usize) -> Markup {
    let class = of_line(of);
    let dash = Some(DASHES[of % DASHES.len()]).filter(|dash| !dash.is_empty());
    html! {
        path class=(format!("s{class}")) stroke-width="2" stroke-dasharray=[dash] d="M0 0H28" {}
        (PreEscaped(dot(of, (14.0, 0.0))))
    }
}

/// Where the lines of the first panel begin and end, for those who do not see them.
fn ends(plot: &Plot, names: &[String]) -> String {
    let mut text = String::new();
    for panel in &plot.panels {
        for line in &panel.lines {
            let (Some(first), Some(last), Some(name)) =
                (line.points.first(), line.points.last(), names.get(line.of))
            else {
                continue;
            };
            let at = |point: &Point| {
                format!(
                    "{} at {}",
                    (point[1] * 1000.0).round() / 1000.0,
                    thousands(point[0].round() as usize)
                )
            };
            if !panel.title.is_empty() {
                let _ = write!(text, "{}, ", shortened(&panel.title, 40));
            }
            let _ = write!(text, "{}: {} to {}. ", shortened(name, 32), at(first), at(last));
            // A description is no table.
            if 1200 < text.len() {
                return text + "…";
            }
        }
    }
    text.trim_end().to_owned()
}
