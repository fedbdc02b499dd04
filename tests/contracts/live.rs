//! The committed module of the live page gives, in a browser's engine, the answers that the host gives: lotteries with
//! the same bits, level by level, files byte by byte.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tombola_host::live::Session;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../host/live/page");

/// The answers of the module in Node.
fn in_node(requests: &[Value]) -> Vec<String> {
    let mut node = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/ask.mjs"))
        .args([format!("{PAGE}/module.js"), format!("{PAGE}/tombola.wasm")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let text: String = requests
        .iter()
        .flat_map(|request| [request.to_string(), "\n".to_owned()])
        .collect();
    let mut to = node.stdin.take().expect("an input");
    to.write_all(text.as_bytes()).expect("requests are read");
    drop(to);
    let output = node.wait_with_output().expect("an end");
    assert!(output.status.success(), "node failed");
    let answers = String::from_utf8(output.stdout).expect("text");
    answers.lines().map(str::to_owned).collect()
}

/// Asks both, which answer to the byte.
#[track_caller]
fn same_answers(requests: &[Value]) -> Vec<Value> {
    let mut session = Session::new();
    let answers = in_node(requests);
    assert_eq!(answers.len(), requests.len());
    let same = requests.iter().zip(answers).map(|(request, answer)| {
        // Their texts are too long to be shown.
        assert!(session.answer(&request.to_string()) == answer, "{request}");
        serde_json::from_str(&answer).expect("JSON")
    });
    same.collect()
}

#[test]
#[ignore = "needs Node; tests/run runs it"]
fn the_module_draws_lotteries_to_the_bits_of_the_host() {
    let mut requests = vec![json!({ "open": { "experiment": "" } })];
    for seed in 0..3 {
        for arm in ["imp", "shuffled"] {
            let levels = (0..=17)
                .map(|level| json!({ "level": { "at": { "seed": seed, "arm": arm, "level": level } } }));
            requests.extend(levels);
        }
        for format in ["safetensors", "c"] {
            let at = json!({ "seed": seed, "arm": "imp", "level": 15 });
            requests.push(json!({ "export": { "at": at, "format": format } }));
        }
    }
    let answers = same_answers(&requests);
    let digests = answers
        .iter()
        .filter_map(|answer| answer["params_digest"].as_str());
    let mut digests: Vec<&str> = digests.collect();
    assert_eq!(digests.len(), 3 * 2 * 18);
    digests.sort_unstable();
    digests.dedup();
    // The dense network is one in both arms.
    assert_eq!(digests.len(), 3 * (2 * 18 - 1));
}

#[test]
#[ignore = "needs Node; tests/run runs it"]
fn the_module_says_what_is_wrong_with_a_request() {
    let requests = [
        json!({ "level": {} }),
        json!({ "open": { "experiment": "seeds = 0" } }),
        json!("what"),
    ];
    let answers = same_answers(&requests);
    assert!(answers.iter().all(|answer| answer["error"].is_string()));
}
