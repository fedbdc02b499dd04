//! A board that a debug probe is connected to.
//!
//! [`Link`] is what a probe does; behind it stands probe-rs, in `device`, where this program is built with the feature
//! `probe`, and in tests what they like. [`Probe`] moves the bytes of RTT `channels` over it, in a thread of its own: a
//! probe that does not answer is no reason to wait for it.

mod channels;
#[cfg(feature = "probe")]
mod device;
mod link;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{anyhow, bail};
use tombola_firmware::boards::{Board, Reach};

use self::channels::Channels;
use self::link::Wired;
pub use self::link::{Link, Register, Stop};
use super::log::Decoder;
use super::{Event, Image, Wire};

/// How long a probe may take for one exchange, or for a piece of flash.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take to let go.
const FAREWELL: Duration = Duration::from_secs(2);
/// Exit code of a program that panicked or faulted.
const FAULT: i32 = 2;

/// How a probe is to be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which probe: `VID:PID` or `VID:PID:SERIAL`. `None` is the only one.
    pub probe: Option<String>,
    /// probe-rs's name of the chip, if not the board's.
    pub chip: Option<String>,
    /// In kHz.
    pub speed: Option<u32>,
    /// Whether the chip is held in reset until the probe is connected.
    pub connect_under_reset: bool,
    /// Whether a locked chip may be erased, which unlocks it.
    pub allow_erase_all: bool,
}

/// probe-rs's name of a board's chip.
///
/// # Errors
/// Bad input if the board has no debug port.
pub fn chip(board: &Board, options: &Options) -> anyhow::Result<String> {
    match board.reach {
        Reach::Probe { chip } => Ok(options.chip.clone().unwrap_or_else(|| chip.to_owned())),
        Reach::Qemu { .. } => Err(crate::bad_input!(
            "{} is emulated; run tombola emulate",
            board.name
        )),
        Reach::Teensy { .. } => Err(crate::bad_input!("{} has no debug port", board.name)),
    }
}

/// Checks that there is a probe, and that it would know the chip.
///
/// # Errors
/// If this program is built without the way to probes, with how to get it, or there is no probe; bad input if the chip is unknown,
/// or several probes are there.
pub fn check(board: &Board, options: &Options) -> anyhow::Result<()> {
    let chip = chip(board, options)?;
    #[cfg(feature = "probe")]
    return device::check(&chip, options);
    #[cfg(not(feature = "probe"))]
    {
        drop(chip);
        Err(missing())
    }
}

/// The one command that adds the way to probes.
#[cfg(not(feature = "probe"))]
fn missing() -> anyhow::Error {
    anyhow!(
        "this program is built without the way to debug probes; in the checkout, cargo build --release --package \
         tombola-host --features probe adds it to target/release/tombola"
    )
}

/// Flashes a program and starts it, behind the probe that `options` name.
///
/// # Errors
/// If there is no probe, or none is singled out, or the board cannot be flashed.
pub fn start(
    board: &'static Board,
    path: &std::path::Path,
    image: &Image,
    options: &Options,
) -> anyhow::Result<Probe> {
    #[cfg(feature = "probe")]
    {
        let (path, options) = (path.to_owned(), options.clone());
        Probe::open(image, move |said| {
            device::Device::open(board, &path, &options, said)
        })
    }
    #[cfg(not(feature = "probe"))]
    {
        let _ = (board, path, image, options);
        Err(missing())
    }
}

/// What the thread that has the link says.
enum Said {
    /// What it is about to do; nothing, where it only shows that it is alive.
    Note(String),
    /// The program runs.
    Started,
    /// Something came.
    Event(Event),
}

/// Takes what is said while a link is opened.
pub type Notes<'a> = &'a mut dyn FnMut(String);

/// A board behind a probe.
#[derive(Debug)]
pub struct Probe {
    /// Closed, it lets go of the board.
    requests: Option<Sender<Vec<u8>>>,
    said: Receiver<anyhow::Result<Said>>,
    /// What came while the program started.
    early: VecDeque<Event>,
}

