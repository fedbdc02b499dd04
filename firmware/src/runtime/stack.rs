//! The program's stack. It lies first in RAM; what is below faults, and the handlers of faults have another stack: so an
//! overflow is reported, and never a silent change of other data.
//!
//! Where nothing is below RAM, nothing must answer there, and not every bus keeps to that: some read as 0. So the memory
//! protection unit guards the 16 MiB below, more than any frame of a function could jump over; ARMv8-M has a register for
//! the stack's limit. The smallest cores have neither, and rely on the bus.

use core::ops::Range;
use core::ptr;

#[expect(unsafe_code, reason = "the linker script defines them")]
unsafe extern "C" {
    static mut _stack_bottom: u32;
    static mut _stack_top: u32;
}

/// The guarded memory is at its size's multiples, and this is the size's logarithm.
const GUARD: u32 = {
    let alignment = crate::BOARD.ram.origin.trailing_zeros();
    if alignment < 24 { alignment } else { 24 }
};

/// What a word holds that the stack has not reached.
const UNUSED: u32 = 0xACED_ACED;

/// The first address that belongs to the stack.
pub(super) fn bottom() -> *mut u32 {
    &raw mut _stack_bottom
}

/// What lies below the stack, as far as a frame of a function may jump.
pub(super) fn below() -> Range<usize> {
    let bottom = crate::BOARD.ram.origin as usize;
    bottom - (1 << GUARD)..bottom
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
        // SAFETY: the linker keeps this region for the stack, and nothing is on it yet: this runs on the handlers' stack.
        unsafe { bottom().add(word).write_volatile(UNUSED) };
    }
    #[cfg(not(any(armv6m, armv8m)))]
    guard();
    #[cfg(armv8m)]
    // SAFETY: nothing but this stack lies between bottom and top.
    unsafe {
        cortex_m::register::psplim::write(bottom() as u32);
    }
    // SAFETY: as above, and the region is aligned to 8 bytes, as its length is.
    unsafe { cortex_m::asm::enter_privileged_psp(top(), program) }
}

/// Forbids all access below RAM, where there is a memory protection unit.
#[cfg(not(any(armv6m, armv8m)))]
#[expect(unsafe_code, reason = "the registers of the memory protection unit")]
fn guard() {
    const NO_EXECUTION: u32 = 1 << 28;
    const ENABLE: u32 = 1;
    const DEFAULT_ELSEWHERE: u32 = 1 << 2;
    // SAFETY: nothing that is used lies below RAM but code, which is further away, and constants, as code.
    unsafe {
        let unit = &*cortex_m::peripheral::MPU::PTR;
        if unit._type.read().to_le_bytes()[1] == 0 {
            return;
        }
        unit.rnr.write(0);
        unit.rbar.write(crate::BOARD.ram.origin - (1 << GUARD));
        unit.rasr.write(NO_EXECUTION | (GUARD - 1) << 1 | ENABLE);
        // Handlers of faults are not guarded: they are not on this stack.
        unit.ctrl.write(DEFAULT_ELSEWHERE | ENABLE);
    }
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
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
