//! What criterion measured, from the files that it leaves.

use std::path::Path;
use std::time::SystemTime;
use std::{fs, io};

use anyhow::Context as _;
use tombola_host::machine::Machine;

use super::{Contestant, Operation, Setting};

/// The times of one case, in nanoseconds: those of the fastest sample. All contestants do the same work again and again, so
/// whatever else a machine does can only slow a sample down, and does that to some more than to others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The case.
    pub setting: Setting,
    /// No layer compressed.
    pub dense: f64,
    /// Every layer compressed.
    pub sparse: f64,
    /// As the rule has it.
    pub rule: f64,
}

impl Measured {
    /// How many times as fast as the dense kernels the sparse ones are.
    pub fn speedup(&self) -> f64 {
        self.dense / self.sparse
    }

    /// Whether the rule is far off the better of the two: by more than what two runs of the same differ.
    pub fn is_misfit(&self) -> bool {
        1.15 * self.dense.min(self.sparse) < self.rule
    }
}

/// All cases that were measured since `start`, and the number of those that were not.
pub(super) fn read(
    criterion: &Path,
    start: SystemTime,
    machine: Machine,
) -> anyhow::Result<(Vec<Measured>, usize)> {
    let (mut measured, mut missing) = (vec![], 0);
    for setting in Operation::ALL.into_iter().flat_map(Setting::all) {
        let group = criterion.join(setting.operation.group(machine));
        let mut times = [None; Contestant::ALL.len()];
        for (time, contestant) in times.iter_mut().zip(Contestant::ALL) {
            let bench = group.join(contestant.name()).join(setting.to_string());
            *time = fastest(&bench.join("new/sample.json"), start)?;
        }
        match times {
            [Some(dense), Some(sparse), Some(rule)] => measured.push(Measured {
                setting,
                dense,
                sparse,
                rule,
            }),
            _ => missing += 1,
        }
    }
    Ok((measured, missing))
}

/// The shortest time of an iteration, by sample, unless criterion measured it before `start`.
fn fastest(path: &Path, start: SystemTime) -> anyhow::Result<Option<f64>> {
    let about = || format!("cannot read criterion's {}", path.display());
    let modified = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata
            .and_then(|metadata| metadata.modified())
            .with_context(about)?,
    };
    if modified < start {
        return Ok(None);
    }
    let text = fs::read_to_string(path).with_context(about)?;
    let sample: serde_json::Value = serde_json::from_str(&text).with_context(about)?;
    let numbers = |name: &str| {
        let numbers = sample[name].as_array().into_iter().flatten();
        numbers.filter_map(serde_json::Value::as_f64)
    };
    let times = numbers("times")
        .zip(numbers("iters"))
        .map(|(time, count)| time / count);
    Ok(Some(times.min_by(f64::total_cmp).with_context(about)?))
}
