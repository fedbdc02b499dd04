//! A board that a debug probe is connected to. probe-rs flashes it and serves its debugger's protocol; through that this
//! module finds the RTT channels in the board's memory and moves their bytes.
//!
//! probe-rs as a library would be three hundred crates, and its command line moves bytes to a board only from a
//! keyboard.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tombola_firmware::LISTENS;
use tombola_firmware::boards::{Board, Reach};

use super::gdb::{Gdb, Stop};
use super::log::Decoder;
use super::{Event, Image, Wire, check_program};

const PROBE_RS: &str = "probe-rs";
/// How long the core runs between two looks at its memory.
const TURN: Duration = Duration::from_millis(2);

fn not_started(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return anyhow!(
            "{PROBE_RS} is not installed, which speaks to debug probes; install it as https://probe.rs says: cargo \
             install probe-rs-tools --locked"
        );
    }
    anyhow::Error::new(error).context(format!("cannot start {PROBE_RS}"))
}

/// Checks that probe-rs is there.
///
/// # Errors
/// If not, with what to install.
pub fn check() -> anyhow::Result<()> {
    check_program(PROBE_RS, not_started)
}

/// probe-rs's name of a board's chip.
fn chip(board: &Board) -> anyhow::Result<&'static str> {
    match board.reach {
        Reach::Probe { chip } => Ok(chip),
        Reach::Qemu { .. } => bail!("{} is emulated; run tombola emulate", board.name),
    }
}

/// Flashes a program and shows its log until interrupted; probe-rs has the terminal.
///
/// # Errors
/// If probe-rs is missing or fails; it has said why.
pub fn flash(board: &Board, path: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(PROBE_RS);
    command.args(["run", "--chip", chip(board)?]).arg(path);
    let status = command.status().map_err(not_started)?;
    if !status.success() {
        bail!("{PROBE_RS} run ended with {status}");
    }
    Ok(())
}

/// A channel of bytes in the board's memory.
#[derive(Clone, Copy, Debug)]
struct Channel {
    /// Where its description lies.
    at: u32,
    buffer: u32,
    size: u32,
}

/// The fields of a channel's description.
const FIELDS: u32 = 6;
const WRITE: u32 = 12;
const READ: u32 = 16;
const FLAGS: u32 = 20;
/// The board drops what there is no room for, instead of waiting for a host.
const SKIP_IF_FULL: u32 = 0;

/// A board behind a probe.
#[derive(Debug)]
pub struct Probe {
    gdb: Gdb,
    /// probe-rs, where it was started here.
    #[expect(dead_code, reason = "it ends with this value")]
    server: Option<Server>,
    log: Channel,
    replies: Channel,
    requests: Channel,
    decoder: Decoder,
    events: VecDeque<Event>,
    unsent: VecDeque<u8>,
    /// Why the core has stopped by itself, if it has.
    stop: Option<Stop>,
}

impl Probe {
    /// Flashes a program that runs `classify` and connects to it.
    ///
    /// # Errors
    /// If probe-rs is missing or fails, or the board does not come up.
    pub fn start(board: &Board, path: &Path, image: &Image) -> anyhow::Result<Self> {
        let chip = chip(board)?;
        let mut download = Command::new(PROBE_RS);
        download.args(["download", "--chip", chip]).arg(path);
        let status = download.status().map_err(not_started)?;
        if !status.success() {
            bail!("{PROBE_RS} download ended with {status}");
        }
        // A port that is free now.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut command = Command::new(PROBE_RS);
        command
            .args(["gdb", "--chip", chip, "--reset-halt"])
            .args(["--gdb-connection-string", &address])
            .stdin(Stdio::null());
        let server = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(not_started)?;
        Self::connect(&address, image, Some(Server { child: server, chip }))
    }

    /// Connects to a program that waits for its start under a debug server, which is there or about to be.
    ///
    /// # Errors
    /// If there is none, or the program opens no channels.
    pub fn attach(address: &str, image: &Image) -> anyhow::Result<Self> {
        Self::connect(address, image, None)
    }

