//! Through a debug probe and RTT: requests in down channel 0, replies in up channel 1; defmt has up channel 0.

use core::sync::atomic::{Ordering, compiler_fence};

use rtt_target::ChannelMode::NoBlockSkip;
use rtt_target::{DownChannel, UpChannel, rtt_init, set_defmt_channel};

use super::Exit;

/// The way to the host.
pub struct Link {
    requests: DownChannel,
    replies: UpChannel,
}

impl Link {
    /// Whether [`Link::read`] finds nothing only when nothing will come any more.
    pub const ENDS: bool = false;

    pub(super) fn open() -> Self {
        // A board that nobody listens to goes on: what is said is lost. probe-rs and tombola make the channels wait.
        let channels = rtt_init! {
            up: {
                0: { size: 1024, mode: NoBlockSkip, name: "defmt" }
                1: { size: 512, mode: NoBlockSkip, name: "replies" }
            }
            down: {
                0: { size: 512, name: "requests" }
            }
        };
        set_defmt_channel(channels.up.0);
        Self {
            requests: channels.down.0,
            replies: channels.up.1,
        }
    }

    /// Returns how many bytes from the host there are, without waiting.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        self.requests.read(buffer)
    }

    /// Sends bytes to the host.
    pub fn write(&mut self, bytes: &[u8]) {
        self.replies.write(bytes);
    }
}

/// Gives up the message under way. The logger cannot; if there is one, nothing more is logged.
pub(super) fn interrupt() {}

pub(super) fn exit(exit: Exit) -> ! {
    const DEBUGGER_IS_THERE: u32 = 1;
    // SAFETY: the debugger's register, on every Cortex-M; reading changes nothing.
    #[expect(
        unsafe_code,
        reason = "a register that the crate reads for its own purposes only"
    )]
    let status = unsafe { (*cortex_m::peripheral::DCB::PTR).dhcsr.read() };
    if status & DEBUGGER_IS_THERE != 0 {
        semihosting::process::exit(exit as i32);
    }
    // Without one, the call would be a fault, and this is where faults end.
    loop {
        compiler_fence(Ordering::SeqCst);
    }
}
