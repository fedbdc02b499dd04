//! Checks that a sweep is its cells: each with the rows and files of its experiment run alone, however often the sweep was
//! killed, and in whatever steps it grew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::{Place, SMALL};
use crate::program::{fails, files, line, same_files, succeeds};

const SWEPT: &str = "[sweep]\ntraining.rate = [0.1, 0.05]\n\"network.hidden\" = [[8, 8], [12]]\n";

/// The small experiment without the keys that are swept.
fn small(sweep: &str) -> String {
    let base = SMALL
        .replace("[network]\nhidden = [16, 8]\n", "")
        .replace("seeds = 5", "seeds = 3");
    format!("{base}{sweep}")
}

/// The directories of the cells, by name.
fn cells(out: &Path) -> BTreeMap<String, PathBuf> {
    let summary: Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    let cells = summary["cells"].as_array().unwrap().iter();
    cells
        .map(|cell| {
            let text = |key: &str| cell[key].as_str().unwrap().to_owned();
            (text("cell"), out.join("cells").join(text("digest")))
        })
        .collect()
}

/// The same on one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows of a table, each by the names of its columns.
fn rows(file: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        let cells = header.iter().zip(&record);
        cells
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn a_cell_is_its_experiment_run_alone_byte_for_byte() {
    let place = Place::new(&small(SWEPT));
    let out = place.undisturbed(&[]);
    let table = fs::read_to_string(out.join("levels.csv")).unwrap();
    let header = table.lines().next().unwrap();
    assert!(header.ends_with(",cell,training.rate,network.hidden"), "{header}");
    for (rate, hidden) in [
        ("0.1", "[8, 8]"),
        ("0.1", "[12]"),
        ("0.05", "[8, 8]"),
        ("0.05", "[12]"),
    ] {
        let single = Place::new(&small(""));
        let alone = single.out("alone");
        let sets = [
            "--set",
            &format!("training.rate={rate}"),
            "--set",
            &format!("network.hidden={hidden}"),
        ];
        succeeds(&mut single.run(&alone, &sets));
        let name = fs::read_to_string(alone.join("experiment.toml")).unwrap();
        let digest = name
            .lines()
            .next()
            .unwrap()
            .strip_prefix("# digest ")
            .unwrap()
            .to_owned();
        let cell = out.join("cells").join(&digest);
        for (name, bytes) in files(&cell) {
            assert!(
                bytes == fs::read(alone.join(&name)).unwrap(),
                "{} differs",
                name.display()
            );
        }
        let end = format!(
            ",{digest},{rate},{}",
            if hidden.contains(',') {
                "\"[8, 8]\""
            } else {
                hidden
            }
        );
        let of_cell = table.lines().filter_map(|line| line.strip_suffix(&end));
        let of_cell: String = of_cell.flat_map(|line| [line, "\n"]).collect();
        let alone = fs::read_to_string(alone.join("levels.csv")).unwrap();
        assert_eq!(of_cell, alone.split_once('\n').unwrap().1);
    }
    assert_eq!(table.lines().count(), 1 + 4 * 3 * 7);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    for cell in cells(&out).values() {
        let digest = cell.file_name().unwrap().display();
        let [link, place] = [
            format!("href=\"#cell-{digest}\""),
            format!("id=\"cell-{digest}\""),
        ];
        assert!(page.contains(&link) && page.contains(&place), "{digest}");
    }
}

#[test]
fn the_same_files_come_of_any_jobs_and_of_a_sweep_that_is_killed_again_and_again() {
    let place = Place::new(&small(SWEPT));
    let undisturbed = place.undisturbed(&["--jobs", "1"]);
    let out = place.out("jobs");
    succeeds(&mut place.run(&out, &["--jobs", "5"]));
    same_files(&undisturbed, &out);
    let out = place.out("killed");
    place.kill_until_finished(Duration::from_millis(5), &out, &[]);
    succeeds(&mut place.run(&out, &[]));
    same_files(&undisturbed, &out);
}

/// As `tombola report` on a large cell does; the cell is finished, or it is not.
#[test]
fn a_cell_that_someone_looks_at_is_waited_for() {
    let place = Place::new(&small(SWEPT));
    let undisturbed = place.undisturbed(&[]);
    for seeds in ["1", "3"] {
        let out = place.out(seeds);
        succeeds(&mut place.run(&out, &["--seeds", seeds]));
        let lock = cells(&out).into_values().next().unwrap().join(".lock");
        let lock = fs::File::open(lock).unwrap();
        lock.lock().unwrap();
        // Longer than the second that is waited for whoever looks at a directory.
        let looks = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(2500));
            drop(lock);
        });
        succeeds(&mut place.run(&out, &[]));
        looks.join().unwrap();
        same_files(&undisturbed, &out);
    }
}

