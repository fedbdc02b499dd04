//! Killed, interrupted, damaged, grown: a run is taken up and ends with the files of an undisturbed one.

use std::fs;
use std::process::Command;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use super::{LEVELS, Place, SMALL, wait_for_tickets};
use crate::program::{files, same_files, stderr, succeeds};

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
