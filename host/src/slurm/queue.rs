//! Talks to Slurm by its own programs: `sbatch`, `squeue`, `scancel`.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::Context;

use crate::bad_input;
use crate::text::visible;

/// A task of a job, as the queue shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its place in the job array, if the job is one.
    pub index: Option<u32>,
    /// What Slurm calls its state, such as `RUNNING`.
    pub state: String,
}

/// States in which a task is over, of squeue(1). Any other may yet do its work.
const OVER: [&str; 11] = [
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "COMPLETING",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "TIMEOUT",
];

impl Task {
    /// Whether it runs or will run.
    pub fn is_alive(&self) -> bool {
        !OVER.contains(&&*self.state)
    }

    /// Whether it ended as it should, or is about to.
    pub fn is_completed(&self) -> bool {
        ["COMPLETED", "COMPLETING"].contains(&&*self.state)
    }
}

/// The tasks of a job; none of one that ended some time ago.
///
/// # Errors
/// If Slurm cannot be asked.
pub fn tasks(job: u64, name: &str) -> anyhow::Result<Vec<Task>> {
    let jobs = format!("--jobs={job}");
    let options = [
        "--noheader",
        "--array",
        "--states=all",
        &*jobs,
        "--format=%F|%K|%T|%j",
    ];
    let output = said(Command::new("squeue").args(options))?;
    if !output.status.success() {
        let message = message(&output);
        if message.contains("Invalid job id") {
            return Ok(vec![]);
        }
        anyhow::bail!("squeue: {message}");
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(parsed(&text, job, name))
}

/// The tasks of a job, as `squeue` prints them. One of another name is another job: numbers are given out anew after a while.
fn parsed(text: &str, job: u64, name: &str) -> Vec<Task> {
    let task = |line: &str| {
        let mut parts = line.trim().splitn(4, '|');
        let (of, index, state, its_name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (of.parse() == Ok(job) && its_name == name).then(|| Task {
            index: index.parse().ok(),
            state: state.to_owned(),
        })
    };
    text.lines().filter_map(task).collect()
}

/// Submits a script, with this text, to run once these jobs are over, and returns the number of its job.
///
/// # Errors
/// If Slurm does not take it.
pub fn submit(script: &Path, text: &str, after: &[u64]) -> anyhow::Result<u64> {
    let mut command = Command::new("sbatch");
    // sbatch's environment would win over what stands in the script.
    for variable in variables(text) {
        command.env_remove(variable);
    }
    let after: Vec<String> = after.iter().map(u64::to_string).collect();
    command.arg("--parsable").args(dependency(&after)).arg(script);
    let output = said(&mut command)?;
    let shown = script.display();
    if !output.status.success() {
        let message = message(&output);
        let hint = if message.contains("array") {
            "; an array may have no more tasks than the cluster's MaxArraySize, `scontrol show config`"
        } else {
            ""
        };
        anyhow::bail!("sbatch did not take {shown}: {message}{hint}");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    // Behind a semicolon there may be the name of the cluster.
    let number = text
        .trim()
        .split(';')
        .next()
        .and_then(|number| number.parse().ok());
    number.with_context(|| {
        format!(
            "sbatch answered {} to {shown}, which is no job",
            visible(text.trim())
        )
    })
}

/// The variables of sbatch that say what a script says, and what no variable may: that a job is an array, or waits.
fn variables(script: &str) -> Vec<String> {
    let options = script.lines().filter_map(|line| line.strip_prefix("#SBATCH --"));
    let named = options.flat_map(|option| {
        let name = option.split('=').next().unwrap_or_default();
        match name {
            "time" => vec!["TIMELIMIT".to_owned()],
            "requeue" => vec!["REQUEUE".to_owned(), "NO_REQUEUE".to_owned()],
            _ => vec![name.to_uppercase().replace('-', "_")],
        }
    });
    let always = ["ARRAY_INX", "DEPENDENCY"].map(str::to_owned);
    named.chain(always).map(|name| format!("SBATCH_{name}")).collect()
}

/// What makes a job wait: it runs whatever became of the others, and says what is missing.
pub fn dependency(after: &[String]) -> Vec<String> {
    if after.is_empty() {
        return vec![];
    }
    vec![
        format!("--dependency=afterany:{}", after.join(":")),
        "--kill-on-invalid-dep=yes".to_owned(),
    ]
}

/// Takes a job out of the queue.
///
/// # Errors
/// If Slurm cannot be asked; that the job is not there is none.
pub fn cancel(job: u64) -> anyhow::Result<()> {
    said(Command::new("scancel").arg(job.to_string())).map(drop)
}

fn said(command: &mut Command) -> anyhow::Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => bad_input!(
            "there is no {name} here: start this where Slurm is installed, or see with --dry-run what it would submit"
        ),
        _ => anyhow::Error::new(error).context(format!("cannot start {name}")),
    })
}

/// What a program said that failed, in one line.
fn message(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    visible(&lines.join("; ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_read_line_by_line_and_other_jobs_of_the_number_are_none_of_ours() {
        let text = "12|1|RUNNING|small\n12|2|PENDING|small\n12|3|NODE_FAIL|small\n12|4|COMPLETED|other\n13|N/A|FAILED|small\nodd\n";
        let tasks = parsed(text, 12, "small");
        let seen: Vec<_> = tasks.iter().map(|task| (task.index, task.is_alive())).collect();
        assert_eq!(seen, [(Some(1), true), (Some(2), true), (Some(3), false)]);
        assert_eq!(parsed(text, 13, "small")[0].index, None);
        assert_eq!(
            dependency(&["12".to_owned(), "14".to_owned()])[0],
            "--dependency=afterany:12:14"
        );
        assert!(dependency(&[]).is_empty());
    }
}
