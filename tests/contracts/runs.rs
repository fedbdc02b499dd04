//! Runs: equal runs are equal files, whatever happens to them on the way.

use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{command, fails, files, programs, same_files, stderr, succeeds, tombola};

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

    /// A directory of an undisturbed run.
    fn undisturbed(&self, more: &[&str]) -> PathBuf {
        let out = self.out("undisturbed");
        succeeds(&mut self.run(&out, more));
        out
    }
}

fn tickets(out: &Path) -> usize {
    let is_ticket = |name: &std::ffi::OsStr| {
        Path::new(name)
            .extension()
            .is_some_and(|end| end == "safetensors")
    };
    fs::read_dir(out.join("tickets")).map_or(0, |files| {
        files
            .flatten()
            .filter(|file| is_ticket(&file.file_name()))
            .count()
    })
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

#[test]
fn the_files_are_the_same_with_any_number_of_jobs_and_in_any_build() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&["--jobs", "1"]);
    for (index, program) in programs().iter().enumerate() {
        for jobs in ["1", "2", "7"] {
            let out = place.out(&format!("{index}-{jobs}"));
            succeeds(&mut place.run_of(program, &out, &["--jobs", jobs]));
            same_files(&undisturbed, &out);
        }
    }
}

#[test]
fn a_run_directory_holds_what_was_promised() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let names: Vec<_> = files(&out)
        .into_keys()
        .map(|name| name.display().to_string())
        .collect();
    let expected = ["experiment.toml", "levels.csv", "report.html", "summary.json"];
    assert!(
        expected
            .iter()
            .all(|name| names.iter().any(|found| found == name)),
        "{names:?}"
    );
    assert_eq!(
        names.iter().filter(|name| name.starts_with("tickets")).count(),
        5 * LEVELS
    );

    let levels = fs::read_to_string(out.join("levels.csv")).expect("a table");
    let mut lines = levels.lines();
    assert_eq!(
        lines.next(),
        Some(
            "seed,level,weights_left,active_weights,sparsity,verdict,independent,subnetworks,epochs,train_loss,\
             validation_loss,test_loss,accuracy_moons,accuracy_circles"
        )
    );
    let keys: Vec<(u64, u32)> = lines
        .map(|line| {
            let mut cells = line.split(',');
            let mut number = || cells.next().expect("a cell");
            (
                number().parse().expect("a seed"),
                number().parse().expect("a level"),
            )
        })
        .collect();
    assert!(
        keys.iter()
            .copied()
            .eq((0..5).flat_map(|seed| (0..7).map(move |level| (seed, level))))
    );
}

#[test]
fn a_killed_run_is_taken_up_and_ends_with_the_files_of_an_undisturbed_one() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&[]);
    for moment in [0, 1, 2, 7, 8, 20, 33] {
        let out = place.out(&format!("killed-{moment}"));
        let mut child = place.run(&out, &["--quiet"]).spawn().expect("a run");
        wait_for_tickets(&mut child, &out, moment);
        child.kill().expect("a signal");
        child.wait().expect("an end");
        succeeds(&mut place.run(&out, &[]));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_gets_there_in_the_end() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&[]);
    let out = place.out("harried");
    let mut moment = Duration::from_millis(3);
    while !out.join("report.html").exists() {
        let mut child = place.run(&out, &["--quiet"]).spawn().expect("a run");
        sleep(moment);
        moment += moment / 4;
        child.kill().expect("a signal");
        child.wait().expect("an end");
    }
    succeeds(&mut place.run(&out, &[]));
    same_files(&undisturbed, &out);
}

