//! Writes down what goes over a wire, so that what happened on somebody's board can be read elsewhere: a line of JSON for
//! each thing that was sent, came, or went wrong, with the milliseconds since the start.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use super::{Event, Wire};
use crate::text::visible_json;

/// A file that is written to, line by line.
#[derive(Clone, Debug)]
pub struct Transcript(Rc<RefCell<Pages>>);

#[derive(Debug)]
struct Pages {
    file: BufWriter<File>,
    path: PathBuf,
    start: Instant,
}

impl Transcript {
    /// Begins one; `about` is its first line.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create(path: &Path, about: &Value) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let pages = Pages {
            file: BufWriter::new(file),
            path: path.to_owned(),
            start: Instant::now(),
        };
        let transcript = Self(Rc::new(RefCell::new(pages)));
        transcript.note("about", about)?;
        Ok(transcript)
    }

    /// Writes a line that is on disk when this returns: what comes next may be the end.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn note(&self, what: &str, of: &Value) -> anyhow::Result<()> {
        let mut pages = self.0.borrow_mut();
        let line = json!({"ms": pages.start.elapsed().as_millis() as u64, what: of}).to_string();
        let written = writeln!(pages.file, "{}", visible_json(&line)).and_then(|()| pages.file.flush());
        written.with_context(|| format!("cannot write {}", pages.path.display()))
    }

    /// A wire that is written down.
    pub fn of<W: Wire>(&self, wire: W) -> Recorded<W> {
        Recorded {
            wire,
            transcript: self.clone(),
        }
    }
}

/// A wire that is written down.
#[derive(Debug)]
pub struct Recorded<W> {
    wire: W,
    transcript: Transcript,
}

/// Bytes as digits.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // A string takes all.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl<W: Wire> Wire for Recorded<W> {
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.transcript.note("sent", &hex(bytes).into())?;
        self.wire.send(bytes)
    }

    fn next(&mut self, patience: Duration) -> anyhow::Result<Option<Event>> {
        let next = self.wire.next(patience);
        match &next {
            Ok(None) => {}
            Ok(Some(Event::Log(line))) => self.transcript.note("log", &(&**line).into())?,
            Ok(Some(Event::Replies(bytes))) => self.transcript.note("came", &hex(bytes).into())?,
            Ok(Some(Event::End(code))) => self.transcript.note("end", &(*code).into())?,
            Err(error) => self.transcript.note("broken", &format!("{error:#}").into())?,
        }
        next
    }

    fn close(&mut self) -> bool {
        self.wire.close()
    }
}
