//! What a debug probe does for a board: the trait that probe-rs, and in tests others, stand behind.

use std::time::Duration;

use anyhow::Context;

/// A register of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// Where the core is.
    Place,
    /// The program's stack, which an exception has put its frame on.
    Stack,
    /// The state of the program, whose low nine bits are the number of an exception that is handled.
    State,
}

/// Why a core stopped by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Its program has ended, with this code.
    End(i32),
    /// Something else, in words.
    Other(String),
}

/// A core behind a debug probe. It is halted at the start of the program before the first [`Link::run`].
pub trait Link {
    /// Reads memory, whether the core runs or not.
    ///
    /// # Errors
    /// If the way is broken.
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> anyhow::Result<()>;

    /// Writes memory, whether the core runs or not.
    ///
    /// # Errors
    /// If the way is broken.
    fn write(&mut self, address: u32, bytes: &[u8]) -> anyhow::Result<()>;

    /// Reads a register of a core that has stopped.
    ///
    /// # Errors
    /// If the way is broken.
    fn register(&mut self, register: Register) -> anyhow::Result<u32>;

    /// Lets the core run for a while, and returns why it has stopped, if it has.
    ///
    /// # Errors
    /// If the way is broken.
    fn run(&mut self, time: Duration) -> anyhow::Result<Option<Stop>>;

    /// Lets go of the core, which runs on if it has not stopped by itself.
    ///
    /// # Errors
    /// If the way is broken.
    fn release(&mut self) -> anyhow::Result<()>;
}

/// A link whose errors say what to do.
pub(super) struct Wired<L>(pub(super) L);

impl<L: Link> Wired<L> {
    fn with<T>(&mut self, work: impl FnOnce(&mut L) -> anyhow::Result<T>) -> anyhow::Result<T> {
        work(&mut self.0)
            .context("the way to the board is broken; check the cable and start the command again")
    }
}

impl<L: Link> Link for Wired<L> {
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> anyhow::Result<()> {
        self.with(|link| link.read(address, bytes))
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> anyhow::Result<()> {
        self.with(|link| link.write(address, bytes))
    }

    fn register(&mut self, register: Register) -> anyhow::Result<u32> {
        self.with(|link| link.register(register))
    }

    fn run(&mut self, time: Duration) -> anyhow::Result<Option<Stop>> {
        self.with(|link| link.run(time))
    }

    fn release(&mut self) -> anyhow::Result<()> {
        self.with(Link::release)
    }
}

/// Reads words.
///
/// # Errors
/// If the way is broken.
pub(super) fn read_words<const N: usize>(link: &mut impl Link, address: u32) -> anyhow::Result<[u32; N]> {
    let mut bytes = vec![0; N * size_of::<u32>()];
    link.read(address, &mut bytes)?;
    let mut words = bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
    Ok(std::array::from_fn(|_| words.next().unwrap_or_default()))
}
