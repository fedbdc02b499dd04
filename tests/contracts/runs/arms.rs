//! Checks what arms promise: the rows of one do not depend on the others, each has the weights it should, and what is on
//! disk is not computed again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use itertools::Itertools;
use tombola::lanes::Portable;
use tombola::{Mask, Mlp, State, Structure, Trajectory};
use tombola_host::experiment::Experiment;
use tombola_host::run::{self, Access, RunDirectory, Watch};
use tombola_host::setup::Setup;
use tombola_host::structure::anatomy;
use tombola_host::ticket::{TaskPorts, Ticket};

use super::writes::holds_initial;
use super::{LEVELS, Place, SMALL};
use crate::program::{files, same_files, succeeds, tombola};

const ALL: [&str; 2] = ["--set", "arms=all"];
const WIDTHS: [usize; 4] = [4, 16, 8, 2];

/// The rows of `levels.csv` by arm, the arm itself left out.
fn rows(out: &Path) -> BTreeMap<String, Vec<String>> {
    let mut csv = csv::Reader::from_path(out.join("levels.csv")).expect("a table");
    let header = csv.headers().expect("a header").clone();
    let arm = header
        .iter()
        .position(|name| name == "arm")
        .expect("a column of arms");
    let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for record in csv.records() {
        let record = record.expect("a row");
        let cells = record.iter().enumerate().filter(|&(column, _)| column != arm);
        let cells = cells.map(|(_, cell)| cell).join(",");
        rows.entry(record[arm].to_owned()).or_default().push(cells);
    }
    rows
}

/// The arms of a run, in the order in which they stand in the table.
fn arms(out: &Path) -> Vec<String> {
    rows(out).into_keys().collect()
}

/// Parameters that survive, by arm, seed and level; tickets of every arm were kept.
fn masks(out: &Path, arm: &str) -> Vec<Vec<Vec<bool>>> {
    let folder = match arm {
        "imp" => out.join("tickets"),
        _ => out.join("tickets").join(arm),
    };
    let read = |seed, level| {
        Ticket::read(&folder.join(format!("{seed}-{level}.safetensors")))
            .expect("a ticket")
            .mask
    };
    let of_seed = |seed: u64| (0..LEVELS).map(|level| read(seed, level)).collect();
    (0..5).map(of_seed).collect()
}

#[test]
fn the_rows_of_an_arm_do_not_depend_on_which_others_run() {
    let place = Place::new(SMALL);
    let (all, imp) = (place.out("all"), place.undisturbed(&[]));
    succeeds(&mut place.run(&all, &ALL));
    let all_rows = rows(&all);
    assert_eq!(rows(&imp)["imp"], all_rows["imp"]);
    for arm in arms(&all).iter().filter(|arm| *arm != "imp") {
        let out = place.out("alone");
        let set = format!("arms=[\"{arm}\"]");
        succeeds(&mut place.run(&out, &["--seeds", "2", "--set", &set]));
        let alone = &rows(&out)[arm];
        assert_eq!(alone[..], all_rows[arm][..alone.len()], "{arm}");
        fs::remove_dir_all(&out).expect("a directory");
    }
}

#[test]
fn arms_that_an_experiment_can_be_are_that_experiment() {
    let place = Place::new(SMALL);
    let all = place.out("all");
    for patience in [&[][..], &["--set", "training.patience=2"]] {
        succeeds(&mut place.run(
            &all,
            &[&["--set", "arms=[\"late\", \"late:9\", \"no-rewind\"]"], patience].concat(),
        ));
        let all_rows = rows(&all);
        for (arm, set) in [
            ("late", "pruning.rewind={epoch=5}"),
            ("late:9", "pruning.rewind={epoch=9}"),
            ("no-rewind", "pruning.rewind=none"),
        ] {
            let out = place.out("other");
            succeeds(&mut place.run(&out, &[&["--set", set], patience].concat()));
            assert_eq!(rows(&out)["imp"], all_rows[arm], "{arm}");
            fs::remove_dir_all(&out).expect("a directory");
        }
        fs::remove_dir_all(&all).expect("a directory");
    }
}

