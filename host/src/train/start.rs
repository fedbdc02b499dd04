//! What the surviving weights of a ticket are before it is trained.

use tombola::Mlp;
use tombola::random::Seed;

use crate::arm::FRESH_WEIGHTS;
use crate::bad_input;
use crate::experiment::Network;
use crate::memory::zeroed;
use crate::ticket::Ticket;

/// What training begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The weights and biases as they stand in the ticket.
    Present,
    /// The weights as they were initialized, and the biases, which are 0 unless the ticket has others.
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
/// Fresh ones are those of the arm `fresh-weights` in this replicate of an experiment with such a network: not the
/// initial ones of a ticket of this seed.
///
/// # Errors
/// Bad input if the ticket does not have them.
pub(super) fn params(
    ticket: &Ticket,
    start: Start,
    network: &Network,
    seed: u64,
) -> anyhow::Result<Vec<f32>> {
    let net = Mlp::new(&ticket.widths);
    let none = |which: &str| {
        bad_input!(
            "the ticket has no {which} weights: it was imported or made elsewhere; train it --from present or --from fresh"
        )
    };
    match start {
        Start::Present => Ok(ticket.params.clone()),
        Start::Initial => ticket.initial_params().ok_or_else(|| none("initial")),
        Start::Rewound => {
            let rewound = ticket.rewind.clone().or_else(|| ticket.initial_params());
            rewound.ok_or_else(|| none("rewound"))
        }
        Start::Fresh => {
            let seed = Seed {
                seed: network.seed.of(seed),
                arm: FRESH_WEIGHTS,
            };
            let params = zeroed(net.param_count());
            let mut params = params.ok_or_else(|| anyhow::anyhow!("not enough memory for this network"))?;
            network.init().draw(net, &mut params, seed);
            Ok(params)
        }
    }
}
