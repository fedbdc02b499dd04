//! Counts what is too much to be drawn: of each layer the neurons that belong to each task, and the weights between them.
//!
//! One pass over the surviving weights, whatever the network.

use std::collections::BTreeMap;

use itertools::Itertools;
use maud::{Markup, PreEscaped, html};
use tombola::{Mlp, State, Structure};

use super::scene::{Paint, paint};
use super::text::{self, Item, LEGEND_LINE, number, short};
use super::{Look, marks, style};
use crate::structure::{ports, verdict};
use crate::text::counted;
use crate::ticket::Ticket;

/// The most neurons of a layer, and the most weights, that are drawn one by one.
const MOST_NEURONS: usize = 100;
const MOST_WEIGHTS: usize = 12_000;

/// The heights of the names of the layers, and of a lane.
const HEAD: f64 = 44.0;
const LANE: f64 = 58.0;
/// The distance of layers.
const COLUMN: f64 = 190.0;
/// The margin on the left and the right.
const SIDE: f64 = 100.0;

/// Whether a ticket is too large to be drawn neuron by neuron.
pub(super) fn is_needed(ticket: &Ticket, structure: &Structure<'_>) -> bool {
    let net = Mlp::new(&ticket.widths);
    let counts = structure.weight_counts();
    if MOST_WEIGHTS < counts.total() {
        return true;
    }
    let mut is_drawn = vec![false; net.neuron_count()];
    for task in ticket.tasks.iter().filter(|task| !task.spare_inputs) {
        ports(net, task).for_each(|neuron| is_drawn[neuron] = true);
    }
    for edge in (0..net.layer_count()).flat_map(|layer| structure.edges(layer)) {
        (is_drawn[edge.from], is_drawn[edge.to]) = (true, true);
    }
    let drawn = |layer: usize| {
        let neurons = net.first_neuron(layer)..net.first_neuron(layer) + ticket.widths[layer];
        is_drawn[neurons].iter().filter(|&&is_drawn| is_drawn).count()
    };
    (0..ticket.widths.len()).any(|layer| MOST_NEURONS < drawn(layer))
}

/// How many there are of what.
struct Counts {
    /// Neurons of each layer and paint.
    neurons: BTreeMap<(usize, Paint), usize>,
    /// Weights of each layer, by the paints of their two neurons, and their own.
    weights: BTreeMap<(usize, Paint, Paint, Paint), usize>,
}

fn count(ticket: &Ticket, structure: &Structure<'_>) -> Counts {
    let net = Mlp::new(&ticket.widths);
    let task_count = ticket.tasks.len();
    let mut owners = vec![None; net.neuron_count()];
    for (task, task_ports) in ticket.tasks.iter().enumerate() {
        // An input of two tasks is of several.
        ports(net, task_ports).for_each(|neuron| {
            owners[neuron] = Some(if owners[neuron].is_some() {
                Paint::Several
            } else {
                Paint::Task(task)
            });
        });
    }
    let paint_of = |neuron: usize| match (structure.neuron_state(neuron), owners[neuron]) {
        (State::Active, Some(owner)) => owner,
        (state, _) => paint(structure, state, task_count, neuron, neuron),
    };
    let paints: Vec<Paint> = (0..net.neuron_count()).map(paint_of).collect();
    let mut neurons = BTreeMap::new();
    for (layer, &width) in ticket.widths.iter().enumerate() {
        let first = net.first_neuron(layer);
        for &paint in &paints[first..first + width] {
            *neurons.entry((layer, paint)).or_default() += 1;
        }
    }
    let mut weights = BTreeMap::new();
    for layer in 0..net.layer_count() {
        // Few combinations, and most weights follow one of their own kind.
        let mut last = None;
        let mut run = 0;
        for edge in structure.edges(layer) {
            let of = paint(
                structure,
                structure.edge_state(edge),
                task_count,
                edge.from,
                edge.to,
            );
            let key = (layer, paints[edge.from], paints[edge.to], of);
            if last != Some(key) {
                if let Some(last) = last {
                    *weights.entry(last).or_default() += run;
                }
                (last, run) = (Some(key), 0);
            }
            run += 1;
        }
        if let Some(last) = last {
            *weights.entry(last).or_default() += run;
        }
    }
    Counts { neurons, weights }
}

