//! Through QEMU's semihosting: requests on its standard input, replies on standard error, the log on standard output.
//!
//! Every call stops the emulated core, so a message is one call. The crate `defmt-semihosting` makes one for each byte,
//! and slices as only `core::fmt` can complain about.

use semihosting::io::{self, Read, Stderr, Stdin, Write};

use super::Exit;

/// The way to the host.
#[derive(Debug)]
pub struct Link {
    requests: Option<Stdin>,
    replies: Option<Stderr>,
}

impl Link {
    /// Whether [`Link::read`] finds nothing only when nothing will come any more.
    pub const ENDS: bool = true;

    pub(super) fn open() -> Self {
        Self {
            requests: io::stdin().ok(),
            replies: io::stderr().ok(),
        }
    }

    /// Waits for bytes from the host, and returns how many came; 0 at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        let requests = self.requests.as_mut();
        requests.map_or(0, |requests| requests.read(buffer).unwrap_or(0))
    }

    /// Sends bytes to the host.
    pub fn write(&mut self, bytes: &[u8]) {
        if let Some(replies) = &mut self.replies {
            write(replies, bytes);
        }
    }
}

/// Writes as long as the host takes any.
fn write(to: &mut impl Write, mut bytes: &[u8]) {
    while let Ok(count @ 1..) = to.write(bytes) {
        bytes = bytes.get(count..).unwrap_or(&[]);
    }
}

pub(super) fn exit(exit: Exit) -> ! {
    semihosting::process::exit(exit as i32)
}

mod log {
    //! The end of defmt that knows where bytes go.

    #![expect(unsafe_code, reason = "defmt's logger is unsafe to implement")]

    use core::cell::UnsafeCell;

    use defmt::{Encoder, global_logger};
    use heapless::Vec;
    use semihosting::io;

    /// Bytes that are written at once.
    const BUFFER: usize = 128;

    #[global_logger]
    struct Logger;

    struct State {
        encoder: Encoder,
        output: Output,
    }

    struct Shared(UnsafeCell<State>);

    // SAFETY: there is one core, and of the handlers only those of faults log. They may come in the middle of a message,
    // but what was interrupted never goes on: from then on the handler alone has the state, whatever is in it.
    unsafe impl Sync for Shared {}

    static STATE: Shared = Shared(UnsafeCell::new(State {
        encoder: Encoder::new(),
        output: Output(Vec::new()),
    }));

    fn with(work: impl FnOnce(&mut Encoder, &mut Output)) {
        // SAFETY: as above: nothing else uses it while `work` does, since what defmt calls below calls nothing here,
        // and whom a fault interrupts is not resumed.
        let State { encoder, output } = unsafe { &mut *STATE.0.get() };
        work(encoder, output);
    }

    struct Output(Vec<u8, BUFFER>);

    impl Output {
        // Inlined into each call that defmt makes, it would be 160 bytes more.
        #[inline(never)]
        fn put(&mut self, bytes: &[u8]) {
            for &byte in bytes {
                // There is room: it is made below.
                let _ = self.0.push(byte);
                if self.0.is_full() {
                    self.flush();
                }
            }
        }

        fn flush(&mut self) {
            if let Ok(mut out) = io::stdout() {
                super::write(&mut out, &self.0);
            }
            self.0.clear();
        }
    }

    // SAFETY: `acquire` gives the encoder a clean start, the others do what they are called for.
    unsafe impl defmt::Logger for Logger {
        fn acquire() {
            with(|encoder, output| {
                encoder.start_frame(|bytes| output.put(bytes));
            });
        }

        unsafe fn flush() {}

        unsafe fn release() {
            with(|encoder, output| {
                encoder.end_frame(|bytes| output.put(bytes));
                output.flush();
            });
        }

        unsafe fn write(bytes: &[u8]) {
            with(|encoder, output| encoder.write(bytes, |bytes| output.put(bytes)));
        }
    }

    /// Gives up the message under way: a fault has one that is more important.
    pub(in crate::runtime) fn interrupt() {
        with(|encoder, output| {
            encoder.end_frame(|bytes| output.put(bytes));
        });
    }
}

pub(super) use log::interrupt;
