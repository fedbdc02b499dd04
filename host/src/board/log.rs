//! What a board logs, as text. Without this module every user would have to install a decoder.
//!
//! defmt keeps its texts in the image and sends their numbers. The decoder that comes with it brings forty crates, for
//! dates, CBOR and colors; the firmware logs numbers and words, and for those this file is enough. What it cannot
//! decode it says. The wire format is version 4 of defmt's, and an image of another is refused.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, bail};
use defmt_parser::{DisplayHint, Fragment, ParserMode, Type};
use object::{Object, ObjectSection, ObjectSymbol};

/// The texts of an image.
#[derive(Clone, Debug)]
pub struct Texts(BTreeMap<u16, Text>);

#[derive(Clone, Debug)]
struct Text {
    /// `info`, `error`, …; empty for a text that only occurs within others.
    level: &'static str,
    text: String,
}

/// A text's symbol is called like this.
#[derive(serde::Deserialize)]
struct Symbol {
    tag: String,
    data: String,
}

impl Texts {
    /// Those of an ELF file.
    pub(super) fn of(elf: &object::File<'_>) -> anyhow::Result<Self> {
        let section = elf
            .section_by_name(".defmt")
            .context("the image logs nothing: it has no section .defmt")?;
        if !elf
            .symbols()
            .any(|symbol| symbol.name() == Ok("_defmt_version_ = 4"))
        {
            bail!("the image logs in another version of defmt's format than 4");
        }
        let mut texts = BTreeMap::new();
        for symbol in elf
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()))
        {
            let Ok(Symbol { tag, data }) = serde_json::from_str(symbol.name().unwrap_or_default()) else {
                continue;
            };
            let level = match &*tag {
                "defmt_trace" => "trace",
                "defmt_debug" => "debug",
                "defmt_info" => "info",
                "defmt_warn" => "warn",
                "defmt_error" => "error",
                "defmt_println" => "print",
                _ => "",
            };
            texts.insert(symbol.address() as u16, Text { level, text: data });
        }
        Ok(Self(texts))
    }

    /// What one frame says, as `level text`.
    fn line(&self, frame: &[u8]) -> Option<String> {
        let mut arguments = Arguments {
            texts: self,
            bytes: frame,
        };
        let text = self
            .0
            .get(&arguments.u16()?)
            .filter(|text| !text.level.is_empty())?;
        let mut line = format!("{:5} ", text.level);
        arguments.write(&text.text, None, &mut line)?;
        // Stuffing fills a message up with zeros.
        arguments.bytes.iter().all(|&byte| byte == 0).then_some(line)
    }
}

/// Makes lines of the bytes that a board logs.
#[derive(Debug)]
pub(super) struct Decoder {
    texts: Texts,
    frame: Vec<u8>,
}

impl Decoder {
    /// For an image with these texts.
    pub(super) fn new(texts: Texts) -> Self {
        Self {
            texts,
            frame: Vec::new(),
        }
    }

    /// Takes bytes and returns the lines that they end.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for &byte in bytes {
            if byte != 0 {
                self.frame.push(byte);
                continue;
            }
            let frame = std::mem::take(&mut self.frame);
            if !frame.is_empty() {
                let line = unstuffed(&frame).and_then(|frame| self.texts.line(&frame));
                lines.push(line.unwrap_or_else(|| {
                    format!("(a log message of {} bytes that cannot be decoded)", frame.len())
                }));
            }
        }
        lines
    }
}

/// Undoes rzCOBS, which is read from the end.
fn unstuffed(frame: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = frame.iter().rev().copied();
    let mut found = Vec::with_capacity(frame.len());
    while let Some(code) = bytes.next() {
        match code {
            0 => return None,
            1..=0x7F => {
                for bit in (0..7).rev() {
                    found.push(if code >> bit & 1 == 0 { bytes.next()? } else { 0 });
                }
            }
            0x80..=0xFE => {
                found.push(0);
                for _ in 0..(code & 0x7F) + 7 {
                    found.push(bytes.next()?);
                }
            }
            0xFF => {
                for _ in 0..134 {
                    found.push(bytes.next()?);
                }
            }
        }
    }
    found.reverse();
    Some(found)
}

/// The bytes of a frame that are not read yet.
struct Arguments<'a> {
    texts: &'a Texts,
    bytes: &'a [u8],
}

