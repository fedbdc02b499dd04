//! Shards in directories of their own, merged; and what cannot be merged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Place, SMALL, merge};
use crate::program::{fails, files, programs, same_files, succeeds, tombola};

fn shards(place: &Place, count: usize) -> Vec<PathBuf> {
    let shard = |index: usize| {
        let out = place.out(&format!("{index}-of-{count}"));
        // The last first.
        let index = count - index;
        succeeds(&mut place.shard(&format!("{index}/{count}"), &out));
        out
    };
    (0..count).map(shard).collect()
}

fn paths(runs: &[PathBuf]) -> Vec<&Path> {
    runs.iter().map(PathBuf::as_path).collect()
}

#[test]
fn shards_of_any_number_and_in_any_order_merge_to_the_files_of_one_run() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    for count in [1, 2, 7] {
        let runs = shards(&place, count);
        let out = place.out(&format!("merged-{count}"));
        let mut runs = paths(&runs);
        succeeds(&mut merge(&runs, &out));
        same_files(&undisturbed, &out);
        // In another order, with directories that overlap, and again into what is there.
        runs.rotate_left(count / 2);
        runs.push(&undisturbed);
        succeeds(&mut merge(&runs, &out));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn runs_with_other_seeds_and_arms_merge_to_a_run_with_all_of_them() {
    let place = Place::new(SMALL);
    let [low, high, both, out] = ["low", "high", "both", "out"].map(|name| place.out(name));
    let all = "arms=[\"random\",\"alone\"]";
    succeeds(&mut place.run(&low, &["--seeds", "3", "--set", all]));
    succeeds(&mut place.run(
        &high,
        &[
            "--first-seed",
            "3",
            "--seeds",
            "2",
            "--set",
            "arms=[\"alone\",\"random\"]",
        ],
    ));
    succeeds(&mut merge(&[&high, &low], &out));
    succeeds(&mut place.run(&both, &["--seeds", "5", "--set", all]));
    same_files(&both, &out);
    // An arm that one of them does not have is missing there.
    let imp = place.out("imp");
    succeeds(&mut place.run(&imp, &["--first-seed", "5", "--seeds", "1", "--set", "arms=[]"]));
    let more = place.out("more");
    fails(
        &mut merge(&[&low, &high, &imp], &more),
        2,
        &["seed 5 is not finished", "--out"],
    );
}

#[test]
fn what_is_missing_is_named_and_what_is_there_is_joined() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let runs = shards(&place, 3);
    let out = place.out("merged");
    // The directories are those of shards 3, 2, 1.
    fails(
        &mut merge(&paths(&runs[..2]), &out),
        2,
        &[
            "of 9 seeds, seeds 0, 3 and 6 are missing",
            "experiment.toml --out",
        ],
    );
    assert!(!out.join("levels.csv").exists());
    assert!(out.join("records/1.jsonl").exists());
    // A ticket that is to be kept.
    fs::remove_file(runs[2].join("tickets/random/3-1.safetensors")).expect("a ticket");
    fails(
        &mut merge(&[&out, &runs[2]], &out),
        2,
        &["seed 3 is not finished"],
    );
    succeeds(&mut place.run(&out, &[]));
    same_files(&undisturbed, &out);
}

#[test]
fn directories_of_different_experiments_are_not_merged() {
    let place = Place::new(SMALL);
    let [one, other, out] = ["one", "other", "out"].map(|name| place.out(name));
    succeeds(&mut place.run(&one, &["--seeds", "1"]));
    succeeds(&mut place.run(&other, &["--seeds", "1", "--set", "training.epochs=7"]));
    let fragments = ["different experiments", "epochs = 6", "epochs = 7"];
    fails(&mut merge(&[&one, &other], &out), 2, &fragments);
    fails(&mut merge(&[&one], &other), 2, &["another experiment"]);
    fails(
        &mut merge(&[&one, &place.out("nowhere")], &out),
        2,
        &["nowhere: there is no such directory"],
    );
    fails(
        &mut merge(&[&one, place.home.path()], &out),
        2,
        &["no run directory"],
    );
    assert!(!out.exists());
}

