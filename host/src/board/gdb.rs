//! The remote protocol of debuggers, as far as reading and writing memory needs it. probe-rs speaks it, and QEMU, so that
//! this way to a board can be tried without one.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How long a probe may take for one exchange.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of memory in one exchange.
const CHUNK: usize = 512;

/// A connection to a core, which is halted between the calls of [`Gdb::run`].
#[derive(Debug)]
pub(super) struct Gdb {
    stream: TcpStream,
    arrived: Vec<u8>,
}

impl Gdb {
    /// Connects to a server that may not be up yet.
    pub(super) fn connect(address: &str, patience: Duration) -> anyhow::Result<Self> {
        let start = Instant::now();
        let stream = loop {
            match TcpStream::connect(address) {
                Ok(stream) => break stream,
                Err(_) if start.elapsed() < patience => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => {
                    return Err(error).with_context(|| format!("no debug server answers at {address}"));
                }
            }
        };
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_millis(2)))?;
        let mut gdb = Self {
            stream,
            arrived: Vec::new(),
        };
        // What the core is doing; the question halts it.
        gdb.exchange("?")?;
        Ok(gdb)
    }

    /// Lets the core run for a while.
    pub(super) fn run(&mut self, time: Duration) -> anyhow::Result<()> {
        self.send("vCont;c")?;
        let start = Instant::now();
        while start.elapsed() < time {
            // A core that stops by itself has failed.
            if let Some(stopped) = self.packet(time.saturating_sub(start.elapsed()))? {
                return stopped_well(&stopped);
            }
        }
        self.stream.write_all(&[3])?;
        let packet = self.packet(PATIENCE)?.context("the core does not halt")?;
        stopped_well(&packet)
    }

    /// Reads memory.
    pub(super) fn read(&mut self, address: u32, bytes: &mut [u8]) -> anyhow::Result<()> {
        for (number, chunk) in bytes.chunks_mut(CHUNK).enumerate() {
            let at = address + (number * CHUNK) as u32;
            let hex = self.exchange(&format!("m{at:x},{:x}", chunk.len()))?;
            let digits = hex.as_bytes().as_chunks::<2>().0;
            if digits.len() != chunk.len() {
                bail!("memory at {at:#x} cannot be read: {hex}");
            }
            for (byte, digits) in chunk.iter_mut().zip(digits) {
                let digits = str::from_utf8(digits)?;
                *byte = u8::from_str_radix(digits, 16).with_context(|| format!("'{digits}' is no byte"))?;
            }
        }
        Ok(())
    }

    /// Writes memory.
    pub(super) fn write(&mut self, address: u32, bytes: &[u8]) -> anyhow::Result<()> {
        for (number, chunk) in bytes.chunks(CHUNK).enumerate() {
            let at = address + (number * CHUNK) as u32;
            let mut command = format!("M{at:x},{:x}:", chunk.len());
            for byte in chunk {
                write!(command, "{byte:02x}")?;
            }
            let answer = self.exchange(&command)?;
            if answer != "OK" {
                bail!("memory at {at:#x} cannot be written: {answer}");
            }
        }
        Ok(())
    }

    pub(super) fn read_words<const N: usize>(&mut self, address: u32) -> anyhow::Result<[u32; N]> {
        let mut bytes = vec![0; N * 4];
        self.read(address, &mut bytes)?;
        let mut words = bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
        Ok(std::array::from_fn(|_| words.next().unwrap_or_default()))
    }

    fn exchange(&mut self, command: &str) -> anyhow::Result<String> {
        self.send(command)?;
        self.packet(PATIENCE)?
            .with_context(|| format!("the debug server does not answer '{command}'"))
    }

    fn send(&mut self, command: &str) -> anyhow::Result<()> {
        let sum = command.bytes().fold(0_u8, u8::wrapping_add);
        self.stream
            .write_all(format!("${command}#{sum:02x}").as_bytes())
            .context("the debug server is gone")
    }

    /// The next packet, acknowledged; `None` if none comes in time.
    fn packet(&mut self, patience: Duration) -> anyhow::Result<Option<String>> {
        let start = Instant::now();
        loop {
            if let Some(packet) = self.take_packet()? {
                return Ok(Some(packet));
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes) {
                Ok(0) => bail!("the debug server is gone"),
                Ok(count) => self.arrived.extend_from_slice(&bytes[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if patience <= start.elapsed() {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(error).context("the debug server is gone"),
            }
        }
    }

    fn take_packet(&mut self) -> anyhow::Result<Option<String>> {
        let Some(start) = self.arrived.iter().position(|&byte| byte == b'$') else {
            self.arrived.clear();
            return Ok(None);
        };
        let Some(end) = self.arrived[start..]
            .iter()
            .position(|&byte| byte == b'#')
            .map(|end| start + end)
        else {
            return Ok(None);
        };
        if self.arrived.len() < end + 3 {
            return Ok(None);
        }
        let packet = String::from_utf8_lossy(&self.arrived[start + 1..end]).into_owned();
        self.arrived.drain(..end + 3);
        self.stream.write_all(b"+").context("the debug server is gone")?;
        Ok(Some(packet))
    }
}

/// Whether a core that stopped can go on.
fn stopped_well(packet: &str) -> anyhow::Result<()> {
    match packet.as_bytes().first() {
        Some(b'S' | b'T') => Ok(()),
        Some(b'W' | b'X') => bail!("the board's program has ended ({packet})"),
        _ => bail!("the debug server says '{packet}'"),
    }
}
