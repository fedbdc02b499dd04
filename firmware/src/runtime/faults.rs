//! The end of a program that does what it must not: logged, and with an error.

#![expect(
    unsafe_code,
    reason = "handlers are entered by the core alone, and one register has no name in the crate"
)]

use core::panic::PanicInfo;
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
pub fn panicked(info: &PanicInfo<'_>) -> ! {
    end(|| {
        if let Some(place) = info.location() {
            defmt::error!("panicked at {=str}:{=u32}", place.file(), place.line());
        }
    })
}

// On the handlers' stack, whatever became of the program's. With the trampoline, cortex-m-rt would read from that.
#[exception(trampoline = false)]
unsafe fn HardFault() -> ! {
    end(|| {
        let place = psp::read() as usize;
        if place < stack::bottom() as usize || is_stack_limit() {
            defmt::error!("stack overflow: {=usize} bytes are not enough", crate::STACK);
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
    end(|| defmt::error!("interrupt {=i16}, which nobody asked for", interrupt));
}

/// The configurable fault status; the smallest cores have none.
fn status() -> u32 {
    if cfg!(armv6m) {
        return 0;
    }
    // SAFETY: it is there on all others, and reading changes nothing.
    unsafe { (0xE000_ED28 as *const u32).read_volatile() }
}

/// Whether the stack pointer met its limit, on cores that have one.
fn is_stack_limit() -> bool {
    const STACK_OVERFLOW: u32 = 1 << 20;
    cfg!(armv8m) && status() & STACK_OVERFLOW != 0
}
