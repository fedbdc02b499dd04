//! Networks from elsewhere: an imported ticket has the logits of PyTorch and onnxruntime, as far as rounding allows.

mod answers;
mod recorded;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tombola::Mlp;
use tombola_host::ticket::Ticket;

use crate::program::{fails, stderr, succeeds, tombola};
use crate::reference::script;
use crate::tolerance::{Approx, FOLDED, ROUNDED};
use crate::twin::logits;

/// A network that `tests/reference/networks.py` made.
#[derive(Deserialize)]
struct Case {
    name: String,
    file: String,
    options: Vec<String>,
    /// Raw, a row for each sample.
    inputs: Vec<Vec<f32>>,
    logits: Vec<Vec<f64>>,
    /// Whose they are.
    by: String,
}

/// All networks, and the folder with their files.
fn cases() -> (TempDir, Vec<Case>) {
    let home = TempDir::new().expect("a temporary directory");
    let said = succeeds(script("networks.py").current_dir(home.path()));
    if !said.contains("PyTorch") {
        // Past the capture of the tests' output: who reads the log must know what was not held against what.
        let _ = writeln!(
            io::stderr(),
            "\n== PYTORCH IS NOT INSTALLED: imported networks are compared with NumPy and onnxruntime alone"
        );
    }
    let cases = fs::read(home.path().join("cases.json")).expect("a table of cases");
    (home, serde_json::from_slice(&cases).expect("cases"))
}

/// Imports a network; the ticket, and what was said.
fn import(home: &Path, case: &Case) -> (Ticket, String) {
    let mut command = tombola(["import", &case.file, "--out", "ticket.safetensors"]);
    let output = command
        .args(&case.options)
        .current_dir(home)
        .output()
        .expect("the program starts");
    let said = stderr(&output);
    assert!(output.status.success(), "{}: {said}", case.name);
    (
        Ticket::read(&home.join("ticket.safetensors")).expect("a ticket"),
        said,
    )
}

/// A CSV file of these inputs, called x0, x1, …
fn csv(inputs: &[Vec<f32>]) -> String {
    let names = (0..inputs[0].len()).map(|input| format!("x{input}"));
    let rows = inputs
        .iter()
        .map(|row| row.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(","));
    [names.collect::<Vec<_>>().join(",")]
        .into_iter()
        .chain(rows)
        .map(|line| line + "\n")
        .collect()
}

/// What `tombola predict` answers, in the order of the network's outputs.
fn answers(home: &Path, case: &Case, ticket: &Ticket) -> Vec<Vec<f64>> {
    assert_eq!(case.inputs[0].len(), ticket.widths[0], "{}", case.name);
    fs::write(home.join("inputs.csv"), csv(&case.inputs)).expect("a file");
    let mut predict = tombola(["predict", "ticket.safetensors", "--data", "inputs.csv", "--json"]);
    let answer: Value = serde_json::from_str(&succeeds(predict.current_dir(home))).expect("JSON");
    let row = |row: &Value| {
        let mut logits = vec![f64::NAN; case.logits[0].len()];
        for task in &ticket.tasks {
            for (place, &output) in task.outputs.iter().enumerate() {
                logits[output] = row["logits"][&task.name][place].as_f64().expect("a logit");
            }
        }
        logits
    };
    answer["rows"].as_array().expect("rows").iter().map(row).collect()
}

/// The logits of a ticket in double precision, and how far those may be from them that were computed in 32 bits, in any order,
/// by whoever has the same weights to the rounding that was told of.
fn exact(ticket: &Ticket, said: &str, sample: &[f32]) -> Vec<Approx> {
    let net = Mlp::new(&ticket.widths);
    let weights = if said.contains("rounded to 32 bits") {
        ROUNDED
    } else {
        0.0
    };
    let inputs = if said.contains("is folded") { FOLDED } else { 0.0 };
    let of = |param: usize| {
        let exact = f64::from(ticket.params[param]);
        Approx {
            exact,
            error: exact.abs() * weights,
        }
    };
    let input = |(input, &x): (usize, &f32)| {
        let Some(by) = &ticket.normalization else {
            return Approx::exactly(x.into());
        };
        let (shift, scale) = (f64::from(by.shift[input]), f64::from(by.scale[input]));
        Approx {
            exact: by.column(input).apply(x).into(),
            error: inputs * (f64::from(x).abs() + shift.abs()) * scale.abs(),
        }
    };
    logits(net, of, sample.iter().enumerate().map(input).collect())
}

