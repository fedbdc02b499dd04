use super::super::testing::cases;
use super::{Sweep, SweepFile};
use crate::data::Contents;
use crate::error::refused;
use crate::experiment::{BUILTIN, Experiment};

fn with<T>(text: &str, set: &[&str], take: impl FnOnce(anyhow::Result<Sweep<'_>>) -> T) -> T {
    let set: Vec<String> = set.iter().map(|&set| set.to_owned()).collect();
    let file = SweepFile::new(text, "my.toml", &set);
    take(file.sweep().map(|sweep| sweep.expect("a sweep")))
}

fn written(text: &str, set: &[&str]) -> String {
    let mut made = String::new();
    good(text, set, |sweep| made = sweep.written());
    made
}

fn good<T>(text: &str, set: &[&str], take: impl FnOnce(&Sweep<'_>) -> T) -> T {
    with(text, set, |sweep| {
        take(&sweep.unwrap_or_else(|e| panic!("{text}\n{set:?}: {e:#}")))
    })
}

/// Every cell's name or values, and its experiment.
fn cells(text: &str, set: &[&str]) -> Vec<(String, Experiment)> {
    good(text, set, |sweep| {
        let cell = |cell| (sweep.about(cell), sweep.experiment(cell).unwrap());
        (0..sweep.cell_count()).map(cell).collect()
    })
}

fn digest(text: &str, set: &[&str]) -> String {
    good(text, set, |sweep| sweep.digest(&Contents::default()).unwrap())
}

#[track_caller]
fn wrong(table: &str) {
    for (text, fragments) in cases(table) {
        let made = |sweep: anyhow::Result<Sweep<'_>>| {
            let sweep = sweep?;
            (0..sweep.cell_count()).try_for_each(|cell| sweep.experiment(cell).map(drop))
        };
        refused(with(&text.replace(" / ", "\n"), &[], made), &fragments);
    }
}

const GRID: &str =
    "name = \"g\"\n[sweep]\ntraining.rate = [0.1, 0.05]\n\"network.hidden\" = [[16, 16], [24], []]\n";

#[test]
fn a_grid_is_every_combination_the_last_key_changing_fastest() {
    let found = cells(GRID, &[]);
    let abouts: Vec<&str> = found.iter().map(|(about, _)| &**about).collect();
    assert_eq!(
        abouts,
        [
            "training.rate = 0.1, network.hidden = [16, 16]",
            "training.rate = 0.1, network.hidden = [24]",
            "training.rate = 0.1, network.hidden = []",
            "training.rate = 0.05, network.hidden = [16, 16]",
            "training.rate = 0.05, network.hidden = [24]",
            "training.rate = 0.05, network.hidden = []",
        ]
    );
    let alone = |set: &[&str]| super::super::testing::good("name = \"g\"", set);
    assert_eq!(found[4].1, alone(&["training.rate=0.05", "network.hidden=[24]"]));
    assert_eq!(found[2].1, alone(&["training.rate=0.1", "network.hidden=[]"]));
}

#[test]
fn keys_may_be_dotted_quoted_or_in_sections_of_their_own() {
    for text in [
        "[sweep.training]\nrate = [0.1, 0.05]\n[sweep.data.task.moons]\nnoise = [0.0, 0.2]\n",
        "[sweep]\n\"training.rate\" = [0.1, 0.05]\ndata.task.moons.noise = [0.0, 0.2]\n",
        "sweep = { training = { rate = [0.1, 0.05] }, 'data.task.moons.noise' = [0.0, 0.2] }\n",
    ] {
        assert_eq!(cells(text, &[]).len(), 4, "{text}");
        assert_eq!(
            cells(text, &[])[1].0,
            "training.rate = 0.1, data.task.moons.noise = 0.2"
        );
    }
}

#[test]
fn cells_have_names_and_what_they_set_wins_over_the_file() {
    let text = "[training]\nrate = 0.3\nepochs = 5\n[[sweep.cell]]\nname = \"a b\"\n[[sweep.cell]]\nname = \"b\"\n\
                training.rate = 0.2\npruning.rewind = { epoch = 3 }\nseeds = 7\ndata.seed = { divide = 8 }\n\
                [[sweep.cell]]\nname = \"c\"\n[[sweep.cell.data.task]]\nkind = \"moons\"\n[[sweep.cell.data.task]]\nkind = \"xor\"\n";
    let found = cells(text, &[]);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].0, "'a b'");
    let rates = found.iter().map(|(_, cell)| cell.training.rate);
    assert!(rates.eq([0.3, 0.2, 0.3]));
    assert_eq!((found[1].1.seeds, found[0].1.seeds), (7, 64));
    assert_eq!(found[2].1.task_names(), ["moons", "xor"]);
    let keys = good(text, &[], |sweep| sweep.keys().to_vec());
    assert_eq!(
        keys,
        ["training.rate", "pruning.rewind", "data.seed", "data.task"]
    );
    // Who runs it says how many seeds.
    assert_eq!(cells(text, &["seeds=2"])[1].1.seeds, 2);
    let list = "[sweep]\ncell = [{ name = \"a\", training.rate = 0.2 }, { name = \"b\" }]\n";
    assert_eq!(cells(list, &[]).len(), 2);
}

