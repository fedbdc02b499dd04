//! What `status` says.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use super::{Place, SMALL, count, merge, status};
use crate::program::{fails, succeeds, tombola};

#[test]
fn status_tells_what_is_done_and_missing_and_what_to_do() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    succeeds(&mut place.shard("2/3", &out));
    let told = status(&out);
    assert!(told.contains("small, 9 seeds"), "{told}");
    assert!(told.contains("missing  6   seeds 0, 2, 3, 5, 6 and 8"), "{told}");
    assert!(
        told.contains("No process is at work") && told.contains("experiment.toml --out"),
        "{told}"
    );
    let counts = ["done", "running", "failed", "missing"].map(|what| count(&out, what));
    assert_eq!(counts, [3, 0, 0, 6]);
    for shard in ["1/3", "3/3"] {
        succeeds(&mut place.shard(shard, &out));
    }
    assert!(status(&out).contains("All is done: `tombola merge"));
    succeeds(&mut merge(&[&out], &out));
    assert!(status(&out).contains("report.html"));
    // Another arm is another question.
    succeeds(&mut place.run(&out, &["--set", "arms=[\"random\",\"alone\"]", "--shard", "1/9"]));
    assert_eq!(["done", "failed"].map(|what| count(&out, what)), [1, 8]);
}

#[test]
fn status_looks_at_several_directories_together() {
    let place = Place::new(SMALL);
    let [one, two] = ["one", "two"].map(|name| place.out(name));
    succeeds(&mut place.shard("1/2", &one));
    succeeds(&mut place.run(&two, &["--shard", "2/2", "--seeds", "4"]));
    let told = succeeds(tombola(["status"]).args([&one, &two]));
    assert!(
        told.contains("done     7") && told.contains("missing  2   seeds 5 and 7"),
        "{told}"
    );
    succeeds(&mut place.shard("2/2", &two));
    let told = succeeds(tombola(["status"]).args([&one, &two]));
    assert!(told.contains("All is done: `tombola merge"), "{told}");
}

#[test]
fn status_tells_what_runs_what_its_process_left_and_how_long_the_rest_takes() {
    let place = Place::new(SMALL);
    let more = ["--set", "training.epochs=300", "--jobs", "1", "--seeds", "2000"];
    for shard in [&["--shard", "1/1"][..], &[]] {
        let out = place.out(&format!("run-{}", shard.len()));
        let mut child = place
            .run(&out, &[&more[..], shard].concat())
            .spawn()
            .expect("a run");
        let mut told = String::new();
        while !told.contains(" left at the pace of now.") {
            assert!(child.try_wait().expect("a child").is_none(), "over: {told}");
            sleep(Duration::from_millis(2));
            if out.join("experiment.toml").exists() {
                told = status(&out);
            }
        }
        // Between two seeds none is claimed, for a moment; one that works alone claims none.
        while !shard.is_empty() && !told.contains("shard 1/1, process ") {
            assert!(child.try_wait().expect("a child").is_none(), "over: {told}");
            told = status(&out);
        }
        child.kill().expect("a signal");
        child.wait().expect("an end");
        assert_eq!(count(&out, "running"), 0);
        assert!(count(&out, "failed") <= 1);
        assert!(status(&out).contains("No process is at work"));
    }
}

#[test]
fn status_asks_for_a_directory_of_a_run() {
    let place = Place::new(SMALL);
    let mut nowhere = tombola(["status"]);
    fails(
        nowhere.arg(place.out("nowhere")),
        2,
        &["nowhere: there is no such directory"],
    );
    fails(
        tombola(["status"]).arg(place.home.path()),
        2,
        &["no run directory"],
    );
    let out = place.out("damaged");
    succeeds(&mut place.shard("1/1", &out));
    fs::write(out.join("experiment.toml"), "seeds = 2\n").expect("a file");
    fails(
        tombola(["status"]).arg(&out),
        2,
        &["experiment.toml:1: no digest"],
    );
}

#[test]
fn a_run_that_has_not_finished_its_first_level_is_at_work() {
    let place = Place::new(SMALL);
    let out = place.out("run");
    let more = ["--set", "training.epochs=1000000", "--seeds", "1"];
    let mut child = place.run(&out, &more).spawn().expect("a run");
    while !out.join("experiment.toml").exists() {
        sleep(Duration::from_millis(2));
    }
    let told = status(&out);
    child.kill().expect("a signal");
    child.wait().expect("an end");
    assert!(told.contains("A process is at work."), "{told}");
    assert!(status(&out).contains("No process is at work"));
}

#[test]
fn a_seed_that_lacks_a_ticket_which_is_kept_is_not_done_and_is_computed_again() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let out = place.out("shared");
    let dry = || {
        let more = ["--tasks", "9", "--dry-run"];
        succeeds(&mut super::slurm::slurm(&place, &out, &more))
    };
    // Tickets that are wanted once all is computed without them; of fewer arms there is nothing to do.
    succeeds(&mut place.run(&out, &["--set", "keep=named", "--shard", "1/1"]));
    assert_eq!(count(&out, "done"), 9);
    succeeds(&mut place.run(&out, &["--shard", "7/9"]));
    assert_eq!(["done", "failed"].map(|what| count(&out, what)), [1, 8]);
    assert!(dry().contains("--array=1-6,8-9\n"));
    succeeds(&mut place.run(
        &out,
        &["--set", "arms=[]", "--set", "keep=named", "--shard", "1/1"],
    ));
    assert_eq!(count(&out, "done"), 9);
    succeeds(&mut place.run(&out, &["--shard", "1/1"]));
    assert_eq!(count(&out, "done"), 9);
    // One that is gone, and one that a crash of the machine cut short, which a merge finds.
    fs::remove_file(out.join("tickets/random/3-2.safetensors")).expect("a ticket");
    let short = out.join("tickets/5-0.safetensors");
    let whole = fs::read(&short).expect("a ticket");
    fs::write(&short, &whole[..whole.len() / 2]).expect("a ticket");
    assert!(status(&out).contains("seed 3: failed: a ticket is missing"));
    fails(&mut merge(&[&out], &out), 2, &["seeds 3 and 5 are not finished"]);
    assert_eq!(["done", "failed"].map(|what| count(&out, what)), [7, 2]);
    assert!(dry().contains("--array=4,6\n"));
    succeeds(&mut place.run(&out, &["--shard", "1/1"]));
    assert!(status(&out).contains("All is done: `tombola merge"));
    succeeds(&mut merge(&[&out], &out));
    crate::program::same_files(&undisturbed, &out);
}
