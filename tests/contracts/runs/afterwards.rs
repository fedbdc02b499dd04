//! Checks that finished runs are compared and reproduced from their directories, which stay as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Place, SMALL};
use crate::program::{fails, files, succeeds, tombola};

/// A command with a run directory.
fn on(command: &str, run: &Path, more: &[&str]) -> Command {
    let mut command = tombola([command]);
    command.arg(run).args(more);
    command
}

/// A finished run of some arms.
fn with_arms(place: &Place, name: &str, more: &[&str]) -> PathBuf {
    let out = place.out(name);
    let arms = ["--set", "arms=[\"random\",\"late\",\"alone\"]", "--quiet"];
    succeeds(&mut place.run(&out, &[&arms, more].concat()));
    out
}

/// Replaces a cell of a row of `levels.csv`, which begins with its seed and level and ends in its arm.
fn forge(out: &Path, (seed, level, arm): (u64, u32, &str), column: &str, to: &str) {
    let file = out.join("levels.csv");
    let table = fs::read_to_string(&file).expect("a table");
    let header: Vec<&str> = table.lines().next().expect("a header").split(',').collect();
    let at = |name: &str| {
        header
            .iter()
            .position(|column| *column == name)
            .expect("a column")
    };
    let key = [
        ("seed", seed.to_string()),
        ("level", level.to_string()),
        ("arm", arm.to_owned()),
    ];
    let mut count = 0;
    let forged = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if key.iter().all(|(name, value)| cells[at(name)] == value) {
            cells[at(column)] = to;
            count += 1;
        }
        cells.join(",") + "\n"
    };
    let table: String = table.lines().map(forged).collect();
    assert_eq!(count, 1, "rows of this seed, level and arm");
    fs::write(file, table).expect("a table");
}

#[test]
fn a_run_is_reproduced_from_its_directory_which_stays_as_it_is() {
    let place = Place::new(SMALL);
    let out = with_arms(&place, "run", &[]);
    let before = files(&out);
    for jobs in ["1", "3"] {
        let told = succeeds(&mut on("reproduce", &out, &["--jobs", jobs]));
        assert!(told.starts_with("same: 5 seeds, 4 arms, "), "{told}");
    }
    let told = succeeds(&mut on("reproduce", &out, &["--seeds", "0..2,4"]));
    assert!(told.starts_with("same: 3 seeds, 4 arms, "), "{told}");
    assert_eq!(
        succeeds(&mut on("reproduce", &out, &["--seeds", "3", "--quiet"])),
        ""
    );
    assert!(before == files(&out), "nothing was touched");
}

#[test]
fn the_first_level_that_is_not_the_same_is_named() {
    let place = Place::new(SMALL);
    let out = with_arms(&place, "run", &["--seeds", "4"]);
    forge(&out, (3, 0, "imp"), "params_digest", "0123456789abcdef");
    forge(&out, (2, 5, "random"), "params_digest", "00000000000000ff");
    forge(&out, (2, 6, "late"), "params_digest", "0123456789abcdef");
    let reproduce = |seeds: &[&str], code: i32, fragments: &[&str]| {
        let output = on("reproduce", &out, seeds).output().expect("the program starts");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(fragments.iter().all(|fragment| told.contains(fragment)), "{told}");
    };
    // Arms stand in their one order, in which late comes before random.
    let fragments = [
        "not the same: first at seed 2, arm 'late', level 6",
        "0123456789abcdef was recorded",
    ];
    reproduce(&[], 1, &fragments);
    reproduce(&["--seeds", "2..4", "--jobs", "2"], 1, &fragments);
    reproduce(&["--seeds", "3"], 1, &["seed 3, arm 'imp', level 0"]);
    reproduce(&["--seeds", "0..2"], 0, &["same: 2 seeds"]);

    let table = fs::read_to_string(out.join("levels.csv")).expect("a table");
    let mut last_of_random = table.lines().filter(|line| line.starts_with("1,6,"));
    let lost = last_of_random
        .find(|line| line.contains(",random,"))
        .expect("a row");
    fs::write(
        out.join("levels.csv"),
        table.replacen(&format!("{lost}\n"), "", 1),
    )
    .expect("a table");
    reproduce(
        &["--seeds", "0..2"],
        1,
        &["seed 1, arm 'random', level 6: it was not recorded"],
    );
    let more = format!("{table}{}\n", lost.replacen("1,6,", "1,7,", 1));
    fs::write(out.join("levels.csv"), more).expect("a table");
    reproduce(
        &["--seeds", "1"],
        1,
        &["seed 1, arm 'random', level 7: it was recorded, but"],
    );
}

