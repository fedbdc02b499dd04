//! Loads the flash of a Teensy, which has no debug port: PJRC's loader writes a file in Intel's HEX format to it over USB,
//! once its button is pressed.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, anyhow, bail};
use object::elf::PT_LOAD;
use object::read::elf::{ElfFile32, ProgramHeader};

use super::check_program;

const LOADER: &str = "teensy_loader_cli";
/// Bytes in a line.
const LINE: usize = 16;

fn not_started(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return anyhow!(
            "{LOADER} is not installed, which loads a Teensy; install it: apt install teensy-loader-cli (Debian, Ubuntu), \
             brew install teensy_loader_cli (macOS), or from https://www.pjrc.com/teensy/loader_cli.html"
        );
    }
    anyhow::Error::new(error).context(format!("cannot start {LOADER}"))
}

/// Checks that the loader is there.
///
/// # Errors
/// If not, with what to install.
pub fn check() -> anyhow::Result<()> {
    check_program(LOADER, not_started)
}

/// Loads a program; the loader has the terminal, and waits for the button.
///
/// # Errors
/// If the loader is missing or fails; it has said why.
pub fn load(mcu: &str, path: &Path) -> anyhow::Result<()> {
    let file = path.with_extension("hex");
    let place = || format!("cannot read the program {}", path.display());
    let text = hex(&fs::read(path).with_context(place)?).with_context(place)?;
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    let mut command = Command::new(LOADER);
    command.arg(format!("--mcu={mcu}")).args(["-w", "-v"]).arg(&file);
    let status = command.status().map_err(not_started)?;
    if !status.success() {
        bail!("{LOADER} ended with {status}");
    }
    Ok(())
}

/// What an ELF file puts into flash, in Intel's HEX format.
///
/// # Errors
/// If it is no ELF file of 32 bits.
pub fn hex(elf: &[u8]) -> anyhow::Result<String> {
    let elf: ElfFile32<'_> = ElfFile32::parse(elf)?;
    let endian = elf.endian();
    let mut text = String::new();
    let mut high = None;
    for segment in elf.elf_program_headers() {
        if segment.p_type(endian) != PT_LOAD {
            continue;
        }
        let bytes = segment
            .data(endian, elf.data())
            .map_err(|()| anyhow!("a segment is longer than the file"))?;
        let mut address = segment.p_paddr(endian);
        let mut rest = bytes;
        while !rest.is_empty() {
            if high != Some(address >> 16) {
                high = Some(address >> 16);
                record(&mut text, 0, 4, &(((address >> 16) as u16).to_be_bytes()));
            }
            // A line stays below the next 64 KiB.
            let left = 0x1_0000 - (address & 0xFFFF) as usize;
            let (line, others) = rest.split_at(LINE.min(left).min(rest.len()));
            record(&mut text, address as u16, 0, line);
            address = address.wrapping_add(line.len() as u32);
            rest = others;
        }
    }
    record(&mut text, 0, 1, &[]);
    Ok(text)
}

/// A line: length, address, kind, bytes, and what makes their sum 0.
fn record(text: &mut String, address: u16, kind: u8, bytes: &[u8]) {
    let [high, low] = address.to_be_bytes();
    let head = [bytes.len() as u8, high, low, kind];
    let mut sum = 0_u8;
    text.push(':');
    for byte in head.iter().chain(bytes) {
        sum = sum.wrapping_add(*byte);
        let _ = write!(text, "{byte:02X}");
    }
    let _ = writeln!(text, "{:02X}", sum.wrapping_neg());
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn a_line_has_the_sum_that_the_format_wants() {
        let mut text = String::new();
        // As a loader's own file begins.
        record(&mut text, 0, 4, &[0x60, 0x00]);
        record(
            &mut text,
            0,
            0,
            &[0x46, 0x43, 0x46, 0x42, 0, 0, 1, 0x56, 0, 0, 0, 0, 1, 1, 2, 0],
        );
        record(&mut text, 0, 1, &[]);
        assert_eq!(
            text,
            ":0200000460009A\n:100000004643464200000156000000000101020084\n:00000001FF\n"
        );
    }
}
