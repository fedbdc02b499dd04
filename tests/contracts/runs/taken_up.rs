//! Checks that a run that was killed, interrupted, damaged or grown ends with the files of an undisturbed one.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tombola_host::ticket::Ticket;

use super::{LEVELS, Place, SMALL, wait_for_tickets};
use crate::program::{fails, files, same_files, stderr, succeeds};

#[test]
fn a_killed_run_is_taken_up_and_ends_with_the_files_of_an_undisturbed_one() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&[]);
    for moment in [0, 1, 2, 7, 8, 20, 33] {
        let out = place.out(&format!("killed-{moment}"));
        place.kill_at(moment, &out, &[]);
        succeeds(&mut place.run(&out, &[]));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_finishes() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&[]);
    let out = place.out("often-killed");
    place.kill_until_finished(Duration::from_millis(3), &out, &[]);
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
        let mut run = place.run(&out, &long);
        let mut child = run.stderr(Stdio::piped()).spawn().expect("a run");
        wait_for_tickets(&mut child, &out, 1);
        let mut kill = Command::new("kill");
        succeeds(kill.args([signal, &child.id().to_string()]));
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(130));
        let told = stderr(&output);
        assert!(told.contains("finished and kept in"), "{told}");
        let kept = files(&out);
        let is_half = |name: &PathBuf| name.display().to_string().contains(".half-");
        assert!(!kept.keys().any(is_half));
        succeeds(&mut place.run(&out, &["--set", "training.epochs=90"]));
        let finished = files(&out);
        for (name, bytes) in kept {
            // Records grow; they are the start of what they become.
            let is_record = name.starts_with("records");
            let so_far = if is_record {
                bytes.len()
            } else {
                finished[&name].len()
            };
            assert!(bytes == finished[&name][..so_far], "{} differs", name.display());
        }
    }
}

#[test]
fn what_is_finished_is_not_computed_again_and_what_is_cut_short_is() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let before = files(&out);
    let ticket = |name: &str| out.join(format!("tickets/{name}.safetensors"));
    let modified = || {
        let time = |name| fs::metadata(ticket(name)).and_then(|file| file.modified());
        ["2-2", "2-4", "3-6"].map(|name| time(name).expect("a time"))
    };
    let untouched = modified();
    let whole = fs::read(ticket("2-3")).expect("a ticket");
    for (name, left) in [("2-3", &whole[..500]), ("2-5", &[]), ("3-0", &[0; 4096])] {
        fs::write(ticket(name), left).expect("what a crash leaves");
    }
    fs::remove_file(ticket("4-6")).expect("a ticket");
    fs::remove_file(out.join("levels.csv")).expect("a table");
    fs::write(out.join("tickets/.half-4-4"), "half").expect("half a file");
    succeeds(&mut place.run(&out, &[]));
    assert!(before == files(&out));
    assert_eq!(untouched, modified());
}

