//! Draws a ticket as SVG: layer by layer, colored by task.
//!
//! In reading order: `scene` says what is drawn and what it belongs to, `place` where, `draw` how (`lines` the weights,
//! `marks` the neurons, `text` the names and the legend), `style` in which colors of `palette`. What has too many neurons or
//! weights to be followed is drawn by `summary` instead. Equal tickets give equal bytes.

mod draw;
mod lines;
mod marks;
pub(crate) mod palette;
mod place;
mod scene;
mod style;
mod summary;
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
    /// Neurons that are taken out, as `LAYER.UNIT`: they are crossed out, and the weights that lead on from them fade.
    pub removed: &'a [String],
    /// Whether the weights of a minimum cut between two tasks are marked.
    pub cut: bool,
    /// Whether neurons can be focused and activated, in a page whose script listens: each is an element with
    /// `data-neuron="LAYER.UNIT"`, of the role `button` if it can be taken out, and each weight has `data-weight`, `data-from`
    /// and `data-to`.
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
    let look = Look {
        standalone,
        ..Look::default()
    };
    picture(ticket, &look)
}

/// The picture as one `<svg>` element.
///
/// Inputs are on the left, outputs on the right, each subnetwork in a band of its own, what is dead below them. A
/// neuron or weight has the color of its task, and a neuron its shape, if only one task's inputs reach it and only that
/// task's outputs are reached from it; what serves several is dark (light on a dark page), its neurons large rings. Lines are
/// wide where a weight is large, dashed where it is negative; dead ones are gray. Hidden neurons without a surviving weight
/// are left out, and so are such inputs of which a task may lose some. More than 100 neurons of a layer, or more weights than
/// can be followed, are counted instead of drawn: so many of each layer belong to each task.
///
/// # Panics
///
/// If the fields make no ticket: one that was read always does.
pub fn picture(ticket: &Ticket, look: &Look<'_>) -> String {
    let picture = with_structure(ticket, |structure| {
        if summary::is_needed(ticket, structure) {
            return summary::draw(ticket, structure, look);
        }
        let scene = Scene::of(ticket, structure, look);
        draw::draw(ticket, &scene, &place::place(&scene), look)
    });
    // Names and labels come from outside, and some characters have no place in XML.
    visible(&picture).into_owned()
}
