//! `tombola slurm`: submits a run to a cluster, and again what is missing of it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::slice;

use anyhow::Context;
use itertools::chain;

use super::subject::{Subject, parts, sweep_of};
use super::submitted::{Alive, alive};
use crate::bad_input;
use crate::experiment::SweepFile;
use crate::files::{Folder, read_if_there, write_atomically};
use crate::run::{self, Access, Begun, EXPERIMENT, Part, REPORT, RunDirectory, Seed, status};
use crate::setup::Setup;
use crate::slurm::{self, Script, Submission, Wanted};
use crate::sweep::{self, SWEEP, SweepDirectory};
use crate::text::{counted, visible};

/// Submit an experiment to Slurm: a job array of shards, and a job that merges them and writes the report
///
/// All is submitted at once, and shares one directory. Submitted again, it is what failed or is missing; `tombola status` says
/// how far all of it is. sbatch reads its own settings, too, such as `SBATCH_ACCOUNT`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola slurm moons-circles --tasks 16 --dry-run        what would be submitted
  tombola slurm my.toml --tasks 100 --cpus 4 --time 2:00:00 --partition long
  tombola slurm my.toml --tasks 100                       again: what failed or is missing")]
pub(super) struct Args {
    /// A built-in experiment or a TOML file
    #[arg(value_name = "EXPERIMENT|FILE.toml")]
    experiment: String,
    /// How many shards, each a task of the job array
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_TASKS))]
    tasks: u32,
    /// CPUs of a task: so many seeds go at a time
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    cpus: u32,
    /// How long a task may take, as sbatch has it, such as 90 minutes or 2:00:00
    #[arg(long, value_name = "T")]
    time: Option<String>,
    /// The partition of the cluster
    #[arg(long, value_name = "P")]
    partition: Option<String>,
    /// Say what would be submitted, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How many seeds
    #[arg(long, value_name = "N")]
    seeds: Option<u32>,
    /// The first seed
    #[arg(long, value_name = "S")]
    first_seed: Option<u64>,
    /// Set any key of the experiment; a bare word is a string
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Run directory, on a file system that all nodes have [default: runs/NAME-DIGEST]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The most tasks of a job array: far more than a cluster takes, and few enough to be dealt out in no time.
const MOST_TASKS: i64 = 100_000;

/// What holds the directory, which is shared with what is at work, and with no merge.
const WHAT: &str = "tombola slurm";

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    for (option, value) in [("--time", &args.time), ("--partition", &args.partition)] {
        // In the scripts, # begins a comment, and quotes are read in their own way.
        let is_part = |c: char| c.is_ascii_alphanumeric() || ":,_.-".contains(c);
        let is_word = |text: &String| !text.is_empty() && text.chars().all(is_part);
        if let Some(value) = value.as_ref().filter(|value| !is_word(value)) {
            return Err(bad_input!(
                "{option} '{}': give one word, as sbatch takes it",
                visible(value)
            ));
        }
    }
    let overrides = super::run::overrides(&args.overrides, args.seeds, args.first_seed);
    let file = SweepFile::open(&args.experiment, &overrides)?;
    let wanted = Wanted {
        shards: args.tasks,
        cpus: args.cpus,
        time: args.time.clone(),
        partition: args.partition.clone(),
    };
    if let Some(swept) = file.sweep()? {
        let plan = sweep::Plan::new(&swept)?;
        let path = args
            .out
            .clone()
            .unwrap_or_else(|| SweepDirectory::default_path(&plan));
        let subject = Subject {
            name: plan.name.clone(),
            parts: parts(&plan, slice::from_ref(&path)),
            directories: vec![path],
            command: String::new(),
        };
        let path = &subject.directories[0];
        if args.dry_run {
            let found = path
                .join(SWEEP)
                .exists()
                .then(|| anyhow::Ok(sweep_of(path)?.1))
                .transpose()?;
            return dry_run(&subject, found, &plan.digest, &wanted, out);
        }
        let directory = SweepDirectory::open(path, &plan, Access::Beside(WHAT))?;
        return claimed(&subject, || directory.begin(), SWEEP, &wanted, out);
    }
    let setup = Setup::open(file.experiment()?).with_context(|| args.experiment.clone())?;
    let path = args.out.clone();
    let path = path.unwrap_or_else(|| RunDirectory::default_path(&setup.experiment, &setup.digest));
    let subject = Subject {
        name: setup.experiment.name.clone(),
        parts: vec![Part::of(&setup.experiment, None, vec![path.clone()])],
        directories: vec![path],
        command: String::new(),
    };
    let path = &subject.directories[0];
    if args.dry_run {
        let found = path
            .join(EXPERIMENT)
            .exists()
            .then(|| anyhow::Ok(Begun::open(path)?.digest))
            .transpose()?;
        return dry_run(&subject, found, &setup.digest, &wanted, out);
    }
    let directory = RunDirectory::open(path, &setup.experiment, &setup.digest, Access::Beside(WHAT))?;
    claimed(&subject, || directory.begin(), EXPERIMENT, &wanted, out)
}

