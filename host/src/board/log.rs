//! Decodes what a board logs.
//!
//! defmt keeps its texts in the image and sends their numbers, in version 4 of its format; an image of another is refused.
//! The firmware logs numbers, words and what derives `Format`, and for those this file is enough; what it cannot decode it
//! says. `defmt-decoder` would add 43 crates (dates, CBOR, regular expressions), which take 50 seconds of a CPU to build,
//! half as much again as the program, and let `serde_json` keep all numbers as text (its feature `arbitrary_precision`).

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::text::counted;
use anyhow::{Context, bail};
use defmt_parser::{DisplayHint, Fragment, ParserMode, Type};
use object::{Object, ObjectSection, ObjectSymbol};

/// The texts of an image.
#[derive(Clone, Debug, Default)]
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
                let line = rzcobs::decode(&frame)
                    .ok()
                    .and_then(|frame| self.texts.line(&frame));
                lines.push(line.unwrap_or_else(|| {
                    let size = counted(frame.len(), "byte");
                    format!("(a log message of {size} that cannot be decoded)")
                }));
            }
        }
        lines
    }
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

    fn u8(&mut self) -> Option<u8> {
        self.unsigned(1).map(|value| value as u8)
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

    /// As [`Self::write`]; of an enum, whose text has all variants, the one whose number comes first.
    fn write_variant(&mut self, text: &str, outer: Option<&DisplayHint>, line: &mut String) -> Option<()> {
        let variant = if text.contains('|') {
            text.split('|').nth(usize::from(self.u8()?))?
        } else {
            text
        };
        self.write(variant, outer, line)
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
                self.write_variant(text, hint, line)
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
            self.write_variant(text, hint, line)?;
        }
        line.push(']');
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Text, Texts};

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
                (4, text("warn", "{=?}, {=?}")),
                (5, text("", "Degraded|Separated")),
                (6, text("", "Level {{ level: {=u32}, loss: {=f32} }}")),
            ]
            .into(),
        )
    }

    /// As the board sends it.
    fn stuffed(frame: &[u8]) -> Vec<u8> {
        [rzcobs::encode(frame), vec![0]].concat()
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
    fn enums_and_structures_that_derive_format() {
        let mut decoder = Decoder::new(texts());
        let frame = [4, 0, 5, 0, 1, 6, 0, 7, 0, 0, 0, 0, 0, 0x80, 0x3F];
        assert_eq!(
            decoder.push(&stuffed(&frame)),
            ["warn  Separated, Level { level: 7, loss: 1.0 }"]
        );
        // There is no such variant.
        let frame = [4, 0, 5, 0, 2, 6, 0, 7, 0, 0, 0, 0, 0, 0x80, 0x3F];
        assert!(decoder.push(&stuffed(&frame))[0].contains("cannot be decoded"));
    }
}