impl Probe {
    /// Opens a link, whose program has not run yet, and starts that.
    ///
    /// # Errors
    /// If it cannot be opened, or its program does not start.
    pub fn open<L: Link>(
        image: &Image,
        link: impl FnOnce(Notes<'_>) -> anyhow::Result<L> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (requests, asked) = channel();
        let (sender, said) = channel();
        let image = image.clone();
        thread::spawn(move || serve(link, &image, &asked, &sender));
        let mut probe = Self {
            requests: Some(requests),
            said,
            early: VecDeque::new(),
        };
        loop {
            match probe.hear(PATIENCE)? {
                Some(Said::Note(text)) if text.is_empty() => {}
                Some(Said::Note(text)) => super::note(text),
                Some(Said::Started) => return Ok(probe),
                Some(Said::Event(event)) => probe.early.push_back(event),
                None => bail!("{}", silent()),
            }
        }
    }

    /// What is said next; `None` if nothing is for so long.
    fn hear(&mut self, patience: Duration) -> anyhow::Result<Option<Said>> {
        match self.said.recv_timeout(patience) {
            Ok(said) => said.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            // It has said why.
            Err(RecvTimeoutError::Disconnected) => bail!("the debug probe is gone; start the command again"),
        }
    }
}

/// What is to be said of a probe that says nothing.
fn silent() -> String {
    format!(
        "the debug probe has not answered for {} seconds; check its cable, plug it in anew and start the command again",
        PATIENCE.as_secs()
    )
}

/// Opens a link and moves bytes over it, until nobody asks any more.
fn serve<L: Link>(
    link: impl FnOnce(Notes<'_>) -> anyhow::Result<L>,
    image: &Image,
    asked: &Receiver<Vec<u8>>,
    said: &Sender<anyhow::Result<Said>>,
) {
    // Who is not heard any more has nothing to say.
    let say = |what: anyhow::Result<Said>| drop(said.send(what));
    let opened = link(&mut |text| say(Ok(Said::Note(text)))).and_then(|link| {
        let mut link = Wired(link);
        let channels = Channels::open(&mut link, image)?;
        Ok((link, channels))
    });
    let (mut link, channels) = match opened {
        Ok(opened) => opened,
        Err(error) => return say(Err(error)),
    };
    say(Ok(Said::Started));
    if let Err(error) = serve_requests(&mut link, &channels, image, asked, said) {
        say(Err(error));
    }
    // Whatever is wrong with the link has been said.
    let _ = channels.close(&mut link);
    let _ = link.release();
}

fn serve_requests(
    link: &mut impl Link,
    channels: &Channels,
    image: &Image,
    asked: &Receiver<Vec<u8>>,
    said: &Sender<anyhow::Result<Said>>,
) -> anyhow::Result<()> {
    let (mut decoder, mut unsent) = (Decoder::new(image.texts.clone()), VecDeque::new());
    loop {
        loop {
            match asked.try_recv() {
                Ok(bytes) => unsent.extend(bytes),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
        let (stop, [log, replies]) = channels::turn(link, channels, &mut unsent)?;
        let lines = decoder.push(&log).into_iter().map(Event::Log);
        let replies = (!replies.is_empty()).then_some(Event::Replies(replies));
        for event in lines.chain(replies) {
            if said.send(Ok(Said::Event(event))).is_err() {
                return Ok(());
            }
        }
        let Some(stop) = stop else { continue };
        let last = match stop {
            Stop::End(code) => {
                if let Some(place) = fault(link, code, image) {
                    let line = Event::Log(format!("error the fault was at {place}"));
                    let _ = said.send(Ok(Said::Event(line)));
                }
                Ok(Said::Event(Event::End(code)))
            }
            Stop::Other(_) => Err(anyhow!(words(link, &stop, image))),
        };
        let _ = said.send(last);
        return Ok(());
    }
}

/// Where the program was when an exception came, if it ended in the handler of one.
fn fault(link: &mut impl Link, code: i32, image: &Image) -> Option<String> {
    const EXCEPTION: u32 = 0x1FF;
    /// Of the frame that an exception leaves on the stack: the seventh word.
    const RETURN: u32 = 24;
    if code != FAULT || link.register(Register::State).ok()? & EXCEPTION == 0 {
        return None;
    }
    let stack = link.register(Register::Stack).ok()?;
    let [place] = link::read_words(link, stack.wrapping_add(RETURN)).ok()?;
    Some(image.place(place))
}

/// Why a core stopped, in words.
fn words(link: &mut impl Link, stop: &Stop, image: &Image) -> String {
    match stop {
        Stop::End(code) => format!("it has ended with code {code}"),
        Stop::Other(text) => match link.register(Register::Place) {
            Ok(place) => format!("{text} at {}", image.place(place)),
            Err(_) => text.clone(),
        },
    }
}

impl Wire for Probe {
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        // A link that is broken has said so, which is heard next.
        if let Some(requests) = &self.requests {
            let _ = requests.send(bytes.to_vec());
        }
        Ok(())
    }

    fn next(&mut self, patience: Duration) -> anyhow::Result<Option<Event>> {
        if let Some(event) = self.early.pop_front() {
            return Ok(Some(event));
        }
        match self.hear(patience)? {
            Some(Said::Event(event)) => Ok(Some(event)),
            Some(Said::Note(_) | Said::Started) | None => Ok(None),
        }
    }

    fn close(&mut self) -> bool {
        false
    }
}

impl Drop for Probe {
    /// Lets go of a board, which runs on. A probe that does not answer is left alone.
    fn drop(&mut self) {
        self.requests = None;
        let start = std::time::Instant::now();
        while let Some(left) = FAREWELL.checked_sub(start.elapsed()) {
            if matches!(self.said.recv_timeout(left), Err(RecvTimeoutError::Disconnected)) {
                break;
            }
        }
    }
}
