//! Checks a run's files with programs that share no code with this one: pandas, scipy, statsmodels and networkx compute
//! from the rows and the tickets what the summary and `inspect` say of them.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{command, fails, programs, succeeds};

/// With every arm; of its seeds, each 4·n make a crossed design.
const SMALL: &str = r#"
name = "small"
arms = "all"
keep = "all"
[data]
train = 200
validation = 100
test = 100
seed = { divide = 4 }
[network]
hidden = [12, 12]
seed = { divide = 2, modulo = 2 }
[training]
epochs = 12
seed = { modulo = 2 }
[pruning]
rate = 0.3
levels = 8
"#;

/// The tests' Python, which leaves nothing beside its scripts.
pub(crate) fn python() -> Command {
    let python = std::env::var_os("TOMBOLA_PYTHON").expect("tests/run sets TOMBOLA_PYTHON");
    let mut command = Command::new(python);
    command.arg("-B");
    command
}

/// A script in `tests/reference`, with that Python.
pub(crate) fn script(name: &str) -> Command {
    let mut command = python();
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("reference").join(name));
    command
}

/// The fastest build there is: the last.
fn tombola<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    command(programs().last().expect("a program"), arguments)
}

/// A run directory of so many seeds.
fn run(seeds: usize) -> TempDir {
    let home = TempDir::new().expect("a temporary directory");
    fs::write(home.path().join("small.toml"), SMALL).expect("a file");
    let seeds = seeds.to_string();
    let arguments = ["run", "small.toml", "--out", "run", "--quiet", "--seeds", &seeds];
    succeeds(tombola(arguments).current_dir(home.path()));
    home
}

/// A copy of a run's tables, its summary changed.
fn with_summary(run: &Path, change: impl Fn(&str) -> String) -> TempDir {
    let copy = TempDir::new().expect("a temporary directory");
    for name in ["experiment.toml", "levels.csv", "measures.csv", "summary.json"] {
        if let Ok(text) = fs::read_to_string(run.join(name)) {
            let text = if name == "summary.json" {
                change(&text)
            } else {
                text
            };
            fs::write(copy.path().join(name), text).expect("a file");
        }
    }
    copy
}

#[test]
#[ignore = "needs Python with networkx; tests/run runs it"]
fn structure_is_what_networkx_finds() {
    let program = programs().last().expect("a program");
    let home = run(1);
    let said = succeeds(script("structure.py").arg(program).arg(home.path().join("run")));
    assert!(said.contains("tickets are the same"), "{said}");
}

#[test]
#[ignore = "needs Python with pandas, scipy and statsmodels; tests/run runs it"]
fn the_summary_follows_from_the_rows() {
    let home = run(8);
    succeeds(script("recompute.py").arg(home.path().join("run")));
}

/// Always answering one class has 0.95 of a task, so that at the threshold of 0.97 half of its error is still to decide.
#[test]
#[ignore = "needs Python with pandas, scipy and statsmodels; tests/run runs it"]
fn the_summary_follows_from_the_rows_where_classes_are_not_balanced() {
    let home = TempDir::new().expect("a temporary directory");
    let mut table = "x,y,label\n".to_owned();
    for row in 0..1200_u32 {
        let number = |factor: u32| f64::from(row * factor % 1201) / 1201.0;
        let is_rare = row % 40 < 2;
        let x = number(719) + if is_rare { 0.9 } else { 0.0 };
        writeln!(table, "{x:.4},{:.4},{}", number(491), u8::from(is_rare)).expect("text");
    }
    fs::write(home.path().join("rare.csv"), table).expect("a file");
    let tasks = "[[data.task]]\nkind = \"moons\"\n[[data.task]]\nname = \"rare\"\nkind = \"csv\"\npath = \"rare.csv\"\n";
    let experiment = SMALL.replace("seed = { divide = 4 }\n", tasks);
    let experiment = experiment
        .replacen("= 100", "= 500", 1)
        .replacen("= 100", "= 500", 1);
    fs::write(home.path().join("rare.toml"), experiment).expect("a file");
    let run = [
        "run",
        "rare.toml",
        "--out",
        "run",
        "--quiet",
        "--seeds",
        "8",
        "--set",
        "training.epochs=30",
    ];
    succeeds(tombola(run).current_dir(home.path()));
    succeeds(script("recompute.py").arg(home.path().join("run")));
}

