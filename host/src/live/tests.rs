use std::cell::RefCell;

use base64::Engine;
use serde_json::{Value, json};
use tombola::digest;

use super::Session;
use super::lotteries::Lotteries;
use crate::arm::{self, Arm, Common, ImpLevels, Taken, Trained};
use crate::data::Contents;
use crate::experiment::Experiment;
use crate::measure::Extent;
use crate::results::Row;
use crate::setup::Setup;

/// Small enough to be drawn in every arm.
const SMALL: &str = "arms = \"all\"\n[data]\ntrain = 60\nvalidation = 40\ntest = 50\n[network]\nhidden = [6, 5]\n\
                     [training]\nepochs = 7\n[pruning]\nrate = 0.3\nlevels = 3\n";

fn ask(session: &mut Session, request: &Value) -> Value {
    serde_json::from_str(&session.answer(&request.to_string())).unwrap()
}

fn opened(experiment: &str) -> Session {
    let mut session = Session::new();
    let about = ask(&mut session, &json!({ "open": { "experiment": experiment } }));
    assert!(about["error"].is_null(), "{about}");
    session
}

/// The digest of a level, its file and its row.
type Level = (String, Vec<u8>, Row);

/// Of each arm its levels, as a run draws them.
fn drawn(experiment: &str, seed: u64) -> Vec<(String, Vec<Level>)> {
    let experiment = Experiment::parse(experiment, "small", &[]).unwrap();
    let setup = Setup::new(experiment, &Contents::default()).unwrap();
    let drawn = setup.source().draw(setup.data_seed(seed)).unwrap();
    let common = Common::new(&setup, seed, &drawn);
    let mut taken = Taken::new(setup.rewind());
    let mut all = vec![];
    for arm in setup.arms() {
        let imp = (!arm.is_imp()).then(|| taken.imp.take().unwrap_or_else(ImpLevels::nothing));
        let levels = RefCell::new(vec![]);
        let mut keep = |trained: Trained<'_>| {
            if arm.is_imp() {
                taken.add(&trained);
            }
            let digest = format!("{:016x}", digest::of_floats(trained.params));
            let ticket = trained.ticket(&setup, arm, seed).to_bytes()?;
            let row = Row::new(seed, arm, &trained, &setup, Extent::Basic);
            levels.borrow_mut().push((digest, ticket, row));
            Ok(())
        };
        arm::run(&common, arm, imp.as_ref(), None, 3, &|| false, &mut keep).unwrap();
        taken.imp = taken.imp.or(imp);
        all.push((arm.name().to_owned(), levels.into_inner()));
    }
    all
}

#[test]
fn levels_have_the_bits_of_a_run_in_whatever_order_they_are_asked_for() {
    let expected = drawn(SMALL, 3);
    assert_eq!(
        expected.len(),
        Arm::all(&crate::arm::Fits {
            tasks: &["moons", "circles"],
            epochs: 7,
            rewind: tombola::Rewind::Initial,
            shares_inputs: false,
        })
        .len()
    );
    for order in [[0, 1, 2, 3], [3, 0, 2, 1]] {
        let mut session = opened(SMALL);
        for (arm, levels) in expected.iter().rev() {
            for level in order {
                let at = json!({ "seed": 3, "arm": arm, "level": level });
                let answer = ask(&mut session, &json!({ "level": { "at": at } }));
                let Some((digest, ticket, row)) = levels.get(level) else {
                    assert!(answer["error"].is_string(), "{arm} {level}: {answer}");
                    continue;
                };
                assert_eq!(answer["params_digest"], **digest, "{arm} {level}");
                assert_eq!(answer["result"]["accuracy"], json!(row.result.accuracy));
                let export = json!({ "export": { "at": at, "format": "safetensors" } });
                let file = ask(&mut session, &export);
                let file = base64::engine::general_purpose::STANDARD.decode(file["base64"].as_str().unwrap());
                assert!(file.unwrap() == *ticket, "{arm} {level}");
            }
        }
    }
}

#[test]
fn a_level_says_whether_it_reveals_the_truth_where_the_verdict_does_not() {
    let at = json!({ "level": { "at": { "seed": 0, "arm": "imp", "level": 3 } } });
    assert!(ask(&mut opened(SMALL), &at)["reveals"].is_null());
    let text =
        SMALL.to_owned() + "[[data.task]]\nkind = \"moons\"\nmix = 30\n[[data.task]]\nkind = \"circles\"\n";
    let experiment = Experiment::parse(&text, "small", &[]).unwrap();
    let setup = Setup::new(experiment, &Contents::default()).unwrap();
    let answer = ask(&mut opened(&text), &at);
    let drawn = drawn(&text, 0);
    let (_, _, row) = &drawn[0].1[3];
    assert_eq!(answer["reveals"], json!(row.reveals()));
    assert!(setup.truth().is_some() && row.revealed.is_some());
}