#[test]
fn what_a_swept_key_says_of_a_cell_is_what_holds_in_it() {
    let sweep = "[sweep]\npruning.rewind.epoch = [1, 2]\ndata.task.moons.name = [\"a\", \"b\"]\n";
    let place = Place::new(&small(sweep));
    let out = place.undisturbed(&["--seeds", "1"]);
    let found: std::collections::BTreeSet<(String, String)> = rows(&out.join("levels.csv"))
        .into_iter()
        .map(|row| {
            let column = |key: &str| row[key].clone();
            (column("pruning.rewind.epoch"), column("data.task.moons.name"))
        })
        .collect();
    let expected = [("1", "a"), ("1", "b"), ("2", "a"), ("2", "b")];
    let found: Vec<(&str, &str)> = found.iter().map(|(epoch, name)| (&**epoch, &**name)).collect();
    assert_eq!(found, expected);
    let summary: Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["cells"][0]["values"]["pruning.rewind.epoch"], 1);
}

#[test]
fn a_sweep_grows_by_values_and_by_seeds_and_computes_nothing_again() {
    let whole = Place::new(&small(SWEPT));
    let undisturbed = whole.undisturbed(&[]);
    let place = Place::new(&small(SWEPT));
    let out = place.out("grown");
    succeeds(&mut place.run(&out, &["--seeds", "2", "--set", "sweep.training.rate=[0.05]"]));
    let before = cells(&out);
    assert_eq!(before.len(), 2);
    let records = |seed: u32| {
        let files = before
            .values()
            .map(|cell| cell.join(format!("records/{seed}.jsonl")));
        files
            .map(|file| fs::metadata(file).unwrap().modified().unwrap())
            .collect::<Vec<_>>()
    };
    let written = [records(0), records(1)];
    succeeds(&mut place.run(&out, &["--seeds", "2"]));
    let told = succeeds(&mut place.run(&out, &[]));
    assert_eq!(written, [records(0), records(1)]);
    assert!(!told.contains("not asked for"), "{told}");
    same_files(&undisturbed, &out);
    // Fewer are asked for: the others stay.
    let told = succeeds(&mut place.run(&out, &["--set", "sweep.training.rate=[0.05]"]));
    assert!(told.contains("not asked for now: 2 cells"), "{told}");
    assert_eq!(rows(&out.join("levels.csv")).len(), 2 * 3 * 7);
    succeeds(&mut place.run(&out, &[]));
    same_files(&undisturbed, &out);
}

#[test]
fn without_an_out_more_values_go_into_the_same_directory() {
    let place = Place::new(&small(SWEPT));
    let run = |more: &[&str]| {
        let mut command = crate::program::tombola(["run", &*place.file, "--quiet", "--seeds", "1"]);
        succeeds(command.args(more).current_dir(place.home.path()));
    };
    run(&[]);
    run(&["--set", "sweep.training.rate=[0.1, 0.2, 0.3]"]);
    let runs: Vec<_> = fs::read_dir(place.home.path().join("runs")).unwrap().collect();
    assert_eq!(runs.len(), 1);
    let name = runs[0].as_ref().unwrap().file_name().into_string().unwrap();
    assert!(
        name.starts_with("small-") && name.len() == "small-".len() + 16,
        "{name}"
    );
}

