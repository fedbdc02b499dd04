//! Reads and writes a board's memory by the remote protocol of debuggers. probe-rs serves it, and so does QEMU, so that
//! this can be tested without a board.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How long a probe may take for one exchange.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of memory in one exchange.
const CHUNK: usize = 512;

/// Bytes of the longest packet that is accepted: a run-length can promise 97 characters for three.
const LONGEST: usize = 1 << 16;

/// Why a core stopped by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Its program has ended, with this code.
    End(i32),
    /// Something else, in words.
    Other(String),
}

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

    /// Lets the core run for a while, and returns why it stopped before.
    pub(super) fn run(&mut self, time: Duration) -> anyhow::Result<Option<Stop>> {
        self.send("vCont;c")?;
        // It was not interrupted: whatever signal is named, it has stopped by itself.
        if let Some(packet) = self.packet(time)? {
            return self.stop(&packet).map(Some);
        }
        self.stream.write_all(&[3])?;
        let packet = self.packet(PATIENCE)?.context("the core does not halt")?;
        match packet.as_bytes().first() {
            Some(b'S' | b'T') => Ok(None),
            _ => self.stop(&packet).map(Some),
        }
    }

    /// Lets the core run on its own, and ends the conversation.
    pub(super) fn detach(&mut self) -> anyhow::Result<()> {
        self.exchange("D").map(drop)
    }

    /// What has become of a core that stopped by itself.
    fn stop(&mut self, packet: &str) -> anyhow::Result<Stop> {
        match packet.as_bytes() {
            [b'W', code @ ..] => {
                let code = str::from_utf8(code)?.split(';').next().unwrap_or_default();
                Ok(Stop::End(i32::from_str_radix(code, 16).unwrap_or(-1)))
            }
            [b'X', ..] => Ok(Stop::Other(format!(
                "the board's program was terminated ({packet})"
            ))),
            [b'S' | b'T', ..] => self.halted(packet),
            _ => bail!("the debug server says '{packet}'"),
        }
    }

    /// Where a core that stopped by itself stands: a program ends with a call of semihosting, which is a breakpoint.
    fn halted(&mut self, packet: &str) -> anyhow::Result<Stop> {
        const CALL: [u8; 2] = 0xBEAB_u16.to_le_bytes();
        const EXIT: u32 = 0x18;
        const EXIT_EXTENDED: u32 = 0x20;
        const APPLICATION_EXIT: u32 = 0x2_0026;
        let registers = self.exchange("g")?;
        let register = |number: usize| {
            let digits = registers.get(8 * number..8 * number + 8)?;
            u32::from_str_radix(digits, 16).ok().map(u32::swap_bytes)
        };
        let (Some(operation), Some(argument), Some(place)) = (register(0), register(1), register(15)) else {
            return Ok(Stop::Other(format!(
                "the board has stopped by itself ({packet}), at an unknown place"
            )));
        };
        let mut instruction = [0; 2];
        self.read(place, &mut instruction)?;
        Ok(match (instruction, operation) {
            (CALL, EXIT) => Stop::End(i32::from(argument != APPLICATION_EXIT)),
            (CALL, EXIT_EXTENDED) => {
                let [_, code] = self.read_words(argument)?;
                Stop::End(code as i32)
            }
            _ => Stop::Other(format!(
                "the board has stopped by itself at {place:#010x} ({packet})"
            )),
        })
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
            .context("the debug server is gone; check the cable and start the command again")
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
                Ok(0) => bail!("the debug server is gone; check the cable and start the command again"),
                Ok(count) => self.arrived.extend_from_slice(&bytes[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if patience <= start.elapsed() {
                        return Ok(None);
                    }
                }
                Err(error) => {
                    return Err(error)
                        .context("the debug server is gone; check the cable and start the command again");
                }
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
        let raw = &self.arrived[start + 1..end];
        let sum = raw.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
        let digits = str::from_utf8(&self.arrived[end + 1..end + 3]).unwrap_or_default();
        // The connection is a reliable one: what is wrong now would be wrong again.
        if u8::from_str_radix(digits, 16) != Ok(sum) {
            bail!("a packet of the debug server has the checksum '{digits}' where {sum:02x} is right");
        }
        let packet = expanded(raw).context("a packet of the debug server cannot be read")?;
        self.arrived.drain(..end + 3);
        self.stream
            .write_all(b"+")
            .context("the debug server is gone; check the cable and start the command again")?;
        Ok(Some(packet))
    }
}