impl<'a> Arguments<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(first)
    }

    fn unsigned(&mut self, size: usize) -> Option<u64> {
        let bytes = self.take(size)?;
        Some(
            bytes
                .iter()
                .rev()
                .fold(0, |value, &byte| value << 8 | u64::from(byte)),
        )
    }

    fn u16(&mut self) -> Option<u16> {
        self.unsigned(2).map(|value| value as u16)
    }

    fn len(&mut self) -> Option<usize> {
        self.unsigned(4).map(|len| len as usize)
    }

    fn other_text(&mut self) -> Option<&'a str> {
        let number = self.u16()?;
        self.texts.0.get(&number).map(|text| &*text.text)
    }

    /// Writes a text with its arguments; a hint from outside reaches those that have none.
    fn write(&mut self, text: &str, outer: Option<&DisplayHint>, line: &mut String) -> Option<()> {
        let fragments = defmt_parser::parse(text, ParserMode::ForwardsCompatible).ok()?;
        for (position, fragment) in fragments
            .iter()
            .filter_map(|fragment| match fragment {
                Fragment::Parameter(parameter) => Some(parameter.index),
                Fragment::Literal(_) => None,
            })
            .enumerate()
        {
            // Arguments travel in the order of their numbers, each once.
            if position != fragment {
                return None;
            }
        }
        for fragment in &fragments {
            match fragment {
                Fragment::Literal(literal) => line.push_str(literal),
                Fragment::Parameter(parameter) => {
                    self.argument(&parameter.ty, parameter.hint.as_ref().or(outer), line)?;
                }
            }
        }
        Some(())
    }

    fn argument(&mut self, kind: &Type, hint: Option<&DisplayHint>, line: &mut String) -> Option<()> {
        let mut unsigned = |arguments: &mut Self, size| {
            let value = arguments.unsigned(size)?;
            match hint {
                Some(DisplayHint::Hexadecimal {
                    alternate, zero_pad, ..
                }) => {
                    let pad = *zero_pad;
                    if *alternate {
                        write!(line, "{value:#0pad$x}").ok()
                    } else {
                        write!(line, "{value:0pad$x}").ok()
                    }
                }
                _ => write!(line, "{value}").ok(),
            }
        };
        match kind {
            Type::U8 => unsigned(self, 1),
            Type::U16 => unsigned(self, 2),
            Type::U32 | Type::Usize => unsigned(self, 4),
            Type::U64 => unsigned(self, 8),
            Type::I16 => write!(line, "{}", self.u16()? as i16).ok(),
            Type::I32 | Type::Isize => write!(line, "{}", self.unsigned(4)? as i32).ok(),
            Type::F32 => write!(line, "{:?}", f32::from_bits(self.unsigned(4)? as u32)).ok(),
            Type::Bool => write!(line, "{}", self.unsigned(1)? != 0).ok(),
            Type::Str => {
                let len = self.len()?;
                let text = str::from_utf8(self.take(len)?).ok()?;
                line.push_str(text);
                Some(())
            }
            Type::IStr => {
                line.push_str(self.other_text()?);
                Some(())
            }
            Type::Format => {
                let text = self.other_text()?;
                self.write(text, hint, line)
            }
            Type::FormatSlice => {
                let len = self.len()?;
                self.elements(len, hint, line)
            }
            Type::FormatArray(len) => self.elements(*len, hint, line),
            _ => None,
        }
    }

    fn elements(&mut self, len: usize, hint: Option<&DisplayHint>, line: &mut String) -> Option<()> {
        let text = self.other_text()?;
        line.push('[');
        for element in 0..len {
            if element != 0 {
                line.push_str(", ");
            }
            self.write(text, hint, line)?;
        }
        line.push(']');
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Text, Texts, unstuffed};

    fn texts() -> Texts {
        let text = |level, text: &str| Text {
            level,
            text: text.to_owned(),
        };
        Texts(
            [
                (1, text("info", "seed {=u64}: {=[?]:08x}, {=str}")),
                (2, text("", "{=u32}")),
                (3, text("error", "{=i16} {=bool} {=u32:#010x}")),
            ]
            .into(),
        )
    }

    /// As the board's encoder writes it: here every run is short.
    fn stuffed(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for run in bytes.chunks(7) {
            let mut zeros = 0;
            for (bit, &byte) in run.iter().enumerate() {
                if byte == 0 {
                    zeros |= 1 << bit;
                } else {
                    out.push(byte);
                }
            }
            // Seven bytes without a zero would be the start of a longer run.
            assert!(run.len() < 7 || zeros != 0, "a test without such runs");
            // What is missing at the end counts as zeros.
            out.push(if run.len() == 7 {
                zeros
            } else {
                (zeros | 0xFF << run.len()) & 0x7F
            });
        }
        out.push(0);
        out
    }

    #[test]
    fn numbers_lists_and_words() {
        let mut frame = vec![1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0];
        frame.extend([0xEF, 0xBE, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, b'o', b'k']);
        let mut decoder = Decoder::new(texts());
        let bytes = stuffed(&frame);
        assert_eq!(decoder.push(&bytes[..5]), Vec::<String>::new());
        assert_eq!(
            decoder.push(&bytes[5..]),
            ["info  seed 7: [0000beef, 00000001], ok"]
        );
        let frame = [3, 0, 0xFE, 0xFF, 1, 0x20, 0, 0, 0];
        assert_eq!(decoder.push(&stuffed(&frame)), ["error -2 true 0x00000020"]);
    }

    #[test]
    fn what_makes_no_sense_is_said_and_does_not_hinder_the_next() {
        let mut decoder = Decoder::new(texts());
        assert_eq!(decoder.push(&[0x81, 0, 9, 9, 0]).len(), 2);
        let frame = [3, 0, 1, 0, 0, 1, 0, 0, 0];
        assert_eq!(decoder.push(&stuffed(&frame)), ["error 1 false 0x00000001"]);
    }

    #[test]
    fn long_runs_without_a_zero() {
        let run: Vec<u8> = (1..=134).collect();
        assert_eq!(unstuffed(&[run.clone(), vec![0xFF]].concat()), Some(run.clone()));
        assert_eq!(
            unstuffed(&[&run[..10], &[0x83]].concat()),
            Some([&run[..10], &[0]].concat())
        );
    }
}
