//! The RTT channels of a program: rings of bytes in the board's memory, which the host reads and fills.
//!
//! probe-rs could do this, too, but only on a board. These lines run in the tests on an emulated one.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, bail};
use tombola_firmware::LISTENS;

use super::link::{Link, Stop, read_words};
use crate::board::Image;

/// How long the core runs between two looks at its memory.
pub(super) const TURN: Duration = Duration::from_millis(2);
/// How often that is before the program has made its channels.
const TURNS: usize = 500;

/// Words of a channel's description.
const WORDS: u32 = 6;
const WRITE: u32 = 12;
const READ: u32 = 16;
const FLAGS: u32 = 20;
/// The board drops what there is no room for, instead of waiting for a host.
const SKIP_IF_FULL: u32 = 0;

/// A channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    /// Where its description lies.
    at: u32,
    buffer: u32,
    size: u32,
}

/// The channels of a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channels {
    pub(super) log: Channel,
    pub(super) replies: Channel,
    requests: Channel,
}

impl Channels {
    /// Starts a program that has not run yet, which makes the channels, and tells it that a host listens from the start.
    ///
    /// # Errors
    /// If it makes none, or the way is broken.
    pub(super) fn open(link: &mut impl Link, image: &Image) -> anyhow::Result<Self> {
        let block = image.rtt.context("the image has no RTT channels")? as u32;
        let host = image.host.context("the image does not ask for its host")? as u32;
        // What a program left in this memory before the reset is none of this one's.
        link.write(block, &[0; 16])?;
        link.write(host, &LISTENS.to_le_bytes())?;
        let mut turns = 0;
        while read_words::<4>(link, block)?.map(u32::to_le_bytes).as_flattened()[..10] != *b"SEGGER RTT" {
            turns += 1;
            if turns == TURNS {
                bail!("the board's program does not start; is it the board that is named?");
            }
            if let Some(stop) = link.run(TURN)? {
                bail!(
                    "the board's program does not start: {}",
                    super::words(link, &stop, image)
                );
            }
        }
        let [ups] = read_words(link, block + 16)?;
        let mut channel = |number: u32| -> anyhow::Result<Channel> {
            let at = block + 24 + number * WORDS * 4;
            let [_, buffer, size] = read_words(link, at)?;
            Ok(Channel { at, buffer, size })
        };
        if 16 < ups {
            bail!("the board's RTT channels cannot be read: it says that there are {ups}");
        }
        Ok(Self {
            log: channel(0)?,
            replies: channel(1)?,
            requests: channel(ups)?,
        })
    }

    /// Leaves a program that runs on without a host.
    ///
    /// # Errors
    /// If the way is broken.
    pub(super) fn close(&self, link: &mut impl Link) -> anyhow::Result<()> {
        for up in [self.log, self.replies] {
            link.write(up.at + FLAGS, &SKIP_IF_FULL.to_le_bytes())?;
        }
        Ok(())
    }

    /// Puts as much into the down channel as it has room for.
    ///
    /// # Errors
    /// If the way is broken.
    pub(super) fn put(&self, link: &mut impl Link, unsent: &mut VecDeque<u8>) -> anyhow::Result<()> {
        let channel = self.requests;
        let [mut write, read] = read_words(link, channel.at + WRITE)?;
        if channel.size <= write || channel.size <= read {
            return Ok(());
        }
        loop {
            // One place stays empty, or a full channel would look like an empty one.
            let end = if write < read {
                read - 1
            } else {
                channel.size - u32::from(read == 0)
            };
            let count = (end - write).min(unsent.len() as u32);
            if count == 0 {
                break;
            }
            let bytes: Vec<u8> = unsent.drain(..count as usize).collect();
            link.write(channel.buffer + write, &bytes)?;
            write = (write + count) % channel.size;
        }
        link.write(channel.at + WRITE, &write.to_le_bytes())
    }
}

impl Channel {
    /// Takes what is in an up channel.
    ///
    /// # Errors
    /// If the way is broken.
    pub(super) fn take(self, link: &mut impl Link) -> anyhow::Result<Vec<u8>> {
        let [write, read] = read_words(link, self.at + WRITE)?;
        if write == read || self.size <= write || self.size <= read {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::new();
        let pieces = if read < write {
            [(read, write), (0, 0)]
        } else {
            [(read, self.size), (0, write)]
        };
        for (from, to) in pieces {
            let start = bytes.len();
            bytes.resize(start + (to - from) as usize, 0);
            if from < to {
                link.read(self.buffer + from, &mut bytes[start..])?;
            }
        }
        link.write(self.at + READ, &write.to_le_bytes())?;
        Ok(bytes)
    }
}

/// What is under way between two looks at the memory.
pub(super) fn turn(
    link: &mut impl Link,
    channels: &Channels,
    unsent: &mut VecDeque<u8>,
) -> anyhow::Result<(Option<Stop>, [Vec<u8>; 2])> {
    if !unsent.is_empty() {
        channels.put(link, unsent)?;
    }
    let stop = link.run(TURN)?;
    let said = [channels.log.take(link)?, channels.replies.take(link)?];
    Ok((stop, said))
}
