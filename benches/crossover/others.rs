//! Reads who else is fast without sparse layers: what `benches/peers/run --dense` measured on this machine.

use std::path::Path;
use std::{fs, io};

use anyhow::Context as _;
use serde_json::Value;
use tombola_host::machine::Machine;

use super::{Measured, Setting};

/// The fastest of the other libraries with the layers of one setting, whatever its density.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Other {
    /// What it is called.
    pub(super) name: String,
    /// Its time by that of Tombola's dense kernels, which were timed beside it.
    pub(super) ratio: f64,
}

/// What was measured, by operation, batch and width.
#[derive(Debug, Default)]
pub(super) struct Others(Vec<(Case, Other)>);

type Case = (String, usize, usize);

impl Others {
    /// Nothing if there is no such file, or if it is of another processor or vector unit.
    pub(super) fn read(path: &Path, processor: &str, machine: Machine) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        Self::parse(&text, processor, machine.name())
            .with_context(|| format!("{} is not what benches/peers/run --dense writes", path.display()))
    }

    fn parse(text: &str, processor: &str, lanes: &str) -> anyhow::Result<Self> {
        let file: Value = serde_json::from_str(text)?;
        if file["processor"] != processor || file["lanes"] != lanes {
            return Ok(Self::default());
        }
        let cases = file["cases"].as_array().context("no cases")?;
        let cases = cases.iter().map(|case| {
            let text = |name: &str| case[name].as_str().with_context(|| format!("no {name}"));
            let number = |name: &str| case[name].as_f64().with_context(|| format!("no {name}"));
            let setting = (
                text("operation")?.to_owned(),
                number("batch")? as usize,
                number("width")? as usize,
            );
            let other = Other {
                name: text("best")?.to_owned(),
                ratio: number("seconds")? / number("tombola")?,
            };
            Ok((setting, other))
        });
        Ok(Self(cases.collect::<anyhow::Result<_>>()?))
    }

    /// The one for a setting.
    pub(super) fn of(&self, setting: Setting) -> Option<&Other> {
        let case = (setting.operation.name(), setting.batch, setting.width);
        let mut cases = self.0.iter();
        let found = cases.find(|((operation, batch, width), _)| (operation.as_str(), *batch, *width) == case);
        found.map(|(_, other)| other)
    }

    /// How many times as fast as the best dense layers there are, ours or another's, the sparse ones are.
    pub(super) fn speedup(&self, case: &Measured) -> f64 {
        let ratio = self.of(case.setting).map_or(1.0, |other| other.ratio);
        case.speedup() * ratio.min(1.0)
    }

    /// Those that are the fastest somewhere.
    pub(super) fn names(&self) -> String {
        let mut names: Vec<&str> = self.0.iter().map(|(_, other)| other.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        match names.split_last() {
            None => "none (nobody measured them)".to_owned(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
        }
    }

    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Measured, Others, Setting};
    use crate::operation::Operation;

    const TEXT: &str = r#"{"processor": "P", "lanes": "avx2", "cases": [
        {"operation": "step", "batch": 64, "width": 32, "tombola": 2e-6, "best": "J", "seconds": 1e-6},
        {"operation": "inference", "batch": 1, "width": 32, "tombola": 1e-7, "best": "O", "seconds": 3e-7}]}"#;

    #[test]
    fn only_what_was_measured_on_this_machine_counts() {
        let setting = Setting {
            operation: Operation::Step,
            width: 32,
            batch: 64,
            density: 0.1,
        };
        let others = Others::parse(TEXT, "P", "avx2").unwrap();
        assert_eq!(others.of(setting).unwrap().ratio, 0.5);
        assert_eq!(others.of(Setting { batch: 16, ..setting }), None);
        assert_eq!(others.names(), "J and O");
        let case = Measured {
            setting,
            dense: 3.0,
            sparse: 2.0,
            rule: 2.0,
        };
        assert_eq!(others.speedup(&case), 0.75);
        // One that is slower than ours changes nothing.
        let setting = Setting {
            operation: Operation::Inference,
            batch: 1,
            ..setting
        };
        assert_eq!(others.speedup(&Measured { setting, ..case }), 1.5);
        for (processor, lanes) in [("Q", "avx2"), ("P", "avx512")] {
            let others = Others::parse(TEXT, processor, lanes).unwrap();
            assert_eq!(others.of(setting), None);
        }
        assert!(Others::parse("{}", "P", "avx2").unwrap().is_empty());
        let unnamed = TEXT.replace("best", "worst");
        assert!(Others::parse(&unnamed, "P", "avx2").is_err());
    }
}