#[test]
fn what_cannot_be_reproduced_is_refused() {
    let place = Place::new(SMALL);
    let out = with_arms(&place, "run", &["--seeds", "2"]);
    let refused = |more: &[&str], fragments: &[&str]| fails(&mut on("reproduce", &out, more), 2, fragments);
    refused(&["--seeds", "0..3"], &["no seed 2", "2 seeds from 0 to 1"]);
    refused(&["--seeds", "18446744073709551615"], &["A..B"]);
    refused(&["--seeds", "5..1"], &["A..B"]);
    refused(&["--seeds", "many"], &["many", "0..8"]);
    forge(&out, (1, 3, "late"), "params_digest", "");
    refused(
        &[],
        &["no params_digest", "seed 1 at level 3 of 'late'", "tombola run "],
    );
    forge(&out, (1, 3, "late"), "arm", "lately");
    refused(
        &[],
        &[
            "levels.csv:",
            "levels before this one are missing",
            "tombola run ",
        ],
    );

    let file = out.join("experiment.toml");
    let experiment = fs::read_to_string(&file).expect("an experiment");
    succeeds(&mut place.run(&out, &["--quiet", "--seeds", "2"]));
    fs::write(&file, experiment.replace("epochs = 12", "epochs = 13")).expect("a file");
    refused(&[], &["had the digest", "experiment.toml has changed since"]);
}

