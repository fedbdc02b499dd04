//! Reads and writes the records of a seed, which tell what is finished: a file with a line for each level of each arm, and
//! one for how the arm ended.
//!
//! A line is JSON, a tab, and the CRC-32 of the JSON; it counts once its line end is there. The file is replaced as a whole, in
//! the order of the arms, so that a run can be killed at any moment, and equal runs are equal files. What another process has
//! written since is read before and stays: locks do not keep processes apart on every file system, and none of them may undo
//! what another has finished.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use crc::{CRC_32_ISO_HDLC, Crc};
use serde::{Deserialize, Serialize};
use tombola::Rewind;

use super::waiting::{Folders, Waiting};
use crate::arm::{Arm, Fits};
use crate::bad_input;
use crate::files::{read_if_there, write_atomically};
use crate::results::{End, Row};
use crate::text::{problem, shown};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What arms there may be.
    fits: OwnFits,
    /// The length and the checksum of the file, as it was last read or written.
    on_disk: (usize, u32),
    /// Whether the file ends within a line.
    is_torn: bool,
    /// Whether something was added that is not on disk yet.
    is_changed: bool,
    /// The tickets that are not on disk yet.
    waiting: Waiting,
    /// The last line: its arm and level, all levels before how the arm ended.
    last: Option<(Arm, u32)>,
    /// Whether the lines are in order, each there once.
    is_ordered: bool,
}

/// As [`Fits`], for as long as the records live.
#[derive(Clone)]
struct OwnFits {
    tasks: Vec<String>,
    epochs: u32,
    rewind: Rewind,
    shares_inputs: bool,
}

impl OwnFits {
    fn of(fits: &Fits<'_>) -> Self {
        Self {
            tasks: fits.tasks.iter().map(|&task| task.to_owned()).collect(),
            epochs: fits.epochs,
            rewind: fits.rewind,
            shares_inputs: fits.shares_inputs,
        }
    }

    fn parse(&self, name: &str) -> Result<Arm, String> {
        let tasks: Vec<&str> = self.tasks.iter().map(String::as_str).collect();
        let fits = Fits {
            tasks: &tasks,
            epochs: self.epochs,
            rewind: self.rewind,
            shares_inputs: self.shares_inputs,
        };
        Arm::parse(name, &fits)
    }
}

impl Records {
    /// Reads the records of a seed; there may be none.
    ///
    /// # Errors
    /// Bad input if the file is of another run or damaged: it stays as it is.
    pub(super) fn read(path: PathBuf, seed: u64, digest: &str, fits: &Fits<'_>) -> anyhow::Result<Self> {
        let text = read_if_there(&path)?.unwrap_or_default();
        let head = Head {
            version: VERSION,
            seed,
            digest: digest.to_owned(),
        };
        Self::parse(path, text, head, OwnFits::of(fits))
    }