#[test]
fn values_are_set_from_outside_too() {
    assert_eq!(cells("", &["sweep.training.rate=[0.1, 0.2]"]).len(), 2);
    assert_eq!(
        cells("", &["sweep.\"data.task.moons.mix\"=[10, 20, 30]"]).len(),
        3
    );
    assert_eq!(cells(GRID, &["sweep.training.rate=[0.3]"]).len(), 3);
    let fixed = cells(GRID, &["training.epochs=3", "seeds=5"]);
    assert!(
        fixed
            .iter()
            .all(|(_, cell)| cell.training.epochs == 3 && cell.seeds == 5)
    );
    let target = cells("[sweep]\npruning.target = [50, 60]", &["pruning.rate=0.3"]);
    assert_eq!(target[1].1.pruning.target, Some(60));
    assert_eq!(target[1].1.pruning.levels, None);
}

/// As a single value from outside does; so that each experiment that comes with the program can be swept.
#[test]
fn what_is_swept_from_outside_wins_over_the_file() {
    for builtin in BUILTIN {
        if builtin.text.contains("cell = [") {
            continue;
        }
        let sets = ["sweep.training.rate=[0.03, 0.3]", "sweep.data.task.0.noise=[0.3]"];
        let sets = &sets[..if builtin.name.starts_with("digits") { 1 } else { 2 }];
        let found = cells(builtin.text, sets);
        assert_eq!(
            found.len(),
            if builtin.is_sweep() { 48 } else { 2 },
            "{}",
            builtin.name
        );
        let rate = found.last().unwrap().1.training.rate;
        assert_eq!(rate, 0.3, "{}", builtin.name);
        let again = written(builtin.text, sets);
        assert_eq!(cells(&again, &[]), found, "{again}");
    }
    let founding = BUILTIN[0].text;
    for (text, set, first) in [
        (
            founding,
            "sweep.pruning.rewind.epoch=[2]",
            "pruning.rewind.epoch=2",
        ),
        (founding, "sweep.network.hidden=[[8], [9]]", "network.hidden=[8]"),
        (
            founding,
            "sweep.data.task.moons.kind=[xor]",
            "data.task.moons.kind=xor",
        ),
        (
            founding,
            "sweep.data.task=[[{ kind = \"xor\" }]]",
            "data.task=[{ kind = \"xor\" }]",
        ),
        (founding, "sweep.pruning.target=[40]", "pruning.target=40"),
        (
            "[pruning]\nlevels = 5\ntarget = 40",
            "sweep.pruning.target=[50]",
            "pruning.target=50",
        ),
        (
            "[pruning]\nlevels = 5\ntarget = 40",
            "sweep.pruning.rate=[0.3]",
            "pruning.rate=0.3",
        ),
        (
            "[pruning.rewind]\nepoch = 3",
            "sweep.pruning.rewind=[\"none\"]",
            "pruning.rewind=none",
        ),
        (
            "[network]\nbase = [4, 8, 2]\nextend = 1",
            "sweep.network.extend=[2]",
            "network.extend=2",
        ),
    ] {
        let set = &set.replace("[xor]", "[\"xor\"]");
        let found = cells(text, &[set]);
        assert_eq!(found[0].1, super::super::testing::good(text, &[first]), "{set}");
        let again = written(text, &[set]);
        assert_eq!(cells(&again, &[]).len(), found.len(), "{again}");
        assert_eq!(cells(&again, &[])[0].1, found[0].1, "{again}");
        assert_eq!(digest(&again, &[]), digest(text, &[set]), "{again}");
    }
    // A kind that a task is called by stays its name.
    let text = "[[data.task]]\nkind = \"moons\"\n";
    let found = cells(text, &["sweep.data.task.moons.kind=[\"xor\"]"]);
    assert_eq!(found[0].1.task_names(), ["moons"]);
    refused(
        with(
            founding,
            &["training.rate=0.2", "sweep.training.rate=[0.3]"],
            |sweep| sweep.map(drop),
        ),
        &[
            "--set sweep.training.rate=[0.3], --set training.rate=0.2",
            "is swept, and it is fixed",
        ],
    );
}

