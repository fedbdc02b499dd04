//! Runs an experiment as a job array of Slurm: a task for each shard, all in one directory, and a job that depends on them and
//! merges what they leave.
//!
//! What was submitted stands in the directory, `slurm/jobs.json`, so that it can be asked after, and submitted again in part.

mod queue;
mod script;

use std::path::{Path, PathBuf};

use anyhow::Context;
pub use queue::{Task, cancel, dependency, submit, tasks};
pub use script::{Script, array, merge};
use serde::{Deserialize, Serialize};

use crate::bad_input;
use crate::files::{read_if_there, write_atomically};
use crate::run::Shard;
use crate::text::problem;

/// What is asked of Slurm for each task.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How many shards there are.
    pub shards: u32,
    /// CPUs of a task.
    pub cpus: u32,
    /// How long a task may take, as Slurm writes it.
    pub time: Option<String>,
    /// Where tasks run; by default where Slurm says.
    pub partition: Option<String>,
}

/// What was submitted at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The job array; none where only the merge was left.
    pub array: Option<u64>,
    /// How many shards there were.
    pub shards: u32,
    /// What the tasks run, a file of the [`folder`] that no other submission has: it says what they cover, whatever is asked for
    /// later.
    #[serde(default)]
    pub file: String,
    /// The job that merges.
    pub merge: Option<u64>,
}

/// The folder of scripts and logs in a run directory.
pub fn folder(directory: &Path) -> PathBuf {
    directory.join("slurm")
}

/// A file that no submission has yet, for what the tasks of the next one run.
pub fn next_file(directory: &Path) -> String {
    let name = |number: u32| format!("{number}.toml");
    let is_free = |name: &String| !folder(directory).join(name).exists();
    let mut names = (1..).map(name);
    names.find(is_free).unwrap_or_else(|| name(0))
}

/// Whether an experiment is what a submission for this directory runs.
pub fn is_submitted(directory: &Path, experiment: &str) -> bool {
    Path::new(experiment).parent() == Some(&*folder(directory))
}

/// What was submitted for a run directory, in order.
///
/// # Errors
/// Bad input if the file is damaged.
pub fn submissions(directory: &Path) -> anyhow::Result<Vec<Submission>> {
    let path = jobs(directory);
    let Some(bytes) = read_if_there(&path)? else {
        return Ok(vec![]);
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        bad_input!(
            "{}: this cannot be understood: {}; move the file away, and no job is known that is in the queue",
            path.display(),
            problem(&error)
        )
    })
}

/// Notes what was submitted.
///
/// # Errors
/// If the file cannot be written.
pub fn note(directory: &Path, submissions: &[Submission]) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(submissions).context("numbers as JSON")?;
    text.push('\n');
    write_atomically(&jobs(directory), text.as_bytes())
}

fn jobs(directory: &Path) -> PathBuf {
    folder(directory).join("jobs.json")
}

/// The shards of so many that have some of the units which are `open`.
pub fn shards_with(open: &[bool], shards: u32) -> Vec<u32> {
    let is_wanted =
        |&index: &u32| shard(index, shards).is_some_and(|shard| shard.of(open.iter()).any(|&open| open));
    (1..=shards).filter(is_wanted).collect()
}

/// The shard of this number, of so many.
pub fn shard(index: u32, shards: u32) -> Option<Shard> {
    format!("{index}/{shards}").parse().ok()
}

/// Numbers in order as Slurm writes them: `1-3,7`.
pub fn ranges(numbers: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = vec![];
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let range = |&(first, last): &(u32, u32)| match first {
        _ if first == last => first.to_string(),
        _ => format!("{first}-{last}"),
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_those_with_open_units_and_are_written_as_ranges() {
        let mut open = [true; 10];
        assert_eq!(shards_with(&open, 4), [1, 2, 3, 4]);
        assert_eq!(shards_with(&open, 12), (1..=10).collect::<Vec<_>>());
        for index in [1, 3] {
            let shard = shard(index, 4).unwrap();
            shard.of(open.iter_mut()).for_each(|open| *open = false);
        }
        assert_eq!(shards_with(&open, 4), [2, 4]);
        assert_eq!(shards_with(&open, 2), [2]);
        for (numbers, text) in [
            (&[][..], ""),
            (&[5], "5"),
            (&[1, 2, 3, 7], "1-3,7"),
            (&[1, 3, 4], "1,3-4"),
        ] {
            assert_eq!(ranges(numbers), text);
        }
    }

    #[test]
    fn what_was_submitted_is_read_as_it_was_noted() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(submissions(home.path()).unwrap(), []);
        std::fs::create_dir(folder(home.path())).unwrap();
        let noted = [Submission {
            array: Some(12),
            shards: 8,
            file: "1.toml".to_owned(),
            merge: None,
        }];
        note(home.path(), &noted).unwrap();
        assert_eq!(submissions(home.path()).unwrap(), noted);
        assert_eq!(next_file(home.path()), "1.toml");
        std::fs::write(folder(home.path()).join("1.toml"), "").unwrap();
        assert_eq!(next_file(home.path()), "2.toml");
        std::fs::write(jobs(home.path()), "[{").unwrap();
        crate::error::refused(submissions(home.path()), &["jobs.json", "move the file away"]);
    }
}
