//! Checks whether a board has room for a ticket, before anything is built. What is close is left to the linker, whose
//! error is translated, too.

use tombola_firmware::boards::Board;

use crate::bad_input;
use crate::export::form::{FLASH, bytes, forms, straight};
use crate::export::integer;
use crate::export::program::Program;
use crate::integer::Network;
use crate::text::counted;
use crate::ticket::Ticket;

/// Bytes of flash of `classify` and its examples, without a ticket's code.
const PROGRAM: usize = 8 << 10;
/// Bytes of flash that an example takes for each input.
pub(super) const EXAMPLES: usize = 32 * size_of::<f32>();
/// Bytes of stack that the program takes without a ticket, and some to spare.
const STACK: usize = 4 << 10;
// Measured on emulated boards, over tickets of up to 3000 outputs, 1000 inputs, 600 hidden neurons and 100 tasks, which
// use less than three quarters of what these add up to.
/// Bytes of stack for each input: in the message, as it comes, and in a table whose length is a power of two.
const INPUT: usize = 5 * size_of::<f32>();
/// Bytes for each hidden neuron: in such a table, and by its name.
const HIDDEN: usize = 3 * size_of::<f32>();
/// Bytes for each output: in the frame, in the answer and in the one that nothing is measured with, and as each function
/// on the way hands it on.
const OUTPUT: usize = 8 * size_of::<f32>();
/// Bytes for each task: its class, in as many places, and the tally of the examples.
const TASK: usize = 6 * size_of::<u16>() + 2 * size_of::<u32>();
/// Bytes of RAM for handlers and for the channels of a debug probe.
const OTHERS: usize = 4 << 10;

/// Bytes of straight-line code that a compiler is asked for: beyond, builds take minutes.
const MOST: usize = 128 << 10;

/// What becomes code, as far as its size is concerned.
pub(super) enum Code<'a> {
    Floats(Box<Program>),
    Integers(&'a Network),
}

impl Code<'_> {
    /// That of a ticket.
    ///
    /// # Errors
    /// Bad input if the ticket cannot be said as code.
    pub(super) fn of(ticket: &Ticket) -> anyhow::Result<Self> {
        Program::of(ticket).map(|program| Self::Floats(Box::new(program)))
    }

    fn widths(&self) -> &[usize] {
        match self {
            Self::Floats(program) => &program.widths,
            Self::Integers(network) => &network.program.widths,
        }
    }

    fn task_count(&self) -> usize {
        match self {
            Self::Floats(program) => program.tasks.len(),
            Self::Integers(network) => network.program.tasks.len(),
        }
    }

    /// Bytes of straight-line code.
    fn straight(&self) -> usize {
        match self {
            Self::Floats(program) => bytes(program, &straight(program)),
            Self::Integers(network) => integer::straight_bytes(network),
        }
    }

    /// Bytes of the forms that fit `flash`.
    fn bytes(&self, flash: Option<usize>) -> anyhow::Result<usize> {
        match self {
            Self::Floats(program) => Ok(bytes(program, &forms(program, flash)?)),
            Self::Integers(network) => integer::bytes(network, flash),
        }
    }
}

/// Bytes of flash that a ticket's code may take on a board: as much as is free there. `None` where no ticket's code is
/// limited by that, but by what is usual.
///
/// # Errors
/// Bad input if the ticket cannot be said as code.
pub(super) fn flash(code: &Code<'_>, board: &Board) -> anyhow::Result<Option<usize>> {
    let free = free(code, board);
    if code.straight() <= FLASH.min(free) {
        return Ok(None);
    }
    // Tables may take more, where there is no smaller form.
    Ok(Some(free.min(MOST.max(code.bytes(None)?))))
}

/// Bytes of flash that are left beside the program.
fn room(code: &Code<'_>, board: &Board) -> usize {
    let taken = PROGRAM.saturating_add(EXAMPLES * code.widths()[0]);
    (board.flash.length as usize).saturating_sub(taken)
}

/// Bytes of code, as a Cortex-M4F has it, that there is room for.
fn free(code: &Code<'_>, board: &Board) -> usize {
    let room = room(code, board);
    match code {
        // Without a floating-point unit every term is two calls.
        Code::Floats(_) if !board.core.target.ends_with("hf") => room - room / 6,
        _ => room,
    }
}

/// The bytes of stack that a ticket is given.
///
/// # Errors
/// Bad input if the board is too small, or the ticket is none that can be said as code.
pub fn check(ticket: &Ticket, board: &Board) -> anyhow::Result<u32> {
    stack(&Code::of(ticket)?, board)
}

/// The bytes of stack that a network in integers is given.
///
/// # Errors
/// As of [`check`].
pub fn check_integers(network: &Network, board: &Board) -> anyhow::Result<u32> {
    stack(&Code::Integers(network), board)
}

