//! Runs this program under valgrind's callgrind, and reads what callgrind wrote.
//!
//! gungraun does the same and more, but needs a runner of exactly its version that users install by hand, and counts the
//! C library's instructions with ours.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use tombola_host::machine::VARIABLE;

use crate::WORK;

/// What a piece of work costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Instructions of this program's own code.
    pub(crate) instructions: u64,
    /// Calls of anything else: memory that is allocated, copied or filled.
    pub(crate) calls: u64,
}

/// A directory that is removed when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Counts all works, in order.
pub(crate) fn count() -> anyhow::Result<Vec<(String, Cost)>> {
    let program = env::current_exe()?.canonicalize()?;
    let scratch = Scratch(env::temp_dir().join(format!("tombola-counts-{}", std::process::id())));
    fs::create_dir_all(&scratch.0).with_context(|| format!("cannot create {}", scratch.0.display()))?;
    let out = scratch.0.join("part");
    let mut option = OsString::from("--callgrind-out-file=");
    option.push(&out);
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(option)
        // A new part begins at each mark; the names in it are written out.
        .args([
            "--dump-before=counts::works::mark*",
            "--compress-strings=no",
            "--compress-pos=no",
        ])
        .arg(&program)
        .arg(WORK)
        .env(VARIABLE, "avx2")
        .output()
        .context("cannot start valgrind; install it (apt install valgrind)")?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!(
            "valgrind {}\n{said}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let count = |line: &str| {
        // As `works` prints it: the mark that the work begins with, how often it is done, what it is called.
        let mut words = line.splitn(3, ' ');
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        let (part, times) = number().zip(number()).context("a work has two numbers")?;
        let name = words.next().context("a work has a name")?;
        // The first part is what comes before the first mark.
        let file = out.with_added_extension((part + 1).to_string());
        let cost = read(&file, &program).with_context(|| file.display().to_string())?;
        ensure!(0 < cost.instructions, "{name}: nothing was counted");
        let cost = Cost {
            instructions: cost.instructions / times,
            calls: cost.calls / times,
        };
        Ok((name.to_owned(), cost))
    };
    said.lines().map(count).collect()
}

/// Reads the cost of `program`'s own code from one part.
fn read(part: &Path, program: &Path) -> anyhow::Result<Cost> {
    let text = fs::read_to_string(part)?;
    let is_ours = |object: &str| Path::new(object) == program;
    let (mut cost, mut ours, mut callee_is_ours, mut is_call) = (Cost::default(), false, false, false);
    for line in text.lines() {
        if let Some(object) = line.strip_prefix("ob=") {
            (ours, callee_is_ours) = (is_ours(object), is_ours(object));
        } else if let Some(object) = line.strip_prefix("cob=") {
            callee_is_ours = is_ours(object);
        } else if let Some(call) = line.strip_prefix("calls=") {
            let times = call.split(' ').next().and_then(|times| times.parse::<u64>().ok());
            let times = times.context("a call has a count")?;
            cost.calls += if ours && !callee_is_ours { times } else { 0 };
            (is_call, callee_is_ours) = (true, ours);
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            // A source line and what it costs; after a call, what the callee costs.
            let instructions = line.split(' ').nth(1).and_then(|count| count.parse::<u64>().ok());
            let instructions = instructions.context("a line has a cost")?;
            cost.instructions += if ours && !is_call { instructions } else { 0 };
            is_call = false;
        }
    }
    Ok(cost)
}
