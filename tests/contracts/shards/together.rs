//! Shards in one directory, at the same time, with and without locks that hold.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use super::{Place, SMALL, count, merge};
use crate::program::{fails, files, same_files, succeeds};

fn all(children: Vec<Child>) {
    for mut child in children {
        assert!(child.wait().expect("an end").success());
    }
}

#[test]
fn shards_of_any_number_at_the_same_time_in_one_directory_make_the_files_of_one_run() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    for count in [1, 2, 7, 12] {
        let out = place.out(&format!("shared-{count}"));
        let shard = |index| {
            place
                .shard(&format!("{index}/{count}"), &out)
                .spawn()
                .expect("a shard")
        };
        all((1..=count).rev().map(shard).collect());
        assert!(
            !out.join("levels.csv").exists(),
            "only all shards have the tables"
        );
        succeeds(&mut merge(&[&out], &out));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn shards_that_overlap_and_a_whole_run_behind_them_make_the_same_files() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let out = place.out("shared");
    let shards = ["1/1", "1/1", "2/3", "1/2", "3/3"];
    all(shards
        .map(|shard| place.shard(shard, &out).spawn().expect("a shard"))
        .into());
    assert_eq!(count(&out, "done"), 9);
    succeeds(&mut place.run(&out, &[]));
    same_files(&undisturbed, &out);
}

#[test]
fn shards_that_are_killed_again_and_again_and_started_with_other_numbers_make_the_same_files() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let out = place.out("killed");
    let mut moment = Duration::from_millis(2);
    for shards in [["1/2", "2/2"], ["1/3", "3/3"], ["2/3", "1/1"], ["4/7", "5/7"]]
        .iter()
        .cycle()
        .take(14)
    {
        let mut children = shards.map(|shard| place.shard(shard, &out).spawn().expect("a shard"));
        sleep(moment);
        moment += moment / 4;
        for child in &mut children {
            child.kill().expect("a signal");
            child.wait().expect("an end");
        }
    }
    all(["2/2", "1/2"]
        .map(|shard| place.shard(shard, &out).spawn().expect("a shard"))
        .into());
    succeeds(&mut merge(&[&out], &out));
    same_files(&undisturbed, &out);
}

#[cfg(unix)]
#[test]
fn a_shard_waits_for_seeds_that_another_process_has_and_takes_them_once_it_is_dead() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let long = [
        "--shard",
        "1/1",
        "--jobs",
        "1",
        "--set",
        "training.epochs=10000",
        "--seeds",
        "1",
    ];
    let mut first = place.run(&out, &long).spawn().expect("a shard");
    while !out.join(".claims/0").exists() {
        sleep(Duration::from_millis(2));
    }
    // It keeps what it has for as long as it lives, at work or not.
    succeeds(Command::new("kill").args(["-STOP", &first.id().to_string()]));
    let mut second = place.run(&out, &long).spawn().expect("a shard");
    sleep(Duration::from_millis(300));
    assert!(second.try_wait().expect("a child").is_none(), "it waits");
    // A merge does not share.
    fails(&mut merge(&[&out], &out), 1, &["another process is at work"]);
    first.kill().expect("a signal");
    first.wait().expect("an end");
    assert!(second.wait().expect("an end").success());
    let undisturbed = place.out("undisturbed");
    succeeds(&mut place.run(&undisturbed, &long[4..]));
    succeeds(&mut merge(&[&out], &out));
    same_files(&undisturbed, &out);
}

/// A library that takes the place of the system's locks: without `LOCKS=lie` there are none, with it each lock is granted to
/// everybody, as on a shared file system whose locks do not reach other machines.
#[cfg(target_os = "linux")]
const NO_LOCKS: &str = r#"
#include <errno.h>
#include <stdlib.h>
int flock(int fd, int operation) {
    (void)fd; (void)operation;
    if (getenv("LOCKS")) return 0;
    errno = ENOSYS;
    return -1;
}
"#;

#[cfg(target_os = "linux")]
fn no_locks(place: &Place) -> PathBuf {
    let (source, library) = (place.out("locks.c"), place.out("locks.so"));
    fs::write(&source, NO_LOCKS).expect("a file");
    succeeds(
        Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(&source),
    );
    library
}

/// A command without locks, or with such as lie.
#[cfg(target_os = "linux")]
fn without(mut command: Command, library: &Path, lie: bool) -> Command {
    command.env("LD_PRELOAD", library);
    if lie {
        command.env("LOCKS", "lie");
    }
    command
}