fn stack(code: &Code<'_>, board: &Board) -> anyhow::Result<u32> {
    let Board { name, .. } = board;
    let free = free(code, board);
    // The smallest there is, if none fits.
    let taken = match code.bytes(flash(code, board)?) {
        Ok(bytes) => bytes,
        Err(_) => code.bytes(None)?,
    };
    if free < taken {
        return Err(bad_input!(
            "the ticket does not fit {name}: its code takes about {} KiB of flash, and {} of {} KiB are free for it; choose a \
             sparser ticket or another board",
            taken.div_ceil(1 << 10),
            room(code, board) >> 10,
            board.flash.length >> 10
        ));
    }
    let [inputs, hidden, outputs] = counts(code);
    let stack = stack_bytes(code);
    let ram = stack.saturating_add(OTHERS);
    if (board.ram.length as usize) < ram {
        return Err(bad_input!(
            "the ticket does not fit {name}: its {}, {} and {} take {} KiB of RAM, and it has {} KiB; choose a smaller \
             network or another board",
            counted(inputs, "input"),
            counted(hidden, "hidden neuron"),
            counted(outputs, "output"),
            ram.div_ceil(1 << 10),
            board.ram.length >> 10
        ));
    }
    Ok(stack as u32)
}

/// Inputs, hidden neurons and outputs.
fn counts(code: &Code<'_>) -> [usize; 3] {
    let widths = code.widths();
    let hidden = widths[1..widths.len() - 1]
        .iter()
        .fold(0_usize, |sum, &width| sum.saturating_add(width));
    [widths[0], hidden, widths[widths.len() - 1]]
}

/// The bytes of stack that a ticket is given where there is room for them.
pub(super) fn stack_bytes(code: &Code<'_>) -> usize {
    let [inputs, hidden, outputs] = counts(code);
    let parts = [
        (inputs, INPUT),
        (hidden, HIDDEN),
        (outputs, OUTPUT),
        (code.task_count(), TASK),
    ];
    let sum = |sum: usize, &(count, bytes): &(usize, usize)| sum.saturating_add(count.saturating_mul(bytes));
    let stack = parts.iter().fold(STACK, sum);
    stack.saturating_add((1 << 10) - 1) & !((1 << 10) - 1)
}

/// Whether a board has RAM for that stack, for handlers, and for the channels of a debug probe.
pub(super) fn has_ram(stack: usize, board: &Board) -> bool {
    stack.saturating_add(OTHERS) <= board.ram.length as usize
}

#[cfg(test)]
mod tests {
    use tombola_firmware::boards::{Board, find};

    use super::{Code, MOST, check, flash};
    use crate::error::is_bad_input;
    use crate::ticket::{TaskPorts, Ticket};

    /// A dense ticket of these widths.
    fn ticket(widths: &[usize]) -> Ticket {
        let weights: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let biases: usize = widths[1..].iter().sum();
        let tasks = vec![TaskPorts::new("all", 0..widths[0], 0..widths[widths.len() - 1])];
        Ticket::new(widths, tasks, [vec![0.5; weights], vec![0.0; biases]].concat())
    }

    fn budget_of(ticket: &Ticket, board: &Board) -> anyhow::Result<Option<usize>> {
        flash(&Code::of(ticket)?, board)
    }

    #[test]
    fn what_cannot_fit_is_refused_with_numbers() {
        let m0 = find("qemu-m0").unwrap();
        assert_eq!(check(&ticket(&[4, 32, 32, 2]), m0).unwrap(), 5 << 10);
        for (widths, words) in [
            (
                &[4, 300, 300, 2][..],
                ["KiB of flash, and 247 of 256", "sparser ticket"],
            ),
            (
                &[1000, 2, 2],
                [
                    "1000 inputs, 2 hidden neurons and 2 outputs take 28 KiB",
                    "has 16 KiB",
                ],
            ),
        ] {
            let error = check(&ticket(widths), m0).unwrap_err();
            assert!(is_bad_input(&error));
            for word in words {
                assert!(error.to_string().contains(word), "{error}");
            }
        }
    }

    #[test]
    fn code_may_take_what_a_board_has() {
        let [small, large] = ["qemu-m0", "qemu-m4"].map(|name| find(name).unwrap());
        // What fits anyway is as it is exported.
        assert_eq!(budget_of(&ticket(&[4, 32, 32, 2]), small).unwrap(), None);
        // More than usual, but not more than there is.
        let wide = ticket(&[4, 64, 64, 2]);
        assert_eq!(budget_of(&wide, large).unwrap(), Some(MOST));
        let mut tight = *large;
        tight.flash.length = 64 << 10;
        let budget = budget_of(&wide, &tight).unwrap().unwrap();
        assert!((32 << 10) < budget && budget < 64 << 10, "{budget}");
        // Tables larger than straight-line code may be, where there is room for them.
        let huge = ticket(&[4, 300, 300, 2]);
        let budget = budget_of(&huge, large).unwrap().unwrap();
        assert!(MOST < budget && budget < 4 << 20, "{budget}");
        assert!(check(&huge, large).is_ok());
    }
}