/// The digest of a level, or why there is none.
fn digest_of(session: &mut Session, at: &Value) -> Result<String, String> {
    let answer = ask(session, &json!({ "level": { "at": at } }));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    text(&answer["params_digest"]).ok_or_else(|| text(&answer["error"]).unwrap())
}

#[test]
fn networks_side_by_side_end_where_the_first_of_them_does() {
    // One network for each task has fewer levels than both in one.
    let text = "arms = [\"imp\", \"alone\"]\n[data]\ntrain = 60\nvalidation = 40\ntest = 50\n[network]\nhidden = [6, 5]\n\
                [training]\nepochs = 3\n[pruning]\nrate = 0.5\nlevels = 6\n";
    let experiment = Experiment::parse(text, "small", &[]).unwrap();
    let setup = Setup::new(experiment, &Contents::default()).unwrap();
    let mut session = opened(text);
    let mut ends = vec![];
    for seed in 0..3 {
        let drawn = setup.source().draw(setup.data_seed(seed)).unwrap();
        let common = Common::new(&setup, seed, &drawn);
        let mut taken = Taken::new(setup.rewind());
        let mut keep = |trained: Trained<'_>| {
            taken.add(&trained);
            Ok(())
        };
        arm::run(&common, &setup.arms()[0], None, None, 6, &|| false, &mut keep).unwrap();
        let mut expected = vec![];
        let mut keep = |trained: Trained<'_>| {
            expected.push(format!("{:016x}", digest::of_floats(trained.params)));
            Ok(())
        };
        arm::run(
            &common,
            &setup.arms()[1],
            taken.imp.as_ref(),
            None,
            6,
            &|| false,
            &mut keep,
        )
        .unwrap();
        for level in 0..7_usize {
            let at = json!({ "seed": seed, "arm": "alone", "level": level });
            let answer = digest_of(&mut session, &at);
            assert_eq!(
                answer.as_ref().ok(),
                expected.get(level),
                "seed {seed}, level {level}: {answer:?}"
            );
        }
        ends.push(expected.len());
        let at = json!({ "seed": seed, "arm": "alone", "level": 0, "epoch": 1 });
        assert!(digest_of(&mut session, &at).unwrap_err().contains("side by side"));
    }
    assert!(ends.iter().any(|&end| end < 7), "{ends:?}");
}

#[test]
fn levels_that_start_at_an_epoch_are_shown_from_there_on() {
    let rewinds = format!("{SMALL}rewind = {{ epoch = 3 }}\n");
    // Of these arms some do not fit fewer epochs, or no rewinding.
    let named = SMALL.replace("\"all\"", "[\"imp\", \"late\", \"no-rewind\"]");
    for (text, arm, first) in [
        (SMALL, "late", 6),
        (&named, "late", 6),
        (&named, "imp", 1),
        (&rewinds, "imp", 4),
        (&rewinds, "random", 4),
    ] {
        let mut session = opened(text);
        for level in 0..3 {
            let digests: Vec<_> = (1..=7)
                .map(|epoch| {
                    digest_of(
                        &mut session,
                        &json!({ "seed": 1, "arm": arm, "level": level, "epoch": epoch }),
                    )
                })
                .collect();
            let whole = digest_of(&mut session, &json!({ "seed": 1, "arm": arm, "level": level }));
            assert_eq!(digests[6], whole, "{arm} {level}");
            let refused = digests.iter().take_while(|digest| digest.is_err()).count();
            assert_eq!(
                refused,
                if level == 0 { 0 } else { first - 1 },
                "{arm} {level}: {digests:?}"
            );
        }
    }
}

#[test]
fn a_lottery_that_diverges_ends_there_in_every_arm() {
    let text = "arms = [\"imp\", \"fresh-weights\"]\n[training]\nrate = 1e6\nepochs = 2\n[network]\nhidden = [6]\n\
                [pruning]\nrate = 0.5\nlevels = 1\n";
    let mut session = opened(text);
    let mut refused = [0; 2];
    for seed in 0..20 {
        for (count, arm) in refused.iter_mut().zip(["imp", "fresh-weights"]) {
            for epoch in [None, Some(1)] {
                let at = json!({ "seed": seed, "arm": arm, "level": 0, "epoch": epoch });
                *count += usize::from(digest_of(&mut session, &at).is_err());
            }
        }
    }
    assert!(refused.iter().all(|&count| 0 < count), "{refused:?}");
}

