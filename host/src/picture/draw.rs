//! Draws the elements of a picture: lines, neurons, names and the legend.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use itertools::Itertools;
use maud::{Markup, PreEscaped, html};
use tombola::{State, Verdict};

use super::place::Places;
use super::scene::{Line, Node, Paint, Scene};
use super::style;
use super::text::{self, Item, LEGEND_LINE, LETTER, number, short};
use crate::text::counted;
use crate::ticket::Ticket;

/// Above this many, lines are thin, transparent and straight.
const MANY: usize = 300;

/// Above this many, they have no tooltips either, and their widths are steps.
const CROWD: usize = 2000;

/// Widths that the lines of a crowd are sorted into.
const CROWD_WIDTHS: f32 = 4.0;

/// Space above the drawing, for the names of the layers.
const HEAD: f64 = 44.0;

pub(super) fn draw(ticket: &Ticket, scene: &Scene, places: &Places, standalone: bool) -> String {
    let label_width = |side: usize| {
        let nodes = scene.nodes.iter().filter(|node| node.layer == side);
        let letters = nodes
            .filter_map(|node| label(ticket, scene, node))
            .map(|label| label.chars().count());
        letters.max().unwrap_or(0) as f64 * LETTER + 30.0
    };
    let (left, right) = (
        label_width(0).max(70.0),
        label_width(scene.layer_count - 1).max(70.0),
    );
    let width = (left + places.width + right).max(420.0);
    let (legend, legend_lines) = legend(ticket, scene, width - 24.0);
    let legend_top = HEAD + places.height + 30.0;
    let height = legend_top + f64::from(legend_lines) * LEGEND_LINE + 6.0;
    let markup = html! {
        svg xmlns=[standalone.then_some("http://www.w3.org/2000/svg")] class="tombola-ticket" role="img"
            aria-label=(describe(ticket, scene)) viewBox=(format!("0 0 {} {}", number(width), number(height)))
            width=(number(width)) height=(number(height)) style="max-width:100%;height:auto" {
            style { (PreEscaped(style::css(standalone))) }
            g transform=(format!("translate({} {})", number(left), number(HEAD))) {
                (heads(ticket, scene, places))
                g class=(if MANY < scene.lines.len() { "lines many" } else { "lines" }) {
                    @if CROWD < scene.lines.len() { (crowd(scene, places)) } @else { (lines(scene, places)) }
                }
                g { @for (node, &at) in scene.nodes.iter().zip(&places.at) { (neuron(ticket, node, at, places.gap)) } }
                g { @for (node, &at) in scene.nodes.iter().zip(&places.at) { (name(ticket, scene, node, at, places.gap)) } }
            }
            g transform=(format!("translate(12 {})", number(legend_top))) { (legend) }
        }
    };
    let mut text = markup.into_string();
    if standalone {
        text.push('\n');
    }
    text
}

/// The picture in one sentence, for those who do not see it.
fn describe(ticket: &Ticket, scene: &Scene) -> String {
    let tasks = ticket.tasks.iter().map(|task| short(&task.name));
    format!(
        "Ticket of a {} network with {} of {} left for the task{} {}: {}{}, {}.",
        ticket.widths.iter().format("-"),
        scene.lines.len(),
        counted(ticket.mask.len(), "weight"),
        if tasks.len() == 1 { "" } else { "s" },
        tasks.format(", "),
        scene.verdict.name(),
        if scene.verdict == Verdict::Degraded {
            " (an input or output is lost)"
        } else {
            ""
        },
        counted(scene.band_count - 1, "subnetwork"),
    )
}

fn heads(ticket: &Ticket, scene: &Scene, places: &Places) -> Markup {
    let last = scene.layer_count - 1;
    let column = places.width / last as f64;
    html! {
        g text-anchor="middle" {
            @for (layer, &width) in ticket.widths.iter().enumerate() {
                @let drawn = scene.nodes.iter().filter(|node| node.layer == layer).count();
                @let x = number(layer as f64 * column);
                text x=(x) y="-28" font-size="12" font-weight="600" {
                    @if layer == 0 { "inputs" } @else if layer == last { "outputs" } @else { "hidden " (layer) }
                }
                text class="minor" x=(x) y="-14" font-size="11" {
                    @if drawn == width { (width) } @else { (drawn) " of " (width) }
                }
            }
        }
    }
}

fn lines(scene: &Scene, places: &Places) -> Markup {
    let greatest = scene.greatest();
    let is_many = MANY < scene.lines.len();
    let line = |line: &Line| {
        let share = share(line, greatest);
        let width = (0.7 + 3.3 * f64::from(share)) * if is_many { 0.5 } else { 1.0 };
        let dashes = (line.weight < 0.0).then(|| dashes(width));
        let (start, end) = (places.at[line.from], places.at[line.to]);
        let path = if is_many {
            straight(start, end)
        } else {
            curve(start, end)
        };
        let (from, to) = (&scene.nodes[line.from], &scene.nodes[line.to]);
        html! {
            path class=(style::class(line.paint)) stroke-width=(number(width)) stroke-dasharray=[dashes] d=(path) {
                title {
                    "weight " (format!("{:?}", line.weight)) ", layer " (from.layer) " unit " (from.unit)
                    " to layer " (to.layer) " unit " (to.unit)
                    @if line.paint == Paint::Dead { ", dead" }
                }
            }
        }
    };
    // Dead lines lie below active ones.
    let (dead, active): (Vec<_>, Vec<_>) = scene.lines.iter().partition(|line| line.paint == Paint::Dead);
    html! { @for each in dead.into_iter().chain(active) { (line(each)) } }
}