#[test]
fn a_ticket_that_cannot_be_read_stops_the_run_and_nothing_is_touched() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let ticket = out.join("tickets/2-3.safetensors");
    let good = fs::read(&ticket).expect("a ticket");
    let newer = String::from_utf8_lossy(&good).replacen("\\\"version\\\":1", "\\\"version\\\":2", 1);
    let header = 8 + usize::from(good[0]) + 256 * usize::from(good[1]);
    let newer = [
        &good[..8],
        &newer.as_bytes()[newer.find('{').expect("a header")..][..header - 8],
        &good[header..],
    ];
    let flipped = [&good[..20], &[good[20] ^ 1], &good[21..]].concat();
    let other = fs::read(out.join("tickets/2-4.safetensors")).expect("a ticket");
    fs::remove_file(out.join("levels.csv")).expect("a table");
    fs::remove_file(out.join("tickets/1-1.safetensors")).expect("a ticket");
    let stops = |code, fragments: &[&str]| {
        let before = files(&out);
        let at = ["seed 2: level 3", "move its ticket away", "2-3.safetensors: "];
        // More seeds: their experiment would be written, and the tables removed.
        let more = ["--jobs", "1", "--seeds", "9"];
        place.fails(&out, &more, code, &[&at, fragments].concat());
        assert!(before == files(&out), "{fragments:?}");
    };
    for (content, fragment) in [
        (&newer.concat()[..], "version 2"),
        (&flipped, "header cannot be read"),
        (&other, "not the ticket that seed 2 has at level 3"),
        (b"something else, at least as long", "no safetensors file"),
        (
            b"something else, at least as long",
            "; move the file away to train the level again",
        ),
    ] {
        fs::write(&ticket, content).expect("a file");
        stops(2, &[fragment]);
    }
    fs::remove_file(&ticket).expect("a file");
    fs::create_dir(&ticket).expect("a directory");
    stops(2, &["directory"]);
    fs::remove_dir(&ticket).expect("a directory");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&ticket, &ticket).expect("a link to itself");
        let count = || fs::read_dir(out.join("tickets")).expect("tickets").count();
        let before = count();
        place.fails(&out, &[], 1, &["seed 2: level 3", "cannot read"]);
        assert!(ticket.is_symlink());
        assert_eq!(before, count());
        fs::remove_file(&ticket).expect("a link");
    }
    succeeds(&mut place.run(&out, &[]));
    assert_eq!(fs::read(&ticket).expect("a ticket"), good);
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
fn a_run_is_taken_up_with_other_settings_that_decide_nothing_it_computes() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let before = files(&out);
    let more = [
        "--set",
        "solved=0.5",
        "--set",
        "keep=all",
        "--set",
        "measure=full",
    ];
    succeeds(&mut place.run(&out, &more));
    let after = files(&out);
    let experiment = String::from_utf8_lossy(&after[&PathBuf::from("experiment.toml")]);
    assert!(
        experiment.contains("\nkeep = \"all\"\nmeasure = \"full\"\nsolved = 0.5\n"),
        "{experiment}"
    );
    let tickets = |name: &&PathBuf| name.starts_with("tickets");
    assert!(
        before
            .keys()
            .filter(tickets)
            .all(|name| before[name] == after[name])
    );
    // Another experiment is refused for what differs in it, not for these.
    place.fails(
        &out,
        &["--set", "training.epochs=13"],
        2,
        &["it has 'epochs = 12'"],
    );
    succeeds(&mut place.run(&out, &[]));
    // What was measured once stays on record.
    let after = files(&out);
    let is_result = |name: &&PathBuf| !name.starts_with("records");
    assert!(
        before
            .keys()
            .filter(is_result)
            .all(|name| before[name] == after[name])
    );
    assert_eq!(before.len(), after.len());
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
        place.kill_at(10, &out, &["--set", rewind]);
        succeeds(&mut place.run(&out, &["--set", rewind]));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn a_growing_run_that_is_interrupted_leaves_no_table_of_fewer_seeds() {
    let place = Place::new(SMALL);
    let out = place.out("grown");
    succeeds(&mut place.run(&out, &["--seeds", "2"]));
    place.kill_at(3 * LEVELS, &out, &["--seeds", "400"]);
    assert!(!out.join("levels.csv").exists() && !out.join("report.html").exists());
}

#[test]
fn tickets_that_normalize_otherwise_are_of_another_version_and_left_alone() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let path = out.join("tickets/0-0.safetensors");
    let mut ticket = Ticket::read(&path).expect("a ticket");
    let by = ticket.normalization.as_mut().expect("a normalization");
    by.shift[1] = by.shift[1].next_up();
    ticket.write(&path).expect("a file");
    // With its records, nothing is to be computed from it.
    succeeds(&mut place.run(&out, &[]));
    fs::remove_dir_all(out.join("records")).expect("records");
    let before = fs::read(&path).expect("a ticket");
    let fragments = [
        "0-0.safetensors: this ticket normalizes its inputs by other numbers",
        "another --out",
    ];
    fails(&mut place.run(&out, &[]), 2, &fragments);
    assert!(fs::read(&path).expect("a ticket") == before);
}
