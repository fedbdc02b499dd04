//! The program's stack. It lies first in RAM, with nothing below, and the handlers of faults have another: so an
//! overflow is a fault, which is reported, and never a silent change of somebody's data.

use core::ptr;

#[expect(unsafe_code, reason = "the linker script defines them")]
unsafe extern "C" {
    static mut _stack_bottom: u32;
    static mut _stack_top: u32;
}

/// What a word holds that the stack has not reached.
const UNUSED: u32 = 0xACED_ACED;

/// The first address that belongs to the stack.
pub(super) fn bottom() -> *mut u32 {
    &raw mut _stack_bottom
}

fn top() -> *mut u32 {
    &raw mut _stack_top
}

/// Words of the stack.
fn words() -> usize {
    (top() as usize - bottom() as usize) / size_of::<u32>()
}

/// Goes on in `program`, on the program's stack.
#[expect(unsafe_code, reason = "the stack is memory that no Rust object has")]
pub(super) fn enter(program: extern "C" fn() -> !) -> ! {
    for word in 0..words() {
        // SAFETY: the linker keeps this region for the stack, and nobody is on it yet: this runs on the handlers' stack.
        unsafe { bottom().add(word).write_volatile(UNUSED) };
    }
    #[cfg(armv8m)]
    // SAFETY: nothing but this stack lies between bottom and top.
    unsafe {
        cortex_m::register::psplim::write(bottom() as u32);
    }
    // SAFETY: as above, and the region is aligned to 8 bytes, as its length is.
    unsafe { cortex_m::asm::enter_privileged_psp(top(), program) }
}

/// Bytes of the stack that have been used so far, at most.
#[expect(unsafe_code, reason = "the stack is memory that no Rust object has")]
pub fn used() -> usize {
    let is_unused = |&word: &usize| {
        // SAFETY: within the region; what lies above the stack pointer may be anything, but is memory.
        unsafe { ptr::read_volatile(bottom().add(word)) == UNUSED }
    };
    let unused = (0..words()).take_while(is_unused).count();
    (words() - unused) * size_of::<u32>()
}
