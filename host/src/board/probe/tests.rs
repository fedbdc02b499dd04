//! Boards that are not there: what their links do is written here.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use anyhow::bail;

use super::link::{Link, Register, Stop};
use super::{FAULT, Probe};
use crate::board::{Event, Image, Session, Wire};

/// Where the fake program has its control block, and the word that says whether a host listens.
const BLOCK: u32 = 0x2000_1000;
const HOST: u32 = 0x2000_0800;

/// A board whose memory is a map, and whose program is a function that is called each turn.
struct Fake {
    memory: BTreeMap<u32, u8>,
    /// Exchanges until the cable is out.
    left: Option<usize>,
    turn: usize,
    program: fn(&mut Self) -> Option<Stop>,
    registers: [u32; 3],
}

impl Fake {
    fn new(program: fn(&mut Self) -> Option<Stop>) -> Self {
        Self {
            memory: BTreeMap::new(),
            left: None,
            turn: 0,
            program,
            registers: [0; 3],
        }
    }

    fn exchange(&mut self) -> anyhow::Result<()> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1).unwrap_or_default();
            if *left == 0 {
                bail!("USB Communication Error");
            }
        }
        Ok(())
    }

    fn poke(&mut self, address: u32, bytes: &[u8]) {
        for (at, &byte) in (address..).zip(bytes) {
            self.memory.insert(at, byte);
        }
    }

    fn peek(&self, address: u32) -> u32 {
        let byte = |at| self.memory.get(&at).copied().unwrap_or(0);
        u32::from_le_bytes(std::array::from_fn(|offset| byte(address + offset as u32)))
    }

    /// Makes the channels: two up and one down, each of 64 bytes.
    fn open(&mut self) {
        self.poke(BLOCK, b"SEGGER RTT\0\0\0\0\0\0");
        self.poke(BLOCK + 16, &[2, 0, 0, 0, 1, 0, 0, 0]);
        for channel in 0..3 {
            let words = [0, BLOCK + 0x100 + 64 * channel, 64, 0, 0, 2];
            let bytes = words.map(u32::to_le_bytes);
            self.poke(BLOCK + 24 + 24 * channel, bytes.as_flattened());
        }
    }

    /// Says bytes in an up channel.
    fn say(&mut self, channel: u32, bytes: &[u8]) {
        let at = BLOCK + 24 + 24 * channel;
        let write = self.peek(at + 12);
        for (place, &byte) in (write..).zip(bytes) {
            self.poke(BLOCK + 0x100 + 64 * channel + place % 64, &[byte]);
        }
        let write = (write + bytes.len() as u32) % 64;
        self.poke(at + 12, &write.to_le_bytes());
    }
}

