//! Reads from an ELF file how much of the board it takes, and what it logs.

use std::fs;
use std::path::Path;

use anyhow::Context;
use object::elf::SHF_ALLOC;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind};

use super::log::Texts;

/// A program for a board.
#[derive(Clone, Debug)]
pub struct Image {
    /// Bytes of flash: code, constants, and what variables start with.
    pub flash: u64,
    /// Bytes of RAM, but for the stacks.
    pub ram: u64,
    /// What it logs.
    pub texts: Texts,
    /// Where its RTT control block lies.
    pub rtt: Option<u64>,
    /// Where it looks whether a host listens from the start.
    pub host: Option<u64>,
    /// All functions and variables.
    pub symbols: Vec<String>,
    /// Of each function its first address, its length and its name, by the address.
    functions: Vec<(u64, u64, String)>,
}

impl Image {
    /// Reads an ELF file.
    ///
    /// # Errors
    /// If it cannot be read or is no program of this firmware.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let place = || format!("cannot read the program {}", path.display());
        let bytes = fs::read(path).with_context(place)?;
        let elf = object::File::parse(&*bytes).with_context(place)?;
        let (mut flash, mut ram) = (0, 0);
        for section in elf.sections() {
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
                continue;
            };
            if !sh_flags.contains(SHF_ALLOC) {
                continue;
            }
            // Variables that do not start as 0 take both: they are copied.
            let is_empty = matches!(section.kind(), object::SectionKind::UninitializedData);
            let is_variable = section.name() == Ok(".data");
            flash += if is_empty { 0 } else { section.size() };
            ram += if is_empty || is_variable {
                section.size()
            } else {
                0
            };
        }
        let mut functions: Vec<(u64, u64, String)> = elf
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            // The lowest bit says that it is Thumb code, as all here is.
            .filter_map(|symbol| {
                Some((
                    symbol.address() & !1,
                    symbol.size(),
                    symbol.name().ok()?.to_owned(),
                ))
            })
            .collect();
        functions.sort();
        let find = |name: &str| elf.symbols().find(|symbol| symbol.name() == Ok(name));
        Ok(Self {
            flash,
            ram,
            texts: Texts::of(&elf).with_context(place)?,
            rtt: find("_SEGGER_RTT").map(|symbol| symbol.address()),
            host: find("TOMBOLA_HOST").map(|symbol| symbol.address()),
            symbols: elf
                .symbols()
                .filter_map(|symbol| symbol.name().ok())
                .map(str::to_owned)
                .collect(),
            functions,
        })
    }

    /// One that is nothing but addresses.
    #[cfg(test)]
    pub(super) fn of_addresses(rtt: u64, host: u64, functions: Vec<(u64, u64, String)>) -> Self {
        Self {
            flash: 0,
            ram: 0,
            texts: Texts::default(),
            rtt: Some(rtt),
            host: Some(host),
            symbols: Vec::new(),
            functions,
        }
    }

    /// A place in the code, in words: its address, and the function that it is in.
    pub fn place(&self, address: u32) -> String {
        let at = u64::from(address & !1);
        let before = self.functions.partition_point(|&(start, ..)| start <= at);
        match self.functions[..before].last() {
            Some((start, length, name)) if at < start + length => {
                let name = rustc_demangle::demangle(name);
                format!("{address:#010x}, in {name:#} + {:#x}", at - start)
            }
            _ => format!("{address:#010x}, in no function of the program"),
        }
    }
}
