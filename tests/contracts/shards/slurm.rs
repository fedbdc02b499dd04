//! An experiment as a job array of Slurm: what is submitted, by a Slurm that only pretends; and a real one, of two nodes on this
//! machine, whose tasks are killed and whose nodes fail.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Place, SMALL, count, merge};
use crate::program::{fails, files, same_files, succeeds, tombola};

/// `sbatch` counts jobs and notes how it was called; `squeue` shows what stands in a file of the job.
const PRETENDED: [(&str, &str); 3] = [
    (
        "sbatch",
        "env | grep '^SBATCH_' | sort >\"$SLURM_HOME/environment\"; echo \"sbatch $*\" >>\"$SLURM_HOME/calls\"; cat \"$SLURM_HOME/calls\" | grep -c '^sbatch' | sed 's/$/;cluster/'",
    ),
    (
        "squeue",
        "job=$(echo \"$*\" | sed 's/.*--jobs=\\([0-9]*\\).*/\\1/')\n\
         cat \"$SLURM_HOME/$job\" 2>/dev/null || { echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; }",
    ),
    ("scancel", "echo \"scancel $*\" >>\"$SLURM_HOME/calls\""),
];

/// A folder with programs of that name, and what they are asked.
struct Pretended(TempDir);

impl Pretended {
    fn new() -> Self {
        let home = TempDir::new().expect("a temporary directory");
        for (name, text) in PRETENDED {
            let path = home.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
        }
        Self(home)
    }

    fn slurm(&self, place: &Place, out: &Path, more: &[&str]) -> Command {
        let mut command = slurm(place, out, more);
        let path = std::env::var("PATH").expect("a path");
        command
            .env("PATH", format!("{}:{path}", self.0.path().display()))
            .env("SLURM_HOME", self.0.path());
        command
    }

    /// What the queue shows of a job.
    fn shows(&self, job: usize, lines: &[&str]) {
        fs::write(self.0.path().join(job.to_string()), lines.join("\n") + "\n").expect("a file");
    }

    /// How they were called since the last time, without folders.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.path().join("calls")).unwrap_or_default();
        let calls = calls.lines().map(|line| {
            let words = line
                .split(' ')
                .map(|word| word.rsplit('/').next().unwrap_or_default());
            words.collect::<Vec<_>>().join(" ")
        });
        calls.collect()
    }
}

pub(super) fn slurm(place: &Place, out: &Path, more: &[&str]) -> Command {
    let mut command = tombola(["slurm"]);
    command.arg(&place.file).args(more).arg("--out").arg(out);
    command
}

#[test]
fn a_dry_run_shows_scripts_and_commands_and_does_nothing() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let more = [
        "--tasks",
        "4",
        "--cpus",
        "2",
        "--time",
        "1:00:00",
        "--partition",
        "long",
        "--dry-run",
    ];
    let told = succeeds(&mut slurm(&place, &out, &more));
    for fragment in [
        "slurm/1.toml: the experiment, as it is asked for now\n",
        "shards.sh:\n",
        "#SBATCH --array=1-4\n#SBATCH --cpus-per-task=2\n#SBATCH --requeue\n#SBATCH --time=1:00:00\n#SBATCH --partition=long\n",
        "--jobs 2 --quiet --shard \"$SLURM_ARRAY_TASK_ID/4\"\n",
        "merge.sh:\n",
        "sbatch --parsable --dependency=afterany:JOB --kill-on-invalid-dep=yes ",
    ] {
        assert!(told.contains(fragment), "no '{fragment}' in: {told}");
    }
    assert!(!out.exists());
    // More tasks than seeds: no task is without one.
    let told = succeeds(&mut slurm(&place, &out, &["--tasks", "100", "--dry-run"]));
    assert!(told.contains("--array=1-9\n"), "{told}");
    // Of what is there, the rest.
    succeeds(&mut place.shard("2/4", &out));
    let before = files(&out);
    let told = succeeds(&mut slurm(&place, &out, &more));
    assert!(told.contains("--array=1,3-4\n"), "{told}");
    assert!(before == files(&out), "nothing was touched");
    fails(&mut slurm(&place, &out, &["--tasks", "0"]), 2, &["--tasks"]);
    fails(
        &mut slurm(&place, &out, &["--tasks", "2", "--time", "1 day"]),
        2,
        &["--time '1 day'", "one word"],
    );
    let other = ["--tasks", "2", "--dry-run", "--set", "training.epochs=7"];
    fails(&mut slurm(&place, &out, &other), 2, &["another experiment"]);
    fails(
        slurm(&place, &out, &["--tasks", "2"]).env("PATH", place.home.path()),
        2,
        &["there is no sbatch here", "--dry-run"],
    );
}