#[test]
fn every_arm_has_the_weights_it_should() {
    let place = Place::new(SMALL);
    let out = place.out("all");
    succeeds(&mut place.run(&out, &["--set", "arms=all", "--set", "keep=all"]));
    let (net, imp) = (Mlp::new(&WIDTHS), masks(&out, "imp"));
    let trajectory = Trajectory::with_levels(net.weight_count() as u64, 0.3, 6).expect("a trajectory");
    let count = |mask: &[bool]| mask.iter().filter(|&&survives| survives).count();
    let by_layer = |mask: &[bool]| {
        net.layers()
            .map(|layer| count(&mask[layer.weights]))
            .collect_vec()
    };
    let degrees = |mask: &[bool]| {
        let of_layer = net.layers().flat_map(|layer| {
            let weights = mask[layer.weights].to_vec();
            let into = weights.chunks(layer.fan_in).map(count).collect_vec();
            let from = (0..layer.fan_in).map(|from| {
                weights
                    .iter()
                    .skip(from)
                    .step_by(layer.fan_in)
                    .filter(|&&w| w)
                    .count()
            });
            into.into_iter().chain(from.collect_vec())
        });
        of_layer.collect_vec()
    };
    let nested =
        |[before, after]: [&Vec<bool>; 2]| before.iter().zip(after).all(|(before, after)| *before || !after);
    let levels = || (0..5).cartesian_product(0..LEVELS);
    for arm in arms(&out).iter().filter(|arm| *arm != "alone") {
        let masks = masks(&out, arm);
        for (seed, level) in levels() {
            let mask = &masks[seed][level];
            assert_eq!(count(mask) as u64, trajectory.weights_left(level as u32), "{arm}");
            let same = mask == &imp[seed][level];
            match &**arm {
                "fresh-weights" | "other-order" | "other-data" => assert!(same),
                "shuffled" => assert!(level == 0 || !same && by_layer(mask) == by_layer(&imp[seed][level])),
                "rewired" => assert!(degrees(mask) == degrees(&imp[seed][level])),
                "layerwise" => {
                    let left = trajectory.weights_left(level as u32) as f64 / net.weight_count() as f64;
                    for (kept, layer) in by_layer(mask).into_iter().zip(net.layers()) {
                        // The largest remainders round by less than one.
                        assert!((kept as f64 - left * layer.weights.len() as f64).abs() < 1.0);
                    }
                }
                _ => {}
            }
            if level > 0 && !["shuffled", "rewired", "synflow"].contains(&&**arm) {
                assert!(nested([&masks[seed][level - 1], mask]), "{arm}");
            }
        }
    }
    // One network for each task: side by side, they have as many weights as imp's ticket has on paths to each of them.
    let mut compared = 0;
    for (seed, level) in levels() {
        let path = out.join(format!("tickets/alone/{seed}-{level}.safetensors"));
        let wanted: Vec<usize> = if level == 0 {
            vec![2 * 16 + 16 * 8 + 8; 2]
        } else {
            (0..2).map(|task| on_paths(&imp[seed][level], task)).collect()
        };
        if wanted.contains(&0) {
            assert!(!path.exists(), "there is no network to train");
            continue;
        }
        let ticket = Ticket::read(&path).expect("a ticket");
        assert_eq!(ticket.widths, [4, 32, 16, 2]);
        assert_eq!(count(&ticket.mask), wanted.iter().sum::<usize>());
        assert!(anatomy(&ticket).independent);
        compared += 1;
    }
    assert!(20 < compared, "{compared}");
}

/// Active weights from which a task's output is reached.
fn on_paths(mask: &[bool], task: usize) -> usize {
    let net = Mlp::new(&WIDTHS);
    let tasks = [0, 1].map(|task| TaskPorts::new("task", 2 * task..2 * task + 2, [task]));
    let tasks = [tasks[0].as_task(), tasks[1].as_task()];
    let mut words = vec![0; net.mask_len()];
    let mask = Mask::from_fn(net, &mut words, |weight| mask[weight]);
    let mut memory = vec![0; Structure::memory_len(net, 2)];
    let structure = Structure::of(net, &tasks, &mask, &mut memory);
    let edges = (0..net.layer_count()).flat_map(|layer| structure.edges(layer));
    let counts =
        edges.filter(|&edge| structure.edge_state(edge) == State::Active && structure.is_sink(task, edge.to));
    counts.count()
}