/// The magnitude of a weight as a fraction of the greatest.
fn share(line: &Line, greatest: f32) -> f32 {
    if greatest == 0.0 {
        0.0
    } else {
        line.weight.abs() / greatest
    }
}

fn straight((x, y): (f64, f64), (to_x, to_y): (f64, f64)) -> String {
    format!("M{} {}L{} {}", number(x), number(y), number(to_x), number(to_y))
}

fn curve((x, y): (f64, f64), (to_x, to_y): (f64, f64)) -> String {
    let middle = number(f64::midpoint(x, to_x));
    let (x, y, to_x, to_y) = (number(x), number(y), number(to_x), number(to_y));
    format!("M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}")
}

fn dashes(width: f64) -> String {
    format!("{} {}", number(3.0 + 1.2 * width), number(2.5 + 0.8 * width))
}

/// Lines by the thousand, in as few elements as have different looks.
fn crowd(scene: &Scene, places: &Places) -> Markup {
    let greatest = scene.greatest();
    let mut paths = BTreeMap::<_, String>::new();
    for line in &scene.lines {
        let share = share(line, greatest);
        let step = ((share * CROWD_WIDTHS).ceil() as u32).max(1);
        let path = paths.entry((line.paint, step, line.weight < 0.0)).or_default();
        path.push_str(&straight(places.at[line.from], places.at[line.to]));
    }
    html! {
        @for ((paint, step, is_negative), path) in &paths {
            path class=(style::class(*paint)) stroke-width=(number(0.3 * f64::from(*step)))
                stroke-dasharray=[is_negative.then_some("3 2")] d=(path) {}
        }
    }
}

fn radius(paint: Paint, gap: f64) -> f64 {
    match paint {
        Paint::Dead => (0.13 * gap).clamp(1.2, 3.5),
        _ => (0.3 * gap).clamp(2.2, 8.5),
    }
}

fn neuron(ticket: &Ticket, node: &Node, (x, y): (f64, f64), gap: f64) -> Markup {
    let state = match node.state {
        State::Active => "active",
        State::Inactive => "inactive: reaches no output",
        State::Zombie => "zombie: no input reaches it",
    };
    html! {
        circle class=(style::class(node.paint)) cx=(number(x)) cy=(number(y)) r=(number(radius(node.paint, gap))) {
            title {
                "layer " (node.layer) ", unit " (node.unit)
                @match node.paint {
                    Paint::Task(task) => { ", " (ticket.tasks[task].name) }
                    Paint::Several => ", several tasks",
                    Paint::Dead => {
                        @for &task in &node.tasks { ", " (ticket.tasks[task].name) }
                    }
                }
                ", " (state)
                @if let Some(bias) = node.bias { ", bias " (format!("{bias:?}")) }
            }
        }
    }
}

/// What stands beside an input or output.
fn label(ticket: &Ticket, scene: &Scene, node: &Node) -> Option<String> {
    let task = &ticket.tasks[*node.tasks.first()?];
    let names = node.tasks.iter().map(|&task| &ticket.tasks[task].name);
    let mut label = short(&names.format("+").to_string());
    if node.layer + 1 < scene.layer_count {
        let _ = write!(label, " x{}", node.unit);
    } else if 1 < task.outputs.len() {
        let class = task.outputs.iter().position(|&output| output == node.unit)?;
        let name = task.classes.as_ref().map(|labels| short(&labels[class]));
        let _ = write!(label, " {}", name.unwrap_or_else(|| class.to_string()));
    }
    if node.paint == Paint::Dead {
        label.push_str(" (lost)");
    }
    Some(label)
}

fn name(ticket: &Ticket, scene: &Scene, node: &Node, (x, y): (f64, f64), gap: f64) -> Markup {
    let (x, anchor) = if node.layer == 0 {
        (x - 14.0, "end")
    } else {
        (x + 14.0, "start")
    };
    let size = (0.85 * gap).clamp(4.0, 12.0);
    let class = (node.paint == Paint::Dead).then_some("minor");
    html! {
        @if let Some(label) = label(ticket, scene, node) {
            text class=[class] x=(number(x)) y=(number(y + 0.35 * size)) font-size=(number(size)) text-anchor=(anchor) {
                (label)
            }
        }
    }
}

/// What colors and lines mean, in lines that fit the width, and how many these are.
fn legend(ticket: &Ticket, scene: &Scene, width: f64) -> (Markup, i32) {
    let dot =
        |paint| html! { circle class=(style::class(paint)) cx="8" cy="0" r=(number(radius(paint, 20.0))) {} };
    let stroke = |dashes: Option<String>, width: f64| {
        html! { path class="several" stroke-width=(number(width)) stroke-dasharray=[dashes] d="M0 0H22" {} }
    };
    let mut items = Vec::new();
    let mut item = |sign, text_x, text: &str| {
        items.push(Item {
            sign,
            text_x,
            text: text.to_owned(),
        });
    };
    for (task, ports) in ticket.tasks.iter().enumerate() {
        item(dot(Paint::Task(task)), 20.0, &short(&ports.name));
    }
    if scene.has(Paint::Several) {
        item(dot(Paint::Several), 20.0, "several tasks");
    }
    if scene.has(Paint::Dead) {
        item(dot(Paint::Dead), 20.0, "dead");
    }
    if !scene.lines.is_empty() {
        item(stroke(None, 2.0), 28.0, "positive weight");
        item(stroke(Some(dashes(2.0)), 2.0), 28.0, "negative");
        let wide = html! { path class="several" stroke-width="4" d="M0 0H11" {} path class="several" stroke-width="1" d="M11 0H22" {} };
        item(wide, 28.0, "wide: large");
    }
    text::legend(items, width)
}
