//! A board behind probe-rs, which knows probes and chips. What is here never met hardware, as the README of the firmware
//! says; a transcript of `tombola hil --transcript FILE` tells what happens.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use probe_rs::config::Registry;
use probe_rs::flashing::{
    DownloadOptions, ElfLoader, ElfOptions, FlashProgress, ProgressEvent, ProgressOperation,
    download_file_with_options,
};
use probe_rs::probe::list::{Accessibility, Lister, ProbeListItem};
use probe_rs::probe::{DebugProbeSelector, Probe};
use probe_rs::semihosting::SemihostingCommand;
use probe_rs::{
    BreakpointCause, Core, CoreStatus, Error, HaltReason, MemoryInterface, Permissions, RegisterId, Session,
};
use tombola_firmware::boards::{Board, Boot};

use super::link::{Link, Register, Stop};
use super::{Notes, Options};
use crate::bad_input;
use crate::text::{did_you_mean, quoted};

/// How long a core may take to halt.
const HALT: Duration = Duration::from_millis(500);

/// The core of a board.
pub(super) struct Device {
    session: Session,
    /// Whether the core is halted by this program, and not by itself.
    is_held: bool,
}

/// Checks that probe-rs knows a chip, and that there is a probe to reach it by.
///
/// # Errors
/// Bad input if it does not, or several probes are there; else, if none is.
pub(super) fn check(chip: &str, options: &Options) -> anyhow::Result<()> {
    check_chip(chip)?;
    find(options).map(drop)
}

/// Checks that probe-rs knows a chip.
///
/// # Errors
/// Bad input if not, with one that it knows.
fn check_chip(chip: &str) -> anyhow::Result<()> {
    let registry = Registry::from_builtin_families();
    if registry.get_target_by_name(chip).is_ok() {
        return Ok(());
    }
    let families = registry.families().iter();
    let known: Vec<&str> = families
        .flat_map(|family| family.variants.iter().map(|chip| &*chip.name))
        .collect();
    let remedy = did_you_mean(chip, &known)
        .unwrap_or_else(|| "https://probe.rs/targets lists those that it knows".to_owned());
    Err(bad_input!("probe-rs knows no chip {}; {remedy}", quoted(chip)))
}

impl Device {
    /// Flashes a program, and halts its core where it starts.
    pub(super) fn open(
        board: &Board,
        path: &Path,
        options: &Options,
        notes: Notes<'_>,
    ) -> anyhow::Result<Self> {
        let chip = super::chip(board, options)?;
        check_chip(&chip)?;
        let probe = select(options)?;
        notes(format!("connecting to {chip} with {}", probe.get_name()));
        let mut session = attach(probe, &chip, options)?;
        notes("flashing".to_owned());
        flash(&mut session, path, notes)?;
        start(&mut session, board).with_context(|| format!("{chip} cannot be started"))?;
        Ok(Self {
            session,
            is_held: true,
        })
    }

    fn core(&mut self) -> anyhow::Result<Core<'_>> {
        Ok(self.session.core(0)?)
    }
}

/// The probe that is meant.
fn find(options: &Options) -> anyhow::Result<ProbeListItem> {
    let selector: Option<DebugProbeSelector> = match &options.probe {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            bad_input!(
                "--probe {}: a probe is named VID:PID or VID:PID:SERIAL, as 0483:374b",
                quoted(text)
            )
        })?),
    };
    let found = Lister::new().list_with_access(selector.as_ref());
    let one = one_of(&found, options.probe.as_deref())?;
    if one.accessibility == Accessibility::PermissionDenied {
        bail!(
            "{} may not be opened by you; https://probe.rs/docs/getting-started/probe-setup says how to allow it",
            one.info
        );
    }
    Ok(one.clone())
}

