//! Draws a ticket as SVG: layer by layer, colored by task.
//!
//! In reading order: `scene` says what is drawn and what it belongs to, `place` where, `draw` how, `style` in which
//! colors. Equal tickets give equal bytes.

mod draw;
mod place;
mod scene;
mod style;
#[cfg(test)]
pub(crate) mod tests;

use scene::Scene;

use crate::structure::with_structure;
use crate::text::visible;
use crate::ticket::Ticket;

/// The picture as one `<svg>` element: inline for an HTML page, or `standalone` as a file of its own.
///
/// Inputs are on the left, outputs on the right, each subnetwork in a band of its own, what is dead below them. A
/// neuron or weight has the color of its task if only one task's inputs reach it and only that task's outputs are
/// reached from it, and is dark (light on a dark page) if it serves several. Lines are wide where a weight is large,
/// dashed where it is negative; dead ones are gray. Hidden neurons without a surviving weight are left out.
///
/// # Panics
///
/// If the fields make no ticket: one that was read always does.
pub fn svg(ticket: &Ticket, standalone: bool) -> String {
    let scene = with_structure(ticket, |structure| Scene::of(ticket, structure));
    let picture = draw::draw(ticket, &scene, &place::place(&scene), standalone);
    // Names and labels come from outside, and some characters have no place in XML.
    visible(&picture).into_owned()
}
