//! Takes neurons out of a ticket: what leaves them is pruned.

use tombola::Mlp;

use crate::bad_input;
use crate::text::quoted;
use crate::ticket::Ticket;

/// The ticket without the outgoing weights of these neurons, `LAYER.UNIT`, as [`crate::measure`] takes one out.
///
/// # Errors
/// If one of them is no input or hidden neuron.
pub(super) fn without(ticket: &Ticket, removed: &[String]) -> anyhow::Result<Ticket> {
    let net = Mlp::new(&ticket.widths);
    let mut left = ticket.clone();
    for name in removed {
        let place = name.split_once('.');
        let place = place.and_then(|(layer, unit)| Some((layer.parse().ok()?, unit.parse().ok()?)));
        let is_there =
            |&(layer, unit): &(usize, usize)| layer < net.layer_count() && unit < ticket.widths[layer];
        let Some((layer, unit)) = place.filter(is_there) else {
            return Err(bad_input!(
                "{} is no neuron that can be taken out; inputs and hidden neurons are called LAYER.UNIT, both from 0",
                quoted(name)
            ));
        };
        let weights = net.layer(layer).weights;
        for weight in weights.skip(unit).step_by(ticket.widths[layer]) {
            left.mask[weight] = false;
            left.params[weight] = 0.0;
        }
    }
    Ok(left)
}
