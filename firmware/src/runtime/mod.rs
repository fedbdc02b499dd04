//! What a program needs on a board: a stack that cannot overflow in silence, faults that are reported, a log, the way to
//! the host, and a counter.

mod count;
mod faults;
#[cfg_attr(reach = "qemu", path = "link_qemu.rs")]
#[cfg_attr(reach = "probe", path = "link_probe.rs")]
mod link;
mod stack;

#[doc(hidden)]
pub use cortex_m_rt::entry;
pub use count::Counter;
#[doc(hidden)]
pub use faults::panicked;
pub use link::Link;
pub use stack::used as stack_used;

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked.
    Done = 0,
    /// It could not.
    Failed = 1,
    /// It panicked or faulted.
    Fault = 2,
}

/// A program.
pub trait Program {
    /// Runs it.
    fn run(link: Link, counter: Counter) -> Exit;
}

/// Runs a program on a stack of its own, and ends with what it comes to.
pub fn start<P: Program>() -> ! {
    stack::enter(on_stack::<P>)
}

extern "C" fn on_stack<P: Program>() -> ! {
    let link = Link::open();
    let counter = Counter::start();
    link::exit(P::run(link, counter))
}

/// Makes a [`Program`] the one of this binary.
#[macro_export]
macro_rules! program {
    ($program:ty) => {
        use $crate::runtime::entry;

        #[entry]
        fn main() -> ! {
            $crate::runtime::start::<$program>()
        }

        // Inlined where a panic is, it shows the compiler that the message is not used: what would put that
        // together, all of `core::fmt`, is then not in the image.
        #[panic_handler]
        #[inline(always)]
        fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
            $crate::runtime::panicked(info.location())
        }
    };
}
