//! How commands are told to use a debug probe.

use crate::board::probe::Options;

#[derive(Debug, clap::Args)]
pub(super) struct ProbeArgs {
    /// Which debug probe, where there are several: VID:PID or VID:PID:SERIAL
    #[arg(long, value_name = "PROBE", help_heading = "Debug probe")]
    probe: Option<String>,
    /// probe-rs's name of the chip [default: that of the board's]
    #[arg(long, value_name = "NAME", help_heading = "Debug probe")]
    chip: Option<String>,
    /// How fast the probe speaks to the chip, in kHz [default: as the probe likes]
    #[arg(long, value_name = "KHZ", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Debug probe")]
    speed: Option<u32>,
    /// Hold the chip in reset until the probe is connected: for chips that sleep, or use the debug pins
    #[arg(long, help_heading = "Debug probe")]
    connect_under_reset: bool,
    /// Erase all of a chip that is locked, which unlocks it
    #[arg(long, help_heading = "Debug probe")]
    allow_erase_all: bool,
}

impl ProbeArgs {
    pub(super) fn options(&self) -> Options {
        Options {
            probe: self.probe.clone(),
            chip: self.chip.clone(),
            speed: self.speed,
            connect_under_reset: self.connect_under_reset,
            allow_erase_all: self.allow_erase_all,
        }
    }
}
