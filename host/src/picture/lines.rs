//! Draws weights as lines.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::place::Places;
use super::scene::{Line, Node, Paint, Scene};
use super::text::number;
use super::{Look, style};

/// Above this many, lines are thin, transparent and straight.
const MANY: usize = 300;

/// Above this many, they have no tooltips either, and their widths are steps.
const CROWD: usize = 2000;

/// Widths that the lines of a crowd are sorted into.
const CROWD_WIDTHS: f32 = 4.0;

/// All lines, dead ones below active ones.
pub(super) fn all(scene: &Scene, places: &Places, look: &Look<'_>) -> Markup {
    let class = if MANY < scene.lines.len() {
        "lines many"
    } else {
        "lines"
    };
    html! {
        g class=(class) {
            @if CROWD < scene.lines.len() { (crowd(scene, places)) } @else { (each(scene, places, look)) }
        }
    }
}

fn each(scene: &Scene, places: &Places, look: &Look<'_>) -> Markup {
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
        let class = class(line);
        let name = |node: &Node| look.interactive.then(|| format!("{}.{}", node.layer, node.unit));
        let weight = format!("{:?}", line.weight);
        html! {
            @if line.is_cut {
                path class="cut" stroke-width=(number(width + if is_many { 3.0 } else { 6.0 })) d=(path) {}
            }
            path class=(class) stroke-width=(number(width)) stroke-dasharray=[dashes] d=(path)
                data-weight=[look.interactive.then_some(&weight)] data-from=[name(from)] data-to=[name(to)] {
                title {
                    "weight " (weight) ", layer " (from.layer) " unit " (from.unit)
                    " to layer " (to.layer) " unit " (to.unit)
                    @if line.paint == Paint::Dead { ", dead" }
                    @if line.is_cut { ", in the minimum cut" }
                }
            }
        }
    };
    // Dead lines lie below active ones.
    let (dead, active): (Vec<_>, Vec<_>) = scene.lines.iter().partition(|line| line.paint == Paint::Dead);
    html! { @for each in dead.into_iter().chain(active) { (line(each)) } }
}

fn class(line: &Line) -> String {
    let class = style::class(line.paint);
    if line.is_removed { class + " out" } else { class }
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

/// The dashes of a negative weight.
pub(super) fn dashes(width: f64) -> String {
    format!("{} {}", number(3.0 + 1.2 * width), number(2.5 + 0.8 * width))
}

/// Lines by the thousand, in as few elements as have different looks.
fn crowd(scene: &Scene, places: &Places) -> Markup {
    let greatest = scene.greatest();
    let mut paths = BTreeMap::<_, String>::new();
    for line in &scene.lines {
        let share = share(line, greatest);
        let step = ((share * CROWD_WIDTHS).ceil() as u32).max(1);
        let path = paths.entry((class(line), step, line.weight < 0.0)).or_default();
        path.push_str(&straight(places.at[line.from], places.at[line.to]));
    }
    html! {
        @for ((class, step, is_negative), path) in &paths {
            path class=(class) stroke-width=(number(0.3 * f64::from(*step)))
                stroke-dasharray=[is_negative.then_some("3 2")] d=(path) {}
        }
    }
}