#[test]
fn an_interrupted_run_ends_with_130_says_what_is_kept_and_goes_on() {
    for signal in ["-INT", "-TERM"] {
        let place = Place::new(SMALL);
        let out = place.out("interrupted");
        // So long that it cannot be over before the signal arrives.
        let long = ["--quiet", "--set", "training.epochs=90"];
        let mut child = place
            .run(&out, &long)
            .stderr(Stdio::piped())
            .spawn()
            .expect("a run");
        wait_for_tickets(&mut child, &out, 1);
        let kill = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .expect("kill");
        assert!(kill.success());
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(130));
        assert!(
            stderr(&output).contains("finished and kept in"),
            "{}",
            stderr(&output)
        );
        let kept = files(&out);
        assert!(
            !kept
                .keys()
                .any(|name| name.display().to_string().contains(".half-"))
        );
        succeeds(&mut place.run(&out, &["--set", "training.epochs=90"]));
        for (name, bytes) in kept {
            assert_eq!(
                bytes,
                fs::read(out.join(&name)).expect("a file"),
                "{}",
                name.display()
            );
        }
    }
}

#[test]
fn what_is_finished_is_not_computed_again_and_what_is_damaged_is() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let before = files(&out);
    let ticket = out.join("tickets/2-3.safetensors");
    let untouched = fs::metadata(out.join("tickets/2-2.safetensors"))
        .and_then(|file| file.modified())
        .expect("a time");
    fs::write(&ticket, &fs::read(&ticket).expect("a ticket")[..500]).expect("half a ticket");
    fs::remove_file(out.join("levels.csv")).expect("a table");
    fs::write(out.join("tickets/.half-4-4"), "half").expect("half a file");
    succeeds(&mut place.run(&out, &[]));
    assert!(before == files(&out));
    let again = fs::metadata(out.join("tickets/2-2.safetensors"))
        .and_then(|file| file.modified())
        .expect("a time");
    assert_eq!(untouched, again);
}

#[test]
fn seeds_can_be_added_to_a_run() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&[]);
    let out = place.out("grown");
    succeeds(&mut place.run(&out, &["--seeds", "2"]));
    succeeds(&mut place.run(&out, &["--seeds", "2", "--first-seed", "3"]));
    succeeds(&mut place.run(&out, &[]));
    same_files(&undisturbed, &out);
}