/// Changes a line of a file of records, as a sound one.
fn forge(path: &Path, line: usize, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("records");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (json, _) = lines[line].rsplit_once('\t').expect("a checksum");
    let forged = json.replacen(from, to, 1);
    assert_ne!(forged, json);
    lines[line] = format!("{forged}\t{:08x}", crc_32(forged.as_bytes()));
    fs::write(path, lines.join("\n") + "\n").expect("records");
}

/// The checksum of zip files, bit by bit.
fn crc_32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            crc >> 1 ^ 0xEDB8_8320
        } else {
            crc >> 1
        }
    };
    !bytes
        .iter()
        .fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[test]
fn what_two_directories_have_must_be_the_same_to_the_bit() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let [run, out] = ["run", "out"].map(|name| place.out(name));
    let fresh = || {
        let _ = fs::remove_dir_all(&run);
        let _ = fs::remove_dir_all(&out);
        succeeds(&mut place.run(&run, &["--shard", "1/1"]));
    };
    let refused = |fragments: &[&str]| {
        let before = [files(&undisturbed), files(&run)];
        for runs in [[&*undisturbed, &*run], [&*run, &*undisturbed]] {
            fails(&mut merge(&runs, &out), 2, fragments);
        }
        assert!(
            before == [files(&undisturbed), files(&run)],
            "nothing was touched"
        );
    };
    fresh();
    forge(&run.join("records/4.jsonl"), 3, "\"epochs\":6", "\"epochs\":5");
    refused(&[
        "seed 4",
        "run/records/4.jsonl",
        "undisturbed/records/4.jsonl",
        "level 2 of imp",
        "not the same",
    ]);
    fresh();
    forge(
        &run.join("records/4.jsonl"),
        10,
        "\"finished\"",
        "{\"not-finite\":{\"level\":3,\"epoch\":1}}",
    );
    refused(&["seed 4", "how random ended"]);
    // Damaged in the middle.
    fresh();
    let records = run.join("records/7.jsonl");
    let mut bytes = fs::read(&records).expect("records");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&records, bytes).expect("records");
    refused(&["run/records/7.jsonl:", "damaged", "move the file away"]);
    fresh();
    let ticket = run.join("tickets/7-2.safetensors");
    let mut bytes = fs::read(&ticket).expect("a ticket");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&ticket, bytes).expect("a ticket");
    refused(&["run/tickets/7-2.safetensors"]);
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_in_the_middle_of_a_merge_loses_nothing() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let runs = shards(&place, 2);
    let out = place.out("merged");
    let before: Vec<_> = runs.iter().map(|run| files(run)).collect();
    // Records do not fit; then they do, and a table does not.
    for limit in [2, 12] {
        // In units of 512 bytes (1024 in some shells).
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
        let mut limited = Command::new("sh");
        limited
            .args(["-c", &script, "sh"])
            .arg(&programs()[0])
            .args(["merge", "--quiet"]);
        limited.args(&runs).arg("--out").arg(&out);
        fails(&mut limited, 1, &["cannot write", "free space"]);
        assert!(before == runs.iter().map(|run| files(run)).collect::<Vec<_>>());
    }
    succeeds(&mut merge(&paths(&runs), &out));
    same_files(&undisturbed, &out);
    // The same in the directory that the shards shared.
    let shared = place.out("shared");
    succeeds(&mut place.shard("1/1", &shared));
    let before = files(&shared);
    let script = "trap '' XFSZ; ulimit -f 2; exec \"$@\"";
    let mut limited = Command::new("sh");
    limited
        .args(["-c", script, "sh"])
        .arg(&programs()[0])
        .args(["merge", "--quiet"]);
    limited.arg(&shared).arg("--out").arg(&shared);
    fails(&mut limited, 1, &["cannot write", "free space"]);
    assert!(before == files(&shared));
    succeeds(&mut merge(&[&shared], &shared));
    same_files(&undisturbed, &shared);
}

