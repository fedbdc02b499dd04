//! Checks that equal runs are equal files, though they are killed and taken up on the way.

mod afterwards;
mod arms;
mod dials;
mod directories;
mod endings;
mod majority;
mod same_files;
mod sweeps;
mod taken_up;
mod truth;
mod writes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{command, fails, programs, succeeds};

/// Small enough for a debug build, long enough to be killed in the middle.
const SMALL: &str = r#"
name = "small"
seeds = 5
[data]
train = 200
validation = 50
test = 100
[network]
hidden = [16, 8]
[training]
epochs = 12
[pruning]
rate = 0.3
levels = 6
"#;
const LEVELS: usize = 7;

struct Place {
    home: TempDir,
    file: String,
}

impl Place {
    fn new(experiment: &str) -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let file = home.path().join("small.toml");
        fs::write(&file, experiment).expect("a file");
        Self {
            file: file.display().to_string(),
            home,
        }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// `run` with this experiment into a directory.
    fn run(&self, out: &Path, more: &[&str]) -> Command {
        self.run_of(&programs()[0], out, more)
    }

    fn run_of(&self, program: &Path, out: &Path, more: &[&str]) -> Command {
        let mut command = command(program, ["run", &self.file, "--out"]);
        command.arg(out).args(more);
        command
    }

    /// Starts a run, and kills it once it has so many tickets.
    fn kill_at(&self, count: usize, out: &Path, more: &[&str]) {
        let mut child = self
            .run(out, &[&["--quiet"], more].concat())
            .spawn()
            .expect("a run");
        wait_for_tickets(&mut child, out, count);
        child.kill().expect("a signal");
        child.wait().expect("an end");
    }

    /// Starts a run again and again, and kills it after a while that grows from `moment`, until it has finished once.
    fn kill_until_finished(&self, mut moment: Duration, out: &Path, more: &[&str]) {
        while !out.join("report.html").exists() {
            let mut child = self
                .run(out, &[&["--quiet"], more].concat())
                .spawn()
                .expect("a run");
            sleep(moment);
            moment += moment / 4;
            child.kill().expect("a signal");
            child.wait().expect("an end");
        }
    }

    /// A directory of an undisturbed run.
    fn undisturbed(&self, more: &[&str]) -> PathBuf {
        let out = self.out("undisturbed");
        succeeds(&mut self.run(&out, more));
        out
    }

    /// A run into this directory ends with this code and a message that holds every fragment.
    #[track_caller]
    fn fails(&self, out: &Path, more: &[&str], code: i32, fragments: &[&str]) {
        fails(&mut self.run(out, more), code, fragments);
    }
}

fn tickets(out: &Path) -> usize {
    let files = fs::read_dir(out.join("tickets")).into_iter().flatten().flatten();
    files
        .filter(|file| file.path().extension().is_some_and(|end| end == "safetensors"))
        .count()
}

/// Waits until a run has so many tickets or is over.
fn wait_for_tickets(child: &mut Child, out: &Path, count: usize) {
    let start = Instant::now();
    while tickets(out) < count && child.try_wait().expect("a child").is_none() {
        assert!(
            start.elapsed() < Duration::from_mins(2),
            "the run makes no tickets"
        );
        sleep(Duration::from_millis(1));
    }
}
