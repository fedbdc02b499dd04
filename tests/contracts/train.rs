//! `tombola train` makes of a run's ticket what the run made of it, bit for bit, and trains on any file of one task.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tombola_host::ticket::Ticket;

use crate::program::{fails, line, stderr, succeeds};

/// Early stopping and late rewinding, where a level trains fewer epochs than there are.
const SMALL: &str = r#"
name = "small"
seeds = 1
first_seed = 3
arms = ["imp", "fresh-weights"]
keep = "all"
[data]
train = 200
validation = 50
test = 100
seed = { divide = 2 }
[network]
hidden = [16, 8]
[training]
epochs = 12
patience = 3
[pruning]
rate = 0.3
levels = 4
"#;

/// The digest of the parameters of each arm and level.
fn digests(run: &Path) -> BTreeMap<(String, String), String> {
    let table = fs::read_to_string(run.join("levels.csv")).expect("a table");
    let mut rows = table.lines().map(|row| row.split(',').collect::<Vec<_>>());
    let header = rows.next().expect("a header");
    let place = |name: &str| {
        header
            .iter()
            .position(|column| *column == name)
            .expect("a column")
    };
    let [arm, level, digest] = ["arm", "level", "params_digest"].map(place);
    rows.map(|row| {
        (
            (row[arm].to_owned(), row[level].to_owned()),
            row[digest].to_owned(),
        )
    })
    .collect()
}

#[test]
fn a_ticket_of_a_run_trained_again_has_the_bits_of_its_level() {
    for (rewind, starts) in [
        ("initial", ["initial", "initial"]),
        ("{ epoch = 2 }", ["initial", "rewound"]),
    ] {
        let home = TempDir::new().expect("a temporary directory");
        fs::write(
            home.path().join("small.toml"),
            format!("{SMALL}rewind = {rewind}\n").replace("= initial", "= \"initial\""),
        )
        .expect("a file");
        succeeds(&mut line(home.path(), "run @/small.toml --out @/run --quiet"));
        let digests = digests(&home.path().join("run"));
        assert_eq!(digests.len(), 10);
        let fresh = (0..5)
            .filter(|_| rewind == "initial")
            .map(|level| ("fresh-weights", level, "fresh"));
        let imp = (0..5).map(|level| ("imp", level, starts[usize::from(0 < level)]));
        for (arm, level, start) in imp.chain(fresh) {
            let folder = if arm == "imp" { "" } else { "fresh-weights/" };
            let ticket = format!("run/tickets/{folder}3-{level}.safetensors");
            let answer = succeeds(&mut line(
                home.path(),
                &format!("train @/{ticket} @/small.toml --from {start} --out @/again.safetensors --json"),
            ));
            let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
            let expected = &digests[&(arm.to_owned(), level.to_string())];
            assert_eq!(answer["params_digest"], **expected, "{ticket}");
            let [ticket, again] = [&*ticket, "again.safetensors"].map(|name| {
                let bytes = fs::read(home.path().join(name)).expect("a file");
                Ticket::from_bytes(&bytes, name).expect("a ticket")
            });
            let result = ticket
                .origin
                .as_ref()
                .and_then(|origin| origin.result.clone())
                .expect("a result");
            for (task, accuracy) in result.accuracy.iter().enumerate() {
                assert_eq!(answer["tasks"][task]["after"]["test"]["accuracy"], *accuracy);
            }
            // All of it but where it comes from.
            assert_eq!(
                again,
                Ticket {
                    origin: None,
                    ..ticket
                }
            );
        }
    }
}

/// A folder with a file `my.csv`, an experiment `my.toml` whose only task it is, and its `run`.
fn run_of_a_file() -> TempDir {
    let home = TempDir::new().expect("a temporary directory");
    let mut csv = "size,weight,kind\n".to_owned();
    for row in 0..100 {
        let kind = ["small", "large"][row % 2];
        let _ = writeln!(csv, "{},{},{kind}", (row % 2 * 10) + row % 7, row * 37 % 11);
    }
    fs::write(home.path().join("my.csv"), csv).expect("a file");
    let experiment = "seeds = 1\n[data]\ntrain = 60\nvalidation = 20\ntest = 20\n[[data.task]]\nname = \"thing\"\nkind = \
         \"csv\"\npath = \"@\"\nlabel = \"kind\"\n[network]\nhidden = [4]\n[pruning]\nlevels = 2\n";
    let path = home.path().join("my.csv").display().to_string();
    fs::write(home.path().join("my.toml"), experiment.replace('@', &path)).expect("a file");
    succeeds(&mut line(home.path(), "run @/my.toml --out @/run --quiet"));
    home
}