#[test]
fn tasks_are_the_union_over_cells_and_what_a_cell_lacks_is_empty() {
    let named = "[[sweep.cell]]\nname = \"two\"\n[[sweep.cell]]\nname = \"three\"\nseeds = 2\n\
                 data.task = [{ kind = \"moons\" }, { kind = \"xor\" }, { kind = \"circles\" }]\n\
                 [[sweep.cell]]\nname = \"one\"\ndata.task = [{ kind = \"xor\", noise = 0.1 }]\ntraining.rate = 0.05\n";
    let place = Place::new(&small(named));
    let out = place.undisturbed(&[]);
    let rows = rows(&out.join("levels.csv"));
    let of = |name: &str| rows.iter().filter(|row| row["cell"] == name).collect::<Vec<_>>();
    assert_eq!(["two", "three", "one"].map(|name| of(name).len()), [21, 14, 21]);
    for (cell, task, is_there) in [
        ("two", "moons", true),
        ("two", "xor", false),
        ("three", "xor", true),
        ("three", "circles", true),
        ("one", "moons", false),
        ("one", "xor", true),
    ] {
        for column in [
            "accuracy",
            "validation_accuracy",
            "majority",
            "validation_majority",
        ] {
            let cells = of(cell);
            let mut cells = cells.iter().map(|row| &row[&format!("{column}_{task}")]);
            assert!(
                cells.all(|text| text.is_empty() != is_there),
                "{cell} {column}_{task}"
            );
        }
    }
    assert_eq!(of("one")[0]["training.rate"], "0.05");
    assert_eq!(of("two")[0]["training.rate"], "0.1");
    assert!(of("one")[0]["data.task"].contains("kind = \"xor\", noise = 0.1"));
    // The rows of a cell alone have the columns of its own tasks.
    let three = &cells(&out)["three"];
    let compared = succeeds(&mut line(
        place.home.path(),
        &format!("compare {}", three.display()),
    ));
    assert!(compared.contains("2 seeds"), "{compared}");
    fails(
        &mut line(
            place.home.path(),
            "run @/small.toml --out @/other --set training.rate=0.2",
        ),
        2,
        &["cell 'one' has a value of its own for training.rate"],
    );
    assert!(!place.out("other").exists());
}

/// Where one key is turned at a time, each has a figure of its own, though where pruning ends changes with a network's size and
/// with the rate, and other tasks have no settings of those that are not there.
#[test]
fn each_key_that_is_turned_alone_has_a_figure() {
    let named = "[sweep]\ncell = [{ name = \"usual\" }, { name = \"mix\", data.task.moons.mix = 45 },\n\
                 { name = \"wide\", network.hidden = [12, 12], pruning.target = 20 },\n\
                 { name = \"half\", pruning.rate = 0.5, pruning.levels = 3 },\n\
                 { name = \"three\", data.task = [{ kind = \"xor\" }, { kind = \"blobs\" }, { kind = \"circles\" }] }]\n";
    let place = Place::new(&small(named));
    let out = place.undisturbed(&["--seeds", "1"]);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    for (key, cells) in [
        ("mix", ["'usual'", "'mix'"]),
        ("hidden", ["'wide'", "'usual'"]),
        ("rate", ["'usual'", "'half'"]),
        ("task", ["'usual'", "'three'"]),
    ] {
        let figure = page.split(&format!("<title>Over {key}")).nth(1);
        let figure = figure.unwrap_or_else(|| panic!("no figure over {key}"));
        let figure = figure.split("</svg>").next().unwrap();
        let points = ["'usual'", "'mix'", "'wide'", "'half'", "'three'"];
        for cell in points {
            let is_there = figure.contains(&format!("<title>{cell}: "));
            assert_eq!(is_there, cells.contains(&cell), "{cell} over {key}");
        }
    }
}