/// The probe that is meant, opened.
fn select(options: &Options) -> anyhow::Result<Probe> {
    let one = find(options)?;
    let mut probe = one
        .info
        .open()
        .with_context(|| format!("{} cannot be opened", one.info))?;
    if let Some(speed) = options.speed {
        probe
            .set_speed(speed)
            .with_context(|| format!("--speed {speed}: the probe takes another only"))?;
    }
    Ok(probe)
}

/// The only one that there is.
fn one_of<'a>(found: &'a [ProbeListItem], wanted: Option<&str>) -> anyhow::Result<&'a ProbeListItem> {
    match (found, wanted) {
        ([one], _) => Ok(one),
        ([], None) => bail!(
            "no debug probe is connected; connect one, and see https://probe.rs/docs/getting-started/probe-setup if it \
             is"
        ),
        ([], Some(wanted)) => {
            let others = Lister::new().list_all();
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            let remedy = match &*others {
                [] => "none is connected".to_owned(),
                others => format!("there are {}", others.join("; ")),
            };
            bail!(
                "--probe {}: there is no such debug probe; {remedy}",
                quoted(wanted)
            )
        }
        (several, _) => {
            let all: Vec<String> = several.iter().map(|item| item.info.to_string()).collect();
            Err(bad_input!(
                "there are {} debug probes; choose one with --probe VID:PID:SERIAL: {}",
                all.len(),
                all.join("; ")
            ))
        }
    }
}

/// Connects to a chip.
fn attach(probe: Probe, chip: &str, options: &Options) -> anyhow::Result<Session> {
    let permissions = if options.allow_erase_all {
        Permissions::new().allow_erase_all()
    } else {
        Permissions::new()
    };
    let attached = if options.connect_under_reset {
        probe.attach_under_reset(chip, permissions)
    } else {
        probe.attach(chip, permissions)
    };
    attached.map_err(|error| {
        if is_locked(&error) {
            return anyhow!(
                "{chip} is locked: its debug port opens only when all of its flash is erased; --allow-erase-all does that, \
                 and what is on it is lost"
            );
        }
        let remedy = if options.connect_under_reset {
            "check power and wiring, or try a lower --speed"
        } else {
            "check power and wiring, or try --connect-under-reset, or a lower --speed"
        };
        anyhow::Error::new(error).context(format!("{chip} does not answer the probe; {remedy}"))
    })
}

/// Whether a chip could be opened by erasing it.
fn is_locked(error: &Error) -> bool {
    if matches!(error, Error::MissingPermissions(_)) {
        return true;
    }
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.any(|cause| cause.to_string().contains("erase_all"))
}

/// Writes a program's flash.
fn flash(session: &mut Session, path: &Path, notes: Notes<'_>) -> anyhow::Result<()> {
    let mut options = DownloadOptions::default();
    // What shares a sector with the program is none of it, a bootloader for one.
    options.keep_unwritten_bytes = true;
    options.verify = true;
    options.progress = FlashProgress::new(|event| {
        // Each step is a sign of life.
        match event {
            ProgressEvent::Started(ProgressOperation::Erase) => notes("erasing".to_owned()),
            ProgressEvent::Started(ProgressOperation::Program) => notes("writing".to_owned()),
            ProgressEvent::Started(ProgressOperation::Verify) => notes("comparing".to_owned()),
            _ => notes(String::new()),
        }
    });
    download_file_with_options(session, path, ElfLoader(ElfOptions::default()), options)
        .context("the board cannot be flashed; check the cable and start the command again")
}

/// Halts the core at the start of the program.
fn start(session: &mut Session, board: &Board) -> anyhow::Result<()> {
    session.core(0)?.reset_and_halt(HALT)?;
    // Whatever is before the program would start it, but only after it has used its memory.
    if board.boot == Boot::Loader {
        session.prepare_running_on_ram(u64::from(board.flash.origin), 0)?;
    }
    Ok(())
}