#[test]
fn what_is_pruned_is_what_the_scores_say() {
    let place = Place::new(SMALL);
    let out = place.out("all");
    let arms = "arms=[\"one-shot\", \"untrained\", \"largest\", \"synflow\", \"layerwise\"]";
    succeeds(&mut place.run(&out, &["--set", arms, "--set", "keep=all", "--seeds", "2"]));
    let net = Mlp::new(&WIDTHS);
    let ticket = |arm: &str, seed: u64, level: usize| {
        let folder = if arm == "imp" {
            "tickets".to_owned()
        } else {
            format!("tickets/{arm}")
        };
        Ticket::read(&out.join(folder).join(format!("{seed}-{level}.safetensors"))).expect("a ticket")
    };
    // Positions by rising magnitude, the earlier first where they are equal.
    let rising = |values: &[f32]| {
        let positions =
            (0..net.weight_count()).sorted_by(|&a, &b| values[a].abs().total_cmp(&values[b].abs()));
        positions.collect_vec()
    };
    let kept = |order: &[usize], left: usize| {
        let mut mask = vec![false; net.weight_count()];
        order
            .iter()
            .rev()
            .take(left)
            .for_each(|&weight| mask[weight] = true);
        mask
    };
    for (seed, level) in (0..2).cartesian_product(1..LEVELS) {
        let dense = ticket("imp", seed, 0);
        let initial = dense.initial.clone().expect("initial weights");
        let mask = |arm| ticket(arm, seed, level).mask;
        let left = mask("one-shot").iter().filter(|&&survives| survives).count();
        assert_eq!(mask("one-shot"), kept(&rising(&dense.params), left));
        assert_eq!(mask("untrained"), kept(&rising(&initial), left));
        // The largest go of those that were left: of the least, so many stay.
        let before = ticket("largest", seed, level - 1);
        let survivors = rising(&before.params)
            .into_iter()
            .filter(|&weight| before.mask[weight])
            .collect_vec();
        let mut least = vec![false; net.weight_count()];
        survivors[..left].iter().for_each(|&weight| least[weight] = true);
        assert_eq!(mask("largest"), least);
        // Synaptic flow, from all weights on.
        let mut params = [initial, vec![0.0; net.bias_count()]].concat();
        let mut words = vec![0; net.mask_len()];
        let mut flow = Mask::full(net, &mut words);
        let (mut scores, mut flows) = (vec![0.0; net.weight_count()], vec![0.0; net.flow_len()]);
        tombola::synflow_prune::<Portable>(net, &mut params, &mut flow, (left, 100), &mut scores, &mut flows);
        assert!(
            mask("synflow")
                .iter()
                .enumerate()
                .all(|(weight, &survives)| survives == flow.survives(weight))
        );
        // Of each layer the least go.
        let before = ticket("layerwise", seed, level - 1);
        let now = mask("layerwise");
        for layer in net.layers() {
            let weights = layer.weights.filter(|&weight| before.mask[weight]);
            let (kept, pruned): (Vec<_>, Vec<_>) = weights.partition(|&weight| now[weight]);
            let magnitudes =
                |weights: Vec<usize>| weights.into_iter().map(|weight| before.params[weight].abs());
            let least = magnitudes(kept).fold(f32::INFINITY, f32::min);
            assert!(magnitudes(pruned).all(|weight| weight <= least));
        }
    }
}

#[test]
fn the_imp_rows_of_the_controls_are_those_of_the_founding_experiment() {
    let home = tempfile::TempDir::new().expect("a temporary directory");
    let run = |name: &str| {
        let out = home.path().join(name);
        let line = [
            "run",
            name,
            "--seeds",
            "1",
            "--set",
            "pruning.levels=3",
            "--quiet",
            "--out",
        ];
        succeeds(tombola(line).arg(&out));
        rows(&out)
    };
    let (founding, controls) = (run("moons-circles"), run("controls"));
    assert_eq!(founding["imp"], controls["imp"]);
    assert_eq!(controls.len(), 22);
}

