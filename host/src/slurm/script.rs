//! The scripts of jobs.

use std::path::Path;

use anyhow::Context;

use super::{Wanted, folder, ranges};
use crate::bad_input;

/// A job: its script, and what submits it.
#[derive(Clone, Debug)]
pub struct Script {
    /// The name of its file in the [`folder`] of scripts.
    pub name: &'static str,
    /// What is in it.
    pub text: String,
}

/// The job array of these shards. `program` and `directory` are absolute, for a task may start anywhere; `file` is what it runs,
/// a file in the [`folder`] of scripts.
///
/// # Errors
/// Bad input if Slurm cannot take the name of the directory.
pub fn array(
    name: &str,
    program: &Path,
    directory: &Path,
    file: &str,
    wanted: &Wanted,
    shards: &[u32],
) -> anyhow::Result<Script> {
    let cpus = wanted.cpus.to_string();
    let [directory_text, file] =
        [directory, &folder(directory).join(file)].map(|path| path.display().to_string());
    let program = program.display().to_string();
    let command = shlex::try_join([
        &*program,
        "run",
        &*file,
        "--out",
        &*directory_text,
        "--jobs",
        &*cpus,
        "--quiet",
    ])?;
    let head = head(
        name,
        wanted,
        &[
            format!("--array={}", ranges(shards)),
            format!("--cpus-per-task={cpus}"),
            // A task whose node is gone runs again elsewhere, and goes on from what is finished.
            "--requeue".to_owned(),
        ],
        &log(directory, "%A_%a")?,
    );
    Ok(Script {
        name: "shards.sh",
        // The program takes the place of the shell, so that it is what a signal reaches.
        text: format!(
            "{head}exec {command} --shard \"$SLURM_ARRAY_TASK_ID/{}\"\n",
            wanted.shards
        ),
    })
}

/// The job that merges what the shards leave, and writes the report.
///
/// # Errors
/// Bad input if Slurm cannot take the name of the directory.
pub fn merge(name: &str, program: &Path, directory: &Path, wanted: &Wanted) -> anyhow::Result<Script> {
    let [program, directory_text] = [program, directory].map(|path| path.display().to_string());
    let command = shlex::try_join([&*program, "merge", &*directory_text, "--out", &*directory_text])?;
    let head = head(
        name,
        wanted,
        &[format!("--cpus-per-task={}", wanted.cpus), "--requeue".to_owned()],
        &log(directory, "%j")?,
    );
    Ok(Script {
        name: "merge.sh",
        text: format!("{head}exec {command}\n"),
    })
}

fn head(name: &str, wanted: &Wanted, options: &[String], log: &str) -> String {
    let time = wanted.time.iter().map(|time| format!("--time={time}"));
    let partition = wanted
        .partition
        .iter()
        .map(|partition| format!("--partition={partition}"));
    let log = [format!("--output={log}"), "--open-mode=append".to_owned()];
    let all = [format!("--job-name={name}")].into_iter();
    let all = all
        .chain(options.iter().cloned())
        .chain(time)
        .chain(partition)
        .chain(log);
    let lines = all.map(|option| format!("#SBATCH {option}")).collect::<Vec<_>>();
    format!("#!/bin/sh\n{}\n", lines.join("\n"))
}

/// The file of what a job says, as Slurm writes it.
fn log(directory: &Path, name: &str) -> anyhow::Result<String> {
    let path = folder(directory);
    let text = path.to_str().context("a name in UTF-8")?;
    if text.contains(['%', '"', '\\', '\n']) {
        return Err(bad_input!(
            "{text}: Slurm reads %, \\, quotes and line ends in the name of a log in its own way; choose another --out"
        ));
    }
    Ok(format!("\"{text}/{name}.log\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_says_all_that_slurm_must_know_and_ends_in_the_program_itself() {
        let mut wanted = Wanted {
            shards: 8,
            cpus: 4,
            time: Some("2:00:00".to_owned()),
            partition: Some("long".to_owned()),
        };
        let (program, directory) = (Path::new("/opt/tombola"), Path::new("/data/my runs/x"));
        let script = array("small", program, directory, "3.toml", &wanted, &[1, 2, 5]).unwrap();
        assert_eq!(
            script.text,
            "#!/bin/sh\n#SBATCH --job-name=small\n#SBATCH --array=1-2,5\n#SBATCH --cpus-per-task=4\n#SBATCH --requeue\n\
             #SBATCH --time=2:00:00\n#SBATCH --partition=long\n#SBATCH --output=\"/data/my runs/x/slurm/%A_%a.log\"\n\
             #SBATCH --open-mode=append\nexec /opt/tombola run '/data/my runs/x/slurm/3.toml' --out '/data/my runs/x' \
             --jobs 4 --quiet --shard \"$SLURM_ARRAY_TASK_ID/8\"\n"
        );
        (wanted.time, wanted.partition) = (None, None);
        let script = merge("small", program, directory, &wanted).unwrap();
        assert_eq!(
            script.text,
            "#!/bin/sh\n#SBATCH --job-name=small\n#SBATCH --cpus-per-task=4\n#SBATCH --requeue\n\
             #SBATCH --output=\"/data/my runs/x/slurm/%j.log\"\n#SBATCH --open-mode=append\n\
             exec /opt/tombola merge '/data/my runs/x' --out '/data/my runs/x'\n"
        );
        crate::error::refused(
            merge("small", program, Path::new("/data/50%"), &wanted),
            &["/data/50%", "another --out"],
        );
    }
}