/// How many logits of ours and of theirs are not what they must be, and how many there are.
fn wrong(home: &Path, case: &Case, spoil: f32) -> [usize; 3] {
    let (mut ticket, said) = import(home, case);
    let ours = answers(home, case, &ticket);
    let last = ticket.params.last_mut().expect("a bias");
    *last += spoil;
    let [mut of_ours, mut of_theirs, mut count] = [0; 3];
    for ((sample, ours), theirs) in case.inputs.iter().zip(&ours).zip(&case.logits) {
        for ((bound, ours), theirs) in exact(&ticket, &said, sample).iter().zip(ours).zip(theirs) {
            let is_wrong = |logit: f64| {
                (logit - bound.exact).abs().partial_cmp(&bound.error) != Some(std::cmp::Ordering::Less)
            };
            of_ours += usize::from(is_wrong(*ours));
            of_theirs += usize::from(is_wrong(*theirs));
            count += 1;
        }
    }
    [of_ours, of_theirs, count]
}

#[test]
#[ignore = "needs Python with onnx, onnxruntime and safetensors; tests/run runs it"]
fn imported_logits_are_those_of_their_makers_to_rounding() {
    let (home, cases) = cases();
    for case in &cases {
        let [ours, theirs, count] = wrong(home.path(), case, 0.0);
        assert_eq!(
            [ours, theirs],
            [0, 0],
            "{}: of {count} logits, beside those of {}",
            case.name,
            case.by
        );
        assert!(64 <= count, "{}: {count}", case.name);
    }
    assert!(30 <= cases.len(), "{}", cases.len());
}

/// A bound that lets everything through tests nothing: a bias that is wrong by a thousandth is seen in the logit it is in.
#[test]
#[ignore = "needs Python with onnx, onnxruntime and safetensors; tests/run runs it"]
fn a_wrong_number_is_seen() {
    let (home, cases) = cases();
    // Where a bound has room for thousands of roundings, a thousandth is lost in it.
    let is_small = |case: &&Case| !["deep", "wide"].iter().any(|large| case.name.contains(large));
    for case in cases.iter().filter(is_small) {
        let [ours, theirs, count] = wrong(home.path(), case, 1e-3);
        let expected = count / case.logits[0].len();
        assert!(
            [ours, theirs].iter().all(|&seen| expected * 9 / 10 <= seen),
            "{}: {ours}, {theirs} of {expected}",
            case.name
        );
    }
}

/// What people have done to networks, and what all commands say of them.
#[test]
#[ignore = "needs Python with onnx, onnxruntime and safetensors; tests/run runs it"]
fn a_network_that_is_no_ticket_is_refused_with_the_way_to_one() {
    let (home, _) = cases();
    for file in ["sequential.safetensors", "gemm.onnx"] {
        for line in [
            format!("inspect {file}"),
            format!("predict {file} --data inputs.csv"),
            format!("export {file} --format c"),
        ] {
            let mut command = tombola(line.split(' '));
            fails(command.current_dir(home.path()), 2, &[file, "tombola import"]);
        }
    }
    for file in ["gemm.onnx", "beside.onnx", "beside.onnx.data"] {
        let model = file.trim_end_matches(".data");
        let before = fs::read(home.path().join(file)).expect("a file");
        let mut onto_itself = tombola(["import", model, "--out", &format!("./{file}")]);
        let said = ["the same file", "name another"];
        fails(onto_itself.current_dir(home.path()), 2, &said);
        assert_eq!(fs::read(home.path().join(file)).expect("a file"), before);
    }
    fs::remove_file(home.path().join("beside.onnx.data")).expect("a file");
    let mut alone = tombola(["import", "beside.onnx", "--out", "t.safetensors"]);
    fails(
        alone.current_dir(home.path()),
        2,
        &["'beside.onnx.data', which is not beside the model"],
    );
}

/// From a pruned network to a board in two commands.
#[test]
#[ignore = "needs Python with onnx, onnxruntime and safetensors, and QEMU; tests/run runs it"]
fn an_imported_network_runs_on_an_emulated_board() {
    let (home, cases) = cases();
    let case = cases
        .iter()
        .find(|case| case.name == "pruned")
        .expect("the pruned network");
    let (ticket, _) = import(home.path(), case);
    answers(home.path(), case, &ticket);
    let path = |name: &str| home.path().join(name).display().to_string();
    let mut emulate = tombola([
        "emulate",
        &path("ticket.safetensors"),
        "--data",
        &path("inputs.csv"),
    ]);
    let said = succeeds(emulate.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")));
    assert!(
        said.contains("logits     192 of 192 have the host's bits, in 64 samples"),
        "{said}"
    );
}