#[test]
fn submitted_again_it_is_what_failed_or_is_missing_and_not_in_the_queue() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let pretended = Pretended::new();
    let submit = |more: &[&str]| succeeds(&mut pretended.slurm(&place, &out, more));
    let told = submit(&["--tasks", "4"]);
    assert!(
        told.contains("Job 1: 4 tasks, with 9 seeds.") && told.contains("Job 2: the merge"),
        "{told}"
    );
    let mut calls = vec![
        "sbatch --parsable shards.sh".to_owned(),
        "sbatch --parsable --dependency=afterany:1 --kill-on-invalid-dep=yes merge.sh".to_owned(),
    ];
    assert_eq!(pretended.calls(), calls);
    // All are in the queue.
    let alive = [
        "1|1|RUNNING|small",
        "1|2|PENDING|small",
        "1|3|PENDING|small",
        "1|4|REQUEUED|small",
    ];
    pretended.shows(1, &alive);
    pretended.shows(2, &["2|N/A|PENDING|small"]);
    assert!(
        submit(&["--tasks", "4"])
            .contains("Nothing to submit: what is not done yet is in the queue, in 4 tasks")
    );
    assert_eq!(pretended.calls(), calls);
    // The first is done, the third failed, the others are alive: that they are is believed of a job of this name alone.
    succeeds(&mut place.shard("1/4", &out));
    pretended.shows(
        1,
        &[
            "1|1|COMPLETED|small",
            "1|2|RUNNING|small",
            "1|3|NODE_FAIL|small",
            "1|4|PENDING|small",
        ],
    );
    let told = submit(&["--tasks", "4"]);
    assert!(told.contains("Job 3: 1 task of 4: 3, with 2 seeds."), "{told}");
    calls.extend([
        "sbatch --parsable shards.sh".to_owned(),
        "sbatch --parsable --dependency=afterany:1:3 --kill-on-invalid-dep=yes merge.sh".to_owned(),
        "scancel 2".to_owned(),
    ]);
    assert_eq!(pretended.calls(), calls);
    let script = fs::read_to_string(out.join("slurm/shards.sh")).expect("a script");
    assert!(script.contains("#SBATCH --array=3\n"), "{script}");
    // All is gone from the queue, and what is left is shared out anew.
    for job in 1..=4 {
        fs::remove_file(pretended.0.path().join(job.to_string())).ok();
    }
    succeeds(&mut place.shard("2/4", &out));
    let told = submit(&["--tasks", "9"]);
    assert!(
        told.contains("Job 5: 4 tasks of 9: 3-4,7-8, with 4 seeds."),
        "{told}"
    );
    // Nothing is left but the merge.
    succeeds(&mut place.shard("1/1", &out));
    assert!(submit(&["--tasks", "2"]).starts_with("Job 7: the merge"));
    let last = pretended.calls().pop().expect("calls");
    assert_eq!(last, "sbatch --parsable merge.sh");
    succeeds(&mut merge(&[&out], &out));
    assert!(submit(&["--tasks", "2"]).contains("Nothing to submit: all is done"));
}

