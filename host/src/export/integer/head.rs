//! What the head of a file of integers says: the options that make it, what is promised of its numbers, and the range of each
//! input.

use super::super::about;
use crate::integer::{Input, Network, Source, step};
use crate::ticket::input_names;

/// The options that make a file of code: `format` begins with its name.
pub(super) fn options(format: &str, network: &Network, flash: Option<usize>) -> String {
    about::options(&format!("{format} --integer {}", network.width.bits()), flash)
}

/// More inputs than this are not listed one by one.
const LISTED: usize = 64;

/// What the head of a file says of the numbers in it, in lines of comment.
pub(super) fn promise(network: &Network) -> Vec<String> {
    let bits = network.width.bits();
    let mut lines = vec![
        format!(
            "In integers: weights of {bits} bits, activations of 16, and sums of 32 that cannot overflow, whatever"
        ),
        "the inputs: the same bits on any CPU, in any order of addition.".to_owned(),
        format!(
            "Calibrated on {} rows: {}. Network {:016x}.",
            network.calibrated,
            about::column(&network.origin),
            network.digest()
        ),
    ];
    let is_float = |input: &Input| matches!(input.source, Source::Float { .. });
    if network.inputs.iter().any(is_float) {
        lines.push(
            "Inputs are raw floats, made integers by their bits. They are clamped to their range in the"
                .to_owned(),
        );
        lines.push("calibration data; NaN counts as 0 before that.".to_owned());
    } else {
        lines.push(
            "Inputs are integers, as a sensor has them, clamped to their range in the calibration data."
                .to_owned(),
        );
    }
    let names = input_names(&network.program.tasks, network.inputs.len());
    for (input, (made, name)) in network.inputs.iter().zip(names).take(LISTED).enumerate() {
        let name = name.map_or(String::new(), |name| format!(" \"{}\"", about::column(&name)));
        let range = match made.source {
            Source::Float { power } => {
                let step = step(power);
                format!(
                    "from {:e} to {:e}",
                    (f64::from(made.least) * step) as f32,
                    (f64::from(made.most) * step) as f32
                )
            }
            Source::Whole { scale, .. } => {
                format!("from {} to {}, each step worth {scale:e}", made.least, made.most)
            }
        };
        lines.push(format!("  input {input}{name}: {range}"));
    }
    if LISTED < network.inputs.len() {
        lines.push("  and so on".to_owned());
    }
    lines.iter().map(|line| format!("// {line}")).collect()
}
