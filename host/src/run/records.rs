//! Reads and writes the records of a seed, which tell what is finished: a file with a line for each level of each arm, and
//! one for how the arm ended.
//!
//! A line is JSON, a tab, and the CRC-32 of the JSON; it counts once its line end is there. Lines are added at the end, so
//! that a run can be killed at any moment; once the seed is finished the file is put into the order of the arms, if it is
//! not, so that equal runs are equal files.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use crc::{CRC_32_ISO_HDLC, Crc};
use serde::{Deserialize, Serialize};

use super::waiting::{Folders, Waiting};
use crate::arm::{Arm, Fits};
use crate::bad_input;
use crate::files::{read_if_there, write_atomically};
use crate::results::{End, Row};
use crate::text::{problem, shown};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const VERSION: u32 = 1;

/// The first line.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    version: u32,
    seed: u64,
    /// Of the experiment.
    digest: String,
}

/// Every other line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Level(Box<Row>),
    End { arm: String, end: End },
}

/// What is known of one arm.
#[derive(Default)]
pub(super) struct Known {
    /// By level.
    pub(super) rows: BTreeMap<u32, Row>,
    /// How it ended, if it did.
    pub(super) end: Option<End>,
}

/// The records of a seed, on disk and in memory.
pub(super) struct Records {
    path: PathBuf,
    head: Head,
    arms: BTreeMap<Arm, Known>,
    /// How many bytes the whole lines on disk have.
    length: usize,
    /// Whether the file may have more, of a line that was not finished.
    is_torn: bool,
    /// What is not on disk yet.
    waiting: Waiting,
    /// The last line: its arm and level, all levels before how the arm ended.
    last: Option<(Arm, u32)>,
    /// Whether the lines are in order, each there once.
    is_ordered: bool,
    /// Open once something is added.
    file: Option<File>,
    /// Whether the file is replaced as a whole, since another process might be writing it, too.
    is_replaced: bool,
}

impl Records {
    /// Reads the records of a seed; there may be none.
    ///
    /// # Errors
    /// Bad input if the file is of another run or damaged: it stays as it is.
    pub(super) fn read(path: PathBuf, seed: u64, digest: &str, fits: &Fits<'_>) -> anyhow::Result<Self> {
        let mut text = read_if_there(&path)?.unwrap_or_default();
        // A line without an end was being written when the process was killed.
        let whole = text
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let is_torn = whole < text.len();
        text.truncate(whole);
        let head = Head {
            version: VERSION,
            seed,
            digest: digest.to_owned(),
        };
        let mut records = Self {
            path,
            head,
            arms: BTreeMap::new(),
            length: text.len(),
            is_torn,
            waiting: Waiting::nothing(),
            last: None,
            is_ordered: true,
            file: None,
            is_replaced: false,
        };
        for (number, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let place = || format!("{}:{}", records.path.display(), number + 1);
            let json = checked(line).ok_or_else(|| {
                bad_input!(
                    "{}: this line of the records of seed {seed} is damaged; move the file away to compute the seed again",
                    place()
                )
            })?;
            let malformed = |error: serde_json::Error| {
                bad_input!(
                    "{}: this line cannot be understood: {}; use the tombola that wrote it, or move the file away to \
                     compute seed {seed} again",
                    place(),
                    problem(&error)
                )
            };
            if number == 0 {
                let head: Head = serde_json::from_str(json).map_err(malformed)?;
                if head != records.head {
                    return Err(bad_input!(
                        "{}: these are records of seed {} of another run (version {}, digest {}); move the file away",
                        place(),
                        head.seed,
                        head.version,
                        shown(&head.digest)
                    ));
                }
                continue;
            }
            let line: Line = serde_json::from_str(json).map_err(malformed)?;
            let name = match &line {
                Line::Level(row) => &row.arm,
                Line::End { arm, .. } => arm,
            };
            let arm = Arm::parse(name, fits)
                .map_err(|problem| bad_input!("{}: arm {}: {problem}", place(), shown(name)))?;
            records.note(arm, line);
        }
        Ok(records)
    }