/// Two of rate, levels and target that are put over a file at once hold, and in what is written, too.
#[test]
fn what_is_set_beside_the_values_of_cells_holds_in_what_is_written() {
    let named =
        |cell: &str| format!("[pruning]\nrate = 0.3\ntarget = 50\n[[sweep.cell]]\nname = \"a\"\n{cell}\n");
    for (text, set) in [
        (
            "[sweep]\npruning.target = [50, 60]".to_owned(),
            "pruning.levels=5",
        ),
        (
            "[pruning]\ntarget = 60\n[sweep]\npruning.rate = [0.3]".to_owned(),
            "pruning.levels=5",
        ),
        (named("pruning.levels = 7"), "pruning.target=40"),
        (named("pruning.rate = 0.4"), "pruning.levels=9"),
    ] {
        let again = written(&text, &[set]);
        assert_eq!(cells(&again, &[]), cells(&text, &[set]), "{again}");
        assert_eq!(digest(&again, &[]), digest(&text, &[set]), "{again}");
    }
}

#[test]
fn what_makes_no_sweep_is_refused_before_anything_is_computed() {
    wrong(
        r#"
        sweep = 5                                       => my.toml:1:9 | sweep is 5 | section
        [sweep]                                         => no key | training.rate = [0.1, 0.05]
        [sweep] / training.rate = []                    => my.toml:2:17 | sweep.training.rate is [] | leaves no cell
        [sweep] / training.rate = 0.1                   => my.toml:2:17 | must be a list of values, such as training.rate = [0.1, 0.05]
        [sweep] / training.rte = [0.1]                  => my.toml:2:10 | unknown key 'training.rte' | 'training.rate'?
        [sweep] / training = [0.1]                      => training is a section
        [sweep] / rate = [0.1]                          => training.rate or pruning.rate
        [sweep] / data.task.moons = [1]                 => data.task.NAME.SETTING
        [sweep] / data.task.moon.noise = [1]            => no task 'moon'; did you mean 'moons'?
        [sweep] / data.task.moons.nose = [1]            => unknown key 'nose' in task 'moons'
        [sweep] / training.rate = [0.1, -1]             => cell training.rate = -1: my.toml:2:23: training.rate is -1 | above 0
        [sweep] / training.rate = [0.1, "a"]            => my.toml:2:23 | training.rate is "a"
        [training] / rate = 0.1 / [sweep] / training.rate = [0.1] => my.toml:4:10, my.toml:2:8 | is swept, and it is fixed
        [sweep] / training.rate = [0.1] / "training.rate" = [0.2] => my.toml:3:1 | swept twice
        [sweep] / data.task.0.noise = [0.1] / data.task.moons.noise = [0.2] => my.toml:3:17 | as data.task.0.noise too
        [sweep] / data.task.00.noise = [0.1] / data.task.0.noise = [0.2] => my.toml:3:13 | as data.task.00.noise too
        [sweep] / pruning.rewind = ["none"] / "pruning.rewind.epoch" = [1] => my.toml:3:1 | as pruning.rewind too
        [pruning] / rewind = "none" / [sweep] / pruning.rewind.epoch = [1] => my.toml:4:16, my.toml:2:10 | is swept, and it is fixed
        [data] / seed = 5 / [sweep] / data.seed.modulo = [1] => my.toml:4:11, my.toml:2:8 | is swept, and it is fixed
        [sweep] / "data.task" = [[{ kind = "xor" }]] / "data.task.0.noise" = [1] / "data.task.xor.noise" = [2] => another key sets what data.task.xor.noise does
        [sweep] / data.task.moons.name = ["a"] / data.task.a.noise = [1] / data.task.0.noise = [2] => another key sets
        [[sweep.cell]] / name = "a" / data.task.moons.noise = 1 / data.task.0.noise = 2 => my.toml:4:13 | given twice, as data.task.moons.noise too
        [[sweep.cell]] / name = "a" / pruning.rewind = "none" / "pruning.rewind.epoch" = 2 => my.toml:4:1 | as pruning.rewind too
        [sweep] / seeds = [1, 2]                        => seeds changes no digest | above [sweep]
        [sweep] / name = ["a"]                          => names the whole sweep
        [sweep] / pruning.rate = [0.1] / pruning.levels = [3] / pruning.target = [9] => contradict each other
        [sweep] / network.hidden = [[3]] / network.extend = [3] => contradict each other
        [sweep] / network.hidden = [16]                 => network.hidden is 16 | list of widths
        [sweep] / training.rate = [0.1] / [[sweep.cell]] / name = "a" => both
        [sweep.cell] / name = "a"                       => [[sweep.cell]]
        [sweep] / cell = []                             => no cell
        [sweep] / cell = [5]                            => a cell is 5 | [[sweep.cell]]
        [[sweep.cell]] / training.rate = 0.1            => my.toml:1:1 | no name
        [[sweep.cell]] / name = ""                      => the name of a cell is ""
        [[sweep.cell]] / name = "a\nb"                  => my.toml:2:8 | one line
        [[sweep.cell]] / name = 5                       => the name of a cell is 5
        [[sweep.cell]] / name = "a" / [[sweep.cell]] / name = "a" => my.toml:3:1 | two cells are called 'a' | my.toml:1:1
        [[sweep.cell]] / name = "a" / training.rte = 1  => my.toml:3:10 | unknown key
        [[sweep.cell]] / name = "a" / training.rate = 1 / "training.rate" = 2 => given twice
        [sweep] / training.batch = [1, 2] / [sweep] / x = 1 => duplicate key
        "#,
    );
    let many = format!(
        "[sweep]\ntraining.batch = {0:?}\ndata.train = {0:?}\n",
        (1..=1001).collect::<Vec<_>>()
    );
    refused(
        with(&many, &[], |sweep| sweep.map(drop)),
        &["1002001 cells", "at most 1000000"],
    );
    for (set, fragments) in [
        (
            "training.rate=0.3",
            &[
                "my.toml:3:10, --set training.rate=0.3",
                "is swept, and it is fixed",
            ][..],
        ),
        ("sweep=5", &["which key is swept"]),
        ("sweep.training.rate=0.3", &["must be a list"]),
        ("sweep.training.rate=[0.1", &["not a valid value"]),
    ] {
        refused(with(GRID, &[set], |sweep| sweep.map(drop)), fragments);
    }
    let named = "[[sweep.cell]]\nname = \"a\"\ntraining.rate = 0.1\n";
    refused(
        with(named, &["training.rate=0.3"], |sweep| sweep.map(drop)),
        &[
            "--set training.rate=0.3, my.toml:3:10",
            "cell 'a' has a value of its own",
        ],
    );
    for (cell, set) in [
        ("data.task.moons.noise = 0.2", "data.task.0.noise=0.3"),
        ("data.task = [{ kind = \"xor\" }]", "data.task.0.noise=0.3"),
        ("pruning.rewind.epoch = 2", "pruning.rewind=none"),
    ] {
        refused(
            with(
                &format!("[[sweep.cell]]\nname = \"a\"\n{cell}\n"),
                &[set],
                |sweep| sweep.map(drop),
            ),
            &["my.toml:3", "has a value of its own"],
        );
    }
}

