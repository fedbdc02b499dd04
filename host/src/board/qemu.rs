//! Runs a program on a board that QEMU emulates.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use tombola_firmware::boards::{Board, Reach};

use super::log::Decoder;
use super::{Event, Image, Wire, check_program};

const QEMU: &str = "qemu-system-arm";

/// An emulator at work. It ends with this value.
#[derive(Debug)]
pub struct Qemu {
    child: Child,
    requests: Option<ChildStdin>,
    events: Receiver<Event>,
}

/// Checks that QEMU is there.
///
/// # Errors
/// If not, with what to install.
pub fn check() -> anyhow::Result<()> {
    check_program(QEMU, not_started)
}

fn not_started(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return anyhow!(
            "{QEMU} is not installed; install it: apt install qemu-system-arm (Debian, Ubuntu), dnf install \
             qemu-system-arm (Fedora), brew install qemu (macOS), or from https://www.qemu.org"
        );
    }
    anyhow::Error::new(error).context(format!("cannot start {QEMU}"))
}

impl Qemu {
    /// Starts a program on a board. With `counts` every instruction takes the same time, so that they can be counted.
    ///
    /// # Errors
    /// If QEMU cannot be started, or has no such board.
    pub fn start(board: &Board, path: &Path, image: &Image, counts: bool) -> anyhow::Result<Self> {
        let Reach::Qemu { machine, .. } = board.reach else {
            bail!("{} is not emulated", board.name);
        };
        let mut command = Command::new(QEMU);
        command
            .args([
                "-machine", machine, "-display", "none", "-monitor", "none", "-serial", "none",
            ])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(if counts { &["-icount", "shift=6"][..] } else { &[] })
            .arg("-kernel")
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(not_started)?;
        let (sender, events) = channel();
        let mut decoder = Decoder::new(image.texts.clone());
        let (log, replies) = (child.stdout.take(), child.stderr.take());
        forward(log, sender.clone(), move |bytes| {
            decoder.push(bytes).into_iter().map(Event::Log).collect()
        });
        forward(replies, sender, |bytes| vec![Event::Replies(bytes.to_vec())]);
        Ok(Self {
            requests: child.stdin.take(),
            child,
            events,
        })
    }

    /// Waits for the end of a program that is not to be asked anything, and returns its code. What is on its standard
    /// error then are no replies but words, of QEMU most likely: `log` gets them, too.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn finish(mut self, patience: Duration, mut log: impl FnMut(&str)) -> anyhow::Result<i32> {
        self.close();
        let (start, mut said) = (Instant::now(), Vec::new());
        while start.elapsed() < patience {
            match self.next(Duration::from_secs(1))? {
                Some(Event::Log(line)) => log(&line),
                Some(Event::Replies(bytes)) => said.extend(bytes),
                Some(Event::End(code)) => {
                    String::from_utf8_lossy(&said).lines().for_each(log);
                    return Ok(code);
                }
                None => {}
            }
        }
        bail!("the program did not end within {} seconds", patience.as_secs())
    }
}

/// Makes events of what a pipe brings, in a thread of its own, until it ends.
fn forward(
    pipe: Option<impl Read + Send + 'static>,
    events: Sender<Event>,
    mut events_of: impl FnMut(&[u8]) -> Vec<Event> + Send + 'static,
) {
    let Some(mut pipe) = pipe else { return };
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut bytes) {
            for event in events_of(&bytes[..count]) {
                if events.send(event).is_err() {
                    return;
                }
            }
        }
    });
}

impl Wire for Qemu {
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let requests = self
            .requests
            .as_mut()
            .context("the board takes no more requests")?;
        requests
            .write_all(bytes)
            .and_then(|()| requests.flush())
            .context("the board does not listen any more")
    }

    fn next(&mut self, patience: Duration) -> anyhow::Result<Option<Event>> {
        match self.events.recv_timeout(patience) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait().context("the emulator cannot be waited for")?;
                Ok(Some(Event::End(status.code().unwrap_or(-1))))
            }
        }
    }

    fn close(&mut self) -> bool {
        self.requests = None;
        true
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        // While the board reads, nothing else is sent.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
