//! Draws a ticket as SVG: layer by layer, colored by task.
//!
//! In reading order: `scene` says what is drawn and what it belongs to, `place` where, `draw` how, `style` in which
//! colors. Equal tickets give equal bytes.

mod draw;
pub(crate) mod palette;
mod place;
mod scene;
mod style;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;

use scene::Scene;

use crate::structure::with_structure;
use crate::text::visible;
use crate::ticket::Ticket;

/// What is to be seen of a ticket, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look<'a> {
    /// Neurons that are taken out, `[layer, unit]`: they are crossed out, and their weights fade.
    pub removed: &'a [[usize; 2]],
    /// Whether the weights of a minimum cut between two tasks are marked.
    pub cut: bool,
    /// Whether neurons can be focused and activated: in a page whose script listens.
    pub interactive: bool,
    /// A file of its own, or for an HTML page.
    pub standalone: bool,
}

/// The picture as one `<svg>` element: inline for an HTML page, or `standalone` as a file of its own.
///
/// # Panics
///
/// As [`picture`].
pub fn svg(ticket: &Ticket, standalone: bool) -> String {
    picture(
        ticket,
        &Look {
            standalone,
            ..Look::default()
        },
    )
}

/// The picture as one `<svg>` element.
///
/// Inputs are on the left, outputs on the right, each subnetwork in a band of its own, what is dead below them. A
/// neuron or weight has the color of its task if only one task's inputs reach it and only that task's outputs are
/// reached from it, and is dark (light on a dark page) if it serves several. Lines are wide where a weight is large,
/// dashed where it is negative; dead ones are gray. Hidden neurons without a surviving weight are left out.
///
/// # Panics
///
/// If the fields make no ticket: one that was read always does.
pub fn picture(ticket: &Ticket, look: &Look<'_>) -> String {
    let scene = with_structure(ticket, |structure| Scene::of(ticket, structure));
    let picture = draw::draw(ticket, &scene, &place::place(&scene), look.standalone);
    // Names and labels come from outside, and some characters have no place in XML.
    visible(&picture).into_owned()
}