/// A key means the same task in all cells, whatever they call it.
#[test]
fn a_task_that_gets_another_name_is_still_the_one_that_keys_name() {
    let text = "[sweep]\ndata.task.moons.name = [\"a\", \"b\"]\ndata.task.moons.noise = [0.3]\n\
                data.task.moons.kind = [\"xor\"]\ndata.task.1.noise = [0.2]\n";
    let found = cells(text, &["sweep.data.task.circles.noise=[0.7]"]);
    assert_eq!(found.len(), 2);
    for (cell, name) in ["a", "b"].into_iter().enumerate() {
        let tasks = &found[cell].1.data.task;
        let names: Vec<&str> = tasks.iter().map(|task| &*task.name).collect();
        assert_eq!(names, [name, "circles"]);
        let values = found[cell].1.values();
        good(text, &[], |sweep| {
            let value = |key: &str| found[cell].1.value(&values, key, sweep.task_of(cell, key));
            assert_eq!(value("data.task.moons.name"), Some(&*format!("\"{name}\"")));
            assert_eq!(value("data.task.moons.kind"), Some("\"xor\""));
            assert_eq!(value("data.task.0.noise"), Some("0.3"));
            assert_eq!(value("data.task.1.noise"), Some("0.7"));
        });
    }
    let after = "[[sweep.cell]]\nname = \"c\"\ndata.task.moons.name = \"a\"\ndata.task.a.noise = 0.4\n";
    let values = cells(after, &[])[0].1.values();
    assert_eq!(values["data.task.a.noise"], "0.4");
}

