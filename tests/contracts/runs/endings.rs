//! Checks how a run ends when something goes wrong, and what it tells.

use std::fs;
use std::process::{Command, Output, Stdio};

use super::{LEVELS, Place, SMALL, tickets};
use crate::program::{fails, programs, same_files, stderr, succeeds, tombola};

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_is_a_failure_and_what_is_finished_stays() {
    let place = Place::new(SMALL);
    let out = place.out("full");
    // A limit on the size of files, in units of 512 bytes (1024 in some shells), stands in for the disk: tickets and records fit,
    // the table of measures does not.
    let script = "trap '' XFSZ; ulimit -f 12; exec \"$@\"";
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
    let summary = fs::read(out.join("summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_slice(&summary).expect("JSON");
    let lost = summary["not_finite"].as_array().expect("a list");
    assert!(!lost.is_empty() && lost.len() < 12, "{lost:?}");
    for seed in lost {
        assert!(seed["reason"].as_str().expect("a reason").contains("not finite"));
        let message = format!("seed {}: the loss or a parameter was not finite", seed["seed"]);
        assert!(stderr(&output).contains(&message), "{}", stderr(&output));
    }
    let levels = fs::read_to_string(out.join("levels.csv")).expect("a table");
    assert!((12 - lost.len()) * LEVELS < levels.lines().count());
}

/// Of a run all of whose seeds diverge there is a report, too, which says so.
#[test]
fn a_run_of_which_no_seed_stays_finite_has_a_report() {
    let place = Place::new(SMALL);
    let out = place.out("lost");
    let rate = ["--set", "training.rate=1e30", "--seeds", "2"];
    fails(&mut place.run(&out, &rate), 1, &["not finite at level 0"]);
    let page = fs::read(out.join("report.html")).expect("a page");
    fs::remove_file(out.join("report.html")).expect("a page");
    succeeds(tombola(["report"]).arg(&out));
    assert!(page == fs::read(out.join("report.html")).expect("a page"));
    let compared = succeeds(tombola(["compare"]).arg(&out));
    assert!(compared.contains("2 seeds did not stay finite"), "{compared}");
    fails(tombola(["reproduce"]).arg(&out), 2, &["nothing to compute again"]);
}

/// How a run ends whose standard output is closed, and what it says.
fn with_closed_pipe(mut run: Command) -> Output {
    let piped = run.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("a run");
    drop(child.stdout.take());
    child.wait_with_output().expect("an end")
}

#[test]
fn a_closed_pipe_is_no_panic_and_loses_nothing() {
    let place = Place::new(SMALL);
    let out = place.out("closed");
    let output = with_closed_pipe(place.run(&out, &[]));
    assert!(output.status.success());
    assert_eq!(stderr(&output), "");
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

#[test]
fn a_pipe_gets_no_colors_and_quiet_means_quiet() {
    let place = Place::new(SMALL);
    let told = succeeds(&mut place.run(&place.out("told"), &[]));
    assert!(!told.contains('\u{1b}'), "{told}");
    let question = "Will there be two independent networks?";
    for fragment in ["weights left", "moons", question, "Report: "] {
        assert!(told.contains(fragment), "{told}");
    }
    let quiet = place.run(&place.out("quiet"), &["--quiet"]).output();
    let quiet = quiet.expect("the program starts");
    assert!(quiet.status.success() && quiet.stdout.is_empty() && quiet.stderr.is_empty());
    // A file has classes, and columns that a note tells of.
    let rows = (0..60).map(|row| format!("r{row},{},{}\n", row % 2, row % 2));
    let csv = place.out("my.csv");
    fs::write(&csv, format!(",a,label\n{}", rows.collect::<String>())).expect("a file");
    let task = format!("data.task=[{{name=\"t\",kind=\"csv\",path={csv:?},label=\"label\"}}]");
    let sizes = ["train", "validation", "test"].map(|part| format!("data.{part}=20"));
    let mut more = vec!["--set", &*task];
    more.extend(sizes.iter().flat_map(|size| ["--set", size]));
    for (flag, notes) in [("--seeds=1", 2), ("--quiet", 0)] {
        let output = place.run(&place.out(flag), &[&*more, &[flag]].concat()).output();
        let said = String::from_utf8(output.expect("the program starts").stderr).expect("text");
        assert_eq!(
            said.lines().filter(|line| line.starts_with("note: ")).count(),
            notes,
            "{said}"
        );
    }
}

/// The thesis stopped on the test part, and so may who repeats it.
#[test]
fn a_run_that_stops_on_the_test_part_says_so_everywhere() {
    let place = Place::new(SMALL);
    let out = place.out("on-test");
    let settings = ["--set", "training.patience=2", "--set", "training.stop_on=test"];
    let marked = "Training stopped by the loss on the test part";
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain(&succeeds(&mut place.run(&out, &settings))).contains(marked));
    let summary = fs::read(out.join("summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_slice(&summary).expect("JSON");
    assert_eq!(summary["stops_on_test"], true);
    for file in ["report.html", "summary.json"] {
        assert!(
            plain(&fs::read_to_string(out.join(file)).expect("text")).contains(marked),
            "{file}"
        );
    }
    let other = place.out("on-validation");
    assert!(!plain(&succeeds(&mut place.run(&other, &settings[..2]))).contains(marked));
    let compared = succeeds(tombola(["compare"]).args([&other, &out]));
    assert!(
        plain(&compared).contains(&format!("Run 2: {marked}")),
        "{compared}"
    );
    assert!(!plain(&compared).contains("Run 1: "), "{compared}");
}