#[test]
fn what_is_asked_for_is_not_changed_by_variables_of_sbatch() {
    let place = Place::new(SMALL);
    let pretended = Pretended::new();
    let variables = [
        "SBATCH_ACCOUNT",
        "SBATCH_ARRAY_INX",
        "SBATCH_JOB_NAME",
        "SBATCH_OUTPUT",
        "SBATCH_TIMELIMIT",
    ];
    let passed = |name: &str, more: &[&str]| {
        let mut command = pretended.slurm(&place, &place.out(name), more);
        succeeds(command.envs(variables.map(|variable| (variable, "1"))));
        fs::read_to_string(pretended.0.path().join("environment")).expect("variables")
    };
    assert_eq!(
        passed("one", &["--tasks", "2", "--time", "2:00:00"]),
        "SBATCH_ACCOUNT=1\n"
    );
    assert_eq!(
        passed("two", &["--tasks", "2"]),
        "SBATCH_ACCOUNT=1\nSBATCH_TIMELIMIT=1\n"
    );
    for word in ["1#2", "p\"q"] {
        let out = place.out("three");
        let mut command = pretended.slurm(&place, &out, &["--tasks", "2", "--partition", word]);
        fails(&mut command, 2, &["--partition", "one word"]);
    }
}

#[test]
fn what_tasks_in_the_queue_do_not_have_is_submitted_and_each_runs_what_it_was_submitted_with() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let out = place.out("shared");
    let pretended = Pretended::new();
    let submit = |more: &[&str]| succeeds(&mut pretended.slurm(&place, &out, more));
    assert!(submit(&["--tasks", "2", "--seeds", "6"]).contains("Job 1: 2 tasks, with 6 seeds."));
    pretended.shows(1, &["1|1|RUNNING|small", "1|2|PENDING|small"]);
    pretended.shows(2, &["2|N/A|PENDING|small"]);
    for seeds in ["6", "3"] {
        let told = submit(&["--tasks", "1", "--seeds", seeds]);
        assert!(
            told.starts_with("Nothing to submit: what is not done yet is in the queue"),
            "{told}"
        );
    }
    let told = submit(&["--tasks", "3"]);
    assert!(told.contains("Job 3: 3 tasks, with 3 seeds."), "{told}");
    let calls = pretended.calls();
    assert!(
        calls[calls.len() - 2].contains("--dependency=afterany:1:3 "),
        "{calls:?}"
    );
    pretended.shows(
        3,
        &["3|1|PENDING|small", "3|2|PENDING|small", "3|3|PENDING|small"],
    );
    pretended.shows(4, &["4|N/A|PENDING|small"]);
    assert!(submit(&["--tasks", "3"]).starts_with("Nothing to submit"));
    // Of another arm, or of tickets that they do not keep, tasks in the queue have nothing.
    let dry = |more: &[&str]| submit(&[&["--tasks", "9", "--dry-run"][..], more].concat());
    assert!(dry(&["--set", "arms=[\"random\", \"alone\"]"]).contains("--array=1-9\n"));
    assert!(dry(&["--set", "arms=[]"]).starts_with("Nothing to submit"));
    // Nobody has a queue to ask.
    let mut command = slurm(&place, &out, &["--tasks", "9", "--dry-run"]);
    let told = succeeds(command.env("PATH", place.home.path()));
    assert!(told.contains("--array=1-9\n"), "{told}");
    // Whatever comes last, the directory's experiment is that which was submitted last.
    for (file, shards) in [(2, 3), (1, 2)] {
        for shard in 1..=shards {
            let mut task = tombola(["run", "--quiet", "--out"]);
            task.arg(&out).arg(out.join(format!("slurm/{file}.toml")));
            succeeds(task.args(["--shard", &format!("{shard}/{shards}")]));
        }
    }
    let lock = || {
        fs::metadata(out.join(".lock"))
            .and_then(|lock| lock.modified())
            .expect("a time")
    };
    let began = lock();
    let told = submit(&["--tasks", "2"]);
    assert!(
        told.starts_with("Job 5: the merge") || told.starts_with("Nothing to submit"),
        "{told}"
    );
    assert_eq!(lock(), began, "what submits does not work");
    succeeds(&mut merge(&[&out], &out));
    assert!(!out.join(".claims").exists());
    fs::remove_dir_all(out.join("slurm")).expect("scripts");
    same_files(&undisturbed, &out);
}