#[test]
fn what_was_dropped_is_drawn_again_and_counts_once() {
    let experiment = Experiment::parse(SMALL, "small", &[]).unwrap();
    let setup = Setup::new(experiment, &Contents::default()).unwrap();
    let [imp, late] = ["imp", "late"].map(|name| setup.arms().iter().find(|arm| arm.name() == name).unwrap());
    let mut lotteries = Lotteries::keeping(1);
    let mut digests = vec![];
    for _ in 0..2 {
        for seed in 0..4 {
            lotteries.draw(&setup, seed, imp).unwrap();
            for arm in [imp, late] {
                for level in [1, 0, 3, 2] {
                    let level = lotteries.level(&setup, seed, arm, level).unwrap();
                    assert_eq!(level.row.params_digest, digest::of_floats(&level.ticket.params));
                    digests.push(level.row.params_digest);
                }
            }
        }
    }
    let half = digests.len() / 2;
    assert_eq!(digests[..half], digests[half..]);
    let replicates = lotteries.replicates(imp);
    assert_eq!(replicates.len(), 4);
    assert!(replicates.iter().all(|replicate| replicate.imp().rows.len() == 4));
}

#[test]
fn a_level_after_its_last_epoch_is_the_level() {
    let mut session = opened(SMALL);
    for arm in ["imp", "random", "late"] {
        for level in [0, 2] {
            let mut digest = |epoch: Option<u32>| {
                let at = json!({ "seed": 1, "arm": arm, "level": level, "epoch": epoch });
                ask(&mut session, &json!({ "level": { "at": at } }))["params_digest"].clone()
            };
            let epochs = if (arm, level) == ("late", 2) { 6..=7 } else { 1..=7 };
            let digests: Vec<Value> = epochs.map(|epoch| digest(Some(epoch))).collect();
            assert_eq!(*digests.last().unwrap(), digest(None), "{arm} {level}");
            assert!(digests.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
}

#[test]
fn a_ticket_without_a_neuron_answers_as_it_is_measured() {
    let full = format!("measure = \"full\"\n{SMALL}");
    let experiment = Experiment::parse(&full, "small", &[]).unwrap();
    let setup = Setup::new(experiment, &Contents::default()).unwrap();
    let drawn = setup.source().draw(setup.data_seed(2)).unwrap();
    let common = Common::new(&setup, 2, &drawn);
    let mut measured = vec![];
    let mut keep = |trained: Trained<'_>| {
        let row = Row::new(2, &Arm::imp(), &trained, &setup, Extent::Full);
        let entries = row.measures.entries();
        let entries = entries.filter(|(name, ..)| *name == "without_neuron");
        measured = entries
            .map(|(_, of, accuracy)| (of.to_owned(), accuracy))
            .collect();
        Ok(())
    };
    arm::run(&common, &Arm::imp(), None, None, 1, &|| false, &mut keep).unwrap();
    let mut session = opened(SMALL);
    assert!(8 < measured.len());
    for (of, accuracy) in measured {
        let (neuron, task) = of.strip_prefix('L').unwrap().split_once(':').unwrap();
        let at = json!({ "seed": 2, "arm": "imp", "level": 1 });
        let request = json!({ "picture": { "at": at, "removed": [neuron] } });
        let answer = ask(&mut session, &request);
        let task = usize::from(task == "circles");
        assert_eq!(answer["accuracy_without"][task], json!(accuracy), "{of}");
    }
}

#[test]
fn what_cannot_be_answered_is_said_in_a_sentence() {
    let mut session = Session::new();
    let mut refused = |request: Value, fragment: &str| {
        let answer = ask(&mut session, &request);
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(fragment), "{error}");
    };
    let at = |seed: u64, arm: &str, level: u32| json!({ "level": { "at": { "seed": seed, "arm": arm, "level": level } } });
    refused(json!("x"), "no request");
    refused(at(0, "imp", 0), "nothing is opened");
    refused(
        json!({ "open": { "experiment": "[training]\nrate = -1" } }),
        "training.rate",
    );
    let file = "[[data.task]]\nkind = \"csv\"\npath = \"a.csv\"";
    refused(json!({ "open": { "experiment": file } }), "a page reads no files");
    refused(json!({ "tickets": { "tickets": ["AAAA"] } }), "ticket 0");
    let mut session = opened(SMALL);
    let mut refused = |request: Value, fragment: &str| {
        let answer = ask(&mut session, &request);
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(fragment), "{error}");
    };
    refused(at(0, "imp", 4), "the last one is 3");
    refused(at(0, "inp", 0), "did you mean 'imp'");
    let removed = |neuron: &str| json!({ "picture": { "at": { "seed": 0, "arm": "imp", "level": 0 }, "removed": [neuron] } });
    for neuron in ["3.0", "1.6", "1", "x.y", "-1.0"] {
        refused(removed(neuron), "no neuron that can be taken out");
    }
}