/// The text of a packet: `X*n` stands for `X` and, as `n` is the character of 29 + N, N more of them; `}` is followed by a
/// character whose bit 5 is flipped.
fn expanded(raw: &[u8]) -> Option<String> {
    let mut text = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'*' => {
                let more = usize::from(bytes.next()?).checked_sub(29)?;
                text.resize(text.len() + more, *text.last()?);
            }
            b'}' => text.push(bytes.next()? ^ 0x20),
            _ => text.push(byte),
        }
        if LONGEST < text.len() {
            return None;
        }
    }
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::{self, JoinHandle};
    use std::time::Duration;

    use super::{Gdb, Stop, expanded};

    /// The next command that a client sends, acknowledged; `None` when it is gone.
    fn command(stream: &mut TcpStream) -> Option<String> {
        let mut text = String::new();
        let mut byte = [0];
        while stream.read(&mut byte).ok()? != 0 {
            match byte[0] {
                b'+' | b'$' if text.is_empty() => {}
                // The checksum.
                b'#' => {
                    stream.read_exact(&mut [0; 2]).ok()?;
                    stream.write_all(b"+").ok()?;
                    return Some(text);
                }
                3 => return Some("interrupt".to_owned()),
                byte => text.push(char::from(byte)),
            }
        }
        None
    }

    /// A debug server that answers as it is told, and hands back what it was asked.
    fn server(answers: &[&str]) -> (Gdb, JoinHandle<Vec<String>>) {
        let answers: Vec<String> = ["T05"]
            .iter()
            .chain(answers)
            .map(|&answer| answer.to_owned())
            .collect();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let heard = thread::spawn(move || {
            let (mut stream, _) = socket.accept().unwrap();
            let (mut heard, mut answers) = (Vec::new(), answers.into_iter());
            while let Some(command) = command(&mut stream) {
                heard.push(command);
                let Some(answer) = answers.next() else { continue };
                let sum = answer.bytes().fold(0_u8, u8::wrapping_add);
                // An answer that brings its own checksum is sent as it is.
                let packet = if answer.contains('#') {
                    answer.clone()
                } else {
                    format!("${answer}#{sum:02x}")
                };
                if !answer.is_empty() {
                    stream.write_all(packet.as_bytes()).unwrap();
                }
            }
            heard
        });
        (Gdb::connect(&address, Duration::from_secs(5)).unwrap(), heard)
    }

    #[test]
    fn runs_of_characters_are_expanded() {
        for (raw, text) in [
            (&b""[..], ""),
            (b"0* ", "0000"),
            // The example of GDB's manual, and a run that has one of the shortest.
            (b"1* 2", "11112"),
            (b"ab*!c", "abbbbbc"),
            (b"0*~", &"0".repeat(98)),
            (b"a}\x03b", "a#b"),
        ] {
            assert_eq!(expanded(raw).as_deref(), Some(text));
        }
        for broken in [&b"*!"[..], b"0*", b"0*\x05", b"a}", b"\xff"] {
            assert_eq!(expanded(broken), None);
        }
    }

    #[test]
    fn memory_is_read_from_a_server_that_counts_runs() {
        // As probe-rs sends it, zeros first of all: 512 bytes of them, then 3.
        let (mut gdb, heard) = server(&["0*~0*~0*~0*~0*~0*~0*~0*~0*~0*~0*H", "120*!f", "OK"]);
        let mut bytes = [1; 512];
        gdb.read(0x2000_0000, &mut bytes).unwrap();
        assert_eq!(bytes, [0; 512]);
        let mut bytes = [0; 4];
        gdb.read(0x2000_0010, &mut bytes).unwrap();
        assert_eq!(bytes, [0x12, 0, 0, 0x0f]);
        gdb.write(0x2000_0000, &[1, 0xAB]).unwrap();
        drop(gdb);
        assert_eq!(
            heard.join().unwrap(),
            ["?", "m20000000,200", "m20000010,4", "M20000000,2:01ab"]
        );
    }

    #[test]
    fn a_packet_with_a_wrong_checksum_is_refused() {
        let (mut gdb, _heard) = server(&["$0000#00"]);
        let error = gdb.read(0, &mut [0; 2]).unwrap_err();
        assert!(error.to_string().contains("checksum '00'"), "{error}");
    }

    /// A core that runs until it is interrupted, and some that do not; of their registers, r0, r1 and pc are known.
    #[test]
    fn a_core_that_stops_by_itself_has_ended_or_says_where_it_is() {
        let (mut gdb, heard) = server(&["", "T02thread:01;", "OK"]);
        assert_eq!(gdb.run(Duration::from_millis(1)).unwrap(), None);
        gdb.detach().unwrap();
        drop(gdb);
        assert_eq!(heard.join().unwrap(), ["?", "vCont;c", "interrupt", "D"]);
        let long = Duration::from_secs(5);
        // SYS_EXIT_EXTENDED with a block at r1: reason, code. probe-rs names the signal of an interrupt, all the same.
        let unknown = "x".repeat(13 * 8);
        let registers = format!("200*\"00100020{unknown}00010008");
        let (mut gdb, _heard) = server(&["T02thread:01;", &registers, "abbe", "2600020002000000"]);
        assert_eq!(gdb.run(long).unwrap(), Some(Stop::End(2)));
        // SYS_EXIT with a reason that is not the application's end.
        let registers = format!("180*\"23000200{unknown}00010008");
        let (mut gdb, _heard) = server(&["T05", &registers, "abbe"]);
        assert_eq!(gdb.run(long).unwrap(), Some(Stop::End(1)));
        // Some other breakpoint.
        let (mut gdb, _heard) = server(&["T05", &registers, "00be"]);
        let stop = gdb.run(long).unwrap();
        assert!(
            matches!(&stop, Some(Stop::Other(text)) if text.contains("by itself at 0x08000100")),
            "{stop:?}"
        );
        let (mut gdb, _heard) = server(&["W03"]);
        assert_eq!(gdb.run(long).unwrap(), Some(Stop::End(3)));
    }
}
