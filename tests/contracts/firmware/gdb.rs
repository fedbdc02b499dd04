//! A link to a board that QEMU emulates, by the remote protocol of debuggers: what stands in for a debug probe.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tombola_host::board::probe::{Link, Register, Stop};

/// How long QEMU may take for one exchange.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of memory in one exchange.
const CHUNK: usize = 512;

/// A connection to a core, which is halted between the calls of [`Link::run`].
pub(super) struct Gdb {
    stream: TcpStream,
    arrived: Vec<u8>,
}

impl Gdb {
    /// Connects to a server that may not be up yet.
    pub(super) fn connect(address: &str) -> anyhow::Result<Self> {
        let start = Instant::now();
        let stream = loop {
            match TcpStream::connect(address) {
                Ok(stream) => break stream,
                Err(_) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => return Err(error).context("no debug server answers"),
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

    fn exchange(&mut self, command: &str) -> anyhow::Result<String> {
        self.send(command)?;
        self.packet(PATIENCE)?.context("the debug server does not answer")
    }

    fn send(&mut self, command: &str) -> anyhow::Result<()> {
        let sum = command.bytes().fold(0_u8, u8::wrapping_add);
        Ok(self
            .stream
            .write_all(format!("${command}#{sum:02x}").as_bytes())?)
    }

    /// The next packet, acknowledged; `None` if none comes in time. QEMU neither escapes nor compresses.
    fn packet(&mut self, patience: Duration) -> anyhow::Result<Option<String>> {
        let start = Instant::now();
        loop {
            let start_of = |byte: u8, bytes: &[u8]| bytes.iter().position(|&other| other == byte);
            if let Some(end) = start_of(b'#', &self.arrived)
                && end + 3 <= self.arrived.len()
            {
                let packet: Vec<u8> = self.arrived.drain(..end + 3).collect();
                let from = start_of(b'$', &packet).context("a packet has no start")? + 1;
                self.stream.write_all(b"+")?;
                return Ok(Some(String::from_utf8(packet[from..end].to_vec())?));
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
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Link for Gdb {
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> anyhow::Result<()> {
        for (number, chunk) in bytes.chunks_mut(CHUNK).enumerate() {
            let at = address + (number * CHUNK) as u32;
            let hex = self.exchange(&format!("m{at:x},{:x}", chunk.len()))?;
            let digits = hex.as_bytes().as_chunks::<2>().0;
            if digits.len() != chunk.len() {
                bail!("memory at {at:#x} cannot be read: {hex}");
            }
            for (byte, digits) in chunk.iter_mut().zip(digits) {
                *byte = u8::from_str_radix(str::from_utf8(digits)?, 16)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> anyhow::Result<()> {
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

    fn register(&mut self, register: Register) -> anyhow::Result<u32> {
        let number = match register {
            Register::Place => 15,
            Register::State => 25,
            Register::Stack => bail!("QEMU does not tell it"),
        };
        let hex = self.exchange(&format!("p{number:x}"))?;
        Ok(u32::from_str_radix(&hex, 16)?.swap_bytes())
    }

    fn run(&mut self, time: Duration) -> anyhow::Result<Option<Stop>> {
        self.send("vCont;c")?;
        // It was not interrupted: whatever signal is named, it has stopped by itself.
        let by_itself = self.packet(time)?;
        let packet = if let Some(packet) = &by_itself {
            packet.clone()
        } else {
            self.stream.write_all(&[3])?;
            self.packet(PATIENCE)?.context("the core does not halt")?
        };
        Ok(match packet.as_bytes() {
            [b'W', code @ ..] => {
                let code = str::from_utf8(code)?.split(';').next().unwrap_or_default();
                Some(Stop::End(i32::from_str_radix(code, 16)?))
            }
            [b'S' | b'T', ..] if by_itself.is_none() => None,
            _ => Some(Stop::Other(format!("the board has stopped ({packet})"))),
        })
    }

    fn release(&mut self) -> anyhow::Result<()> {
        self.exchange("D").map(drop)
    }
}
