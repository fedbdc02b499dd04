//! Puts a ticket on any Cortex-M, and finds tickets there.
//!
//! The programs, `classify` and `lottery`, are the binaries of this package; its README shows them. What they do is here:
//! [`serve`] answers samples that arrive in the frames of [`stream`], [`founding`] lays out a lottery in a board's memory.
//! All of that builds on the host, too, where the program `tombola` shares it, and with it the table of [`boards`]. On a
//! board there is also `runtime`: stack, faults, the way to the host, and the counter of instructions.

#![no_std]

pub mod boards;
pub mod founding;
pub mod learn;
#[cfg(target_os = "none")]
pub mod runtime;
pub mod serve;
pub mod stream;

pub use tombola::digest;

/// What a host writes into a board's `TOMBOLA_HOST` before the program starts, when it listens from then on: the RTT
/// channels then wait for it. Without that, what does not fit is dropped.
pub const LISTENS: u32 = 0x544F_4D42;

include!(concat!(env!("OUT_DIR"), "/build.rs"));
