//! Checks runs of tasks that depend on each other: every row says whether the ticket's paths are those of the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tombola_host::ticket::Ticket;

use super::{Place, SMALL};
use crate::program::{same_files, succeeds, tombola};

/// A row of a table, by the names of its columns.
type Row = BTreeMap<String, String>;

fn rows(out: &Path, table: &str) -> Vec<Row> {
    let mut table = csv::Reader::from_path(out.join(table)).expect("a table");
    table.deserialize().collect::<Result<_, _>>().expect("rows")
}

fn summary(out: &Path) -> Value {
    let summary = fs::read(out.join("summary.json")).expect("a summary");
    serde_json::from_slice(&summary).expect("JSON")
}

fn set<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    settings.iter().flat_map(|set| ["--set", set]).collect()
}

/// The inputs from which paths lead to an output, by walking back from it.
fn reaching(ticket: &Ticket, output: usize) -> BTreeSet<usize> {
    let mut units = BTreeSet::from([output]);
    let layers: Vec<[usize; 2]> = ticket.widths.windows(2).map(|pair| [pair[0], pair[1]]).collect();
    let mut end = ticket.mask.len();
    for [fan_in, fan_out] in layers.into_iter().rev() {
        let start = end - fan_in * fan_out;
        let survives = |unit: usize, from: usize| ticket.mask[start + unit * fan_in + from];
        units = (0..fan_in)
            .filter(|&from| units.iter().any(|&unit| survives(unit, from)))
            .collect();
        end = start;
    }
    units
}

#[test]
fn every_row_says_whether_its_ticket_has_the_paths_of_the_truth() {
    let place = Place::new(SMALL);
    for (name, dials, truth) in [
        (
            "mix",
            &["data.task.moons.mix=45"][..],
            [&[0, 1, 2, 3][..], &[2, 3]],
        ),
        (
            "flip",
            &["data.task.circles.flip_where=0.4"],
            [&[0, 1], &[0, 2, 3]],
        ),
        ("share", &["data.task.circles.share=1"], [&[0, 1], &[0, 2]]),
        ("none", &[], [&[0, 1], &[2, 3]]),
    ] {
        let out = place.out(name);
        let settings = set(&[dials, &["training.epochs=4", "pruning.levels=14"]].concat());
        succeeds(&mut place.run(&out, &settings));
        let rows = rows(&out, "levels.csv");
        let mut revealing = 0;
        for row in &rows {
            let file = out.join(format!("tickets/{}-{}.safetensors", row["seed"], row["level"]));
            let ticket =
                Ticket::from_bytes(&fs::read(file).expect("a ticket"), "a ticket").expect("a ticket");
            let is_revealed = (0..2).all(|output| reaching(&ticket, output).iter().eq(truth[output]));
            assert_eq!(row["reveals"], is_revealed.to_string(), "{name}: {row:?}");
            assert!(name != "none" || (row["verdict"] == "separated") == is_revealed);
            assert_eq!(ticket.shares_inputs, name == "share");
            revealing += usize::from(is_revealed);
        }
        let summary = summary(&out);
        let counts = summary["levels"].as_array().expect("levels").iter();
        let counts = counts.map(|level| level["reveals"]["count"].as_u64().expect("a count"));
        assert_eq!(counts.sum::<u64>(), revealing as u64);
        assert_eq!(summary["truth"].is_null(), name == "none");
        if name != "none" {
            let of_task = |(task, inputs): (&str, &[usize])| {
                let inputs: Vec<[usize; 1]> = inputs.iter().map(|&input| [input]).collect();
                json!({ "task": task, "inputs": inputs })
            };
            let mut expected: Vec<Value> = ["moons", "circles"].into_iter().zip(truth).map(of_task).collect();
            // The first of the other task comes behind a task's own.
            if name == "flip" {
                expected[1]["inputs"] = json!([[2], [3], [0]]);
            }
            assert_eq!(summary["truth"], json!(expected));
        }
    }
}

