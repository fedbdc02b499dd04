//! Whether a board has room for a ticket, before anything is built. What is refused here cannot fit; the linker has the
//! last word on what is close.

use tombola_firmware::boards::Board;

use crate::bad_input;
use crate::structure::anatomy;
use crate::ticket::Ticket;

/// Bytes of flash of `classify` without a ticket, at least.
const PROGRAM: usize = 7 << 10;
/// Bytes of flash that a weight takes, at least: four for its value, one to say which input it belongs to.
const WEIGHT: usize = 5;
/// Bytes of stack that the program takes without a ticket, and some to spare.
const STACK: usize = 5 << 10;
/// Bytes of RAM for handlers and for the channels of a debug probe.
const OTHERS: usize = 4 << 10;

/// The bytes of stack that a ticket is given.
///
/// # Errors
/// Bad input if the board is too small.
pub fn check(ticket: &Ticket, board: &Board) -> anyhow::Result<u32> {
    let weights = anatomy(ticket).active_weights;
    let flash = PROGRAM.saturating_add(weights.saturating_mul(WEIGHT));
    let Board { name, .. } = board;
    if (board.flash.length as usize) < flash {
        return Err(bad_input!(
            "the ticket does not fit {name}: {weights} active weights take at least {} KiB of flash, and it has {} KiB; \
             choose a sparser ticket or another board",
            flash.div_ceil(1 << 10),
            board.flash.length >> 10
        ));
    }
    // Inputs, outputs and activations are on the stack, each at most twice: as they come and as they are worked on.
    let units = ticket
        .widths
        .iter()
        .fold(0_usize, |units, &width| units.saturating_add(width));
    let stack = STACK
        .saturating_add(units.saturating_mul(2 * size_of::<f32>()))
        .next_multiple_of(1 << 10);
    let ram = stack.saturating_add(OTHERS);
    if (board.ram.length as usize) < ram {
        return Err(bad_input!(
            "the ticket does not fit {name}: {units} inputs, outputs and hidden neurons take {} KiB of RAM, and it has {} \
             KiB; choose a smaller network or another board",
            ram.div_ceil(1 << 10),
            board.ram.length >> 10
        ));
    }
    Ok(stack as u32)
}

#[cfg(test)]
mod tests {
    use tombola_firmware::boards::find;

    use super::check;
    use crate::error::is_bad_input;
    use crate::ticket::{TaskPorts, Ticket};

    /// A dense ticket of these widths.
    fn ticket(widths: &[usize]) -> Ticket {
        let weights: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let biases: usize = widths[1..].iter().sum();
        Ticket {
            widths: widths.to_vec(),
            tasks: vec![TaskPorts {
                name: "all".to_owned(),
                inputs: (0..widths[0]).collect(),
                outputs: (0..widths[widths.len() - 1]).collect(),
                classes: None,
            }],
            params: [vec![0.5; weights], vec![0.0; biases]].concat(),
            mask: vec![true; weights],
            initial: None,
            rewind: None,
            normalization: None,
            origin: None,
        }
    }

    #[test]
    fn what_cannot_fit_is_refused_with_numbers() {
        let m0 = find("qemu-m0").unwrap();
        assert_eq!(check(&ticket(&[4, 32, 32, 2]), m0).unwrap() % 1024, 0);
        for (widths, words) in [
            (&[4, 300, 300, 2][..], ["456 KiB of flash", "has 256 KiB"]),
            (&[2000, 2, 2], ["KiB of RAM", "has 16 KiB"]),
        ] {
            let error = check(&ticket(widths), m0).unwrap_err();
            assert!(is_bad_input(&error));
            for word in words {
                assert!(error.to_string().contains(word), "{error}");
            }
        }
    }
}
