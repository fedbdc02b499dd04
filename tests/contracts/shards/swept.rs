//! Sweeps that are shared out: a unit of work is a seed of a cell.

use std::fs;
use std::path::PathBuf;

use super::slurm::slurm;
use super::{Place, count, merge, status};
use crate::program::{fails, files, same_files, succeeds, tombola};

const SWEEP: &str = r#"
name = "swept"
seeds = 3
keep = "all"
[data]
train = 100
validation = 50
test = 50
[network]
hidden = [8]
[pruning]
rate = 0.4
levels = 2
[training]
epochs = 4
[sweep]
training.rate = [0.1, 0.05]
data.train = [100, 80]
"#;

fn place() -> Place {
    Place::new(&SWEEP.replace("train = 100\n", ""))
}

#[test]
fn a_sweep_that_is_shared_out_in_any_way_makes_the_files_of_one_run() {
    let place = place();
    let undisturbed = place.undisturbed();
    assert!(files(&undisturbed).keys().any(|name| name.starts_with("cells")));
    for count in [1, 2, 7] {
        // In directories of their own.
        let runs: Vec<_> = (1..=count)
            .rev()
            .map(|index| {
                let out = place.out(&format!("{index}-of-{count}"));
                succeeds(&mut place.shard(&format!("{index}/{count}"), &out));
                out
            })
            .collect();
        let out = place.out(&format!("merged-{count}"));
        succeeds(&mut merge(
            &runs.iter().map(PathBuf::as_path).collect::<Vec<_>>(),
            &out,
        ));
        same_files(&undisturbed, &out);
        // In one, at the same time, overlapping.
        let out = place.out(&format!("shared-{count}"));
        let shards = (1..=count)
            .map(|index| format!("{index}/{count}"))
            .chain(["1/1".to_owned()]);
        let shards: Vec<_> = shards
            .map(|shard| place.shard(&shard, &out).spawn().expect("a shard"))
            .collect();
        for mut shard in shards {
            assert!(shard.wait().expect("an end").success());
        }
        assert!(!out.join("levels.csv").exists());
        succeeds(&mut merge(&[&out], &out));
        assert!(!out.join(".claims").exists());
        same_files(&undisturbed, &out);
    }
}

#[test]
fn what_is_missing_of_a_sweep_is_named_by_cell_and_submitted() {
    let place = place();
    let out = place.out("shared");
    succeeds(&mut place.shard("1/2", &out));
    assert_eq!(["done", "missing"].map(|what| count(&out, what)), [6, 6]);
    let told = status(&out);
    assert!(
        told.contains("swept, 12 seeds of 4 cells") && told.contains("sweep.toml --out"),
        "{told}"
    );
    let merged = place.out("merged");
    fails(
        &mut merge(&[&out], &merged),
        2,
        &[
            "of cell training.rate = 0.1, data.train = 100 seed 1 is missing",
            "of 1 cell more",
        ],
    );
    assert!(!merged.join("levels.csv").exists());
    let told = succeeds(&mut slurm(&place, &out, &["--tasks", "4", "--dry-run"]));
    assert!(
        told.contains("--array=2,4\n") && told.contains("slurm/1.toml --out"),
        "{told}"
    );
    succeeds(&mut place.shard("2/2", &out));
    assert!(status(&out).contains("All is done: `tombola merge"));
    succeeds(&mut merge(&[&out], &out));
    assert!(status(&out).contains("report.html"));
    let mut table = tombola(["table"]);
    let rows = succeeds(table.arg(&out));
    let levels = fs::read_to_string(out.join("levels.csv")).expect("a table");
    assert_eq!(rows.lines().count(), levels.lines().count());
}

#[test]
fn directories_of_different_sweeps_are_not_merged() {
    let place = place();
    let [one, other, run, out] = ["one", "other", "run", "out"].map(|name| place.out(name));
    succeeds(&mut place.shard("1/12", &one));
    succeeds(&mut place.run(&other, &["--shard", "1/12", "--set", "training.epochs=5"]));
    fails(&mut merge(&[&one, &other], &out), 2, &["different sweeps"]);
    let cell = fs::read_dir(one.join("cells"))
        .expect("cells")
        .flatten()
        .next()
        .expect("a cell")
        .path();
    fails(&mut merge(&[&one, &cell], &out), 2, &["this is a run"]);
    succeeds(&mut place.run(
        &run,
        &["--shard", "1/12", "--set", "sweep.training.rate=[0.1, 0.01]"],
    ));
    fails(&mut merge(&[&one, &run], &out), 2, &["other cells"]);
    assert!(!out.exists());
}

#[test]
fn seeds_that_the_directory_has_and_nobody_asks_for_are_told() {
    let place = place();
    let [few, out] = ["few", "out"].map(|name| place.out(name));
    succeeds(&mut place.run(&out, &[]));
    succeeds(&mut place.run(&few, &["--seeds", "2"]));
    let told = succeeds(tombola(["merge"]).arg(&few).arg("--out").arg(&out));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("On record, too, but not asked for now: 4 seeds (--seeds, --first-seed)."),
        "{told}"
    );
}
