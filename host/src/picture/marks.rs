//! Draws neurons as marks: a shape and a color for each task.

use maud::{Markup, PreEscaped, html};
use tombola::State;

use super::palette::SHAPES;
use super::scene::{Node, Paint, Scene};
use super::text::{mark, number, shortened};
use super::{Look, style};
use crate::text::counted;
use crate::ticket::Ticket;

/// Characters of a task's name that are told of a neuron.
const LONGEST: usize = 60;

/// The radius of a mark where neighbors are so far apart.
fn radius(paint: Paint, gap: f64) -> f64 {
    match paint {
        Paint::Dead => (0.13 * gap).clamp(1.2, 3.5),
        Paint::Several => (0.3 * gap).clamp(2.2, 8.0),
        Paint::Task(_) => (0.28 * gap).clamp(2.2, 7.5),
    }
}

/// The mark of this paint: a shape for each task, and a thick ring for several.
pub(super) fn shape(paint: Paint, at: (f64, f64), gap: f64) -> Markup {
    sized(paint, at, radius(paint, gap))
}

/// The same of any size.
pub(super) fn sized(paint: Paint, at: (f64, f64), radius: f64) -> Markup {
    let (shape, width) = match paint {
        Paint::Task(task) => (SHAPES[task % SHAPES.len()], 1.0),
        Paint::Several => (SHAPES[0], (0.4 * radius).clamp(1.0, 4.0)),
        Paint::Dead => (SHAPES[0], 0.0),
    };
    let class = style::class(paint);
    let attributes = format!("class=\"mark {class}\" stroke-width=\"{}\"", number(width));
    PreEscaped(mark(shape, at, radius, &attributes))
}

/// A cross over what is taken out.
pub(super) fn crossed((x, y): (f64, f64), half: f64) -> Markup {
    let [left, right, top, bottom] = [x - half, x + half, y - half, y + half].map(number);
    html! { path class="cross" d=(format!("M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}")) {} }
}

/// A neuron.
pub(super) fn neuron(
    ticket: &Ticket,
    scene: &Scene,
    node: &Node,
    at: (f64, f64),
    gap: f64,
    look: &Look<'_>,
) -> Markup {
    let about = about(ticket, node);
    let half = radius(node.paint, gap).max(3.5) + 1.0;
    let drawn = html! {
        (shape(node.paint, at, gap))
        @if node.is_removed { (crossed(at, half)) }
    };
    let out = node.is_removed.then_some("out");
    if !look.interactive {
        return html! { g class=[out] { title { (about) } (drawn) } };
    }
    // What leads on from an output cannot be taken out: there is nothing.
    let is_output = node.layer + 1 == scene.layer_count;
    let (x, y) = (number(at.0), number(at.1));
    html! {
        g class=[out] tabindex="0" role=(if is_output { "img" } else { "button" })
            data-neuron=(format!("{}.{}", node.layer, node.unit))
            aria-label=(about) aria-pressed=[(!is_output).then_some(node.is_removed)] {
            title { (about) }
            circle class="hit" cx=(x) cy=(y) r=(number((0.5 * gap).clamp(3.5, 13.0))) {}
            (drawn)
        }
    }
}

/// A neuron in words.
fn about(ticket: &Ticket, node: &Node) -> String {
    let mut about = format!("layer {}, unit {}", node.layer, node.unit);
    let mut add = |text: &str| {
        about.push_str(", ");
        about.push_str(text);
    };
    match node.paint {
        Paint::Task(task) => add(&shortened(&ticket.tasks[task].name, LONGEST)),
        Paint::Several => add("several tasks"),
        Paint::Dead => node
            .tasks
            .iter()
            .for_each(|&task| add(&shortened(&ticket.tasks[task].name, LONGEST))),
    }
    add(match node.state {
        State::Active => "active",
        State::Inactive => "inactive: reaches no output",
        State::Zombie => "zombie: no input reaches it",
    });
    if let Some(bias) = node.bias {
        add(&format!("bias {bias:?}"));
        add(&format!("{} in", counted(node.weights[0], "weight")));
    }
    add(&format!("{} out", counted(node.weights[1], "weight")));
    if node.is_removed {
        add("taken out");
    }
    about
}