    fn connect(address: &str, image: &Image, mut server: Option<Server>) -> anyhow::Result<Self> {
        let block = image.rtt.context("the image has no RTT channels")? as u32;
        let host = image.host.context("the image does not ask for its host")? as u32;
        let mut gdb = Gdb::connect(address, Duration::from_secs(15)).map_err(|error| match &mut server {
            Some(server) => server.blame(error),
            None => error,
        })?;
        // What a program left in this memory before the reset is none of this one's.
        gdb.write(block, &[0; 16])?;
        // From the start, the channels wait for this host.
        gdb.write(host, &LISTENS.to_le_bytes())?;
        // The program makes the channels when it starts.
        let mut turns = 0;
        while gdb.read_words::<4>(block)?.map(u32::to_le_bytes).as_flattened()[..10] != *b"SEGGER RTT" {
            turns += 1;
            if turns == 500 {
                bail!("the board's program does not start");
            }
            if let Some(stop) = gdb.run(TURN)? {
                bail!("the board's program does not start: {}", words(&stop));
            }
        }
        let [ups] = gdb.read_words(block + 16)?;
        let mut channel = |number: u32| -> anyhow::Result<Channel> {
            let at = block + 24 + number * FIELDS * 4;
            let [_, buffer, size] = gdb.read_words(at)?;
            Ok(Channel { at, buffer, size })
        };
        let (log, replies, requests) = (channel(0)?, channel(1)?, channel(ups)?);
        Ok(Self {
            gdb,
            server,
            log,
            replies,
            requests,
            decoder: Decoder::new(image.texts.clone()),
            events: VecDeque::new(),
            unsent: VecDeque::new(),
            stop: None,
        })
    }

    /// Takes what is in an up channel.
    fn take(&mut self, channel: Channel) -> anyhow::Result<Vec<u8>> {
        let [write, read] = self.gdb.read_words(channel.at + WRITE)?;
        if write == read || channel.size <= write || channel.size <= read {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::new();
        let pieces = if read < write {
            [(read, write), (0, 0)]
        } else {
            [(read, channel.size), (0, write)]
        };
        for (from, to) in pieces {
            let start = bytes.len();
            bytes.resize(start + (to - from) as usize, 0);
            self.gdb.read(channel.buffer + from, &mut bytes[start..])?;
        }
        self.gdb.write(channel.at + READ, &write.to_le_bytes())?;
        Ok(bytes)
    }

    /// Puts as much into the down channel as it has room for.
    fn put(&mut self) -> anyhow::Result<()> {
        let channel = self.requests;
        let [mut write, read] = self.gdb.read_words(channel.at + WRITE)?;
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
            let count = (end - write).min(self.unsent.len() as u32);
            if count == 0 {
                break;
            }
            let bytes: Vec<u8> = self.unsent.drain(..count as usize).collect();
            self.gdb.write(channel.buffer + write, &bytes)?;
            write = (write + count) % channel.size;
        }
        self.gdb.write(channel.at + WRITE, &write.to_le_bytes())
    }
}

impl Wire for Probe {
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.unsent.extend(bytes);
        Ok(())
    }

    fn next(&mut self, patience: Duration) -> anyhow::Result<Option<Event>> {
        let start = std::time::Instant::now();
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            match &self.stop {
                Some(Stop::End(code)) => return Ok(Some(Event::End(*code))),
                Some(Stop::Other(text)) => bail!("{text}"),
                None => {}
            }
            if patience < start.elapsed() {
                return Ok(None);
            }
            if !self.unsent.is_empty() {
                self.put()?;
            }
            self.stop = self.gdb.run(TURN)?;
            let log = self.take(self.log)?;
            self.events
                .extend(self.decoder.push(&log).into_iter().map(Event::Log));
            let replies = self.take(self.replies)?;
            if !replies.is_empty() {
                self.events.push_back(Event::Replies(replies));
            }
        }
    }

    fn close(&mut self) -> bool {
        false
    }
}

impl Drop for Probe {
    /// Leaves a board that runs on without a host. Who is at an end already is not told of more.
    fn drop(&mut self) {
        for up in [self.log, self.replies] {
            let _ = self.gdb.write(up.at + FLAGS, &SKIP_IF_FULL.to_le_bytes());
        }
        let _ = self.gdb.detach();
    }
}

/// Why a core stopped.
fn words(stop: &Stop) -> String {
    match stop {
        Stop::End(code) => format!("it has ended with code {code}"),
        Stop::Other(text) => text.clone(),
    }
}

/// probe-rs at work; it ends with this value.
#[derive(Debug)]
struct Server {
    child: Child,
    chip: &'static str,
}

impl Server {
    /// What probe-rs said, if it has ended: that is why no reply comes.
    fn blame(&mut self, error: anyhow::Error) -> anyhow::Error {
        let Ok(Some(status)) = self.child.try_wait() else {
            return error;
        };
        let mut said = String::new();
        if let Some(pipe) = &mut self.child.stderr {
            let _ = pipe.read_to_string(&mut said);
        }
        anyhow!("{PROBE_RS} gdb ended with {status}: {}", said.trim())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Killed, it leaves the core under debug; this starts the program afresh and lets go of the core.
        let mut reset = Command::new(PROBE_RS);
        reset
            .args(["reset", "--chip", self.chip])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let _ = reset.status();
    }
}
