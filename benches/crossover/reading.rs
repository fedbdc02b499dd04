//! Reads from criterion's files what it measured.

use std::path::Path;
use std::time::SystemTime;
use std::{fs, io};

use anyhow::Context as _;
use tombola_host::machine::Machine;

use super::Setting;
use crate::operation::{Operation, Variant};

/// The times of one case, in nanoseconds: those of the fastest sample. The same work is done again and
/// again, so whatever else a machine does can only slow a sample down, and some more than others.
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
    pub fn is_rule_slow(&self) -> bool {
        1.15 * self.dense.min(self.sparse) < self.rule
    }
}

/// What criterion measured of all cases.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// Cases of which all times are known.
    pub(super) measured: Vec<Measured>,
    /// How many other cases there are.
    pub(super) missing: usize,
    /// Times that are not older than this run.
    pub(super) fresh: usize,
}

/// Reads all cases; what was measured before `start` is of an earlier run.
pub(super) fn read(criterion: &Path, start: SystemTime, machine: Machine) -> anyhow::Result<Readings> {
    let mut readings = Readings::default();
    for setting in Operation::ALL.into_iter().flat_map(Setting::all) {
        let group = criterion.join(setting.operation.group(machine));
        let mut times = [None; Variant::ALL.len()];
        for (time, variant) in times.iter_mut().zip(Variant::ALL) {
            let bench = group.join(variant.name()).join(setting.to_string());
            let path = bench.join("new/sample.json");
            let about = || format!("cannot read criterion's {}", path.display());
            let modified = match fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata
                    .and_then(|metadata| metadata.modified())
                    .with_context(about)?,
            };
            readings.fresh += usize::from(start <= modified);
            let text = fs::read_to_string(&path).with_context(about)?;
            *time = Some(fastest(&text).with_context(about)?);
        }
        match times {
            [Some(dense), Some(sparse), Some(rule)] => readings.measured.push(Measured {
                setting,
                dense,
                sparse,
                rule,
            }),
            _ => readings.missing += 1,
        }
    }
    Ok(readings)
}

/// The shortest time of an iteration among criterion's samples.
fn fastest(text: &str) -> anyhow::Result<f64> {
    let sample: serde_json::Value = serde_json::from_str(text)?;
    let numbers = |name: &str| {
        let numbers = sample[name].as_array().into_iter().flatten();
        numbers.filter_map(serde_json::Value::as_f64)
    };
    let times = numbers("times")
        .zip(numbers("iters"))
        .map(|(time, count)| time / count);
    times.min_by(f64::total_cmp).context("no sample")
}

#[cfg(test)]
mod tests {
    use super::fastest;

    #[test]
    fn the_fastest_sample_counts_by_iteration() {
        let text = r#"{"sampling_mode":"Flat","iters":[10.0,20.0,10.0],"times":[50.0,80.0,60.0]}"#;
        assert_eq!(fastest(text).unwrap(), 4.0);
        assert!(fastest("{}").is_err());
    }
}
