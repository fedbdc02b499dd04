//! Puts a picture together: lines, neurons, names and the legend.

use std::fmt::Write as _;

use itertools::Itertools;
use maud::{Markup, PreEscaped, html};
use tombola::Verdict;

use super::place::Places;
use super::scene::{Node, Paint, Scene};
use super::text::{self, Item, LEGEND_LINE, LETTER, number, short};
use super::{Look, lines, marks, style};
use crate::text::counted;
use crate::ticket::Ticket;

/// Space above the drawing, for the names of the layers.
const HEAD: f64 = 44.0;

pub(super) fn draw(ticket: &Ticket, scene: &Scene, places: &Places, look: &Look<'_>) -> String {
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
        svg xmlns=[look.standalone.then_some("http://www.w3.org/2000/svg")] class="tombola-ticket" role=(if look.interactive { "group" } else { "img" })
            aria-label=(describe(ticket, scene)) viewBox=(format!("0 0 {} {}", number(width), number(height)))
            width=(number(width)) height=(number(height)) style="max-width:100%;height:auto" {
            style { (PreEscaped(style::css(look, ticket.tasks.len()))) }
            g transform=(format!("translate({} {})", number(left), number(HEAD))) {
                (heads(ticket, scene, places))
                (lines::all(scene, places, look))
                g class="marks" {
                    @for (node, &at) in scene.nodes.iter().zip(&places.at) { (marks::neuron(ticket, scene, node, at, places.gaps[node.layer], look)) }
                }
                g { @for (node, &at) in scene.nodes.iter().zip(&places.at) { (name(ticket, scene, node, at, places.gaps[node.layer])) } }
            }
            g transform=(format!("translate(12 {})", number(legend_top))) { (legend) }
        }
    };
    let mut text = markup.into_string();
    if look.standalone {
        text.push('\n');
    }
    text
}

/// The picture in one sentence, for those who do not see it.
fn describe(ticket: &Ticket, scene: &Scene) -> String {
    let tasks = ticket.tasks.iter().map(|task| short(&task.name));
    let removed = scene.nodes.iter().filter(|node| node.is_removed).count();
    let mut text = format!(
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
    );
    if 0 < removed {
        let _ = write!(text, " {} taken out.", counted(removed, "neuron"));
    }
    text
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

/// What stands beside an input or output.
fn label(ticket: &Ticket, scene: &Scene, node: &Node) -> Option<String> {
    let task = &ticket.tasks[*node.tasks.first()?];
    let names = node.tasks.iter().map(|&task| &ticket.tasks[task].name);
    let mut label = short(&names.format("+").to_string());
    if node.layer + 1 < scene.layer_count {
        let place = task.inputs.iter().position(|&input| input == node.unit)?;
        let name = task.columns.as_ref().map(|columns| short(columns[place].trim()));
        let _ = write!(label, " {}", name.unwrap_or_else(|| format!("x{}", node.unit)));
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
    let dot = |paint| html! { g class="marks" { (marks::shape(paint, (8.0, 0.0), 20.0)) } };
    let stroke = |dashes: Option<String>, width: f64| {
        html! { path class="several" fill="none" stroke-width=(number(width)) stroke-dasharray=[dashes] d="M0 0H22" {} }
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
        item(stroke(Some(lines::dashes(2.0)), 2.0), 28.0, "negative");
        let wide = html! { path class="several" stroke-width="4" d="M0 0H11" {} path class="several" stroke-width="1" d="M11 0H22" {} };
        item(wide, 28.0, "wide: large");
    }
    if scene.nodes.iter().any(|node| node.is_removed) {
        item(marks::crossed((8.0, 0.0), 6.0), 20.0, "taken out");
    }
    let cut = scene.lines.iter().filter(|line| line.is_cut).count();
    if 0 < cut {
        let sign = html! { g class="lines" { path class="cut" stroke-width="8" d="M0 0H22" {} path class="several" stroke-width="2" d="M0 0H22" {} } };
        item(sign, 28.0, &format!("minimum cut: {}", counted(cut, "weight")));
    }
    text::legend(items, width)
}
