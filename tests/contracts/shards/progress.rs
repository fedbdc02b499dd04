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
        // Between two seeds none is claimed, for a moment.
        while count(&out, "running") != 1 {
            assert!(child.try_wait().expect("a child").is_none(), "over");
        }
        if !shard.is_empty() {
            let told = status(&out);
            assert!(
                told.contains("shard 1/1, process ") || count(&out, "running") == 0,
                "{told}"
            );
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
