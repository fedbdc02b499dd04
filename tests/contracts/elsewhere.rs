//! Other people's data from end to end: the data sets that scikit-learn ships, as pandas writes them, are learned from,
//! predicted on, exported and emulated.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::predict::{Matching, Table};
use tombola_host::ticket::Ticket;

use crate::export::every_format_agrees;
use crate::firmware::checkout;
use crate::program::{fails, line, stderr, succeeds};
use crate::reference::script;

/// A data set, the column of its classes, and how many samples the parts have.
struct Set {
    name: &'static str,
    label: &'static str,
    parts: [usize; 3],
}

const SETS: [Set; 4] = [
    Set {
        name: "iris",
        label: "species",
        parts: [90, 30, 30],
    },
    Set {
        name: "wine",
        label: "target",
        parts: [100, 39, 39],
    },
    Set {
        name: "breast_cancer",
        label: "target",
        parts: [369, 100, 100],
    },
    Set {
        name: "digits",
        label: "target",
        parts: [1197, 300, 300],
    },
];

/// A folder with the files of all sets.
fn home() -> TempDir {
    let home = TempDir::new().expect("a temporary directory");
    succeeds(script("datasets.py").current_dir(home.path()));
    home
}

/// The program with this command line, in the folder.
fn tombola(home: &Path, text: &str) -> Command {
    let mut command = line(home, text);
    command.current_dir(home);
    command
}

impl Set {
    /// Learns from NAME.csv, to the ticket NAME/tickets/0-3.safetensors.
    fn run(&self, home: &Path) {
        let Self { name, label, parts } = self;
        let [train, validation, test] = parts;
        let experiment = format!(
            "name = \"{name}\"
seeds = 2
[data]
train = {train}
validation = {validation}
test = {test}
[[data.task]]
name = \"{name}\"
kind = \"csv\"
path = \"{name}.csv\"
label = \"{label}\"
[network]
hidden = [24]
[training]
epochs = 40
[pruning]
rate = 0.3
levels = 3
"
        );
        fs::write(home.join(format!("{name}.toml")), experiment).expect("a file");
        succeeds(&mut tombola(
            home,
            &format!("run {name}.toml --quiet --out {name}"),
        ));
    }

    /// What is predicted on a file, and what is said on standard error.
    #[track_caller]
    fn predict(&self, home: &Path, level: usize, file: &str) -> (String, String) {
        let text = format!(
            "predict {}/tickets/0-{level}.safetensors --data {}{file} --json",
            self.name, self.name
        );
        let output = tombola(home, &text).output().expect("the program starts");
        assert!(output.status.success(), "{text}: {}", stderr(&output));
        let told = stderr(&output);
        (String::from_utf8(output.stdout).expect("UTF-8"), told)
    }
}

fn accuracy(predicted: &str) -> Option<f64> {
    let answer: serde_json::Value = serde_json::from_str(predicted).expect("JSON");
    let tasks = answer["accuracy"].as_object().expect("an object");
    tasks.values().next().expect("a task").as_f64()
}

