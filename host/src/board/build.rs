//! Builds a program for a board, with the ticket that is to be compiled in.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use tombola_firmware::boards::Board;

use super::{Checkout, note};
use crate::bad_input;

/// A program of the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Answers samples.
    Classify,
    /// Finds a ticket.
    Lottery,
    /// Trains a ticket further.
    Learn,
    /// Fails, for the tests.
    Faults,
    /// Links only if answering cannot panic.
    Proof,
}

impl Program {
    /// The name of its binary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::Lottery => "lottery",
            Self::Learn => "learn",
            Self::Faults => "faults",
            Self::Proof => "proof",
        }
    }

    /// The profile that it is built in: kernels of training want more space.
    const fn profile(self) -> &'static str {
        match self {
            Self::Lottery | Self::Learn => "lottery",
            Self::Classify | Self::Faults | Self::Proof => "firmware",
        }
    }
}

/// What is built.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// Of what.
    pub program: Program,
    /// For what.
    pub board: &'a Board,
    /// The folder of the generated code; `None` for the default ticket.
    pub sources: Option<&'a Path>,
    /// Bytes of stack; `None` for the default.
    pub stack: Option<u32>,
}

impl Build<'_> {
    /// Builds it and copies it to `to`. One build at a time: they share one folder, and each overwrites the last.
    ///
    /// # Errors
    /// Bad input if it does not fit the board; else, if cargo cannot be started or fails, having said why.
    pub fn run(&self, checkout: &Checkout, to: &Path) -> anyhow::Result<()> {
        let _lock = lock(checkout)?;
        note(format_args!(
            "building {} for {}; the first time takes a minute",
            self.program.name(),
            self.board.name
        ));
        let output = self
            .command(checkout, "build")
            .output()
            .context("cannot start cargo, which builds the firmware; install Rust from https://rustup.rs")?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            if let Some(overflow) = overflow(&text) {
                let Board { name, .. } = self.board;
                return Err(bad_input!(
                    "the ticket does not fit {name}: {overflow}; choose a sparser one or another board"
                ));
            }
            bail!("the firmware does not build:\n{text}");
        }
        let built = target_folder(checkout)
            .join(self.board.core.target)
            .join(self.program.profile())
            .join(self.program.name());
        fs::copy(&built, to)
            .with_context(|| format!("cannot copy {} to {}", built.display(), to.display()))?;
        Ok(())
    }

    /// The command that builds it, `verb` being `build` or `rustc`, in the folder where [`Build::run`] looks.
    pub fn command(&self, checkout: &Checkout, verb: &str) -> Command {
        let Board { name, core, .. } = self.board;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args([
                verb,
                "--package",
                "tombola-firmware",
                "--bin",
                self.program.name(),
            ])
            .args([
                "--profile",
                self.program.profile(),
                "--target",
                core.target,
                "--config",
            ])
            .arg(format!(
                "target.{}.rustflags=['-C','target-cpu={}']",
                core.target, core.cpu
            ))
            .arg("--target-dir")
            .arg(target_folder(checkout))
            .current_dir(checkout.root())
            .env("TOMBOLA_BOARD", name)
            .stdin(Stdio::null());
        for flags in std::env::vars_os().filter_map(|(name, _)| is_flags(&name).then_some(name)) {
            command.env_remove(flags);
        }
        set(&mut command, "TOMBOLA_TICKET", self.sources.map(Path::as_os_str));
        set(
            &mut command,
            "TOMBOLA_STACK",
            self.stack.map(|stack| stack.to_string()).as_ref().map(OsStr::new),
        );
        command
    }
}

fn set(command: &mut Command, variable: &str, value: Option<&OsStr>) {
    match value {
        Some(value) => command.env(variable, value),
        None => command.env_remove(variable),
    };
}

/// While this file is held, no other [`Build`] runs.
///
/// # Errors
/// If it cannot be locked.
pub fn lock(checkout: &Checkout) -> anyhow::Result<File> {
    let target = target_folder(checkout);
    fs::create_dir_all(&target).with_context(|| format!("cannot make the folder {}", target.display()))?;
    let lock = File::create(target.join("firmware.lock")).context("cannot lock the build folder")?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            note("waiting for another build of the firmware");
            lock.lock().context("cannot lock the build folder")?;
        }
        Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the build folder"),
    }
    Ok(lock)
}

/// Whether a variable of this name holds flags for the compiler: the host's would replace those for boards.
fn is_flags(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let of_target = name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS");
    of_target || ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"].contains(&&*name)
}

/// Where the firmware is built: beside the programs of the host, where nothing else is said.
fn target_folder(checkout: &Checkout) -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    checkout.root().join(folder)
}

/// What the linker says of a region that is too small: `FLASH … by 1234 bytes`.
fn overflow(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find(|line| line.contains("will not fit in region") || line.contains("overflowed"))?;
    let region = if line.contains("FLASH") { "flash" } else { "RAM" };
    let bytes = line.rsplit_once("overflowed by ").map(|(_, bytes)| bytes.trim());
    Some(match bytes {
        Some(bytes) => format!("its {region} is too small by {bytes}"),
        None => format!("its {region} is too small"),
    })
}

#[cfg(test)]
mod tests {
    use super::{is_flags, overflow};

    #[test]
    fn flags_for_the_host_are_told_from_other_variables() {
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS",
        ] {
            assert!(is_flags(name.as_ref()), "{name}");
        }
        for name in [
            "CARGO_TARGET_DIR",
            "RUSTFLAGS_OF_MINE",
            "CARGO_BUILD_JOBS",
            "CARGO",
        ] {
            assert!(!is_flags(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn the_linkers_complaint_is_understood() {
        let text = "error: linking failed\n  = note: rust-lld: error: section '.text' will not fit in region 'FLASH': \
                    overflowed by 7108 bytes\n";
        assert_eq!(overflow(text).unwrap(), "its flash is too small by 7108 bytes");
        assert_eq!(overflow("error[E0425]: cannot find value"), None);
    }
}