#[test]
fn a_merge_that_has_not_written_the_report_is_submitted_again() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let pretended = Pretended::new();
    succeeds(&mut place.shard("1/1", &out));
    succeeds(&mut merge(&[&out], &out));
    fs::remove_file(out.join("report.html")).expect("a report");
    let told = super::status(&out);
    assert!(told.contains("All is done: `tombola merge"), "{told}");
    let told = succeeds(&mut pretended.slurm(&place, &out, &["--tasks", "2"]));
    assert!(told.starts_with("Job 1: the merge"), "{told}");
}

#[test]
fn what_slurm_refuses_is_told() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let pretended = Pretended::new();
    let refusing = "#!/bin/sh\necho 'sbatch: error: Batch job submission failed: Invalid job array specification' >&2\nexit 1\n";
    fs::write(pretended.0.path().join("sbatch"), refusing).expect("a file");
    let mut command = pretended.slurm(&place, &out, &["--tasks", "4"]);
    fails(
        &mut command,
        1,
        &[
            "sbatch did not take",
            "Invalid job array specification",
            "MaxArraySize",
        ],
    );
}

/// A Slurm of two nodes.
struct Cluster {
    home: TempDir,
}

impl Cluster {
    fn start() -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let path = home.path().display().to_string();
        // Of ports that are free in this moment.
        for _ in 0..5 {
            let port = free_port().to_string();
            let mut start = cluster(&["start", &path, &port]);
            if start.status().expect("bash starts").success() {
                return Self { home };
            }
            for entry in fs::read_dir(&path).expect("a directory").flatten() {
                let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
            }
        }
        panic!("Slurm does not start here: what it said stands above");
    }

    fn do_with(&self, what: &str, node: &str) {
        let path = self.home.path().display().to_string();
        assert!(
            cluster(&[what, &path, node])
                .status()
                .expect("bash starts")
                .success()
        );
    }

    /// A command whose Slurm this is.
    fn with(&self, mut command: Command) -> Command {
        command.env("SLURM_CONF", self.home.path().join("slurm.conf"));
        command
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments);
        succeeds(&mut self.with(command))
    }

    /// Waits until nothing is in the queue.
    fn wait(&self) {
        let start = Instant::now();
        loop {
            let queue = self.ask("squeue", &["-h", "-r", "-o", "%i %T %r %N"]);
            if queue.trim().is_empty() {
                return;
            }
            assert!(
                start.elapsed() < Duration::from_mins(4),
                "still in the queue: {queue}"
            );
            sleep(Duration::from_millis(300));
        }
    }

    /// The process of a task that runs on a node, and which task it is.
    fn task_on(&self, node: &str) -> Option<(String, String)> {
        let home = format!("SLURM_CONF={}", self.home.path().join("slurm.conf").display());
        let node = format!("SLURMD_NODENAME={node}");
        for entry in fs::read_dir("/proc").expect("processes").flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let environment: Vec<_> = environment
                .split(|&byte| byte == 0)
                .map(String::from_utf8_lossy)
                .collect();
            let holds = |line: &str| environment.iter().any(|one| one == line);
            let task = environment
                .iter()
                .find_map(|line| line.strip_prefix("SLURM_ARRAY_TASK_ID="));
            let program = fs::read_link(entry.path().join("exe")).unwrap_or_default();
            if let Some(task) = task
                && holds(&home)
                && holds(&node)
                && program.ends_with("tombola")
            {
                return Some((entry.file_name().to_string_lossy().into_owned(), task.to_owned()));
            }
        }
        None
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let path = self.home.path().display().to_string();
        let _ = cluster(&["stop", &path]).status();
    }
}