#[cfg(target_os = "linux")]
#[test]
fn a_seed_that_one_of_two_processes_has_finished_is_not_undone_by_the_other() {
    let place = Place::new(SMALL);
    let library = no_locks(&place);
    for lie in [false, true] {
        let out = place.out(&format!("twins-{lie}"));
        let shard = || {
            let more = ["--set", "training.epochs=1500", "--seeds", "1", "--shard", "1/1"];
            let mut shard = without(place.run(&out, &more), &library, lie);
            shard.spawn().expect("a shard")
        };
        let (mut first, mut second) = (shard(), shard());
        while !out.join("records/0.jsonl").exists() {
            sleep(Duration::from_millis(1));
        }
        succeeds(Command::new("kill").args(["-STOP", &second.id().to_string()]));
        assert!(first.wait().expect("an end").success());
        assert_eq!(count(&out, "done"), 1);
        succeeds(Command::new("kill").args(["-CONT", &second.id().to_string()]));
        while second.try_wait().expect("a child").is_none() {
            assert_eq!(count(&out, "done"), 1);
        }
        assert!(second.wait().expect("an end").success());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn two_whole_runs_that_do_not_know_of_each_other_make_the_same_files() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let library = no_locks(&place);
    for lie in [false, true] {
        let out = place.out(&format!("runs-{lie}"));
        let run = || {
            without(place.run(&out, &[]), &library, lie)
                .spawn()
                .expect("a run")
        };
        all(vec![run(), run()]);
        succeeds(&mut place.run(&out, &[]));
        same_files(&undisturbed, &out);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_locks_a_merge_leaves_those_alone_who_are_at_work() {
    let place = Place::new(SMALL);
    let library = no_locks(&place);
    let out = place.out("shared");
    let more = ["--set", "training.epochs=300", "--jobs", "1", "--shard", "1/1"];
    let mut shard = without(place.run(&out, &more), &library, false);
    let mut shard = shard.spawn().expect("a shard");
    while !out.join(".claims/0").exists() {
        sleep(Duration::from_millis(1));
    }
    let mut merge = without(merge(&[&out], &out), &library, false);
    fails(&mut merge, 2, &["missing"]);
    assert!(out.join(".claims/0").exists() || count(&out, "done") == 1);
    assert!(shard.wait().expect("an end").success());
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_file_system_without_locks_or_with_such_as_lie_nothing_wrong_comes_of_it() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let library = no_locks(&place);
    for lie in [false, true] {
        let without = |command| without(command, &library, lie);
        let out = place.out(&format!("no-locks-{lie}"));
        // All at work on the same seeds at the same time, and some of them killed.
        for moment in [3, 9, 27, 81] {
            let mut children =
                ["1/1"; 3].map(|shard| without(place.shard(shard, &out)).spawn().expect("a shard"));
            sleep(Duration::from_millis(moment));
            for child in &mut children {
                child.kill().expect("a signal");
                child.wait().expect("an end");
            }
        }
        all(["1/1"; 3]
            .map(|shard| without(place.shard(shard, &out)).spawn().expect("a shard"))
            .into());
        succeeds(&mut without(merge(&[&out], &out)));
        same_files(&undisturbed, &out);
        // And a whole run.
        let out = place.out(&format!("whole-{lie}"));
        succeeds(&mut without(place.run(&out, &[])));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn a_shard_without_a_seed_is_done_and_leaves_the_experiment_alone() {
    let place = Place::new(SMALL);
    let out = place.out("shared");
    let told = succeeds(&mut crate::program::tombola([
        "run",
        &place.file.display().to_string(),
        "--shard",
        "12/12",
        "--out",
        &out.display().to_string(),
    ]));
    assert!(told.contains("Shard 12/12: finished, 0 of 9 seeds"), "{told}");
    let left = files(&out);
    let names: Vec<_> = left.keys().map(|name| name.display().to_string()).collect();
    assert_eq!(names, [".lock", "experiment.toml"]);
}

#[test]
fn shards_that_cannot_be_are_refused() {
    let place = Place::new(SMALL);
    for (shard, fragment) in [
        ("0/3", "they are counted from 1 to 3"),
        ("4/3", "there is no shard 4 of 3"),
        ("1", "such as 1/4"),
        ("one/2", "such as 1/4"),
        ("1/0", "such as 1/4"),
    ] {
        fails(&mut place.shard(shard, &place.out("none")), 2, &[fragment]);
    }
    assert!(!place.out("none").exists());
}

#[test]
fn seeds_from_a_thousand_on_have_folders_and_are_found_where_they_were_before() {
    let place = Place::new(SMALL);
    let more = ["--first-seed", "998", "--seeds", "4"];
    let out = place.out("new");
    succeeds(&mut place.run(&out, &more));
    let undisturbed = files(&out);
    for name in [
        "records/999.jsonl",
        "records/1000-1999/1000.jsonl",
        "tickets/1000-1999/1001-3.safetensors",
        "tickets/random/1000-1999/1000-0.safetensors",
    ] {
        assert!(undisturbed.contains_key(Path::new(name)), "{name}");
    }
    // A directory of before: nothing is computed again, and the tables are the same.
    let old = place.out("old");
    for (name, bytes) in &undisturbed {
        let name = name.display().to_string().replace("1000-1999/", "");
        let path = old.join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }
    for table in ["levels.csv", "measures.csv", "summary.json", "report.html"] {
        fs::remove_file(old.join(table)).expect("a table");
    }
    let before: Vec<_> = files(&old).into_keys().collect();
    succeeds(&mut place.run(&old, &more));
    let after = files(&old);
    assert_eq!(after.len(), before.len() + 4);
    assert!(after[Path::new("levels.csv")] == undisturbed[Path::new("levels.csv")]);
    // Merged, its files are where they belong.
    let merged = place.out("merged");
    succeeds(&mut merge(&[&old], &merged));
    same_files(&out, &merged);
}