#[test]
fn every_way_to_rewind_is_taken_up_bit_for_bit() {
    for rewind in [
        "pruning.rewind=none",
        "pruning.rewind={epoch=5}",
        "training.patience=2",
        "training.optimizer=adam",
    ] {
        let place = Place::new(SMALL);
        let undisturbed = place.undisturbed(&["--set", rewind]);
        let out = place.out("killed");
        let mut child = place
            .run(&out, &["--quiet", "--set", rewind])
            .spawn()
            .expect("a run");
        wait_for_tickets(&mut child, &out, 10);
        child.kill().expect("a signal");
        child.wait().expect("an end");
        succeeds(&mut place.run(&out, &["--set", rewind]));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn a_directory_of_another_experiment_is_refused() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let before = files(&out);
    let fragments = [
        "another experiment",
        "epochs = 12",
        "epochs = 13",
        "choose another directory",
    ];
    fails(
        &mut place.run(&out, &["--set", "training.epochs=13"]),
        2,
        &fragments,
    );
    assert!(before == files(&out), "nothing was touched");
}

#[test]
fn a_directory_with_something_else_in_it_is_refused() {
    let place = Place::new(SMALL);
    fails(
        &mut place.run(place.home.path(), &[]),
        2,
        &["small.toml", "no run directory"],
    );
    let file = PathBuf::from(&place.file);
    fails(&mut place.run(&file, &[]), 2, &["that is a file"]);
    let empty = place.out("empty");
    fs::create_dir(&empty).expect("a directory");
    succeeds(&mut place.run(&empty, &[]));
}

#[test]
fn a_directory_that_cannot_be_written_is_a_failure() {
    let place = Place::new(SMALL);
    let below_a_file = PathBuf::from(&place.file).join("runs");
    fails(
        &mut place.run(&below_a_file, &[]),
        1,
        &["cannot use the directory", "--out"],
    );
}

#[test]
fn two_processes_do_not_work_in_one_directory() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let long = ["--quiet", "--set", "training.epochs=900"];
    let mut child = place.run(&out, &long).spawn().expect("a run");
    wait_for_tickets(&mut child, &out, 1);
    fails(&mut place.run(&out, &long), 1, &["another process is at work"]);
    child.kill().expect("a signal");
    child.wait().expect("an end");
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_is_a_failure_and_what_is_finished_stays() {
    let place = Place::new(SMALL);
    let out = place.out("full");
    // A limit on the size of files, in units of 512 bytes (1024 in some shells), stands in for the disk: tickets fit, the
    // summary does not.
    let script = "trap '' XFSZ; ulimit -f 7; exec \"$@\"";
    let mut limited = Command::new("sh");
    limited
        .args(["-c", script, "sh"])
        .arg(&programs()[0])
        .args(["run", &place.file, "--out"])
        .arg(&out);
    fails(&mut limited, 1, &["cannot write", "free space"]);
    assert_eq!(tickets(&out), 5 * LEVELS);
    succeeds(&mut place.run(&out, &[]));
    same_files(&place.undisturbed(&[]), &out);
}

#[test]
fn a_seed_whose_loss_is_not_finite_stops_with_its_reason_and_the_others_go_on() {
    let place = Place::new(SMALL);
    let out = place.out("divergent");
    // At this rate some seeds diverge and some do not.
    let rate = ["--set", "training.rate=1000", "--seeds", "12"];
    let output = place.run(&out, &rate).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("summary.json")).expect("a summary")).expect("JSON");
    let lost = summary["not_finite"].as_array().expect("a list");
    assert!(!lost.is_empty() && lost.len() < 12, "{lost:?}");
    for seed in lost {
        assert!(seed["reason"].as_str().expect("a reason").contains("not finite"));
        let message = format!("seed {}: the loss or a parameter was not finite", seed["seed"]);
        assert!(stderr(&output).contains(&message), "{}", stderr(&output));
    }
    let rows = fs::read_to_string(out.join("levels.csv"))
        .expect("a table")
        .lines()
        .count()
        - 1;
    assert!((12 - lost.len()) * LEVELS <= rows);
}

#[test]
fn a_closed_pipe_is_no_panic_and_loses_nothing() {
    let place = Place::new(SMALL);
    let out = place.out("closed");
    let mut child = place
        .run(&out, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a run");
    drop(child.stdout.take());
    let mut message = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut message)
        .expect("UTF-8");
    assert!(child.wait().expect("an end").success(), "{message}");
    assert_eq!(message, "");
    same_files(&place.undisturbed(&[]), &out);
}

#[test]
fn a_closed_pipe_does_not_hide_that_a_seed_failed() {
    let place = Place::new(SMALL);
    let out = place.out("closed");
    let rate = ["--set", "training.rate=1000", "--seeds", "12"];
    let mut run = place.run(&out, &rate);
    let mut child = run
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a run");
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("an end").code(), Some(1));
    assert!(out.join("summary.json").exists());
}

/// An experiment with one task from a CSV file.
const FROM_CSV: &str = r#"
name = "csv"
seeds = 2
[data]
train = 20
validation = 6
test = 6
[[data.task]]
name = "flowers"
kind = "csv"
path = "first.csv"
[network]
hidden = [6]
[training]
epochs = 4
[pruning]
levels = 3
"#;