/// Some seeds have no level, some arms have no seed that has the level of the others.
#[test]
#[ignore = "needs Python with pandas, scipy and statsmodels; tests/run runs it"]
fn the_summary_follows_from_the_rows_of_what_could_be_finished() {
    let home = TempDir::new().expect("a temporary directory");
    fs::write(home.path().join("small.toml"), SMALL).expect("a file");
    for (seeds, out) in [("1", "one"), ("6", "six")] {
        let rate = ["--set", "training.rate=1000", "--seeds", seeds];
        let run = ["run", "small.toml", "--quiet", "--out", out];
        fails(
            tombola(run.into_iter().chain(rate)).current_dir(home.path()),
            1,
            &[", arm ", "not finite"],
        );
        succeeds(script("recompute.py").arg(home.path().join(out)));
    }
}

/// The lines that the documentation gives for pandas, and a share among what they print.
#[test]
#[ignore = "needs Python with pandas; tests/run runs it"]
fn pandas_reads_the_rows_as_documented() {
    let page = include_str!("../../docs/results.md");
    let mut programs = page
        .split("```python\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let program = programs.find(|program| program.contains("import pandas"));
    let home = run(1);
    let printed = succeeds(
        python()
            .args(["-c", program.expect("the page has a program")])
            .current_dir(home.path().join("run")),
    );
    let dense = printed
        .lines()
        .find(|line| line.starts_with("216 "))
        .expect("the dense network");
    assert!(dense.contains(" 0.0"), "{printed}");
    assert!(printed.contains("weights_left"), "{printed}");
}

/// What sees no error checks nothing.
#[test]
#[ignore = "needs Python with pandas, scipy and statsmodels; tests/run runs it"]
fn a_wrong_number_in_the_summary_is_seen() {
    let home = run(2);
    let changed = with_summary(&home.path().join("run"), |text| {
        text.replacen("\"count\": ", "\"count\": 1", 1)
    });
    fails(script("recompute.py").arg(changed.path()), 1, &["count: is"]);
}

/// Of synthetic tasks with late rewinding, and of a file with names for columns and classes.
#[test]
#[ignore = "needs Python with numpy; tests/run runs it"]
fn tickets_in_python_are_those_of_the_program() {
    let program = programs().last().expect("a program");
    let home = TempDir::new().expect("a temporary directory");
    let mut flowers = "\"sepal \"\"length\"\"\",kind,petal\n".to_owned();
    for row in 0..300_u32 {
        let number = |factor: u32| f64::from(row * factor % 301) / 301.0;
        let kind = ["setosa", "virginica ü", "other"][row as usize % 3];
        let sepal = number(7) + f64::from(row % 3);
        writeln!(flowers, "{sepal:.4},{kind},{:.4}", number(11)).expect("text");
    }
    let tasks = "[[data.task]]\nname = \"iris\"\nkind = \"csv\"\npath = \"flowers.csv\"\nlabel = \"kind\"\n";
    let flowers_toml = SMALL
        .replacen("= 100", "= 50", 2)
        .replace("seed = { divide = 4 }\n", tasks)
        .replace("arms = \"all\"", "")
        .replace("levels = 8", "levels = 3");
    let late = SMALL.replace("arms = \"all\"", "") + "rewind = { epoch = 2 }\n";
    fs::write(home.path().join("flowers.csv"), flowers).expect("a file");
    let data = [
        "data",
        "moons",
        "circles",
        "--samples",
        "300",
        "--out",
        "late.csv",
    ];
    succeeds(tombola(data).current_dir(home.path()));
    for (name, experiment) in [("flowers", flowers_toml), ("late", late)] {
        let [file, data] = ["toml", "csv"].map(|end| format!("{name}.{end}"));
        fs::write(home.path().join(&file), experiment).expect("a file");
        let run = ["run", &*file, "--out", name, "--quiet", "--seeds", "1"];
        succeeds(tombola(run).current_dir(home.path()));
        let mut script = script("ticket.py");
        let said = succeeds(
            script
                .current_dir(home.path())
                .arg(program)
                .args([name, &*data, "."]),
        );
        assert!(said.contains("tickets, "), "{said}");
    }
}
