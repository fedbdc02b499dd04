//! Logs a panic, a fault or an overflow of the stack, and ends the program with an error.

#![expect(
    unsafe_code,
    reason = "handlers are entered by the core alone, and one register has no name in the crate"
)]

use core::panic::Location;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m::register::psp;
use cortex_m_rt::exception;

use super::{Exit, link, stack};

/// Whether the end is being reported. Who fails at that ends in silence, but ends.
static ENDS: AtomicBool = AtomicBool::new(false);

/// Reports and ends, once.
fn end(report: impl FnOnce()) -> ! {
    if !ENDS.load(Ordering::Relaxed) {
        ENDS.store(true, Ordering::Relaxed);
        link::interrupt();
        report();
    }
    link::exit(Exit::Fault)
}

/// Ends after a panic. Its message is left out: to put it together takes `core::fmt`, which is larger than all the rest.
pub fn panicked(place: Option<&Location<'_>>) -> ! {
    end(|| {
        if let Some(place) = place {
            defmt::error!("panicked at {=str}:{=u32}", place.file(), place.line());
        }
    })
}

// On the handlers' stack, whatever became of the program's. With the trampoline, cortex-m-rt would read from that.
#[exception(trampoline = false)]
unsafe fn HardFault() -> ! {
    end(|| {
        let place = psp::read() as usize;
        if let Some(seen_by) = overflow(place) {
            defmt::error!(
                "stack overflow: {=usize} bytes are not enough, says {=str}",
                crate::STACK,
                seen_by
            );
        } else {
            defmt::error!(
                "fault {=u32:#010x}, process stack at {=usize:#010x}",
                status(),
                place
            );
        }
    })
}

#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    end(|| defmt::error!("unexpected interrupt {=i16}", interrupt));
}

/// Who has seen the stack overflow, if it has, its pointer being at `place`.
fn overflow(place: usize) -> Option<&'static str> {
    // Of the configurable fault status.
    const MEMORY: u32 = 0xFF;
    const MEMORY_ADDRESS: u32 = 1 << 7;
    const BUS_ADDRESS: u32 = 1 << 15;
    const STACK_LIMIT: u32 = 1 << 20;
    let status = status();
    // A push that fails leaves the pointer where it was; but it was meant for an address below.
    let is_below = |address: usize| stack::below().contains(&address);
    let meant = (status & MEMORY_ADDRESS != 0 && is_below(register(0xE000_ED34) as usize))
        || (status & BUS_ADDRESS != 0 && is_below(register(0xE000_ED38) as usize));
    if cfg!(armv8m) && status & STACK_LIMIT != 0 {
        Some("the stack limit")
    } else if !meant && stack::bottom() as usize <= place {
        None
    } else if status & MEMORY != 0 {
        Some("the memory protection unit")
    } else {
        Some("the bus")
    }
}

/// The configurable fault status; the smallest cores have none.
fn status() -> u32 {
    register(0xE000_ED28)
}

/// A register that says why there is a fault; 0 on the smallest cores, which have none.
fn register(address: usize) -> u32 {
    if cfg!(armv6m) {
        return 0;
    }
    // SAFETY: it is there on all others, and reading changes nothing.
    unsafe { (address as *const u32).read_volatile() }
}