#[test]
fn a_dialed_run_is_taken_up_and_reproduced_with_its_arms() {
    let place = Place::new(SMALL);
    let [whole, parts] = ["whole", "parts"].map(|name| place.out(name));
    let dials = [
        "arms=[\"late:2\",\"rewired\",\"fresh-each-level\",\"other-data\",\"snip\",\"labels-shuffled:circles\",\"inputs-noise:moons\"]",
        "keep=all",
        "data.normalize=none",
        "data.task.moons.scale=3",
        "data.task.circles.share=1",
        "data.task.circles.flip_where=0.3",
        "data.task.circles.loss_weight=0.5",
        "training.l1=1e-4",
        "training.epochs=6",
        "network.weights=xavier-uniform",
        "network.biases=pytorch",
        "pruning.levels=2",
        "data.train=60",
    ];
    let run = |out: &Path, seeds: &str| {
        let settings = set(&[&dials[..], &[seeds]].concat());
        succeeds(&mut place.run(out, &settings))
    };
    let told = run(&whole, "seeds=2");
    run(&parts, "seeds=1");
    run(&parts, "seeds=2");
    same_files(&whole, &parts);
    assert!(told.contains("reveals"), "{told}");
    let alone = set(&["arms=alone", "data.task.circles.share=1"]);
    place.fails(
        &place.out("alone"),
        &alone,
        2,
        &["arm 'alone'", "share no inputs"],
    );
    let again = succeeds(tombola(["reproduce"]).arg(&whole));
    assert!(again.contains("same"), "{again}");
    // Trained again from where it began, biases among it, a ticket is what it was.
    let [ticket, out] = ["tickets/1-2.safetensors", "again.safetensors"].map(|name| whole.join(name));
    succeeds(
        tombola(["train", "--from", "initial"])
            .arg(&ticket)
            .arg(whole.join("experiment.toml"))
            .arg("--out")
            .arg(&out),
    );
    let [was, is] = [&ticket, &out].map(|file| {
        let ticket = Ticket::from_bytes(&fs::read(file).expect("a ticket"), "a ticket").expect("a ticket");
        (ticket.params, ticket.initial, ticket.normalization, ticket.tasks)
    });
    assert!(was.1.as_ref().is_some_and(|initial| initial.len() == was.0.len()));
    assert!(was == is);
}

#[test]
fn a_mixed_task_is_learned_at_80_degrees() {
    let place = Place::new("seeds = 1\n[training]\nepochs = 300\n[pruning]\nlevels = 0\n");
    let out = place.out("mixed");
    succeeds(&mut place.run(&out, &set(&["data.task.moons.mix=80"])));
    for row in rows(&out, "levels.csv") {
        for task in ["moons", "circles"] {
            let accuracy: f64 = row[&format!("accuracy_{task}")].parse().expect("a share");
            assert!(0.97 <= accuracy, "{row:?}");
        }
    }
}

#[test]
fn a_coupled_task_wants_the_others_inputs_and_the_other_does_not_want_its() {
    let place = Place::new(
        "seeds = 1\nmeasure = \"full\"\n[network]\nhidden = [16, 16]\n[training]\nepochs = 100\n[pruning]\nlevels = 0\n",
    );
    let out = place.out("coupled");
    succeeds(&mut place.run(&out, &set(&["data.task.moons.flip_where=0.3"])));
    let permuted: Vec<Row> = rows(&out, "measures.csv")
        .into_iter()
        .filter(|row| row["measure"] == "permuted_accuracy")
        .collect();
    assert_eq!(permuted.len(), 2);
    for row in permuted {
        let accuracy: f64 = row["value"].parse().expect("a share");
        // Flipped or not by another sample's input, moons is right where both are or neither is: 0.3² + 0.7² = 0.58. Five
        // standard errors of a thousand samples.
        let expected = if row["of"] == "moons" {
            0.50..0.66
        } else {
            0.99..1.01
        };
        assert!(expected.contains(&accuracy), "{row:?}");
    }
}
