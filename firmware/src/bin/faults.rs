//! Fails as the tests ask, so that they see how a program ends. The first byte from the host says how: `o` overflows the
//! stack, `b` by a frame larger than all of it, `d` by a push that leaves room for the fault, `p` panics, `f` executes
//! what is no instruction.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod on_board {
    use core::hint::black_box;
    use core::mem::MaybeUninit;

    use cortex_m::asm::udf;
    #[cfg(not(armv6m))]
    use tombola_firmware::BOARD;
    use tombola_firmware::STACK;
    use tombola_firmware::runtime::{Counter, Exit, Link, Program};

    struct Faults;

    impl Program for Faults {
        fn run(mut link: Link, _: Counter) -> Exit {
            let mut byte = [0];
            link.read(&mut byte);
            defmt::info!("asked for {=u8}", byte[0]);
            match byte[0] {
                b'o' => _ = overflow(0),
                b'b' => _ = big(),
                #[cfg(not(armv6m))]
                b'd' => push(),
                b'p' => _ = black_box([1, 2, 3][black_box(3)]),
                b'f' => udf(),
                _ => {}
            }
            Exit::Done
        }
    }

    #[expect(unconditional_recursion, reason = "the point")]
    fn overflow(depth: u32) -> u32 {
        let frame = black_box([depth; 16]);
        overflow(frame[0] + 1) + black_box(frame)[15]
    }

    #[inline(never)]
    fn big() -> u32 {
        // Only the end that is furthest away is touched.
        let mut frame = MaybeUninit::<[u32; STACK]>::uninit();
        let lowest = frame.as_mut_ptr().cast::<u32>();
        #[expect(
            unsafe_code,
            reason = "an array that is written whole would touch every word on the way"
        )]
        // SAFETY: were there so much stack, this would be within it.
        unsafe {
            black_box(lowest).write_volatile(7);
            black_box(lowest).read_volatile()
        }
    }

    /// Overflows by one store, before which there is room for what a fault saves.
    #[cfg(not(armv6m))]
    fn push() {
        // SAFETY: what is below the stack is guarded, so this never goes on.
        #[expect(unsafe_code, reason = "the stack pointer is moved")]
        unsafe {
            core::arch::asm!(
                "mov sp, {near}",
                "str {near}, [sp, #-252]!",
                "udf #0",
                near = in(reg) BOARD.ram.origin + 128,
                options(noreturn)
            )
        }
    }

    tombola_firmware::program!(Faults);
}

#[cfg(not(target_os = "none"))]
fn main() -> std::process::ExitCode {
    eprintln!("faults runs on boards, for the tests");
    std::process::ExitCode::FAILURE
}
