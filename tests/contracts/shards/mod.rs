//! Checks that an experiment that is shared out among processes, wherever they run and whatever happens to them, ends with the
//! files of one undisturbed run.

mod joined;
mod progress;
mod rows;
#[cfg(target_os = "linux")]
mod slurm;
mod swept;
mod together;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::program::{succeeds, tombola};

/// Small enough for a debug build; two arms, whose tickets are kept.
const SMALL: &str = r#"
name = "small"
seeds = 9
arms = ["random"]
keep = "all"
[data]
train = 100
validation = 50
test = 50
[network]
hidden = [8]
[training]
epochs = 6
[pruning]
rate = 0.4
levels = 3
"#;

struct Place {
    home: TempDir,
    file: PathBuf,
}

impl Place {
    fn new(experiment: &str) -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let file = home.path().join("small.toml");
        fs::write(&file, experiment).expect("a file");
        Self { home, file }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// `run` with this experiment into a directory.
    fn run(&self, out: &Path, more: &[&str]) -> Command {
        let mut command = tombola(["run", "--quiet", "--out"]);
        command.arg(out).arg(&self.file).args(more);
        command
    }

    /// A shard of it, such as `1/3`.
    fn shard(&self, shard: &str, out: &Path) -> Command {
        self.run(out, &["--shard", shard])
    }

    /// A directory of an undisturbed run.
    fn undisturbed(&self) -> PathBuf {
        let out = self.out("undisturbed");
        succeeds(&mut self.run(&out, &[]));
        out
    }
}

fn merge(runs: &[&Path], out: &Path) -> Command {
    let mut command = tombola(["merge", "--quiet"]);
    command.args(runs).arg("--out").arg(out);
    command
}

fn status(run: &Path) -> String {
    let mut command = tombola(["status"]);
    succeeds(command.arg(run))
}

/// What status says of how many seeds are `what`.
fn count(run: &Path, what: &str) -> usize {
    let told = status(run);
    let line = told.lines().find_map(|line| line.trim().strip_prefix(what));
    let count = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    count.unwrap_or_else(|| panic!("no count of {what} in {told}"))
}