#[test]
fn arms_and_runs_are_compared_from_their_directories_which_stay_as_they_are() {
    let place = Place::new(SMALL);
    let solved = ["--set", "solved=0.8"];
    let first = with_arms(&place, "first", &solved);
    let second = with_arms(
        &place,
        "second",
        &[&solved[..], &["--seeds", "3", "--set", "training.epochs=20"]].concat(),
    );
    let before = files(&first);
    let compare = |more: &[&str]| succeeds(on("compare", &first, &[]).arg(&second).args(more));
    let json: Value = serde_json::from_str(&compare(&["--json"])).expect("JSON");
    let runs = json["runs"].as_array().expect("runs");
    assert_eq!(
        (runs.len(), &runs[0]["seeds"], &runs[1]["seeds"]),
        (2, &5.into(), &3.into())
    );
    assert_eq!(runs[1]["pairs"], 3);
    for (run, out) in runs.iter().zip([&first, &second]) {
        let table = fs::read(out.join("levels.csv")).expect("a table");
        let mut table = csv::Reader::from_reader(&table[..]);
        let header = table.headers().expect("a header").clone();
        let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
        let cell = |row: &csv::StringRecord, name: &str| {
            row[header.iter().position(|column| column == name).expect("a column")].to_owned()
        };
        let solved = |row: &csv::StringRecord, part: &str| {
            let of = |task: &str| {
                cell(row, &format!("{part}_{task}"))
                    .parse::<f64>()
                    .expect("a share")
            };
            0.8 <= of("moons") && 0.8 <= of("circles")
        };
        let count = |arm: &str, level: &str, part: &str| {
            let both = rows
                .iter()
                .filter(|row| cell(row, "arm") == arm && cell(row, "level") == level);
            let both = both.filter(|row| cell(row, "verdict") == "separated" && solved(row, part));
            both.count()
        };
        let validated = |level: &u32| (count("imp", &level.to_string(), "validation_accuracy"), *level);
        let level = (0..7).max_by_key(validated).expect("levels");
        assert_eq!(run["level"], level);
        for arm in run["arms"].as_array().expect("arms") {
            let name = arm["arm"].as_str().expect("a name");
            assert_eq!(
                arm["both"]["count"],
                count(name, &level.to_string(), "accuracy"),
                "{name}"
            );
        }
    }
    let names = |run: &Value| {
        run["arms"]
            .as_array()
            .expect("arms")
            .iter()
            .map(|arm| arm["arm"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&runs[0]), ["imp", "late", "random", "alone"]);

    let csv = compare(&["--csv"]);
    assert!(
        csv.starts_with("run,name,digest,solved_from,seeds,level,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 1 + 2 * 4);
    // Wherever the lines end.
    let text = compare(&[]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("on the 3 seeds that both have"), "{text}");
    assert!(before == files(&first), "nothing was touched");
}

#[test]
fn what_cannot_be_compared_is_refused_with_place_and_remedy() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&["--seeds", "2", "--quiet"]);
    let refused = |paths: &[&Path], fragments: &[&str]| fails(tombola(["compare"]).args(paths), 2, fragments);
    refused(&[], &["RUN"]);
    refused(&[&place.out("nowhere")], &["nowhere: there is no such directory"]);
    refused(&[&place.out("small.toml")], &["small.toml: that is a file"]);
    refused(
        &[place.home.path()],
        &["no experiment.toml in it", "no run directory"],
    );
    fails(
        on("compare", &out, &["--json", "--csv"]).arg(&out),
        2,
        &["--json", "--csv"],
    );

    let other = |name: &str, more: &[&str]| {
        let out = place.out(name);
        succeeds(&mut place.run(&out, &[&["--seeds", "2", "--quiet"], more].concat()));
        out
    };
    let xor = other("xor", &["--set", "data.task.moons.name=other"]);
    refused(
        &[&out, &xor],
        &["its tasks are other and circles", "are moons and circles"],
    );
    // Whether the truth is told is the experiment's to say, also where no seed reveals it and none is separated.
    let dialed = other("dialed", &["--set", "data.task.moons.mix=45"]);
    let told = succeeds(tombola(["compare"]).arg(&dialed));
    assert!(told.contains("reveals"), "{told}");
    let told = succeeds(tombola(["compare"]).arg(&out));
    assert!(!told.contains("reveals"), "{told}");

    // Networks of other sizes are compared all the same.
    let wide = other("wide", &["--set", "network.hidden=[17,9]"]);
    let told = succeeds(tombola(["compare"]).args([&out, &wide]));
    assert!(
        told.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("Run 2 has no size in common with run 1"),
        "{told}"
    );

    let file = out.join("levels.csv");
    let whole = fs::read_to_string(&file).expect("a table");
    let remedy = [
        "levels.csv:",
        "tombola run ",
        "experiment.toml --out ",
        "writes the file again",
    ];
    let damaged = |content: &[u8], fragment: &str| {
        fs::write(&file, content).expect("a table");
        refused(&[&out], &[&remedy[..], &[fragment]].concat());
    };
    let half = &whole[..whole.len() / 2];
    damaged(half.as_bytes(), &format!("levels.csv:{}: ", half.lines().count()));
    damaged(
        &whole.as_bytes()[..whole.len() - 1],
        "levels.csv:15: the file is cut short",
    );
    damaged(
        whole.replacen("interconnected", "interconected", 1).as_bytes(),
        "levels.csv:2: 'interconected' cannot stand",
    );
    damaged(b"", "levels.csv:1: ");
    damaged(b"\xff\xfe", "levels.csv:1: ");
    fs::remove_file(&file).expect("a table");
    refused(&[&out], &["is not finished", "tombola run ", "goes on with it"]);
    // The remedy is one.
    let experiment = out.join("experiment.toml").display().to_string();
    succeeds(tombola(["run", "--quiet", &experiment, "--out"]).arg(&out));
    assert_eq!(fs::read_to_string(&file).expect("a table"), whole);

    let experiment = out.join("experiment.toml");
    for (content, fragments) in [
        (
            &b"name = \"small\"\n"[..],
            &["experiment.toml:1: no digest stands here"],
        ),
        (
            b"# digest 0123\nsedes = 3\n",
            &["experiment.toml:2:1: unknown key 'sedes'"],
        ),
        (b"\xff", &["experiment.toml: this is not text in UTF-8"]),
    ] {
        fs::write(&experiment, content).expect("a file");
        refused(&[&out], fragments);
    }
}