    /// The same records in a directory that several processes share. Where locks do not keep them apart, lines that two add to
    /// one file might be mixed up; whole files are not, and both write the same.
    pub(super) fn of_shared(mut self) -> Self {
        self.is_replaced = true;
        self
    }

    /// Whether the file is as [`Records::close`] leaves it.
    pub(super) fn is_closed(&self) -> bool {
        self.is_ordered && !self.is_torn && self.waiting.lines.is_empty()
    }

    /// Adds what other records of the same seed know. Of a level that was measured twice the greater extent stays.
    ///
    /// # Errors
    /// Bad input if both know something of which they say different things.
    pub(super) fn join(&mut self, other: Self) -> anyhow::Result<()> {
        let contradiction = |what: String| {
            bad_input!(
                "{} and {}: {what} of seed {} is not the same in both; move the file away that is not to be trusted, and \
                 compute its seed again",
                self.path.display(),
                other.path.display(),
                self.head.seed
            )
        };
        for (arm, theirs) in other.arms {
            let ours = self.arms.entry(arm.clone()).or_default();
            for (level, row) in theirs.rows {
                match ours.rows.get(&level) {
                    Some(ours) if !ours.is_same(&row) => {
                        return Err(contradiction(format!("level {level} of {}", arm.name())));
                    }
                    Some(ours) if row.knows_less_than(ours) => {}
                    _ => {
                        ours.rows.insert(level, row);
                    }
                }
            }
            match (ours.end, theirs.end) {
                (Some(one), Some(another)) if one != another => {
                    return Err(contradiction(format!("how {} ended", arm.name())));
                }
                (one, another) => ours.end = one.or(another),
            }
        }
        Ok(())
    }

    /// What is known of an arm.
    pub(super) fn of(&self, arm: &Arm) -> Option<&Known> {
        self.arms.get(arm)
    }

    /// The arms of which something is known.
    pub(super) fn arms(&self) -> impl Iterator<Item = &Arm> {
        self.arms.keys()
    }

    /// Adds a finished level, unless just that is there.
    pub(super) fn add(&mut self, arm: &Arm, row: Row) {
        let known = self.of(arm).and_then(|known| known.rows.get(&row.level));
        if known != Some(&row) {
            self.append(arm, Line::Level(Box::new(row)));
        }
    }

    /// Adds how an arm ended.
    pub(super) fn add_end(&mut self, arm: &Arm, end: End) {
        let line = Line::End {
            arm: arm.name().to_owned(),
            end,
        };
        self.append(arm, line);
    }

    /// Adds the ticket of a level that was added.
    pub(super) fn add_ticket(&mut self, arm: &Arm, name: String, bytes: Vec<u8>) {
        self.waiting.add_ticket(arm, name, bytes);
    }

    /// Says that work begins whose results are to be added.
    pub(super) fn begin(&mut self) {
        self.waiting.begin();
    }

    /// Writes what was added, if that is much or was long ago.
    ///
    /// # Errors
    /// As [`Records::save`].
    pub(super) fn save_if_due(&mut self, folders: &Folders) -> anyhow::Result<()> {
        if self.waiting.is_due() {
            self.save(folders)?;
        }
        Ok(())
    }