#[test]
fn a_cell_that_diverges_is_a_result_with_its_reason() {
    let place = Place::new(&small("[sweep]\ntraining.rate = [0.1, 1e30]\n"));
    let out = place.undisturbed(&["--quiet"]);
    let summary = fs::read_to_string(out.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let [fine, lost] = &summary["cells"].as_array().unwrap()[..] else {
        panic!("two cells: {summary}");
    };
    assert_eq!(fine["not_finite"].as_array().unwrap().len(), 0);
    let not_finite = lost["not_finite"].as_array().unwrap();
    assert_eq!(not_finite.len(), 3);
    assert!(
        not_finite[0]["reason"]
            .as_str()
            .unwrap()
            .contains("not finite at level 0"),
        "{lost}"
    );
    assert_eq!(lost["values"]["training.rate"], 1e30);
    assert_eq!(rows(&out.join("levels.csv")).len(), 3 * 7);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Cells that did not stay finite"));
    // It is compared, too, with the others and alone.
    let home = place.home.path();
    let compared = words(&succeeds(&mut line(home, "compare @/undisturbed")));
    for told in [
        "training.rate = 1e30",
        "3 seeds did not stay finite, first seed 0: the loss or a parameter was not finite at level 0",
        "not finite",
        "3 (level 0, epoch",
        "Run 2 is not compared with run 1: no seed of it stayed finite.",
    ] {
        assert!(compared.contains(told), "{told}: {compared}");
    }
    let compared = succeeds(&mut line(home, "compare @/undisturbed --json"));
    let compared: Value = serde_json::from_str(&compared).unwrap();
    assert_eq!(compared["runs"][1]["level"], Value::Null);
    assert_eq!(compared["runs"][1]["not_finite"].as_array().unwrap().len(), 3);
    assert_eq!(compared["runs"][0]["not_finite"].as_array().unwrap().len(), 0);
    let cell = cells(&out)
        .into_values()
        .find(|cell| cell.ends_with(lost["digest"].as_str().unwrap()))
        .unwrap();
    let page = succeeds(&mut line(home, &format!("report {}", cell.display())));
    assert!(page.trim_end().ends_with("report.html"), "{page}");
    fs::remove_file(cell.join("report.html")).unwrap();
    // It is finished, and not computed again.
    let before = files(&out);
    succeeds(&mut place.run(&out, &["--quiet"]));
    assert!(before == files(&out));
}

#[test]
fn what_a_run_directory_can_be_asked_a_cell_and_a_sweep_can() {
    let place = Place::new(&small(SWEPT));
    let out = place.undisturbed(&[]);
    let home = place.home.path();
    let before = files(&out);
    for file in ["report.html", "levels.csv", "measures.csv", "summary.json"] {
        fs::remove_file(out.join(file)).unwrap();
    }
    succeeds(&mut line(home, "report @/undisturbed"));
    assert!(before == files(&out));
    let cells = cells(&out);
    let cell = cells.values().next().unwrap().display().to_string();
    let page = succeeds(&mut line(home, &format!("report {cell}")));
    assert!(page.trim_end().ends_with("report.html"), "{page}");
    let reproduced = succeeds(&mut line(home, &format!("reproduce {cell}")));
    assert!(reproduced.starts_with("same: 3 seeds"), "{reproduced}");
    // Networks of other widths have no level in common; each row says of which cell it is.
    let compared = succeeds(&mut line(home, "compare @/undisturbed"));
    for cell in [
        "training.rate = 0.1, network.hidden = [8, 8]",
        "training.rate = 0.05, network.hidden = [12]",
        "Run 2 has no size in common with run 1",
    ] {
        assert!(words(&compared).contains(cell), "{compared}");
    }
    let csv = succeeds(&mut line(home, "compare @/undisturbed --csv"));
    let mut csv = csv::Reader::from_reader(csv.as_bytes());
    let header = csv.headers().unwrap().clone();
    let column = header.iter().position(|name| name == "cell").unwrap();
    let named: Vec<String> = csv.records().map(|row| row.unwrap()[column].to_owned()).collect();
    assert_eq!(named[3], "training.rate = 0.05, network.hidden = [12]");
    let rates = ["--set", "sweep.network.hidden=[[8, 8]]"];
    succeeds(&mut place.run(&home.join("rates"), &rates));
    let compared = succeeds(&mut line(home, "compare @/rates --csv"));
    assert_eq!(compared.lines().count(), 1 + 2);
    succeeds(&mut line(
        home,
        &format!("inspect {cell}/tickets/0-3.safetensors"),
    ));
    fails(
        &mut line(home, "reproduce @/undisturbed"),
        2,
        &["directory of a sweep", "cells/DIGEST"],
    );
    fails(
        &mut line(
            home,
            "train @/undisturbed/cells @/small.toml --out @/x.safetensors",
        ),
        2,
        &[],
    );
    // What sweep.toml has is the sweep itself.
    succeeds(&mut line(
        home,
        "run @/undisturbed/sweep.toml --out @/again --quiet",
    ));
    same_files(
        &out.join("cells")
            .join(Path::new(&cell).file_name().unwrap())
            .join("records"),
        &home
            .join("again/cells")
            .join(Path::new(&cell).file_name().unwrap())
            .join("records"),
    );
    assert!(fs::read(out.join("sweep.toml")).unwrap() == fs::read(home.join("again/sweep.toml")).unwrap());
}

/// The rows of a cell are those of its run alone, and none is there twice.
#[test]
fn the_table_of_a_cell_is_written_as_that_of_a_run() {
    let place = Place::new(&small(SWEPT));
    let out = place.undisturbed(&[]);
    let home = place.home.path();
    let single = Place::new(&small(""));
    let alone = single.undisturbed(&["--set", "training.rate=0.1", "--set", "network.hidden=[12]"]);
    let digest = fs::read_to_string(alone.join("experiment.toml")).unwrap();
    let digest = digest
        .lines()
        .next()
        .unwrap()
        .trim_start_matches("# digest ")
        .to_owned();
    let cell = format!("@/undisturbed/cells/{digest}");
    let table = |home: &Path, of: &str| {
        let table = succeeds(&mut line(home, &format!("table {of}")));
        let rows = table
            .lines()
            .map(|line| line.split_once(',').unwrap().1.to_owned());
        rows.collect::<Vec<_>>()
    };
    let before = files(&out);
    assert_eq!(table(home, &cell), table(single.home.path(), "@/undisturbed"));
    assert!(before == files(&out), "nothing is written there");
    let both = succeeds(&mut line(
        home,
        &format!("table {cell} {} --format jsonl", alone.display()),
    ));
    assert_eq!(both.lines().count(), 2 * 3 * 7);
    for (line_, fragment) in [
        ("table @/undisturbed @/./undisturbed".to_owned(), "named twice"),
        (format!("table @/undisturbed {cell}"), "this is a cell of"),
        (format!("table {cell} {cell}/../{digest}/"), "named twice"),
        (
            format!("table {cell} --out @/x.parquet --format csv"),
            "contradict each other",
        ),
    ] {
        fails(&mut line(home, &line_), 2, &[fragment]);
    }
    succeeds(&mut line(home, &format!("table {cell} --out @/x.jsonl")));
    assert!(fs::read_to_string(home.join("x.jsonl")).unwrap().starts_with('{'));
    // One that is not finished says what goes on with it.
    fs::remove_file(out.join("cells").join(&digest).join("records/1.jsonl")).unwrap();
    fails(
        &mut line(home, &format!("table {cell}")),
        2,
        &["seed 1 is not finished", "sweep.toml --out"],
    );
}

/// What was there before stays until there is something new, and nobody takes it for that.
#[test]
fn a_sweep_that_is_interrupted_while_it_grows_keeps_its_tables() {
    let place = Place::new(&small(SWEPT));
    let whole = place.undisturbed(&[]);
    let out = place.out("grown");
    succeeds(&mut place.run(&out, &["--set", "sweep.training.rate=[0.1]"]));
    let tables = || {
        ["levels.csv", "measures.csv", "summary.json", "report.html"]
            .map(|name| fs::read(out.join(name)).unwrap())
    };
    let before = tables();
    // One of several shards grows it, and nothing is merged.
    succeeds(&mut place.run(&out, &["--shard", "1/3"]));
    assert!(before == tables());
    let home = place.home.path();
    fails(&mut line(home, "table @/grown"), 2, &["is not finished"]);
    for shard in ["2/3", "3/3"] {
        succeeds(&mut place.run(&out, &["--shard", shard]));
    }
    assert!(before == tables());
    let told = succeeds(&mut line(home, "status @/grown"));
    assert!(told.contains("tombola merge"), "{told}");
    succeeds(&mut line(home, "merge @/grown --out @/grown"));
    assert!(before != tables());
    let told = succeeds(&mut line(home, "status @/grown"));
    assert!(told.contains("report.html"), "{told}");
    fs::remove_dir_all(out.join(".claims")).ok();
    same_files(&whole, &out);
}

#[test]
fn an_experiment_that_comes_with_the_program_is_swept_from_outside() {
    let place = Place::new(&small(""));
    let run = |more: &str| {
        let text = format!(
            "run {more}--seeds 1 --set pruning.levels=1 --set training.epochs=1 --set data.train=100"
        );
        let mut command = line(place.home.path(), &text);
        command.args(["--set", "sweep.training.rate=[0.1, 0.05]", "--out"]);
        let out = place.out(&format!("swept-{}", more.trim()));
        succeeds(command.arg(&out));
        let rates: Vec<String> = rows(&out.join("levels.csv"))
            .into_iter()
            .map(|row| row["training.rate"].clone())
            .collect();
        assert_eq!(rates, ["0.1", "0.1", "0.05", "0.05"], "{more}");
    };
    run("");
    run("thesis-2-hidden ");
}

#[test]
fn a_directory_of_something_else_and_a_damaged_record_are_refused_and_stay() {
    let place = Place::new(&small(SWEPT));
    let out = place.undisturbed(&[]);
    let other = ["--set", "training.epochs=3"];
    place.fails(
        &out,
        &other,
        2,
        &["the sweep in it is another one", "choose another directory"],
    );
    let plain = Place::new(SMALL);
    let run = plain.undisturbed(&[]);
    place.fails(&run, &[], 2, &["no sweep.toml"]);
    plain.fails(&out, &[], 2, &["no experiment.toml"]);
    let cell = cells(&out).into_values().next().unwrap();
    let record = cell.join("records/1.jsonl");
    let bytes = fs::read_to_string(&record)
        .unwrap()
        .replace("\"level\":1,", "\"level\":2,");
    fs::write(&record, &bytes).unwrap();
    let before = files(&out);
    place.fails(
        &out,
        &[],
        2,
        &["cell ", "records/1.jsonl:", "damaged", "move the file away"],
    );
    assert!(before == files(&out));
}

#[test]
fn what_is_no_sweep_is_refused_before_anything_is_made() {
    for (sweep, fragments) in [
        (
            "[sweep]\ntraining.rate = []\n",
            &["small.toml:", "leaves no cell"][..],
        ),
        ("[sweep]\ntraining.rte = [0.1]\n", &["unknown key 'training.rte'"]),
        (
            "[sweep]\ntraining.epochs = [3, 4]\n",
            &["is swept, and it is fixed"],
        ),
        (
            "[sweep]\ntraining.rate = [0.1, 1e-1]\n",
            &["are the same experiment"],
        ),
        (
            "[sweep]\npruning.target = [1, 100000]\nnetwork.hidden = [[4]]\n",
            &["cell pruning.target = 100000", "no trajectory"],
        ),
        (
            "[[sweep.cell]]\nname = \"a\"\n[[sweep.cell]]\nname = \"b\"\ntraining.rate = 0.1\n",
            &["cells 'a' and 'b' are the same experiment"],
        ),
        (
            "[[sweep.cell]]\nname = \"a\"\n[[sweep.cell]]\nname = \"a\"\n",
            &["two cells are called 'a'"],
        ),
        (
            "[[sweep.cell]]\nname = \"a\"\nnetwork.extend = 3\n",
            &["cell 'a'", "without network.base"],
        ),
        ("[sweep]\ndata.task.moons.kind = [\"csv\"]\n", &["has no path"]),
    ] {
        let place = Place::new(&small(sweep));
        let out = place.out("out");
        place.fails(&out, &[], 2, fragments);
        assert!(!out.exists(), "{sweep}");
    }
    let many: Vec<u32> = (1..=1001).collect();
    let place = Place::new(&small(&format!(
        "[sweep]\ntraining.batch = {many:?}\ndata.seed = {many:?}\n"
    )));
    place.fails(&place.out("out"), &[], 2, &["1002001 cells", "at most 1000000"]);
}
