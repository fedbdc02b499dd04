//! What the surviving weights of a ticket are before it is trained.

use tombola::random::{Purpose, Seed, stream};
use tombola::{Mlp, kaiming_normal};

use crate::arm::FRESH_WEIGHTS;
use crate::bad_input;
use crate::memory::zeroed;
use crate::ticket::Ticket;

/// What training begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The weights and biases as they stand in the ticket.
    Present,
    /// The weights as they were initialized, and no biases.
    Initial,
    /// What pruning rewound them to, which is the initial weights unless the ticket has others.
    Rewound,
    /// Others, drawn as initial weights are.
    Fresh,
}

impl Start {
    /// Whether these weights were trained: on inputs of one scale and order, and classes of one order.
    pub fn is_trained(self, ticket: &Ticket) -> bool {
        match self {
            Self::Present => true,
            Self::Rewound => ticket.rewind.is_some(),
            Self::Initial | Self::Fresh => false,
        }
    }
}

/// The parameters that `ticket` begins with; those that are pruned may be anything.
///
/// Fresh ones are those of the arm `fresh-weights` in a replicate whose initial weights are drawn with `seed`: not the
/// initial ones of a ticket of this seed.
///
/// # Errors
/// Bad input if the ticket does not have them.
pub(super) fn params(ticket: &Ticket, start: Start, seed: u64) -> anyhow::Result<Vec<f32>> {
    let net = Mlp::new(&ticket.widths);
    let without_biases =
        |weights: &[f32]| [weights, &vec![0.0; net.param_count() - net.weight_count()]].concat();
    let none = |which: &str| {
        bad_input!(
            "the ticket has no {which} weights: it was imported or made elsewhere; train it --from present or --from fresh"
        )
    };
    match start {
        Start::Present => Ok(ticket.params.clone()),
        Start::Initial => {
            let initial = ticket.initial.as_deref();
            Ok(without_biases(initial.ok_or_else(|| none("initial"))?))
        }
        Start::Rewound => match (&ticket.rewind, &ticket.initial) {
            (Some(rewind), _) => Ok(rewind.clone()),
            (None, Some(initial)) => Ok(without_biases(initial)),
            (None, None) => Err(none("rewound")),
        },
        Start::Fresh => {
            let seed = Seed {
                seed,
                arm: FRESH_WEIGHTS,
            };
            let params = zeroed(net.param_count());
            let mut params = params.ok_or_else(|| anyhow::anyhow!("not enough memory for this network"))?;
            kaiming_normal(net, &mut params, &mut stream(seed, Purpose::Weights));
            Ok(params)
        }
    }
}