#[test]
fn where_one_experiment_is_wanted_a_sweep_is_refused() {
    refused(
        Experiment::parse(GRID, "my.toml", &[]),
        &["my.toml:2:1", "tombola run", "cells/DIGEST"],
    );
    refused(
        Experiment::parse("", "my.toml", &["sweep.seeds=[1]".to_owned()]),
        &["--set sweep.seeds=[1]"],
    );
    let file = SweepFile::new(BUILTIN[0].text, "text", &[]);
    assert!(file.sweep().unwrap().is_none());
}

#[test]
fn what_is_written_makes_the_same_cells() {
    let named = "[network]\nbase = [4, 8, 8, 2]\n[pruning]\nrate = 0.32\n[[data.task]]\nkind = \"moons\"\nname = \"m\"\n\
                 [[data.task]]\nkind = \"circles\"\nnoise = 1e-1\n[[sweep.cell]]\nname = \"a\\\"b\"\nnetwork.extend = 1\n\
                 pruning.levels = 0x10\n[[sweep.cell]]\nname = \"c\"\nnetwork.extend = 2\npruning.levels = 2\n\
                 data.task.m.kind = \"xor\"\npruning.rewind = { epoch = 2 }\n";
    let kinds = "[[data.task]]\nname = \"m\"\n[sweep]\ndata.task.m.kind = [\"moons\", \"xor\"]\n";
    for (text, set) in [
        (GRID, &[][..]),
        (
            GRID,
            &[
                "training.epochs=3",
                "data.task.moons.noise=0.3",
                "sweep.training.rate=[1, 2]",
            ],
        ),
        (named, &[]),
        (kinds, &[]),
    ] {
        let again = written(text, set);
        assert_eq!(cells(&again, &[]), cells(text, set), "{again}");
        assert_eq!(written(&again, &[]), again);
        assert_eq!(digest(&again, &[]), digest(text, set), "{again}");
    }
}

/// More values are added to what is there.
#[test]
fn the_digest_is_that_of_the_base_and_the_swept_keys_and_of_no_value() {
    let grid = digest(GRID, &[]);
    assert_eq!(digest(&GRID.replace("0.1, 0.05", "3, 0.1"), &[]), grid);
    assert_eq!(
        digest(
            &format!("[training]\nepochs = 30\n{GRID}").replace("name = \"g\"", ""),
            &["name=g"]
        ),
        grid
    );
    assert_eq!(digest(GRID, &["seeds=3", "keep=named"]), grid);
    assert_eq!(digest(GRID, &["sweep.training.rate=[9]"]), grid);
    for set in [
        "training.epochs=3",
        "name=h",
        "sweep.training.batch=[9]",
        "data.task.moons.noise=0.3",
    ] {
        assert_ne!(digest(GRID, &[set]), grid, "{set}");
    }
    let named = |cells: &str| digest(&format!("[network]\nbase = [4, 8, 2]\n{cells}"), &[]);
    let one = "[[sweep.cell]]\nname = \"a\"\nnetwork.extend = 1\n";
    assert_eq!(
        named(one),
        named(&format!(
            "{one}[[sweep.cell]]\nname = \"b\"\nnetwork.extend = 2\n"
        ))
    );
    let kinds = |kinds: &str| digest(&format!("[sweep]\ndata.task.moons.kind = {kinds}\n"), &[]);
    assert_eq!(kinds("[\"xor\", \"moons\"]"), kinds("[\"moons\"]"));
}

#[test]
fn every_setting_of_a_cell_has_a_value_by_its_key() {
    let experiment = super::super::testing::good("", &["data.task.moons.mix=45", "pruning.rewind.epoch=3"]);
    let values = experiment.values();
    for (key, expected) in [
        ("training.rate", Some("0.1")),
        ("training.l1", Some("0.0")),
        ("training.stop_on", Some("\"validation\"")),
        ("training.patience", None),
        ("network.hidden", Some("[32, 32]")),
        ("data.task.moons.mix", Some("45.0")),
        ("data.task.1.noise", Some("0.05")),
        ("data.task.xor.noise", None),
        ("pruning.rewind", Some("{ epoch = 3 }")),
        ("pruning.rewind.epoch", Some("3")),
        ("pruning.rewind.step", None),
    ] {
        let task = key.starts_with("data.task.1.").then_some(1);
        assert_eq!(experiment.value(&values, key, task), expected, "{key}");
    }
    let tasks = |without: &[&str]| experiment.tasks_text(without);
    assert_eq!(
        tasks(&[]),
        "[{ name = \"moons\", kind = \"moons\", noise = 0.1, mix = 45.0 }, \
         { name = \"circles\", kind = \"circles\", noise = 0.05, factor = 0.5 }]"
    );
    assert!(tasks(&["mix"]).starts_with("[{ name = \"moons\", kind = \"moons\", noise = 0.1 }, "));
}
