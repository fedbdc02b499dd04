//! What learning takes of a board's RAM. It is exact: the memory is what the core asks for, and no compiler's choice.

use tombola::Training;
use tombola_firmware::boards::Board;

use super::{HANDLERS, variables};
use crate::board::Course;
use crate::ticket::Ticket;

/// Bytes of stack of the program `learn`, of which it uses less than half for a network of few inputs.
pub const STACK: u32 = 6 << 10;

/// What the program `learn` takes of a board's RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// The board.
    pub board: &'static Board,
    /// Bytes that a ticket and so many samples are trained in.
    pub memory: usize,
    /// Bytes with the variables of channels, handlers, and the stack.
    pub ram: usize,
    /// The most samples that there is RAM for.
    pub most: usize,
}

impl Learning {
    /// Whether RAM is enough.
    pub const fn fits(&self) -> bool {
        self.ram <= self.board.ram.length as usize
    }
}

/// What it takes to train a ticket on so many samples.
pub fn learning(ticket: &Ticket, training: Training, samples: usize, board: &'static Board) -> Learning {
    let memory = |samples| Course::with_room(ticket, training, samples).bytes();
    let others = STACK as usize + HANDLERS + variables(board);
    let has_room = |samples| memory(samples) + others <= board.ram.length as usize;
    // A sample is an input at least, a class, and a place in the order.
    let (mut most, mut too_many) = (0, board.ram.length as usize / 12 + 1);
    while 1 < too_many - most {
        let middle = most.midpoint(too_many);
        *(if has_room(middle) {
            &mut most
        } else {
            &mut too_many
        }) = middle;
    }
    let memory = memory(samples);
    Learning {
        board,
        memory,
        ram: memory + others,
        most,
    }
}