    /// Writes what was added: records, and then tickets.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(super) fn save(&mut self, folders: &Folders) -> anyhow::Result<()> {
        if !self.waiting.lines.is_empty() && self.is_replaced {
            self.replace()?;
            self.waiting.lines.clear();
        } else if !self.waiting.lines.is_empty() {
            self.write().with_context(|| {
                format!(
                    "cannot write {}; free space on its disk, or make the directory writable, and start again",
                    self.path.display()
                )
            })?;
        }
        self.waiting.write_tickets(folders)
    }

    /// Writes what was added, and puts the file into the order of the arms and their levels, if something was added in
    /// another, now or by a process that was killed.
    ///
    /// # Errors
    /// As [`Records::save`].
    pub(super) fn close(&mut self, folders: &Folders) -> anyhow::Result<()> {
        self.save(folders)?;
        self.file = None;
        if self.is_ordered && !(self.is_replaced && self.is_torn) {
            return Ok(());
        }
        self.replace()
    }

    /// Writes all records, in order.
    fn replace(&mut self) -> anyhow::Result<()> {
        let ordered = self.ordered();
        write_atomically(&self.path, &ordered)?;
        self.length = ordered.len();
        self.is_torn = false;
        self.is_ordered = true;
        Ok(())
    }

    /// The lines of all records, in order.
    pub(super) fn ordered(&self) -> Vec<u8> {
        let mut ordered = line_of(&self.head);
        for (arm, known) in &self.arms {
            for row in known.rows.values() {
                ordered.extend(line_of(&Line::Level(Box::new(row.clone()))));
            }
            if let Some(end) = known.end {
                let arm = arm.name().to_owned();
                ordered.extend(line_of(&Line::End { arm, end }));
            }
        }
        ordered
    }

    fn append(&mut self, arm: &Arm, line: Line) {
        if self.length == 0 && self.waiting.lines.is_empty() {
            self.waiting.lines = line_of(&self.head);
        }
        self.waiting.lines.extend(line_of(&line));
        self.note(arm.clone(), line);
    }

    fn write(&mut self) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => open(&self.path)?,
        };
        if self.is_torn {
            // What a killed process, or a full disk, left behind the last whole line.
            file.set_len(self.length as u64)?;
        }
        self.is_torn = true;
        file.write_all(&self.waiting.lines)?;
        self.is_torn = false;
        self.length += self.waiting.lines.len();
        self.waiting.lines.clear();
        self.file = Some(file);
        Ok(())
    }

    fn note(&mut self, arm: Arm, line: Line) {
        let level = match &line {
            Line::Level(row) => row.level,
            Line::End { .. } => u32::MAX,
        };
        let place = Some((arm.clone(), level));
        self.is_ordered &= self.last < place;
        self.last = place;
        let known = self.arms.entry(arm).or_default();
        match line {
            Line::Level(row) => {
                known.rows.insert(row.level, *row);
            }
            Line::End { end, .. } => known.end = Some(end),
        }
    }
}

/// What the end of a file of records tells.
pub(super) enum Tail {
    /// How its last arm ended: the arm, and how.
    End(String, End),
    /// Something else: more is to come, or it is damaged.
    Other,
}

/// Reads the last line of records alone.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn tail(file: &mut File, length: u64) -> io::Result<Tail> {
    const LONGEST: u64 = 1024;
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
    let mut end = Vec::with_capacity(LONGEST as usize);
    file.take(LONGEST).read_to_end(&mut end)?;
    let before = end.len().saturating_sub(1);
    let line = end[..before].iter().rposition(|&byte| byte == b'\n');
    let line = line.map_or(&[][..], |start| &end[start + 1..]);
    Ok(ended(line).map_or(Tail::Other, |(arm, end)| Tail::End(arm, end)))
}

/// How an arm ended, if a line says that.
pub(super) fn ended(line: &[u8]) -> Option<(String, End)> {
    if !line.starts_with(b"{\"end\"") {
        return None;
    }
    match serde_json::from_str(checked(line)?).ok()? {
        Line::End { arm, end } => Some((arm, end)),
        Line::Level(_) => None,
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn line_of(value: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_string(value).expect("records are text and finite numbers");
    let crc = CRC.checksum(json.as_bytes());
    format!("{json}\t{crc:08x}\n").into_bytes()
}

/// The JSON of a line that is not damaged.
fn checked(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (json, crc) = line.rsplit_once('\t')?;
    let is_whole = format!("{:08x}", CRC.checksum(json.as_bytes())) == crc;
    is_whole.then_some(json)
}