impl Link for Device {
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> anyhow::Result<()> {
        Ok(self.core()?.read(u64::from(address), bytes)?)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.core()?.write(u64::from(address), bytes)?)
    }

    fn register(&mut self, register: Register) -> anyhow::Result<u32> {
        let mut core = self.core()?;
        let number: RegisterId = match register {
            Register::Place => core.program_counter().id(),
            // Of the registers that a Cortex-M's debugger reads by number: xPSR and PSP.
            Register::State => RegisterId(16),
            Register::Stack => RegisterId(18),
        };
        Ok(core.read_core_reg(number)?)
    }

    fn run(&mut self, time: Duration) -> anyhow::Result<Option<Stop>> {
        let is_held = std::mem::take(&mut self.is_held);
        let mut core = self.core()?;
        if is_held {
            core.run()?;
        }
        thread::sleep(time);
        Ok(match core.status()? {
            CoreStatus::Halted(reason) => Some(stop(reason)),
            CoreStatus::LockedUp => {
                // Its registers can be read only when it is halted.
                let _ = core.halt(HALT);
                Some(Stop::Other("the board's core has locked up".to_owned()))
            }
            CoreStatus::Running | CoreStatus::Sleeping | CoreStatus::Unknown => None,
        })
    }

    fn release(&mut self) -> anyhow::Result<()> {
        let is_held = self.is_held;
        let mut core = self.core()?;
        if is_held {
            core.run()?;
        }
        Ok(())
    }
}

/// What has become of a core that has halted by itself.
fn stop(reason: HaltReason) -> Stop {
    match reason {
        HaltReason::Breakpoint(BreakpointCause::Semihosting(SemihostingCommand::ExitSuccess)) => Stop::End(0),
        HaltReason::Breakpoint(BreakpointCause::Semihosting(SemihostingCommand::ExitError(details))) => {
            Stop::End(details.exit_status.unwrap_or(details.reason).cast_signed())
        }
        HaltReason::Exception => Stop::Other("the board has stopped at an exception".to_owned()),
        other => Stop::Other(format!("the board has stopped by itself ({other:?})")),
    }
}

#[cfg(test)]
mod tests {
    use probe_rs::config::{MemoryRegion, Registry};
    use tombola_firmware::boards::{BOARDS, Memory, Reach};

    use super::check_chip;

    /// Whether all of a memory lies in these ranges, which may follow each other.
    fn holds(ranges: &mut [std::ops::Range<u64>], memory: Memory) -> bool {
        ranges.sort_by_key(|range| range.start);
        let (mut at, end) = (
            u64::from(memory.origin),
            u64::from(memory.origin) + u64::from(memory.length),
        );
        for range in ranges.iter() {
            if range.contains(&at) {
                at = range.end;
            }
        }
        end <= at
    }

    #[test]
    fn every_board_has_the_chip_and_the_memories_that_probe_rs_knows() {
        let registry = Registry::from_builtin_families();
        for board in BOARDS {
            let Reach::Probe { chip } = board.reach else {
                continue;
            };
            check_chip(chip).unwrap();
            let target = registry.get_target_by_name(chip).unwrap();
            let (mut flash, mut ram) = (Vec::new(), Vec::new());
            for region in &target.memory_map {
                match region {
                    MemoryRegion::Nvm(region) => flash.push(region.range.clone()),
                    MemoryRegion::Ram(region) => ram.push(region.range.clone()),
                    MemoryRegion::Generic(_) => {}
                }
            }
            assert!(holds(&mut flash, board.flash), "{}: {flash:x?}", board.name);
            assert!(holds(&mut ram, board.ram), "{}: {ram:x?}", board.name);
        }
    }

    #[test]
    fn a_wrong_name_of_a_chip_is_told_with_a_right_one() {
        let error = check_chip("nRF52840_xxAB").unwrap_err();
        assert!(crate::error::is_bad_input(&error));
        let error = error.to_string();
        assert!(
            error.contains("no chip 'nRF52840_xxAB'") && error.contains("did you mean 'nRF52840_xxAA'?"),
            "{error}"
        );
    }
}
