//! Checks what a run leaves wherever it stops between two writes, what its tickets hold, and that directories of before
//! tickets shared their initial weights are taken up as they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tombola_host::ticket::Ticket;

use super::{LEVELS, Place, SMALL};
use crate::program::{fails, files, programs, same_files, succeeds, tombola};

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }
}

/// The first weights of a file as they stand in it.
pub(super) fn holds_initial(path: &Path) -> bool {
    let bytes = fs::read(path).expect("a ticket");
    String::from_utf8_lossy(&bytes).contains("layers.0.initial_weight")
}

#[test]
fn whatever_of_its_last_writes_is_missing_a_run_is_taken_up_and_ends_with_the_same_files() {
    let place = Place::new(SMALL);
    let more = ["--seeds", "2", "--quiet"];
    let undisturbed = place.undisturbed(&more);
    let records = fs::read(undisturbed.join("records/1.jsonl")).expect("records");
    let ends: Vec<usize> = (1..=records.len())
        .filter(|&end| records[end - 1] == b'\n')
        .collect();
    // The head, each level, and how the arm ended.
    assert_eq!(ends.len(), 1 + LEVELS + 1);
    let out = place.out("killed");
    for (lines, torn, tickets) in [
        (0, 0, 0),
        (0, 11, 0),
        (1, 0, 0),
        (2, 0, 0),
        (2, 300, 1),
        (5, 1, 0),
        (5, 0, 3),
        (8, 0, 2),
        (9, 0, 0),
        (9, 0, 1),
        (9, 0, 6),
    ] {
        copy(&undisturbed, &out);
        for table in ["levels.csv", "measures.csv", "summary.json", "report.html"] {
            fs::remove_file(out.join(table)).expect("a table");
        }
        let end = if lines == 0 { 0 } else { ends[lines - 1] };
        let file = out.join("records/1.jsonl");
        if end + torn == 0 {
            fs::remove_file(&file).expect("records");
        } else {
            fs::write(&file, &records[..end + torn]).expect("records");
        }
        for level in tickets..LEVELS {
            fs::remove_file(out.join(format!("tickets/1-{level}.safetensors"))).expect("a ticket");
        }
        fs::write(out.join("tickets/.half-1-5"), "half").expect("half a file");
        succeeds(&mut place.run(&out, &more));
        same_files(&undisturbed, &out);
        fs::remove_dir_all(&out).expect("a directory");
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_amid_records_or_tickets_loses_nothing_that_was_finished() {
    // With this network a ticket is larger than the records of these levels.
    let wide = SMALL
        .replace("[16, 8]", "[32, 32]")
        .replace("levels = 6", "levels = 1");
    for (experiment, limit, what) in [(SMALL, 4, "records/"), (&wide, 10, "tickets/")] {
        let place = Place::new(experiment);
        let undisturbed = place.undisturbed(&[]);
        for jobs in ["1", "2"] {
            let out = place.out(&format!("full-{jobs}"));
            succeeds(&mut place.run(&out, &["--seeds", "1", "--quiet"]));
            let before = files(&out);
            // In units of 512 bytes (1024 in some shells).
            let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
            let mut limited = Command::new("sh");
            limited.args(["-c", &script, "sh"]).arg(&programs()[0]);
            limited
                .args(["run", &place.file, "--jobs", jobs, "--out"])
                .arg(&out);
            fails(&mut limited, 1, &["cannot write", what, "free space"]);
            let after = files(&out);
            for name in before.keys().filter(|name| is_finished_work(name)) {
                assert!(before[name] == after[name], "{} differs", name.display());
            }
            for path in after.keys().filter(|name| name.starts_with("tickets")) {
                Ticket::read(&out.join(path)).expect("a whole ticket");
            }
            succeeds(&mut place.run(&out, &[]));
            same_files(&undisturbed, &out);
        }
    }
}

#[test]
fn the_initial_weights_of_a_seed_are_written_once_and_every_ticket_has_them() {
    let place = Place::new(SMALL);
    for (name, set) in [
        ("own", "network.seed={divide=2}"),
        ("late", "pruning.rewind={epoch=2}"),
    ] {
        let out = place.out(name);
        let arms = "arms=[\"random\",\"fresh-weights\",\"fresh-each-level\",\"alone\"]";
        let more = [
            "--seeds", "3", "--quiet", "--set", "keep=all", "--set", set, "--set",
        ];
        succeeds(&mut place.run(&out, &[&more[..], &[arms]].concat()));
        for seed in 0..3 {
            let path =
                |folder: &str, level: usize| out.join(format!("tickets/{folder}{seed}-{level}.safetensors"));
            let first = Ticket::read(&path("", 0)).expect("a ticket").initial;
            assert!(holds_initial(&path("", 0)) && first.is_some());
            for level in 0..LEVELS {
                for folder in ["", "random/"] {
                    let file = path(folder, level);
                    assert_eq!(holds_initial(&file), folder.is_empty() && level == 0);
                    assert_eq!(Ticket::read(&file).expect("a ticket").initial, first);
                    // Wherever it is.
                    let moved = place.out("moved.safetensors");
                    fs::copy(&file, &moved).expect("a copy");
                    assert_eq!(Ticket::read(&moved).expect("a ticket").initial, first);
                }
            }
            // Their own, which no other ticket has.
            for folder in ["alone/", "fresh-weights/", "fresh-each-level/"] {
                assert!(holds_initial(&path(folder, 1)));
            }
        }
    }
}

/// Whether a file of a run is never written again.
fn is_finished_work(name: &Path) -> bool {
    name.starts_with("tickets") || name.starts_with("records")
}

#[test]
fn a_directory_of_before_is_taken_up_compared_and_reproduced_and_its_tickets_stay() {
    let old = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/old-run"));
    let home = TempDir::new().expect("a temporary directory");
    let [run, new] = ["run", "new"].map(|name| home.path().join(name));
    copy(old, &run);
    let before = files(&run);
    let on = |words: &str| {
        let words = words
            .split(' ')
            .map(|word| word.replace('@', &home.path().display().to_string()));
        tombola(words)
    };
    succeeds(&mut on("reproduce @/run"));
    succeeds(&mut on("run @/run/experiment.toml --quiet --out @/run"));
    succeeds(&mut on("run @/run/experiment.toml --quiet --out @/new"));
    succeeds(&mut on("compare @/run @/new"));
    let (after, new) = (files(&run), files(&new));
    // What is made of them grows with the program: a table, by columns at its end.
    for (name, bytes) in before.iter().filter(|(name, _)| is_finished_work(name)) {
        assert!(*bytes == after[name], "{} differs", name.display());
    }
    let rows = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        String::from_utf8(files[Path::new("levels.csv")].clone()).expect("text")
    };
    let (old_rows, rows) = (rows(&before), rows(&after));
    assert_eq!(old_rows.lines().count(), rows.lines().count());
    for (old, row) in old_rows.lines().zip(rows.lines()) {
        assert!(
            row.strip_prefix(old)
                .is_some_and(|more| more.is_empty() || more.starts_with(',')),
            "{row}"
        );
    }
    assert_eq!(after.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
    for (name, bytes) in &new {
        if name.starts_with("tickets") {
            let [old, new] = ["run", "new"].map(|run| Ticket::read(&home.path().join(run).join(name)));
            let (old, new) = (old.expect("a ticket"), new.expect("a ticket"));
            assert_eq!(old, new);
            let said = |run| succeeds(&mut on(&format!("inspect @/{run}/{} --json", name.display())));
            assert_eq!(said("run"), said("new"));
        } else {
            assert!(*bytes == after[name], "{} differs", name.display());
        }
    }
    // Tickets of both kinds stand beside each other.
    for level in 0..3 {
        fs::remove_file(run.join(format!("tickets/1-{level}.safetensors"))).expect("a ticket");
        succeeds(&mut on("run @/run/experiment.toml --quiet --out @/run"));
        let name = PathBuf::from(format!("tickets/1-{level}.safetensors"));
        assert!(fs::read(run.join(&name)).expect("a ticket") == new[&name]);
    }
    fs::remove_dir_all(run.join("records")).expect("records");
    succeeds(&mut on("run @/run/experiment.toml --quiet --out @/run"));
    succeeds(&mut on("reproduce @/run"));
}
