//! Through a debug probe and RTT: requests in down channel 0, replies in up channel 1; defmt has up channel 0.

use core::mem::MaybeUninit;
use core::sync::atomic::{Ordering, compiler_fence};

use rtt_target::ChannelMode::{BlockIfFull, NoBlockSkip};
use rtt_target::{DownChannel, UpChannel, rtt_init, set_defmt_channel};

use super::Exit;
use crate::LISTENS;

/// A word that no start touches: a host that holds the core at its reset writes [`LISTENS`] here.
#[expect(unsafe_code, reason = "the host finds it by its name")]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".uninit.TOMBOLA_HOST")]
static mut TOMBOLA_HOST: MaybeUninit<u32> = MaybeUninit::uninit();

/// Whether a host listens, once for each time that it says so.
fn host_listens() -> bool {
    let word = (&raw mut TOMBOLA_HOST).cast::<u32>();
    // SAFETY: nothing else in the program touches it, and as memory any bits make a word.
    #[expect(unsafe_code, reason = "what the word holds comes from elsewhere")]
    unsafe {
        let listens = word.read_volatile() == LISTENS;
        word.write_volatile(0);
        listens
    }
}

/// The way to the host.
pub struct Link {
    requests: DownChannel,
    replies: UpChannel,
}

impl Link {
    /// Whether [`Link::read`] finds nothing only when nothing will come any more.
    pub const ENDS: bool = false;

    pub(super) fn open() -> Self {
        // Without a listener the board goes on, and what it logs is lost. `probe-rs run` makes the channels wait.
        let mut channels = rtt_init! {
            up: {
                0: { size: 1024, mode: NoBlockSkip, name: "defmt" }
                1: { size: 512, mode: NoBlockSkip, name: "replies" }
            }
            down: {
                0: { size: 512, name: "requests" }
            }
        };
        if host_listens() {
            channels.up.0.set_mode(BlockIfFull);
            channels.up.1.set_mode(BlockIfFull);
        }
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
    #[expect(
        unsafe_code,
        reason = "a register that the crate reads for its own purposes only"
    )]
    // SAFETY: the debugger's register, on every Cortex-M; reading changes nothing.
    let status = unsafe { (*cortex_m::peripheral::DCB::PTR).dhcsr.read() };
    if status & DEBUGGER_IS_THERE != 0 {
        semihosting::process::exit(exit as i32);
    }
    // Without one, the call would be a fault, and this is where faults end.
    loop {
        compiler_fence(Ordering::SeqCst);
    }
}