#[test]
fn arms_are_added_to_a_finished_run_and_what_is_there_is_not_touched() {
    let place = Place::new(SMALL);
    let at_once = place.undisturbed(&ALL);
    let out = place.out("grown");
    succeeds(&mut place.run(&out, &[]));
    let modified = |out: &Path| {
        let tickets = fs::read_dir(out.join("tickets")).expect("tickets").flatten();
        let times = tickets.map(|file| {
            (
                file.path(),
                file.metadata().and_then(|file| file.modified()).expect("a time"),
            )
        });
        times.sorted().collect_vec()
    };
    let before = modified(&out);
    succeeds(&mut place.run(&out, &["--set", "arms=snip,rewired"]));
    let answer = succeeds(&mut place.run(&out, &[]));
    assert!(
        answer.contains("\nOn record, too, but not asked for now: arms rewired and snip (--set arms).\n"),
        "{answer}"
    );
    succeeds(&mut place.run(&out, &ALL));
    same_files(&at_once, &out);
    assert_eq!(before, modified(&out));
    // With fewer arms, the tables are of fewer, and what is known of the others stays.
    let told = |more: &[&str]| {
        let answer = succeeds(&mut place.run(&out, more));
        let others = answer.lines().find(|line| line.starts_with("On record, too"));
        others.map(|line| line.replace("On record, too, but not asked for now: ", ""))
    };
    let many = told(&[]).expect("a line");
    assert_eq!(arms(&out), ["imp"]);
    assert!(many.ends_with(" arms (--set arms)."), "{many}");
    let few = told(&["--seeds", "2", "--first-seed", "1"]).expect("a line");
    assert!(few.starts_with("3 seeds (--seeds, --first-seed) and "), "{few}");
    assert_eq!(told(&ALL), None);
    same_files(&at_once, &out);
}

#[test]
fn a_run_with_arms_that_is_killed_ends_with_the_files_of_an_undisturbed_one() {
    for more in [
        &["--set", "arms=all", "--set", "keep=all"][..],
        &["--set", "arms=all", "--set", "keep=named"],
        &["--set", "arms=all", "--set", "pruning.rewind=none"],
        &[
            "--set",
            "arms=all",
            "--set",
            "keep=all",
            "--set",
            "pruning.rewind={epoch=5}",
        ],
        // Long enough that levels converge.
        &[
            "--set",
            "arms=[\"late\"]",
            "--set",
            "measure=full",
            "--set",
            "training.epochs=40",
            "--seeds",
            "2",
        ],
    ] {
        let place = Place::new(SMALL);
        let undisturbed = place.undisturbed(more);
        let out = place.out("often-killed");
        place.kill_until_finished(Duration::from_millis(60), &out, more);
        succeeds(&mut place.run(&out, more));
        same_files(&undisturbed, &out);
    }
}

#[test]
fn tickets_of_a_run_without_records_are_measured_again_and_not_trained() {
    let place = Place::new(SMALL);
    let undisturbed = place.undisturbed(&[]);
    let out = place.out("old");
    succeeds(&mut place.run(&out, &[]));
    let before = files(&out);
    fs::remove_dir_all(out.join("records")).expect("records");
    fs::remove_file(out.join("levels.csv")).expect("a table");
    succeeds(&mut place.run(&out, &[]));
    same_files(&undisturbed, &out);
    // More is measured of the tickets that are there; what only training tells stays empty.
    succeeds(&mut place.run(&out, &["--set", "measure=full"]));
    let after = files(&out);
    let tickets = |name: &&PathBuf| name.starts_with("tickets");
    assert!(
        before
            .keys()
            .filter(tickets)
            .all(|name| before[name] == after[name])
    );
    let trained = place.out("full");
    succeeds(&mut place.run(&trained, &["--set", "measure=full"]));
    let [again, trained] =
        [out, trained].map(|out| fs::read_to_string(out.join("measures.csv")).expect("measures"));
    assert!(again == trained, "what is in measures.csv, a ticket can give");
}