pub(super) fn draw(ticket: &Ticket, structure: &Structure<'_>, look: &Look<'_>) -> String {
    let counts = count(ticket, structure);
    // A lane for each paint: tasks in order, then several, then the dead.
    let order = |paint: &Paint| match paint {
        Paint::Task(task) => (0, *task),
        Paint::Several => (1, 0),
        Paint::Dead => (2, 0),
    };
    let lanes = counts
        .neurons
        .keys()
        .map(|&(_, paint)| paint)
        .sorted_by_key(order)
        .dedup();
    let lanes = lanes.collect_vec();
    let last = ticket.widths.len() - 1;
    let column = (1400.0 / last as f64).clamp(60.0, COLUMN);
    let at = |layer: usize, paint: Paint| {
        let lane = lanes.iter().position(|&lane| lane == paint).unwrap_or(0);
        (SIDE + layer as f64 * column, HEAD + (lane as f64 + 0.5) * LANE)
    };
    let width = 2.0 * SIDE + last as f64 * column;
    let most = counts.weights.values().copied().max().unwrap_or(1) as f64;
    let items = lanes.iter().map(|&paint| Item {
        sign: html! { g class="marks" { (marks::shape(paint, (8.0, 0.0), 20.0)) } },
        text_x: 20.0,
        text: match paint {
            Paint::Task(task) => short(&ticket.tasks[task].name),
            Paint::Several => "several tasks".to_owned(),
            Paint::Dead => "dead".to_owned(),
        },
    });
    let weights = Item {
        sign: html! { g class="lines" { path class="several" stroke-width="7" d="M0 0H22" {} } },
        text_x: 28.0,
        text: "weights: the wider, the more".to_owned(),
    };
    let (legend, legend_lines) = text::legend(items.chain([weights]).collect(), width - 24.0);
    let legend_top = HEAD + lanes.len() as f64 * LANE + 24.0;
    let height = legend_top + f64::from(legend_lines) * LEGEND_LINE + 6.0;
    let markup = html! {
        svg xmlns=[look.standalone.then_some("http://www.w3.org/2000/svg")] class="tombola-ticket" role="img"
            aria-label=(describe(ticket, structure)) viewBox=(format!("0 0 {} {}", number(width), number(height)))
            width=(number(width)) height=(number(height)) style="max-width:100%;height:auto" {
            style { (PreEscaped(style::css(look, ticket.tasks.len()))) }
            g text-anchor="middle" {
                @for (layer, width) in ticket.widths.iter().enumerate() {
                    @let x = number(SIDE + layer as f64 * column);
                    text x=(x) y="16" font-size="12" font-weight="600" {
                        @if layer == 0 { "inputs" } @else if layer == last { "outputs" } @else { "hidden " (layer) }
                    }
                    text class="minor" x=(x) y="31" font-size="12" { (width) }
                }
            }
            g class="lines" {
                @for (&(layer, from, to, of), &count) in &counts.weights {
                    (ribbon(at(layer, from), at(layer + 1, to), of, count, (count as f64 / most).sqrt()))
                }
            }
            g class="marks" {
                @for (&(layer, paint), &count) in &counts.neurons {
                    (neurons(at(layer, paint), paint, count, count as f64 / ticket.widths[layer] as f64))
                }
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

/// Weights between two groups of neurons; `share` says how wide.
fn ribbon((x, y): (f64, f64), (to_x, to_y): (f64, f64), of: Paint, count: usize, share: f64) -> Markup {
    let middle = number(f64::midpoint(x, to_x));
    let [x, y, to_x, to_y] = [x, y, to_x, to_y].map(number);
    html! {
        path class=(style::class(of)) stroke-width=(number(1.0 + 15.0 * share))
            d=(format!("M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}")) {
            title { (counted(count, "weight")) @if of == Paint::Dead { ", dead" } }
        }
    }
}

/// Neurons of a group: a mark whose area is their share of the layer, and how many they are.
fn neurons((x, y): (f64, f64), paint: Paint, count: usize, share: f64) -> Markup {
    let half = 4.0 + 12.0 * share.sqrt();
    html! {
        g {
            title { (counted(count, "neuron")) }
            (marks::sized(paint, (x, y), half))
            text x=(number(x)) y=(number(y + half + 13.0)) font-size="12" text-anchor="middle" stroke="none" { (count) }
        }
    }
}

fn describe(ticket: &Ticket, structure: &Structure<'_>) -> String {
    let counts = structure.weight_counts();
    let tasks = ticket.tasks.iter().map(|task| short(&task.name));
    format!(
        "Ticket of a {} network with {} of {} left, {} of them active, for the task{} {}: {}, {}. Neurons and weights are \
         counted, not drawn.",
        ticket.widths.iter().format("-"),
        counts.total(),
        counted(ticket.mask.len(), "weight"),
        counts.active,
        if tasks.len() == 1 { "" } else { "s" },
        tasks.format(", "),
        verdict(structure, &ticket.tasks).name(),
        counted(structure.subnetworks().count(), "subnetwork"),
    )
}
