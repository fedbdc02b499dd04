//! Draws the panels of a figure: axes, intervals, lines, and a legend.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, EmptyElement, PathElement, Polygon, Rectangle};
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};

use super::axis::{Axis, thousands};
use super::backend::{self, Backend, OF_GRID, OF_INK, OF_SOFT, TENTHS, of_line, paint};
use super::data::{FigureData, Line, Panel, Plot, Point};
use super::{Figure, Style, Vertical, View};
use crate::picture::palette::{DASHES, FONT, INK, PAPER, SHAPES, Shape, themed};
use crate::picture::text::{Item, LEGEND_LINE, legend, mark, number, shortened};
use crate::text::visible;

/// Up to so many lines of a panel have bands for their intervals.
const MOST_BANDS: usize = 4;

/// Up to so many have bars; of more, only the first line has a band.
const MOST_BARS: usize = 8;

type Drawn = Result<(), DrawingAreaErrorKind<std::fmt::Error>>;
type Area<'a> = DrawingArea<Backend<'a>, Shift>;

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
    let mut drawing = String::new();
    // What is written to text cannot fail, and fonts are only estimated.
    draw(figure, &plot, &layout, &mut drawing).ok()?;
    let (legend, legend_lines) = match figure.style {
        Style::Bars => (html! {}, 0),
        _ => legend(signs(&plot, names), f64::from(layout.width) - 24.0),
    };
    let legend_top = f64::from(layout.height) + 12.0;
    let height = legend_top + f64::from(legend_lines) * LEGEND_LINE;
    let legend =
        html! { g transform=(format!("translate(12 {})", number(legend_top))) { (legend) } }.into_string();
    let drawn = drawing + &legend;
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
            backend::rules(drawn, scope, shade)
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
    rows: usize,
    panel_width: u32,
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
            rows,
            panel_width,
            x: x_axis(plot, (panel_width.saturating_sub(60) / 52) as usize),
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
fn x_axis(plot: &Plot, most_ticks: usize) -> Axis {
    let [low, high] = span(points(plot).map(|point| point[0]));
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

pub(super) fn font(size: f64, style: FontStyle, of: usize) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::SansSerif, size * f64::from(TENTHS), style);
    TextStyle {
        color: paint(of, 0).to_backend_color(),
        ..TextStyle::from(font)
    }
}

fn draw(figure: &Figure, plot: &Plot, layout: &Layout, drawing: &mut String) -> Drawn {
    let size = [layout.width, layout.height - 16].map(|pixels| pixels * TENTHS as u32);
    let all = Backend::new(drawing, (size[0], size[1])).into_drawing_area();
    let areas = all.split_evenly((layout.rows, layout.columns));
    for (place, (panel, area)) in plot.panels.iter().zip(&areas).enumerate() {
        // Descriptions stand where no panel is below or on the left.
        let x = (plot.panels.len() <= place + layout.columns).then_some(figure.x);
        let y = place.is_multiple_of(layout.columns).then_some(figure.y.name());
        draw_panel(figure.style, panel, area, layout, [x, y])?;
    }
    Ok(())
}