impl Link for Fake {
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> anyhow::Result<()> {
        self.exchange()?;
        for (at, byte) in (address..).zip(bytes) {
            *byte = self.memory.get(&at).copied().unwrap_or(0);
        }
        Ok(())
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> anyhow::Result<()> {
        self.exchange()?;
        self.poke(address, bytes);
        Ok(())
    }

    fn register(&mut self, register: Register) -> anyhow::Result<u32> {
        self.exchange()?;
        Ok(self.registers[register as usize])
    }

    fn run(&mut self, _: Duration) -> anyhow::Result<Option<Stop>> {
        self.exchange()?;
        self.turn += 1;
        Ok((self.program)(self))
    }

    fn release(&mut self) -> anyhow::Result<()> {
        self.exchange()
    }
}

fn image() -> Image {
    Image::of_addresses(
        BLOCK.into(),
        HOST.into(),
        vec![(0x0800_0100, 0x40, "main".to_owned())],
    )
}

/// Everything that comes until the end.
fn events(mut probe: Probe) -> anyhow::Result<Vec<Event>> {
    let mut events = Vec::new();
    loop {
        match probe.next(Duration::from_secs(5))? {
            Some(end @ Event::End(_)) => {
                events.push(end);
                return Ok(events);
            }
            Some(event) => events.push(event),
            None => bail!("silence"),
        }
    }
}

#[test]
fn what_a_program_says_and_how_it_ends_is_heard() {
    let fake = Fake::new(|fake| {
        match fake.turn {
            1 => {
                // It has been told that somebody listens.
                assert_eq!(fake.peek(HOST), tombola_firmware::LISTENS);
                fake.open();
            }
            2 => fake.say(1, &[1, 2, 3]),
            // Over the ring's end.
            3 => fake.say(1, &[7; 62]),
            4 => return Some(Stop::End(0)),
            _ => {}
        }
        None
    });
    let probe = Probe::open(&image(), |_| Ok(fake)).unwrap();
    let heard = events(probe).unwrap();
    assert_eq!(
        heard,
        [
            Event::Replies(vec![1, 2, 3]),
            Event::Replies(vec![7; 62]),
            Event::End(0)
        ]
    );
}

#[test]
fn a_fault_is_told_with_its_place() {
    let fake = |state: u32| {
        let mut fake = Fake::new(|fake| {
            if fake.turn == 1 {
                fake.open();
                return None;
            }
            // The frame of an exception: the place is its seventh word.
            fake.poke(0x2000_0400 + 24, &0x0800_0112_u32.to_le_bytes());
            Some(Stop::End(FAULT))
        });
        fake.registers = [0x0800_0F00, 0x2000_0400, state];
        fake
    };
    let handled = fake(3);
    let heard = events(Probe::open(&image(), |_| Ok(handled)).unwrap()).unwrap();
    let line = "error the fault was at 0x08000112, in main + 0x12".to_owned();
    assert_eq!(heard, [Event::Log(line), Event::End(FAULT)]);
    // A panic is no exception, and says its place itself.
    let panicked = fake(0);
    let heard = events(Probe::open(&image(), |_| Ok(panicked)).unwrap()).unwrap();
    assert_eq!(heard, [Event::End(FAULT)]);
}

#[test]
fn a_core_that_stops_by_itself_says_where() {
    let mut fake = Fake::new(|fake| {
        if fake.turn == 1 {
            fake.open();
            return None;
        }
        Some(Stop::Other("the board's core has locked up".to_owned()))
    });
    fake.registers[0] = 0x0800_0200;
    let mut probe = Probe::open(&image(), |_| Ok(fake)).unwrap();
    let error = probe.next(Duration::from_secs(5)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the board's core has locked up at 0x08000200, in no function of the program"
    );
}

#[test]
fn a_cable_that_is_pulled_out_is_one_message_at_any_time() {
    let start = Instant::now();
    for left in 1..40 {
        let mut fake = Fake::new(|fake| {
            if fake.turn == 2 {
                fake.open();
            }
            None
        });
        fake.left = Some(left);
        let mut log = |_: &str| {};
        let asked = Probe::open(&image(), |_| Ok(fake))
            .and_then(|probe| Session::new(probe, &mut log).describe().map(drop));
        let error = format!("{:#}", asked.unwrap_err());
        assert!(error.contains("USB Communication Error"), "{left}: {error}");
        assert!(!error.contains('\n'), "{left}: {error}");
    }
    // Nothing was waited for.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_probe_that_cannot_be_opened_says_why() {
    let open = || Probe::open::<Fake>(&image(), |_| bail!("no debug probe is connected"));
    assert_eq!(open().unwrap_err().to_string(), "no debug probe is connected");
}

#[test]
fn a_program_that_makes_no_channels_is_not_waited_for_forever() {
    let fake = Fake::new(|_| None);
    let error = Probe::open(&image(), |_| Ok(fake)).unwrap_err();
    assert!(error.to_string().contains("does not start"), "{error}");
    // Nonsense in place of channels is no reason to read all of memory.
    let fake = Fake::new(|fake| {
        fake.open();
        fake.poke(BLOCK + 16, &[0xFF; 4]);
        None
    });
    let error = Probe::open(&image(), |_| Ok(fake)).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

/// What the fake below waits for, which is released at the end.
static WAIT: OnceLock<Mutex<Receiver<()>>> = OnceLock::new();

/// A probe that does not come back from a call, as some do whose cable is out.
#[test]
fn a_probe_that_hangs_is_left_alone() {
    let (release, wait) = channel::<()>();
    let _ = WAIT.set(Mutex::new(wait));
    let fake = Fake::new(|fake| {
        match fake.turn {
            1 => fake.open(),
            _ => drop(WAIT.get().unwrap().lock().unwrap().recv()),
        }
        None
    });
    let mut probe = Probe::open(&image(), |_| Ok(fake)).unwrap();
    let start = Instant::now();
    assert_eq!(probe.next(Duration::from_millis(50)).unwrap(), None);
    drop(probe);
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(release);
}