#[test]
fn a_run_that_is_stopped_before_tickets_are_measured_again_is_not_finished() {
    struct Nobody;
    impl Watch for Nobody {
        fn level_finished(&self) {}
        fn levels_lost(&self, _: u32) {}
    }
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    fs::remove_dir_all(out.join("records")).expect("records");
    let experiment = Experiment::open(&place.file, &[]).expect("an experiment");
    let setup = Setup::open(experiment).expect("a set-up");
    let directory =
        RunDirectory::open(&out, &setup.experiment, &setup.digest, Access::Alone).expect("a directory");
    let run = |stop| {
        let done = run::run(&setup, &directory, 1, &AtomicBool::new(stop), &Nobody);
        done.expect("a run").replicates
    };
    assert!(
        run(true)
            .iter()
            .all(|seed| seed.is_stopped() && seed.rows().count() == 0)
    );
    assert!(
        run(false)
            .iter()
            .all(|seed| !seed.is_stopped() && seed.rows().count() == LEVELS)
    );
}

#[test]
fn only_the_tickets_that_are_wanted_stay() {
    let place = Place::new(SMALL);
    let out = place.out("named");
    succeeds(&mut place.run(&out, &["--set", "keep=named"]));
    let named = files(&out)
        .into_keys()
        .filter(|name| name.starts_with("tickets"))
        .collect_vec();
    let kept = place.undisturbed(&[]);
    assert_eq!(named.len(), 1, "{named:?}");
    let ticket =
        |name: &Path| ["named", "undisturbed"].map(|run| Ticket::read(&place.out(run).join(name)).ok());
    for name in &named {
        let [alone, among_others] = ticket(name);
        assert!(alone.is_some() && alone == among_others);
        // Where no first ticket of its seed holds them, it has the initial weights itself.
        assert!(holds_initial(&out.join(name)));
    }
    assert_eq!(rows(&out), rows(&kept));
    // The others are trained again once they are wanted.
    succeeds(&mut place.run(&out, &[]));
    for name in named {
        fs::copy(kept.join(&name), out.join(&name)).expect("a ticket");
    }
    same_files(&kept, &out);
}

#[test]
fn records_that_are_damaged_or_of_another_run_stop_the_run_and_nothing_is_touched() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&["--set", "keep=named"]);
    let record = out.join("records/2.jsonl");
    let good = fs::read(&record).expect("records");
    let text = String::from_utf8_lossy(&good);
    let stops = |content: &[u8], fragments: &[&str]| {
        fs::write(&record, content).expect("a file");
        let before = files(&out);
        place.fails(&out, &["--set", "keep=named", "--seeds", "9"], 2, fragments);
        assert!(before == files(&out), "{fragments:?}");
    };
    let third = text.match_indices('\n').nth(1).expect("lines").0 + 20;
    let flipped = [&good[..third], &[good[third] ^ 1], &good[third + 1..]].concat();
    stops(&flipped, &["2.jsonl:3: ", "damaged", "move the file away"]);
    stops(
        &[&good[..third], b"\n", &good[third..]].concat(),
        &["2.jsonl:3: ", "damaged"],
    );
    let other = fs::read(out.join("records/3.jsonl")).expect("records");
    stops(&other, &["2.jsonl:1: ", "records of seed 3"]);
    stops(b"something else\n", &["2.jsonl:1: ", "damaged"]);
    // What a killed process leaves is no damage: half a line, or one that was written again where its ticket was missing.
    let second = text.split_inclusive('\n').nth(1).expect("a line");
    let twice = [&good[..], second.as_bytes()].concat();
    for left in [
        &good[..third],
        &good[..good.len() - 1],
        b"",
        b"{\"version\"",
        &twice,
    ] {
        fs::write(&record, left).expect("a file");
        succeeds(&mut place.run(&out, &["--set", "keep=named"]));
        assert!(good == fs::read(&record).expect("records"));
    }
}

#[test]
fn a_ticket_whose_parameters_are_not_those_on_record_stops_the_run() {
    let place = Place::new(SMALL);
    let out = place.undisturbed(&[]);
    let path = out.join("tickets/2-3.safetensors");
    let mut changed = Ticket::read(&path).expect("a ticket");
    let first = changed
        .mask
        .iter()
        .position(|&survives| survives)
        .expect("a weight");
    changed.params[first] += 1.0;
    changed.write(&path).expect("a ticket");
    place.fails(
        &out,
        &[],
        2,
        &[
            "seed 2: level 3",
            "2-3.safetensors",
            "not the parameters",
            "damaged",
        ],
    );
}