fn draw_panel(
    style: Style,
    panel: &Panel,
    area: &Area<'_>,
    layout: &Layout,
    about: [Option<&str>; 2],
) -> Drawn {
    let px = |pixels: i32| pixels * TENTHS;
    let letters = (layout.panel_width.saturating_sub(70) / 8) as usize;
    let title = shortened(&panel.title, letters.max(12));
    area.draw_text(&title, &font(13.0, FontStyle::Bold, OF_INK), (px(58), px(4)))?;
    let mut chart = ChartBuilder::on(area)
        .margin_top(px(if title.is_empty() { 10 } else { 26 }))
        .margin_right(px(14))
        .x_label_area_size(px(42))
        .y_label_area_size(px(58))
        .build_cartesian_2d(layout.x.clone(), layout.y.clone())?;
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh()
        .bold_line_style(ShapeStyle::from(paint(OF_GRID, 0)).stroke_width(10))
        .axis_style(ShapeStyle::from(paint(OF_SOFT, 0)).stroke_width(10))
        .label_style(font(12.0, FontStyle::Normal, OF_SOFT))
        .axis_desc_style(font(12.0, FontStyle::Normal, OF_INK))
        .set_all_tick_mark_size(40);
    if let Some(about) = about[0] {
        mesh.x_desc(about);
    }
    if let Some(about) = about[1] {
        mesh.y_desc(about);
    }
    mesh.draw()?;
    if let Some((name, level)) = &panel.level {
        let ends = [layout.x.high(), layout.x.low()].map(|x| (x, *level));
        let line = ShapeStyle::from(paint(OF_SOFT, 2)).stroke_width(10);
        chart.draw_series([PathElement::new(ends.to_vec(), line)])?;
        let (x, y) = chart.backend_coord(&ends[0]);
        let (left, top) = area.get_base_pixel();
        area.draw_text(
            name,
            &font(11.0, FontStyle::Normal, OF_SOFT),
            (x - left + px(4), y - top + px(3)),
        )?;
    }
    let count = panel.lines.len();
    // The first line lies above the others.
    for line in panel.lines.iter().rev() {
        let is_first = line.of == panel.lines[0].of;
        let color = paint(of_line(line.of), 0);
        if style == Style::Bars {
            let bar = |point: &Point| {
                let mut bar = Rectangle::new([(point[0], point[1]), (point[2], 0.0)], color.filled());
                bar.set_margin(0, 0, 5, 5);
                bar
            };
            chart.draw_series(line.points.iter().map(bar))?;
            continue;
        }
        let has_interval = |point: &&Point| point[2] < point[3];
        if count <= MOST_BANDS || (is_first && MOST_BARS < count) {
            let mut band = outline(style, &line.points, 3, &layout.x);
            band.extend(outline(style, &line.points, 2, &layout.x).into_iter().rev());
            chart.draw_series([Polygon::new(band, color.mix(0.16).filled())])?;
        } else if count <= MOST_BARS {
            let bar = |point: &Point| {
                PathElement::new(
                    vec![(point[0], point[2]), (point[0], point[3])],
                    ShapeStyle::from(color.mix(0.5)).stroke_width(10),
                )
            };
            chart.draw_series(line.points.iter().filter(has_interval).map(bar))?;
        }
    }
    if style == Style::Bars {
        return Ok(());
    }
    for line in panel.lines.iter().rev() {
        let stroke = ShapeStyle::from(paint(of_line(line.of), line.of)).stroke_width(20);
        chart.draw_series([PathElement::new(
            outline(style, &line.points, 1, &layout.x),
            stroke,
        )])?;
        let filled = paint(of_line(line.of), 0).filled();
        let at = line.points.iter().map(|point| (point[0], point[1]));
        match SHAPES[line.of % SHAPES.len()] {
            Shape::Circle => {
                chart.draw_series(at.map(|at| EmptyElement::at(at) + Circle::new((0, 0), MARK, filled)))?;
            }
            Shape::Polygon(corners) => {
                let corners: Vec<_> = corners
                    .iter()
                    .map(|&(x, y)| (x * MARK / 10, y * MARK / 10))
                    .collect();
                chart
                    .draw_series(at.map(|at| EmptyElement::at(at) + Polygon::new(corners.clone(), filled)))?;
            }
        }
    }
    Ok(())
}

/// The radius of a mark, in tenths of a pixel.
const MARK: i32 = 32;

/// The points of a line as it is drawn: of their values, or of an end of their intervals.
fn outline(style: Style, points: &[Point], value: usize, x: &Axis) -> Vec<(f64, f64)> {
    let mut outline: Vec<(f64, f64)> = vec![];
    for point in points {
        if let (Style::Steps, Some(&(_, before))) = (style, outline.last()) {
            outline.push((point[0], before));
        }
        outline.push((point[0], point[value]));
    }
    if let (Style::Steps, Some(&(_, last))) = (style, outline.last()) {
        outline.push((x.low(), last));
    }
    outline
}

/// What each line's color, dash and mark mean.
fn signs(plot: &Plot, names: &[String]) -> Vec<Item> {
    let shown = |of: &usize| {
        plot.panels
            .iter()
            .flat_map(|panel| &panel.lines)
            .any(|line| line.of == *of)
    };
    (0..names.len())
        .filter(shown)
        .map(|of| Item {
            sign: sign(of),
            text_x: 34.0,
            text: shortened(&names[of], 32),
        })
        .collect()
}

fn sign(of: usize) -> Markup {
    let class = of_line(of);
    let dash = Some(DASHES[of % DASHES.len()]).filter(|dash| !dash.is_empty());
    html! {
        path class=(format!("s{class}")) stroke-width="2" stroke-dasharray=[dash] d="M0 0H28" {}
        (PreEscaped(mark(SHAPES[of % SHAPES.len()], (14.0, 0.0), f64::from(MARK) / 10.0, &format!("class=\"f{class}\""))))
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
