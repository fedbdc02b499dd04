//! Runs whose pages are opened, and what their files say.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{command, programs, succeeds};

/// Small, with arms that prune by magnitude and at random, everything measured, and every ticket kept.
pub(super) const SMALL: &str = "
arms = [\"no-rewind\", \"random\"]
keep = \"all\"
measure = \"full\"
[data]
train = 200
validation = 100
test = 100
[network]
hidden = [8, 8]
[training]
epochs = 12
[pruning]
rate = 0.4
levels = 6
";

/// A run directory, whose name must be written in another way in an address.
pub(super) struct Run {
    home: TempDir,
}

impl Run {
    /// Of these settings; files that they name lie in `home`.
    pub(super) fn of(settings: &str, seeds: usize, home: TempDir) -> Self {
        fs::write(home.path().join("small.toml"), settings).expect("a file");
        let run = Self { home };
        let seeds = seeds.to_string();
        let arguments = ["run", "small.toml", "--quiet", "--seeds", &seeds, "--out"];
        succeeds(
            tombola(arguments)
                .arg(run.directory())
                .current_dir(run.home.path()),
        );
        run
    }

    /// Of these settings.
    pub(super) fn new(settings: &str, seeds: usize) -> Self {
        Self::of(settings, seeds, TempDir::new().expect("a temporary directory"))
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn directory(&self) -> PathBuf {
        self.home.path().join("50% of #1?")
    }

    pub(super) fn page(&self) -> PathBuf {
        self.directory().join("report.html")
    }

    pub(super) fn summary(&self) -> Value {
        let text = fs::read_to_string(self.directory().join("summary.json")).expect("a file");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The rows of a table, each as what these columns have.
    pub(super) fn rows<const N: usize>(&self, table: &str, columns: [&str; N]) -> Vec<[String; N]> {
        let mut reader = csv::Reader::from_path(self.directory().join(table)).expect("a table");
        let header = reader.headers().expect("a header").clone();
        let places = columns.map(|name| header.iter().position(|other| other == name).expect("a column"));
        let rows = reader.records().map(|row| {
            let row = row.expect("a row");
            places.map(|place| row[place].to_owned())
        });
        rows.collect()
    }

    /// The file of a ticket.
    pub(super) fn ticket(&self, arm: &str, seed: u64, level: u32) -> PathBuf {
        let folder = if arm == "imp" {
            String::new()
        } else {
            format!("{arm}/")
        };
        self.directory()
            .join(format!("tickets/{folder}{seed}-{level}.safetensors"))
    }
}

/// The fastest build there is: the last.
pub(super) fn tombola<const N: usize>(arguments: [&str; N]) -> std::process::Command {
    command(programs().last().expect("a program"), arguments)
}