/// Says what would be submitted; `found` is the digest of what is in the directory.
fn dry_run(
    subject: &Subject,
    found: Option<String>,
    digest: &str,
    wanted: &Wanted,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if found.is_some_and(|found| found != digest) {
        return Err(bad_input!(
            "--out {}: the run in it is of another experiment; choose another directory",
            subject.directories[0].display()
        ));
    }
    Plan::new(subject, wanted, true)?.tell(out)
}

/// Submits what is missing. Two of these at once would submit the same.
fn claimed(
    subject: &Subject,
    begin: impl FnOnce() -> anyhow::Result<()>,
    file: &str,
    wanted: &Wanted,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let path = &subject.directories[0];
    let Some(_claim) = run::claim(path, "tombola slurm", "slurm")? else {
        anyhow::bail!(
            "another `tombola slurm` is at work in {}; wait for it",
            path.display()
        );
    };
    begin()?;
    Plan::new(subject, wanted, false)?.submit(file, out)
}

/// What is to be submitted.
struct Plan<'a> {
    path: &'a Path,
    place: String,
    wanted: &'a Wanted,
    /// How many units of work are open.
    open_count: usize,
    all_done: bool,
    has_report: bool,
    /// What was submitted before.
    submissions: Vec<Submission>,
    alive: Alive,
    /// What the tasks will run.
    file: String,
    /// The shards that are left.
    shards: Vec<u32>,
    array: Script,
    merge: Script,
}

impl<'a> Plan<'a> {
    fn new(subject: &'a Subject, wanted: &'a Wanted, is_dry: bool) -> anyhow::Result<Self> {
        let (name, path) = (&subject.name, &*subject.directories[0]);
        let found = status(&subject.parts, &subject.directories)?;
        let is_open = |seed: &Seed| matches!(seed, Seed::Missing | Seed::Failed(_));
        let mut open: Vec<bool> = found.seeds().map(is_open).collect();
        let submissions = slurm::submissions(path)?;
        let alive = alive(path, name, &submissions, (&subject.parts, &mut open), is_dry)?;
        let shards = slurm::shards_with(&open, wanted.shards);
        let file = slurm::next_file(path);
        let program = std::env::current_exe().context("cannot find the program itself")?;
        let directory = std::path::absolute(path)?;
        Ok(Self {
            path,
            place: path.display().to_string(),
            wanted,
            open_count: open.iter().filter(|&&open| open).count(),
            all_done: found.seeds().all(|seed| matches!(seed, Seed::Done { .. })),
            has_report: found.has_report,
            submissions,
            alive,
            array: slurm::array(name, &program, &directory, &file, wanted, &shards)?,
            file,
            merge: slurm::merge(name, &program, &directory, wanted)?,
            shards,
        })
    }

    /// Why nothing is to be submitted, if that is so.
    fn nothing(&self) -> Option<String> {
        let has_work = !self.shards.is_empty();
        let is_written = self.all_done && self.has_report;
        if has_work || (self.alive.merges.is_empty() && !is_written) {
            return None;
        }
        let tasks: usize = self.alive.arrays.iter().map(|(_, tasks)| tasks).sum();
        Some(if is_written {
            let report = self.path.join(REPORT).display().to_string();
            format!(
                "Nothing to submit: all is done, and {} is written.",
                visible(&report)
            )
        } else {
            format!(
                "Nothing to submit: what is not done yet is in the queue, in {} and the merge behind them.",
                counted(tasks, "task")
            )
        })
    }

