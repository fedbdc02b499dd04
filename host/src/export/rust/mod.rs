//! A Rust module without allocator, panic or dependency, and with the bits of the core.
//!
//! The file can be a module (`mod ticket;`) or be included (`include!`), so it has no inner attributes. All arrays
//! have fixed sizes and are taken apart by patterns, or walked by iterators: there is no index that could be out of
//! range, in debug builds neither.

mod rows;
mod straight;

use std::fmt::Write as _;

use super::about::{about, listed};
use super::form::{Form, forms};
use super::halves;
use super::program::{Part, Program, Task};
use super::words::{is_used, lines, unit_name};
use crate::ticket::Ticket;

/// What stands before each function that a ticket makes long: nobody reads its layout.
pub(super) const ATTRIBUTES: &str = "\
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = \"units have numbers, and a line each\")]
";

/// The module that computes `ticket`, in at most `flash` bytes on a Cortex-M4F, or about
/// [`FLASH`](super::form::FLASH) where nothing is said.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that does not fit or cannot be expressed.
pub fn source(ticket: &Ticket, flash: Option<usize>) -> anyhow::Result<String> {
    let program = Program::of(ticket)?;
    let options = match flash {
        None => "--format rust".to_owned(),
        Some(flash) => format!("--format rust --flash {flash}"),
    };
    program.check_class_counts()?;
    let forms = forms(&program, flash)?;
    let text = format!(
        "{}{}{}{}",
        head(&program, &options, NO_UNSAFE),
        whole(&program),
        classes(&program),
        functions(&program, &forms)
    );
    Ok(format!("{}\n", text.trim_end()))
}

/// What the head says of a module that is nothing but Rust.
const NO_UNSAFE: &str = "\
// Same bits as Tombola's core on any CPU, as long as no number on the way is infinite or NaN, as after inputs that
// are: the answer then means nothing. A NaN stays a NaN. No allocator, no panic, no unsafe code.
";

/// The functions of all parts, and what they call.
pub(super) fn functions(program: &Program, forms: &[Vec<Form>]) -> String {
    let mut needs = Needs::default();
    let of_part = |(part, forms): (&Part, &Vec<Form>)| function(program, part, forms, &mut needs);
    let mut text: String = program.parts.iter().zip(forms).map(of_part).collect();
    text += &helpers(&needs);
    text
}

/// What the functions of the parts call.
#[derive(Default)]
struct Needs {
    relu: bool,
    relu_of_half: bool,
    rows: bool,
}

/// What the file is, and its constants; `promise` says what holds for the code.
pub(super) fn head(program: &Program, options: &str, promise: &str) -> String {
    let mut text = String::new();
    for line in about(program, options) {
        let _ = writeln!(text, "{}", format!("// {line}").trim_end());
    }
    let _ = writeln!(text, "//\n{promise}");
    let names: Vec<_> = program
        .tasks
        .iter()
        .map(|task| format!("\"{}\"", task.name))
        .collect();
    let _ = write!(
        text,
        "/// How many inputs the network has.
pub const INPUT_COUNT: usize = {};
/// How many logits the network has.
pub const OUTPUT_COUNT: usize = {};
/// How many tasks the network solves.
pub const TASK_COUNT: usize = {};
/// What the tasks are called.
#[rustfmt::skip]
pub const TASK_NAMES: [&str; TASK_COUNT] = [
{}];
/// Weights that survived pruning.
pub const WEIGHTS_LEFT: usize = {};
/// Weights on a path from an input to an output: those that are computed here.
pub const WEIGHTS_ACTIVE: usize = {};

",
        program.input_count(),
        program.output_count(),
        program.tasks.len(),
        lines(names, 4, 100),
        program.weights_left,
        program.weights_active,
    );
    text
}

