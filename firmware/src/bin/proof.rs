//! Proof that what `classify` does with a frame, whatever is in it, cannot panic: the panic handler of this program calls
//! a function that does not exist. It links as long as the compiler finds that the handler is never called.
//!
//! The modules are compiled in here, without the library around them: its log and its faults may panic. With
//! `--cfg planted_panic` the program can, too, and must not link.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![cfg_attr(
    target_os = "none",
    expect(dead_code, unreachable_pub, reason = "the modules are the library's")
)]

#[cfg(target_os = "none")]
#[path = "../boards.rs"]
mod boards;
#[cfg(target_os = "none")]
#[path = "../serve.rs"]
mod serve;
#[cfg(target_os = "none")]
#[path = "../stream/mod.rs"]
mod stream;

#[cfg(target_os = "none")]
include!(concat!(env!("OUT_DIR"), "/build.rs"));

#[cfg(target_os = "none")]
mod on_board {
    #![expect(unsafe_code, reason = "what is linked is the point")]

    use core::hint::black_box;
    use core::panic::PanicInfo;

    use crate::serve::{Answer, Around, classify, serve};
    use crate::stream::message::Unit;
    use crate::ticket::INPUT_COUNT;

    unsafe extern "C" {
        fn the_classify_path_can_panic() -> !;
    }

    #[panic_handler]
    fn panic(_: &PanicInfo<'_>) -> ! {
        // SAFETY: it does not exist, so this is never linked, let alone called.
        unsafe { the_classify_path_can_panic() }
    }

    /// Bytes of any value and number.
    struct Anything;

    impl Around for Anything {
        const UNIT: Unit = Unit::Cycles;
        const ENDS: bool = true;

        fn read(&mut self, bytes: &mut [u8]) -> usize {
            black_box(bytes);
            black_box(0)
        }

        fn write(&mut self, bytes: &[u8]) {
            black_box(bytes);
        }

        fn measured(&mut self, inputs: &[crate::Input; INPUT_COUNT], answer: &mut Answer) -> u32 {
            classify(inputs, answer);
            black_box(0)
        }
    }

    /// What the linker starts from.
    #[unsafe(no_mangle)]
    extern "C" fn _start() -> ! {
        loop {
            serve(&mut Anything);
            #[cfg(planted_panic)]
            black_box([0; 3][black_box(3)]);
        }
    }
}

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    eprintln!("proof is linked for a board, and not run");
    std::process::ExitCode::FAILURE
}