#[test]
fn a_seed_that_diverges_is_a_result_of_its_shard_and_of_the_merge() {
    let place = Place::new(SMALL);
    let [undisturbed, out, merged] = ["undisturbed", "out", "merged"].map(|name| place.out(name));
    let set = ["--set", "training.rate=1000", "--seeds", "12"];
    let whole = place
        .run(&undisturbed, &set)
        .output()
        .expect("the program starts");
    assert_eq!(whole.status.code(), Some(1));
    for shard in ["2/2", "1/2"] {
        // Whoever restarts what fails would restart it for ever.
        succeeds(&mut place.run(&out, &[&set[..], &["--shard", shard]].concat()));
    }
    let told = super::status(&out);
    assert!(told.contains("of them diverged"), "{told}");
    succeeds(&mut merge(&[&out], &merged));
    same_files(&undisturbed, &merged);
}

#[test]
fn what_the_directory_that_is_merged_into_has_is_joined_and_what_else_is_on_record_is_told() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let [low, high, out, shared] = ["low", "high", "out", "shared"].map(|name| place.out(name));
    succeeds(&mut place.run(&low, &["--seeds", "6"]));
    succeeds(&mut place.run(&high, &["--first-seed", "6", "--seeds", "3"]));
    for run in [&low, &high] {
        succeeds(&mut merge(&[run], &out));
    }
    same_files(&undisturbed, &out);
    succeeds(&mut place.shard("1/1", &shared));
    succeeds(&mut place.run(&shared, &["--seeds", "6", "--set", "arms=[]", "--shard", "1/1"]));
    let told = succeeds(tombola(["merge"]).arg(&shared).arg("--out").arg(&shared));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let others =
        "On record, too, but not asked for now: 3 seeds (--seeds, --first-seed) and arm random (--set arms).";
    assert!(told.contains(others), "{told}");
}

/// Checks that nothing of what was there is gone or changed.
#[track_caller]
fn stays(before: &std::collections::BTreeMap<PathBuf, Vec<u8>>, out: &Path) {
    let after = files(out);
    for (name, bytes) in before {
        assert!(after.get(name) == Some(bytes), "{} changed", name.display());
    }
}

#[cfg(unix)]
#[test]
fn a_merge_that_fails_leaves_the_tables_that_were_there() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed();
    let [out, high] = ["out", "high"].map(|name| place.out(name));
    succeeds(&mut place.run(&out, &["--seeds", "6"]));
    succeeds(&mut place.run(&high, &["--first-seed", "6", "--seeds", "3"]));
    let before = files(&out);
    // The tables are larger than any record.
    let largest = files(&high.join("records")).values().map(Vec::len).max();
    let blocks = largest.expect("records") / 512 + 1;
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""),
            "sh",
        ])
        .arg(&programs()[0])
        .args(["merge", "--quiet"])
        .args([&out, &high])
        .arg("--out")
        .arg(&out);
    fails(&mut limited, 1, &["cannot write", "free space"]);
    stays(&before, &out);
    let records = high.join("records/7.jsonl");
    let whole = fs::read(&records).expect("records");
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&records, bytes).expect("records");
    fails(&mut merge(&[&high], &out), 2, &["damaged"]);
    stays(&before, &out);
    fs::write(&records, whole).expect("records");
    succeeds(&mut merge(&[&high], &out));
    same_files(&undisturbed, &out);
}

#[test]
fn seeds_that_are_too_far_apart_for_one_run_are_refused_and_nothing_is_touched() {
    let place = Place::new(SMALL);
    let [low, high] = ["low", "high"].map(|name| place.out(name));
    succeeds(&mut place.run(&low, &["--seeds", "1"]));
    for first in ["1000000", "1500000", "4000000000"] {
        succeeds(&mut place.run(&high, &["--first-seed", first, "--seeds", "1"]));
        let before = files(&low);
        for out in [&low, &place.out("new")] {
            fails(
                &mut merge(&[&low, &high], out),
                2,
                &["at most 1000000", "join those"],
            );
        }
        assert!(before == files(&low) && !place.out("new").exists());
        fails(tombola(["status"]).args([&low, &high]), 2, &["at most 1000000"]);
    }
}
