//! Sends requests to `classify` on a board, a few at a time, and reads the reply to each.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use tombola_firmware::stream::message::{Description, Refusal, Reply, Request, reply_len, request_len};
use tombola_firmware::stream::{Encoder, Fields, decode, encode, frame_len};

use super::{Event, Wire};

/// How long a board may think.
const PATIENCE: Duration = Duration::from_mins(1);
/// Requests that are under way at a time: a probe takes long for each exchange.
const WINDOW: usize = 8;

/// What a board said of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The bits of one for each output.
    pub logits: Vec<u32>,
    /// One for each task.
    pub classes: Vec<u16>,
    /// Instructions or cycles.
    pub count: u32,
}

/// A conversation.
pub struct Session<'a, W> {
    wire: W,
    /// Takes the lines of the board's log.
    log: &'a mut dyn FnMut(&str),
    /// What the board has sent since its last reply.
    arrived: Vec<u8>,
    next: u16,
}

impl<'a, W: Wire> Session<'a, W> {
    /// Over a wire to a board that runs `classify` or `learn`.
    pub fn new(wire: W, log: &'a mut dyn FnMut(&str)) -> Self {
        Self {
            wire,
            log,
            arrived: Vec::new(),
            next: 0,
        }
    }

    /// Asks what is compiled in.
    ///
    /// # Errors
    /// If no such answer comes.
    pub fn describe(&mut self) -> anyhow::Result<Description> {
        let number = self.ask(Request::Describe, &[])?;
        let message = self.reply()?;
        match Reply::read(&mut Fields::new(&message)) {
            Some((answered, Reply::Description(description))) if answered == number => Ok(description),
            _ => bail!(
                "the board does not say what it runs: its firmware is of another version; flash it again"
            ),
        }
    }

    /// Asks for every row of `rows`, which are bits, and gives what is said to `take`, in order, and the log to
    /// say more in.
    ///
    /// # Errors
    /// If a row is refused, or the board falls silent.
    pub fn classify(
        &mut self,
        description: &Description,
        rows: impl Iterator<Item = Vec<u32>>,
        mut take: impl FnMut(usize, Answer, &mut dyn FnMut(&str)) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut under_way = VecDeque::new();
        let mut rows = rows.enumerate();
        loop {
            while under_way.len() < WINDOW
                && let Some((row, inputs)) = rows.next()
            {
                under_way.push_back((row, self.ask(Request::Classify, &inputs)?));
            }
            let Some((row, number)) = under_way.pop_front() else {
                return Ok(());
            };
            let message = self.reply()?;
            let answer = answer(description, number, &message).with_context(|| format!("sample {row}"))?;
            take(row, answer, &mut *self.log)?;
        }
    }

    /// Ends the conversation. In QEMU the program then ends, too; on a board it goes on.
    ///
    /// # Errors
    /// If the program ends with another code than 0, or not at all where it should.
    pub fn end(mut self) -> anyhow::Result<()> {
        if !self.wire.close() {
            return Ok(());
        }
        while let Some(event) = self.wire.next(PATIENCE)? {
            match event {
                Event::Log(line) => (self.log)(&line),
                Event::Replies(bytes) => self.arrived.extend(bytes),
                Event::End(0) => return Ok(()),
                Event::End(code) => {
                    let said = String::from_utf8_lossy(&self.arrived);
                    bail!("the board's program has ended with code {code} {}", said.trim());
                }
            }
        }
        bail!("the board's program does not end; start the command again")
    }

    fn ask(&mut self, request: Request, inputs: &[u32]) -> anyhow::Result<u16> {
        self.send(request_len(inputs.len()), |number, out| {
            request.write(number, out);
            out.numbers(inputs);
        })
    }

    /// Sends a message of at most `len` bytes, which `write` writes, and returns its number.
    pub(super) fn send(
        &mut self,
        len: usize,
        write: impl FnOnce(u16, &mut Encoder<'_>),
    ) -> anyhow::Result<u16> {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let mut out = vec![0; frame_len(len)];
        self.wire.send(encode(&mut out, |out| write(number, out)))?;
        Ok(number)
    }

    /// The next message of the board.
    pub(super) fn reply(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut alive = Instant::now();
        loop {
            if let Some(end) = self.arrived.iter().position(|&byte| byte == 0) {
                let frame: Vec<u8> = self.arrived.drain(..=end).collect();
                return message(&frame);
            }
            match self.wire.next(Duration::from_millis(200))? {
                // A board that sends has not stopped.
                Some(Event::Log(line)) => {
                    (self.log)(&line);
                    alive = Instant::now();
                }
                Some(Event::Replies(bytes)) => {
                    self.arrived.extend(bytes);
                    alive = Instant::now();
                }
                Some(Event::End(code)) => {
                    let said = String::from_utf8_lossy(&self.arrived);
                    bail!("the board's program has ended with code {code} {}", said.trim());
                }
                None if PATIENCE < alive.elapsed() => {
                    bail!(
                        "the board has not answered for {} seconds; reset it and start the command again",
                        PATIENCE.as_secs()
                    )
                }
                None => {}
            }
        }
    }
}

/// The message in a frame.
fn message(frame: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut buffer = vec![0; frame.len()];
    let message = decode(frame, &mut buffer).map_err(|_| {
        anyhow!(
            "a reply of the board arrived broken, start the command again: {}",
            String::from_utf8_lossy(frame).trim()
        )
    })?;
    Ok(message.to_vec())
}

fn answer(description: &Description, number: u16, message: &[u8]) -> anyhow::Result<Answer> {
    let mut fields = Fields::new(message);
    let count = match Reply::read(&mut fields) {
        Some((answered, Reply::Answer { count })) if answered == number => count,
        Some((_, Reply::Refusal(refusal))) => bail!("the board refuses it: {}", Refusal::words(refusal)),
        _ => bail!("the board answers something else; start the command again"),
    };
    let mut logits = vec![0_u32; description.output_count as usize];
    let mut classes = vec![0; description.task_count as usize];
    let read = fields.numbers(&mut logits).is_some()
        && classes
            .iter_mut()
            .all(|class| fields.u16().map(|read| *class = read).is_some());
    if !read || !fields.is_at_end() || message.len() > reply_len(logits.len(), classes.len()) {
        bail!("the board's answer has another length");
    }
    Ok(Answer {
        logits,
        classes,
        count,
    })
}
