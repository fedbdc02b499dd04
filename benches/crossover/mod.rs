//! Writes where sparse overtakes dense, as a table and a picture of some hundred cases.

mod numbers;
mod others;
mod plot;
mod reading;
mod rule;
mod table;

use std::path::Path;
use std::time::SystemTime;
use std::{fmt, fs};

use anyhow::Context as _;
use tombola_host::machine::Machine;

use crate::operation::{Operation, Variant};
use others::Others;
pub use reading::Measured;
use reading::Readings;

/// Shares of weights that survive, from all to few.
pub const DENSITIES: [f64; 7] = [1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02];
/// Units of both hidden layers of a network with four inputs and two outputs.
pub const WIDTHS: [usize; 7] = [16, 32, 64, 128, 256, 512, 1024];
/// Samples at a time.
pub const BATCHES: [usize; 4] = [1, 16, 64, 256];

/// One case. As text it is the last part of a bench's id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// What is timed.
    pub operation: Operation,
    /// Units of both hidden layers.
    pub width: usize,
    /// Samples.
    pub batch: usize,
    /// Share of weights that survive.
    pub density: f64,
}

impl Setting {
    /// All cases of an operation, in the order in which they are timed: what is compared is timed close together.
    pub fn all(operation: Operation) -> impl Iterator<Item = Self> {
        let settings = WIDTHS
            .iter()
            .flat_map(|&width| BATCHES.map(|batch| (width, batch)));
        settings.flat_map(move |(width, batch)| {
            DENSITIES.map(|density| Self {
                operation,
                width,
                batch,
                density,
            })
        })
    }

    /// The widths of the network.
    pub const fn widths(self) -> [usize; 4] {
        [4, self.width, self.width, 2]
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            width,
            batch,
            density,
            ..
        } = self;
        write!(formatter, "width {width}, batch {batch}, density {density}")
    }
}

/// Writes `crossover.md` and `crossover.svg` to `docs` from what criterion, whose reports are in `criterion`, measured, and
/// from what `others` says of other libraries, if there is such a file; says how much was measured since `start`. Where nothing was, or a case was never measured, the files stay as they
/// are.
///
/// # Errors
/// If a file cannot be read or written.
pub fn write(
    criterion: &Path,
    others: &Path,
    docs: &Path,
    start: SystemTime,
    machine: Machine,
) -> anyhow::Result<()> {
    let Readings {
        measured,
        missing,
        fresh,
    } = reading::read(criterion, start, machine)?;
    if fresh == 0 {
        return Ok(());
    }
    if 0 < missing {
        println!(
            "{missing} cases of the crossover were never timed here: its table and picture stay as they were."
        );
        return Ok(());
    }
    let others = Others::read(others, &processor(), machine)?;
    if others.is_empty() {
        println!("Of other libraries nothing is known here: benches/peers/run --dense measures them.");
    }
    let place = format!("{}, {}", processor(), machine.name());
    for (name, text) in [
        ("crossover.md", table::draw(&measured, &others, &place)),
        ("crossover.svg", plot::draw(&measured, &others, &place, machine)),
    ] {
        let path = docs.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!(
        "Wrote the crossover's table and picture to {}; {fresh} of {} times are of this run, the others of earlier ones.",
        docs.display(),
        measured.len() * Variant::ALL.len()
    );
    for case in measured.iter().filter(|case| case.is_rule_slow()) {
        println!(
            "The rule is {:.0} % slower than the better kernel: {}, {}.",
            100.0 * (case.rule / case.dense.min(case.sparse) - 1.0),
            case.setting.operation.name(),
            case.setting
        );
    }
    Ok(())
}

/// The CPU's own name, where the system tells it; a hypervisor may hide which generation it is, so family and model
/// stand beside it.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        lines
            .map(|(key, value)| (key.trim(), value.trim()))
            .find_map(|(key, value)| (key == name).then_some(value))
    };
    match (field("model name"), field("cpu family"), field("model")) {
        (Some(name), Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        (Some(name), ..) => name.to_owned(),
        _ => format!("a CPU of {}", std::env::consts::ARCH),
    }
}
