//! The ONNX model: onnxruntime's answers are the core's, as far as rounding in another order allows.

use std::path::Path;

use tempfile::TempDir;
use tombola::Mlp;
use tombola_host::export::onnx::model;
use tombola_host::ticket::Ticket;

use super::tickets::{self, Case};
use super::{answers, run, write, write_samples};
use crate::reference::python;
use crate::tolerance::Approx;
use crate::twin::logits;

/// Runs the models that `make` makes, and returns how many logits and classes are not what they must be, and how many
/// were held against the core.
pub(super) fn wrong(cases: &[&Case], make: impl Fn(&Case) -> Vec<u8>) -> [usize; 3] {
    let directory = TempDir::new().expect("a directory");
    for (number, case) in cases.iter().enumerate() {
        write(directory.path(), &format!("{number}.onnx"), make(case));
    }
    write_samples(directory.path(), cases.iter().copied());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/export/run_onnx.py");
    run(python()
        .current_dir(directory.path())
        .arg(script)
        .arg(cases.len().to_string()));
    let [mut logits, mut classes, mut compared] = [0; 3];
    for (number, case) in cases.iter().enumerate() {
        let output_count = Mlp::new(&case.ticket.widths).output_count();
        let row = output_count + case.ticket.tasks.len();
        for (sample, answer, words) in answers(directory.path(), number, case, row) {
            compared += 1;
            let exact = exact(case, sample);
            let right = |(logit, expected): (&u32, &Approx)| {
                (f64::from(f32::from_bits(*logit)) - expected.exact).abs() <= expected.error
            };
            logits += usize::from(!words.iter().zip(&exact).all(right));
            for ((task, &class), &expected) in case
                .ticket
                .tasks
                .iter()
                .zip(&words[output_count..])
                .zip(&answer.classes)
            {
                classes +=
                    usize::from(is_certain(&task.outputs, &exact, expected) && class as usize != expected);
            }
        }
    }
    [logits, classes, compared]
}

/// The logits in double precision, and how far an f32 may be from them that was summed in any order, products fused or
/// not: the bounds of [`Approx`] hold for the core and for onnxruntime. Normalization is rounded the same by both.
fn exact(case: &Case, sample: &[f32]) -> Vec<Approx> {
    let Ticket { widths, params, .. } = &case.ticket;
    let net = Mlp::new(widths);
    let of = |param: usize| Approx::exactly(params[param].into());
    let inputs = sample.iter().enumerate();
    let inputs = inputs.map(|(input, &x)| Approx::exactly(case.normalized(input, x).into()));
    logits(net, of, inputs.collect())
}

/// Whether rounding cannot make another class of it.
fn is_certain(outputs: &[usize], logits: &[Approx], class: usize) -> bool {
    if let [output] = *outputs {
        return logits[output].sign().is_some();
    }
    let best = logits[outputs[class]];
    let mut others = outputs.iter().enumerate().filter(|&(other, _)| other != class);
    others.all(|(_, &output)| logits[output].exact + logits[output].error < best.exact - best.error)
}

/// A model takes no notice of flash, so each ticket is there once.
fn cases() -> Vec<&'static Case> {
    tickets::all()
        .iter()
        .filter(|case| case.flash.is_none())
        .step_by(2)
        .collect()
}

#[test]
#[ignore = "needs Python with onnx and onnxruntime; tests/run runs it"]
fn onnx_is_right_to_rounding() {
    let [logits, classes, compared] = wrong(&cases(), |case| model(&case.ticket).expect("a model"));
    assert_eq!([logits, classes], [0, 0], "of {compared} answers");
    assert!(100 * super::SAMPLES < compared, "{compared}");
}

/// A bound that lets everything through tests nothing: a weight that is wrong by a ten-thousandth is seen.
#[test]
#[ignore = "needs Python with onnx and onnxruntime; tests/run runs it"]
fn a_wrong_number_is_seen() {
    let [logits, _, compared] = wrong(&cases(), |case| {
        let mut ticket = case.ticket.clone();
        let last = ticket.params.last_mut().expect("a bias");
        *last = if *last == 0.0 { 1e-3 } else { *last * 1.0001 };
        model(&ticket).expect("a model")
    });
    assert!(compared / 4 < logits, "{logits} of {compared}");
}
