//! Prunes a ticket once, by magnitude, for those who want a smaller network and no lottery.

use tombola::{Mask, Mlp};

use crate::bad_input;
use crate::text::counted;
use crate::ticket::Ticket;

/// `ticket` with the `to` weights of greatest magnitude that are left in it, of all layers together; of equal ones those
/// later in flat order stay. Biases stay, and so do initial and rewound weights, which are not masked. It no longer says
/// which run it comes from.
///
/// # Errors
/// Bad input if `to` is 0 or more than what is left, or the fields make no ticket.
pub fn pruned(ticket: &Ticket, to: usize) -> anyhow::Result<Ticket> {
    ticket.check()?;
    let net = Mlp::new(&ticket.widths);
    let mut bits = vec![0; net.mask_len()];
    let mut mask = Mask::from_fn(net, &mut bits, |weight| ticket.mask[weight]);
    let left = mask.remaining();
    if to == 0 {
        return Err(bad_input!(
            "a network without weights answers the same to everything; leave it one weight or more"
        ));
    }
    if left < to {
        return Err(bad_input!(
            "{} cannot be left: the network has {}, {} of them not pruned yet; name a lower number",
            counted(to, "weight"),
            counted(net.weight_count(), "weight"),
            left
        ));
    }
    let mut params = ticket.params.clone();
    mask.prune(&mut params, left - to);
    Ok(Ticket {
        mask: (0..net.weight_count())
            .map(|weight| mask.survives(weight))
            .collect(),
        params,
        ..ticket.of_no_run()
    })
}

#[cfg(test)]
mod tests {
    use super::pruned;
    use crate::error::refused;
    use crate::structure::tests::shared;
    use crate::ticket::{TaskPorts, Ticket};

    #[test]
    fn the_greatest_stay_and_of_equal_ones_the_later() {
        let weights = [0.5, -2.0, 0.5, 0.0, 1.0, -0.5];
        let mut ticket = Ticket::new(
            &[2, 2, 1],
            vec![TaskPorts::new("t", [0, 1], [0])],
            [&weights[..], &[9.0, 0.0, -0.125]].concat(),
        );
        ticket.initial = Some(vec![3.0; 6]);
        // A zero may survive.
        ticket.mask[3] = true;
        let left = |to: usize| pruned(&ticket, to).unwrap().params[..6].to_vec();
        assert_eq!(left(6), weights);
        assert_eq!(left(5), weights);
        assert_eq!(left(4), [0.0, -2.0, 0.5, 0.0, 1.0, -0.5]);
        assert_eq!(left(3), [0.0, -2.0, 0.0, 0.0, 1.0, -0.5]);
        assert_eq!(left(1), [0.0, -2.0, 0.0, 0.0, 0.0, 0.0]);
        let two = pruned(&ticket, 2).unwrap();
        assert_eq!(two.mask, [false, true, false, false, true, false]);
        assert_eq!(
            (&two.params[6..], &two.initial),
            (&ticket.params[6..], &ticket.initial)
        );
        // What was pruned before stays so.
        assert_eq!(pruned(&pruned(&ticket, 4).unwrap(), 2).unwrap(), two);
    }

    #[test]
    fn as_many_stay_as_a_sort_by_magnitude_would_keep() {
        for ticket in (0..100).map(shared) {
            let mut order: Vec<usize> = (0..ticket.mask.len())
                .filter(|&weight| ticket.mask[weight])
                .collect();
            order.sort_by(|&a, &b| {
                let [first, second] = [a, b].map(|weight| ticket.params[weight].abs());
                second.total_cmp(&first).then(b.cmp(&a))
            });
            for to in 1..=order.len() {
                let pruned = pruned(&ticket, to).unwrap();
                let mut left: Vec<usize> = (0..pruned.mask.len())
                    .filter(|&weight| pruned.mask[weight])
                    .collect();
                left.sort_by_key(|weight| order.iter().position(|other| other == weight));
                assert_eq!(left, order[..to]);
                pruned.check().unwrap();
            }
        }
    }

    #[test]
    fn none_and_more_than_are_left_are_refused() {
        let tasks = vec![TaskPorts::new("t", [0, 1], [0])];
        let ticket = Ticket::new(&[2, 1], tasks, vec![1.0, 0.0, 0.0]);
        refused(pruned(&ticket, 0), &["one weight or more"]);
        refused(
            pruned(&ticket, 2),
            &[
                "2 weights cannot be left",
                "has 2 weights, 1 of them not pruned yet",
            ],
        );
    }
}