/// The function that calls all others.
pub(super) fn whole(program: &Program) -> String {
    let mut text = format!(
        "/// The logits of all tasks, from all inputs.
{ATTRIBUTES}pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {{
"
    );
    if let [part] = &*program.parts {
        // The only part has all inputs and outputs, in their order.
        let _ = writeln!(text, "    {}(inputs)\n}}\n", part.name);
        return text;
    }
    let names = |letter: char, numbers: &[usize]| {
        let names: Vec<_> = numbers.iter().map(|number| format!("{letter}{number}")).collect();
        names.join(", ")
    };
    let all = |letter, count| names(letter, &(0..count).collect::<Vec<_>>());
    let _ = writeln!(text, "    let [{}] = *inputs;", all('x', program.input_count()));
    for part in &program.parts {
        let (inputs, outputs) = (names('x', &part.inputs), names('y', &part.outputs));
        let _ = writeln!(text, "    let [{outputs}] = {}(&[{inputs}]);", part.name);
    }
    let _ = writeln!(text, "    [{}]\n}}\n", all('y', program.output_count()));
    text
}

/// The function that reads classes from logits.
pub(super) fn classes(program: &Program) -> String {
    let class = |task: &Task| match &*task.outputs {
        [output] => format!("u16::from(0.0 < y{output})"),
        [first, others @ ..] => {
            let others: Vec<_> = others.iter().map(|output| format!("y{output}")).collect();
            format!("greatest(y{first}, &[{}])", others.join(", "))
        }
        [] => unreachable!("a task has an output"),
    };
    let outputs = (0..program.output_count()).map(|output| format!("y{output}"));
    let mut text = format!(
        "/// The class of each task, from the logits of all.
{ATTRIBUTES}pub fn classes(logits: &[f32; OUTPUT_COUNT]) -> [u16; TASK_COUNT] {{
    let [{}] = *logits;
    [
{}    ]
}}

",
        outputs.collect::<Vec<_>>().join(", "),
        lines(program.tasks.iter().map(class), 8, 100)
    );
    if program.tasks.iter().any(|task| 1 < task.outputs.len()) {
        text += "/// The index of the first greatest logit.
fn greatest(first: f32, others: &[f32]) -> u16 {
    let (mut class, mut best, mut other) = (0, first, 0_u16);
    for &logit in others {
        other = other.wrapping_add(1);
        if best < logit {
            (class, best) = (other, logit);
        }
    }
    class
}

";
    }
    text
}

/// The function of a part.
fn function(program: &Program, part: &Part, forms: &[Form], needs: &mut Needs) -> String {
    let mut text = signature(program, part, forms[0] == Form::Rows || reads_inputs(part));
    let halves = halves::provable(program, part);
    text += &inputs(program, part, forms);
    for (layer, &form) in forms.iter().enumerate() {
        let next = forms.get(layer + 1);
        if form == Form::Rows {
            text += &rows::layer(part, layer, next, needs);
            if next == Some(&Form::Straight) {
                let _ = writeln!(text, "    let [{}, ..] = h{};", used(part, layer + 1), layer + 1);
            }
        } else {
            text += &straight::layer(part, layer, halves.get(layer), needs);
            if next == Some(&Form::Rows) {
                text += &rows::gathered(part, layer + 1);
            }
        }
    }
    if forms.last() == Some(&Form::Rows) {
        let _ = writeln!(text, "    h{}\n}}\n", forms.len());
    } else {
        let outputs = (0..part.outputs.len()).map(|output| format!("y{output}"));
        let _ = writeln!(text, "    [\n{}    ]\n}}\n", lines(outputs, 8, 100));
    }
    text
}

/// The documentation and the first line of a part's function.
pub(super) fn signature(program: &Program, part: &Part, reads_inputs: bool) -> String {
    let names: Vec<_> = part
        .tasks
        .iter()
        .map(|&task| format!("`{}`", program.tasks[task].name))
        .collect();
    let inputs = if reads_inputs { "inputs" } else { "_inputs" };
    format!(
        "/// {} alone: from inputs [{}] of the network to its logits [{}].
{ATTRIBUTES}pub fn {}({inputs}: &[f32; {}]) -> [f32; {}] {{
",
        names.join(", "),
        listed(&part.inputs),
        listed(&part.outputs),
        part.name,
        part.inputs.len(),
        part.outputs.len(),
    )
}

fn reads_inputs(part: &Part) -> bool {
    part.layers[0].iter().any(|row| row.units().next().is_some())
}

/// The inputs by their names, normalized, or as an array for a layer in rows.
fn inputs(program: &Program, part: &Part, forms: &[Form]) -> String {
    if forms[0] == Form::Rows {
        return rows::inputs(program, part);
    }
    if !reads_inputs(part) {
        return String::new();
    }
    let mut text = format!("    let [{}] = *inputs;\n", used(part, 0));
    let Some(normalization) = &program.normalization else {
        return text;
    };
    let is_used = is_used(part, 0);
    for (unit, &input) in part.inputs.iter().enumerate().filter(|(unit, _)| is_used[*unit]) {
        text += &straight::normalized(unit, normalization.column(input));
    }
    text
}

/// A pattern of the units before `layer`, `_` for those that it does not read.
fn used(part: &Part, layer: usize) -> String {
    let names = is_used(part, layer)
        .into_iter()
        .enumerate()
        .map(|(unit, is_used)| {
            if is_used {
                unit_name(layer, unit)
            } else {
                "_".to_owned()
            }
        });
    names.collect::<Vec<_>>().join(", ")
}

fn helpers(needs: &Needs) -> String {
    let mut text = String::new();
    if needs.relu_of_half {
        text += "/// `if z < 0 { 0 } else { z }`, from half of `z`: the sums that it is given are written at half their size, which
/// loses no bit of them, whatever the inputs.
#[inline]
fn relu_of_half(half: f32) -> f32 {
    half + half.abs()
}

";
    }
    if needs.relu {
        text += "/// A NaN stays a NaN.
#[inline]
fn relu(z: f32) -> f32 {
    if z < 0.0 { 0.0 } else { z }
}

";
    }
    if needs.rows {
        text += rows::HELPER;
    }
    text
}
