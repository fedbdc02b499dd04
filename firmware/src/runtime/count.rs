//! Counts what a piece of code takes: cycles of a board's core, or, in QEMU, which knows no cycles, instructions.

#[cfg(reach = "qemu")]
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::Peripherals;
#[cfg(reach = "qemu")]
use cortex_m::peripheral::{SYST, syst::SystClkSource};

use crate::stream::message::Unit;

/// A counter that runs.
#[derive(Debug)]
pub struct Counter(());

#[cfg(reach = "probe")]
impl Counter {
    /// What is counted.
    pub const UNIT: Unit = Unit::Cycles;

    pub(super) fn start() -> Self {
        if let Some(mut core) = Peripherals::take() {
            core.DCB.enable_trace();
            // The smallest cores have no such counter; some of the others lock it until they are told not to.
            #[cfg(not(armv6m))]
            {
                cortex_m::peripheral::DWT::unlock();
                core.DWT.enable_cycle_counter();
            }
        }
        Self(())
    }

    /// The count so far; it starts again after 2³² cycles. Where nothing counts, it stands still.
    #[inline(always)]
    pub fn now(&self) -> u64 {
        #[cfg(armv6m)]
        let count = 0_u32;
        #[cfg(not(armv6m))]
        let count = cortex_m::peripheral::DWT::cycle_count();
        u64::from(count)
    }

    /// What was counted between two calls of [`Counter::now`].
    pub fn between(&self, from: u64, to: u64) -> u64 {
        u64::from((to as u32).wrapping_sub(from as u32))
    }
}

/// How often the `SysTick`, of 24 bits, has started again.
#[cfg(reach = "qemu")]
static ROUNDS: AtomicU32 = AtomicU32::new(0);

#[cfg(reach = "qemu")]
#[cortex_m_rt::exception]
fn SysTick() {
    // There is no other writer.
    ROUNDS.store(ROUNDS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

#[cfg(reach = "qemu")]
impl Counter {
    /// What is counted.
    pub const UNIT: Unit = Unit::Instructions;

    pub(super) fn start() -> Self {
        if let Some(mut core) = Peripherals::take() {
            core.SYST.set_clock_source(SystClkSource::Core);
            core.SYST.set_reload(0x00FF_FFFF);
            core.SYST.clear_current();
            core.SYST.enable_interrupt();
            core.SYST.enable_counter();
        }
        Self(())
    }

    /// Ticks so far.
    #[inline(always)]
    pub fn now(&self) -> u64 {
        loop {
            let rounds = ROUNDS.load(Ordering::Relaxed);
            let ticks = 0x00FF_FFFF - SYST::get_current();
            if ROUNDS.load(Ordering::Relaxed) == rounds {
                return u64::from(rounds) << 24 | u64::from(ticks);
            }
        }
    }

    /// The instructions between two calls of [`Counter::now`]. With `-icount shift=6` each takes 64 ns of the machine's
    /// time, in which its clock ticks `64 · clock / 10⁹` times.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        const CLOCK: u64 = crate::BOARD.clock.wake as u64;
        ((to - from) * (1_000_000_000 / 64) + CLOCK / 2) / CLOCK
    }
}