#[test]
fn data_may_come_from_standard_input() {
    let home = run_of_a_file();
    let path = home.path().join("my.csv");
    let train = |from: &str| {
        let train = "train @/run/tickets/0-2.safetensors --out @/out.safetensors --from initial --data";
        line(home.path(), &format!("{train} {from}"))
    };
    succeeds(&mut train("@/my.csv"));
    let by_file = fs::read(home.path().join("out.safetensors")).expect("a file");
    let piped = train("-")
        .stdin(fs::File::open(&path).expect("a file"))
        .output()
        .expect("it runs");
    assert!(piped.status.success(), "{}", stderr(&piped));
    let counts = "note: standard input: 2 classes of 'kind': 'large' 50, 'small' 50";
    assert!(stderr(&piped).contains(counts), "{}", stderr(&piped));
    assert!(fs::read(home.path().join("out.safetensors")).expect("a file") == by_file);
}

#[test]
fn a_run_of_a_pipe_says_so_where_it_is_reproduced() {
    let home = run_of_a_file();
    let path = home.path().join("my.csv").display().to_string();
    fs::create_dir(home.path().join("piped")).expect("a directory");
    for name in ["levels.csv", "measures.csv", "summary.json", "experiment.toml"] {
        let text = fs::read_to_string(home.path().join("run").join(name)).expect("a file");
        let text = text.replace(&path, "/dev/fd/63");
        fs::write(home.path().join("piped").join(name), text).expect("a file");
    }
    fails(
        &mut line(home.path(), "reproduce @/piped"),
        2,
        &["came from /dev/fd/63, a pipe", "its path to experiment.toml"],
    );
}

#[test]
fn a_file_of_one_task_needs_no_experiment() {
    let home = run_of_a_file();
    let train = |more: &str| {
        line(
            home.path(),
            format!("train @/run/tickets/0-2.safetensors --out @/out.safetensors {more}").trim_end(),
        )
    };
    // The label is the one that the ticket has; the shares are those of the experiment.
    succeeds(&mut train("--data @/my.csv --from initial"));
    let [ticket, out] = ["run/tickets/0-2.safetensors", "out.safetensors"].map(|name| {
        Ticket::from_bytes(&fs::read(home.path().join(name)).expect("a file"), name).expect("a ticket")
    });
    assert_eq!(
        out,
        Ticket {
            origin: None,
            ..ticket
        }
    );
    let answer = succeeds(&mut train(
        "--data @/my.csv --label kind --set data.train=50 --set training.epochs=1",
    ));
    assert!(
        answer.contains("trained for 1 epoch from present weights"),
        "{answer}"
    );

    fs::write(
        home.path().join("short.csv"),
        "size,weight,kind\n1,2,small\n3,4,large\n",
    )
    .expect("a file");
    for (more, fragments) in [
        ("", &["EXPERIMENT"][..]),
        ("--data @/my.csv @/my.toml", &["cannot be used with"]),
        ("--data @/my.csv --label sort", &["no column is called 'sort'"]),
        ("--data @/short.csv", &["2 rows", "5 or more"]),
        ("--data @/my.csv --set data.train=90", &["100 rows"]),
        ("--data @/none.csv", &["none.csv"]),
        ("@/my.toml --level 10001", &["level 10001"]),
        ("moons-circles", &["data.task.moons", "thing"]),
    ] {
        fails(&mut train(more), 2, fragments);
    }
    let two = "train @/two/tickets/0-1.safetensors --data @/my.csv --out @/out.safetensors";
    succeeds(&mut line(
        home.path(),
        "run --seeds 1 --set pruning.levels=1 --set training.epochs=1 --out @/two --quiet",
    ));
    fails(
        &mut line(home.path(), two),
        2,
        &["moons, circles", "[[data.task]]"],
    );
    // What is pruned once is trained, and is a ticket for all other commands.
    let prune = |to: usize| {
        let prune = format!("prune @/two/tickets/0-1.safetensors --to {to} --out @/pruned.safetensors");
        line(home.path(), &prune)
    };
    let answer = succeeds(&mut prune(100));
    assert!(answer.starts_with("100 of 1216 weights left"), "{answer}");
    assert!(answer.contains("(32 to 32)"), "{answer}");
    let train = "train @/pruned.safetensors moons-circles --set training.epochs=2 --out @/out.safetensors";
    assert!(
        succeeds(&mut line(home.path(), train)).starts_with("100 of 1216 weights left, trained for 2 epochs")
    );
    let warned = |to: usize| {
        stderr(&prune(to).output().expect("it runs"))
            .contains("warning: none of the weights that are left is on a path")
    };
    assert_eq!([1, 100].map(warned), [true, false]);
    fails(&mut prune(0), 2, &["one weight or more"]);
    fails(&mut prune(1217), 2, &["1217 weights cannot be left"]);
    fails(
        &mut line(home.path(), "prune @/my.csv --to 3 --out @/x"),
        2,
        &["my.csv"],
    );
    let rate =
        "train @/two/tickets/0-1.safetensors moons-circles --set training.rate=1e30 --out @/out.safetensors";
    fails(
        &mut line(home.path(), rate),
        1,
        &["not finite", "lower training.rate"],
    );
}