#[test]
fn a_csv_file_counts_by_its_content_wherever_it_lies() {
    let place = Place::new(FROM_CSV);
    let home = place.home.path();
    let mut table = "width,length,label\n".to_owned();
    for row in 0..40 {
        writeln!(table, "{},{},{}", row % 7, row % 11, ["a", "b", "c"][row % 3]).expect("a string");
    }
    fs::write(home.join("first.csv"), &table).expect("a file");
    let run = |more: &[&str]| {
        let mut run = place.run(Path::new("out"), more);
        run.current_dir(home);
        run
    };
    succeeds(&mut run(&[]));
    let undisturbed = files(&place.out("out"));

    // Moved: the same experiment, whose directory is taken up; only the path that was given is another.
    fs::rename(home.join("first.csv"), home.join("second.csv")).expect("a file");
    succeeds(&mut run(&["--set", "data.task.flowers.path=second.csv"]));
    for (name, bytes) in files(&place.out("out")) {
        let same = name == Path::new("experiment.toml") || undisturbed[&name] == bytes;
        assert!(same, "{} differs", name.display());
    }

    // Changed: another experiment, though its settings are the same, and other seeds are asked for.
    fs::write(home.join("first.csv"), table.replace("5,5,", "5,6,")).expect("a file");
    fails(
        &mut run(&["--first-seed", "7"]),
        2,
        &["another experiment", "the content of a CSV file has changed"],
    );
}

#[test]
fn an_experiment_file_of_the_user_is_not_written_over() {
    let place = Place::new(SMALL);
    let own = place.home.path().join("experiment.toml");
    fs::write(&own, "# my notes\nseeds = 2\n").expect("a file");
    fails(
        &mut place.run(place.home.path(), &[]),
        2,
        &["was not written by a run"],
    );
    assert_eq!(
        fs::read_to_string(&own).expect("a file"),
        "# my notes\nseeds = 2\n"
    );
}

#[test]
fn a_growing_run_that_is_interrupted_leaves_no_table_of_fewer_seeds() {
    let place = Place::new(SMALL);
    let out = place.out("grown");
    succeeds(&mut place.run(&out, &["--seeds", "2"]));
    let mut child = place
        .run(&out, &["--quiet", "--seeds", "400"])
        .spawn()
        .expect("a run");
    wait_for_tickets(&mut child, &out, 3 * LEVELS);
    child.kill().expect("a signal");
    child.wait().expect("an end");
    assert!(!out.join("levels.csv").exists() && !out.join("report.html").exists());
}

#[test]
fn a_pipe_gets_no_colors_and_quiet_means_quiet() {
    let place = Place::new(SMALL);
    let told = succeeds(&mut place.run(&place.out("told"), &[]));
    assert!(!told.contains('\u{1b}'), "{told}");
    for fragment in [
        "weights left",
        "moons",
        "Will there be two independent networks?",
        "Report: ",
    ] {
        assert!(told.contains(fragment), "{told}");
    }
    let quiet = place
        .run(&place.out("quiet"), &["--quiet"])
        .output()
        .expect("the program starts");
    assert!(quiet.status.success() && quiet.stdout.is_empty() && quiet.stderr.is_empty());
}

#[test]
fn the_default_directory_is_named_by_the_experiment_and_its_digest() {
    let place = Place::new(SMALL);
    let told = succeeds(tombola(["run", &place.file, "--seeds", "1"]).current_dir(place.home.path()));
    let runs: Vec<_> = fs::read_dir(place.out("runs"))
        .expect("runs")
        .flatten()
        .map(|run| run.file_name())
        .collect();
    let [run] = &runs[..] else { panic!("{runs:?}") };
    let run = run.to_str().expect("UTF-8");
    assert!(run.starts_with("small-") && told.contains(run), "{run}\n{told}");
}

#[test]
fn the_figure_of_the_readme_is_what_the_program_draws() {
    let home = TempDir::new().expect("a temporary directory");
    let figure = home.path().join("ticket.svg");
    succeeds(tombola(["run", "--first-seed", "9", "--seeds", "1", "--out", "run"]).current_dir(home.path()));
    let inspect = ["inspect", "run/tickets/9-15.safetensors", "--svg", "ticket.svg"];
    succeeds(tombola(inspect).current_dir(home.path()));
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ticket.svg");
    let [drawn, committed] =
        [figure.as_path(), Path::new(committed)].map(|file| fs::read(file).expect("a figure"));
    assert!(
        drawn == committed,
        "make docs/ticket.svg again, as this test does"
    );
}