fn cluster(arguments: &[&str]) -> Command {
    let mut command = Command::new("bash");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/contracts/shards/cluster"));
    command.args(arguments);
    command
}

/// The first of three ports that are free, below those that the system gives out.
fn free_port() -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let start = 20_000 + (std::process::id() % 1000) as u16 * 10;
    let mut ports = (start..32_000).step_by(3);
    ports
        .find(|&port| (port..port + 3).all(is_free))
        .expect("a free port")
}

/// Long enough for a node to fail in the middle of each task.
const LONGER: &str = r#"
name = "longer"
seeds = 16
[data]
train = 400
validation = 100
test = 100
[network]
hidden = [16, 16]
[training]
epochs = 1500
[pruning]
rate = 0.3
levels = 5
"#;

#[test]
#[ignore = "needs Slurm; tests/run runs it"]
fn on_slurm_with_a_task_that_is_killed_and_a_node_that_fails_the_files_are_those_of_one_run() {
    let place = Place::new(LONGER);
    let out = place.out("shared");
    let cluster = Cluster::start();
    let submit = || {
        succeeds(&mut cluster.with(slurm(
            &place,
            &out,
            &["--tasks", "4", "--time", "10", "--partition", "main"],
        )))
    };
    let told = submit();
    assert!(told.contains("4 tasks, with 16 seeds"), "{told}");
    // What is in the queue is not submitted again.
    assert!(submit().contains("Nothing to submit"));
    // Once both nodes are at work, one task is killed, and the other node with all that runs on it.
    let start = Instant::now();
    let (process, killed) = loop {
        let on_both = ["node1", "node2"].map(|node| cluster.task_on(node));
        if let [Some(task), Some(_)] = on_both
            && 1 <= count(&out, "done")
        {
            break task;
        }
        assert!(
            start.elapsed() < Duration::from_mins(2),
            "no task runs: {}",
            super::status(&out)
        );
        sleep(Duration::from_millis(20));
    };
    succeeds(Command::new("kill").args(["-KILL", &process]));
    cluster.do_with("kill-node", "2");
    // It would be found out in ten seconds.
    cluster.ask(
        "scontrol",
        &["update", "nodename=node2", "state=down", "reason=test"],
    );
    cluster.wait();
    // The tasks of the node have run on the other; what was killed is missing, and there are no tables.
    assert!(!out.join("levels.csv").exists());
    let told = succeeds(cluster.with(tombola(["status"])).arg(&out));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for fragment in [
        "Slurm: 3 completed, 1 failed, the merge, job ",
        " failed; of one that failed: ",
    ] {
        assert!(told.contains(fragment), "no '{fragment}' in: {told}");
    }
    assert_eq!(count(&out, "running"), 0);
    let open = count(&out, "failed") + count(&out, "missing");
    assert!((1..=4).contains(&open), "{told}");
    let said = |path: PathBuf| fs::read_to_string(path).expect("a log");
    let log = fs::read_dir(out.join("slurm"))
        .expect("logs")
        .flatten()
        .map(|entry| entry.path());
    let mut logs = log.filter(|path| path.extension().is_some_and(|end| end == "log"));
    assert!(
        logs.any(|path| said(path).contains("compute them with")),
        "the merge names what is missing"
    );
    // Submitted again, it is the killed task alone.
    cluster.do_with("node", "2");
    let told = submit();
    assert!(told.contains(&format!("1 task of 4: {killed}, with ")), "{told}");
    cluster.wait();
    assert!(submit().contains("Nothing to submit: all is done"));
    let mut shared = files(&out);
    shared.retain(|name, _| !name.starts_with("slurm"));
    let undisturbed = files(&place.undisturbed());
    let names = |files: &std::collections::BTreeMap<PathBuf, _>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&shared), names(&undisturbed));
    for (name, bytes) in &undisturbed {
        assert!(*bytes == shared[name], "{} differs", name.display());
    }
}