    /// Says what would be submitted.
    fn tell(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        if let Some(nothing) = self.nothing() {
            writeln!(out, "{nothing}")?;
            return Ok(());
        }
        let folder = slurm::folder(self.path);
        let earlier = self.alive.arrays.iter().map(|(job, _)| job.to_string());
        let this = (!self.shards.is_empty()).then(|| "JOB".to_owned());
        if this.is_some() {
            let file = folder.join(&self.file).display().to_string();
            writeln!(
                out,
                "{}: the experiment, as it is asked for now\n",
                visible(&file)
            )?;
        }
        for script in self.scripts() {
            writeln!(
                out,
                "{}:\n",
                visible(&folder.join(script.name).display().to_string())
            )?;
            writeln!(out, "{}", visible(&script.text))?;
        }
        for script in self.scripts() {
            let file = folder.join(script.name).display().to_string();
            let mut after = vec![];
            if script.name == self.merge.name {
                after = slurm::dependency(&chain!(this.clone(), earlier.clone()).collect::<Vec<_>>());
            }
            let file = shlex::try_quote(&file)?;
            let words = chain!(["sbatch --parsable"], after.iter().map(String::as_str), [&*file]);
            let command = words.collect::<Vec<_>>().join(" ");
            writeln!(out, "{}", visible(&command))?;
        }
        Ok(())
    }

    /// The jobs.
    fn scripts(&self) -> impl Iterator<Item = &Script> {
        let array = (!self.shards.is_empty()).then_some(&self.array);
        array.into_iter().chain([&self.merge])
    }

    /// Submits it, and says so. `file` is that of the directory which says what is wanted now.
    fn submit(mut self, file: &str, out: &mut dyn Write) -> anyhow::Result<()> {
        if let Some(nothing) = self.nothing() {
            writeln!(out, "{nothing}")?;
            return Ok(());
        }
        let folder = Folder::open(slurm::folder(self.path))?;
        for script in self.scripts() {
            write_atomically(&folder.path().join(script.name), script.text.as_bytes())?;
        }
        let mut submission = Submission {
            array: None,
            shards: self.wanted.shards,
            file: self.file.clone(),
            merge: None,
        };
        let mut after: Vec<u64> = self.alive.arrays.iter().map(|&(job, _)| job).collect();
        if !self.shards.is_empty() {
            let text = read_if_there(&self.path.join(file))?.with_context(|| format!("no {file}"))?;
            write_atomically(&folder.path().join(&self.file), &text)?;
            let job = slurm::submit(&folder.path().join(self.array.name), &self.array.text, &[])?;
            // At once, or it would not be known should the next step fail.
            submission.array = Some(job);
            self.submissions.push(submission.clone());
            slurm::note(self.path, &self.submissions)?;
            self.submissions.pop();
            after.push(job);
            let of = if self.shards.len() == self.wanted.shards as usize {
                String::new()
            } else {
                format!(" of {}: {}", self.wanted.shards, slurm::ranges(&self.shards))
            };
            writeln!(
                out,
                "Job {job}: {}{of}, with {}.",
                counted(self.shards.len(), "task"),
                counted(self.open_count, "seed")
            )?;
        }
        let job = slurm::submit(&folder.path().join(self.merge.name), &self.merge.text, &after)?;
        submission.merge = Some(job);
        self.submissions.push(submission);
        slurm::note(self.path, &self.submissions)?;
        // One that was to follow what was submitted before would find this unfinished.
        for &merge in &self.alive.merges {
            slurm::cancel(merge)?;
        }
        let status = shlex::try_join(["tombola", "status", &*self.place])?;
        writeln!(
            out,
            "Job {job}: the merge and the report, once all tasks are over. How far it is: `{}`",
            visible(&status)
        )?;
        Ok(())
    }
}