#[test]
#[ignore = "needs Python with scikit-learn; tests/run runs it"]
fn what_was_trained_on_is_predicted_in_whatever_order_its_columns_are() {
    let home = home();
    let home = home.path();
    for set in &SETS {
        set.run(home);
        let Set { name, label, .. } = set;
        let (dense, _) = set.predict(home, 0, ".csv");
        assert!(
            0.9 < accuracy(&dense).expect("labels"),
            "{name}: {:?}",
            accuracy(&dense)
        );

        let (predicted, told) = set.predict(home, 3, ".csv");
        assert_eq!(told, "", "{name}");
        fs::write(home.join("predicted.json"), &predicted).expect("a file");
        let ticket = format!("{name}/tickets/0-3.safetensors");
        let arguments = [&*ticket, &format!("{name}.csv"), label, "predicted.json"];
        succeeds(script("predictions.py").args(arguments).current_dir(home));

        for (file, words) in [
            ("-index.csv", "numbers the rows"),
            (
                "-mixed.csv",
                "2 columns are no part of the ticket and not read: '",
            ),
            ("-semicolon.csv", ""),
            ("-packed.csv.gz", ""),
        ] {
            let (again, told) = set.predict(home, 3, file);
            assert!(again == predicted, "{name}{file} is predicted in another way");
            assert!(told.contains(words), "{name}{file}: {told}");
            assert_eq!(told.is_empty(), words.is_empty(), "{name}{file}: {told}");
        }
        let mut from_input = tombola(home, &format!("predict {ticket} --data - --json"));
        let input = File::open(home.join(format!("{name}.csv"))).expect("a file");
        assert!(
            succeeds(from_input.stdin(input)) == predicted,
            "{name} from standard input"
        );

        let (unlabeled, _) = set.predict(home, 3, "-unlabeled.csv");
        assert_eq!(accuracy(&unlabeled), None);
        let same = format!(
            "\"accuracy\":{{\"{name}\":{:?}}}",
            accuracy(&predicted).expect("labels")
        );
        let none = format!("\"accuracy\":{{\"{name}\":null}}");
        assert!(unlabeled == predicted.replace(&same, &none), "{name}");

        // What scikit-learn itself reads has no names.
        for text in [
            format!("predict {ticket} --data {name}-shipped.csv"),
            format!("run {name}.toml --set data.task.{name}.path={name}-shipped.csv --out other"),
        ] {
            fails(&mut tombola(home, &text), 2, &["shipped.csv:1", "header"]);
        }
    }
    // Columns of another set are no inputs of this ticket.
    let text = "predict iris/tickets/0-3.safetensors --data wine.csv";
    let missing = [
        "wine.csv:1",
        "none of the ticket's 4 inputs is among the columns: 'sepal length (cm)'",
        "--by-position",
    ];
    fails(&mut tombola(home, text), 2, &missing);
}

#[test]
#[ignore = "needs Python with scikit-learn, and cc; tests/run runs it"]
fn what_was_trained_on_is_exported_in_every_format() {
    let home = home();
    let home = home.path();
    for set in &SETS {
        set.run(home);
        let ticket = home.join(format!("{}/tickets/0-3.safetensors", set.name));
        let ticket = Ticket::read(&ticket).expect("a ticket");
        let table = home.join(format!("{}-mixed.csv", set.name));
        let table = Table::read(&table, &ticket, Matching::ByName).expect("a table");
        let samples = (0..table.row_count()).map(|row| table.inputs(row).to_vec());
        let columns = ticket.tasks[0].columns.clone().expect("names");
        every_format_agrees(set.name, ticket, samples.collect());
        for format in ["rust", "c", "onnx"] {
            let text = format!(
                "export {0}/tickets/0-3.safetensors --format {format} --out {0}.{format}",
                set.name
            );
            succeeds(&mut tombola(home, &text));
            let made = fs::read(home.join(format!("{}.{format}", set.name))).expect("a file");
            let made = String::from_utf8_lossy(&made);
            for (input, column) in columns.iter().enumerate() {
                let line = format!("input {input}, of {}: \"{column}\"", set.name);
                assert!(made.contains(&line), "no {line} in {format}");
            }
        }
    }
}

#[test]
#[ignore = "needs Python with scikit-learn, and QEMU; tests/run runs it"]
fn what_was_trained_on_is_emulated() {
    let home = home();
    let iris = &SETS[0];
    iris.run(home.path());
    let text = "emulate @/iris/tickets/0-3.safetensors --data @/iris-mixed.csv";
    let mut emulate = line(home.path(), text);
    let told = succeeds(emulate.current_dir(checkout().root()));
    let predicted = accuracy(&iris.predict(home.path(), 3, ".csv").0).expect("labels");
    for words in [
        "logits     450 of 450 have the host's bits",
        &format!("accuracy   {predicted:.4} iris"),
    ] {
        assert!(told.contains(words), "no '{words}' in: {told}");
    }
}