    fn parse(path: PathBuf, mut text: Vec<u8>, head: Head, fits: OwnFits) -> anyhow::Result<Self> {
        let seed = head.seed;
        let on_disk = (text.len(), CRC.checksum(&text));
        // A line without an end was being written when the process was killed.
        let whole = text
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        let is_torn = whole < text.len();
        text.truncate(whole);
        let mut records = Self {
            path,
            head,
            arms: BTreeMap::new(),
            fits,
            on_disk,
            is_torn,
            is_changed: false,
            waiting: Waiting::nothing(),
            last: None,
            is_ordered: true,
        };
        for (number, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let place = || format!("{}:{}", records.path.display(), number + 1);
            let json = checked(line).ok_or_else(|| {
                bad_input!(
                    "{}: this line of the records of seed {seed} is damaged; move the file away, and `tombola run` or `tombola \
                     slurm` computes the seed again",
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
            let arm = records
                .fits
                .parse(name)
                .map_err(|problem| bad_input!("{}: arm {}: {problem}", place(), shown(name)))?;
            records.note(arm, line);
        }
        Ok(records)
    }

    /// Whether the file is as [`Records::close`] leaves it.
    pub(super) fn is_closed(&self) -> bool {
        self.is_ordered && !self.is_torn && !self.is_changed
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
    /// If a file cannot be written, or holds something else of this seed by now.
    pub(super) fn save(&mut self, folders: &Folders) -> anyhow::Result<()> {
        if self.is_changed {
            self.replace()?;
        }
        self.waiting.write_tickets(folders)
    }

    /// Writes what was added, and puts the file into the order of the arms and their levels, if an older version left it in
    /// another.
    ///
    /// # Errors
    /// As [`Records::save`].
    pub(super) fn close(&mut self, folders: &Folders) -> anyhow::Result<()> {
        self.save(folders)?;
        if self.is_ordered && !self.is_torn {
            return Ok(());
        }
        self.replace()
    }

    /// Writes all records, in order, with what another process has written since.
    fn replace(&mut self) -> anyhow::Result<()> {
        let there = read_if_there(&self.path)?.unwrap_or_default();
        if (there.len(), CRC.checksum(&there)) != self.on_disk {
            let (head, fits) = (self.head.clone(), self.fits.clone());
            self.join(Self::parse(self.path.clone(), there.clone(), head, fits)?)?;
        }
        let ordered = self.ordered();
        if ordered != there {
            write_atomically(&self.path, &ordered)?;
        }
        self.on_disk = (ordered.len(), CRC.checksum(&ordered));
        self.is_changed = false;
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
        self.is_changed = true;
        self.note(arm.clone(), line);
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

/// How the last arm of a file of records ended, and its last level, read from the end of the file alone; `None` if the last line
/// says something else.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn tail(file: &mut File, length: u64) -> io::Result<Option<(String, End, Option<u32>)>> {
    let mut size = 4096;
    loop {
        let start = length.saturating_sub(size);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = vec![];
        file.take(length - start).read_to_end(&mut bytes)?;
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').rev();
        let Some((arm, end)) = lines.next().and_then(ended) else {
            return Ok(None);
        };
        // What comes first may be a part of a line.
        let (before, is_whole) = (lines.next(), lines.next().is_some() || start == 0);
        if is_whole {
            let level = before.and_then(level).filter(|(of, _)| *of == arm);
            return Ok(Some((arm, end, level.map(|(_, level)| level))));
        }
        size *= 4;
    }
}

/// The arm and the level, if a line tells of one. It is not checked, and of what may be a long line no more is read.
pub(super) fn level(line: &[u8]) -> Option<(String, u32)> {
    // In the order of `Row`.
    let rest = line.strip_prefix(b"{\"level\":{\"seed\":")?;
    let comma = rest.iter().position(|&byte| byte == b',')?;
    let rest = rest[comma..].strip_prefix(b",\"arm\":")?;
    let mut parsed = serde_json::Deserializer::from_slice(rest).into_iter::<String>();
    let arm = parsed.next()?.ok()?;
    let rest = rest[parsed.byte_offset()..].strip_prefix(b",\"level\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((arm, std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_file_tells_how_its_last_arm_ended_and_its_last_level_however_long_a_line_is() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("0.jsonl");
        let end = |arm: &str| {
            line_of(&Line::End {
                arm: arm.to_owned(),
                end: End::Finished,
            })
        };
        let level = |number: u32, length: usize| {
            let rest = "0".repeat(length);
            format!("{{\"level\":{{\"seed\":12,\"arm\":\"imp\",\"level\":{number},\"x\":\"{rest}\"}}}}\t0\n")
                .into_bytes()
        };
        let told = |lines: &[Vec<u8>]| {
            std::fs::write(&path, lines.concat()).unwrap();
            let mut file = File::open(&path).unwrap();
            let length = file.metadata().unwrap().len();
            tail(&mut file, length).unwrap()
        };
        for length in [0, 4000, 4096, 100_000] {
            let lines = [b"head\n".to_vec(), level(0, 10), level(1, length), end("imp")];
            assert_eq!(told(&lines), Some(("imp".to_owned(), End::Finished, Some(1))));
            assert_eq!(told(&lines[..3]), None);
        }
        let of_another = [level(1, 1), end("random")];
        assert_eq!(
            told(&of_another),
            Some(("random".to_owned(), End::Finished, None))
        );
        let without = [b"head\n".to_vec(), end("imp")];
        assert_eq!(told(&without), Some(("imp".to_owned(), End::Finished, None)));
        assert_eq!(told(&[]), None);
    }
}
