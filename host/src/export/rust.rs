//! A Rust module without allocator, panic or dependency that computes the core's bits.
//!
//! The file can be a module (`mod ticket;`) or be included (`include!`), so it has no inner attributes. All arrays have
//! fixed sizes and are taken apart by patterns, or walked by iterators: no index could be out of range. The array that
//! columns of a CSR layer point into is as long as a power of two, and each column is masked by its length less one: the
//! compiler sees that no access can be out of range and checks none.

use std::fmt::Write as _;

use itertools::Itertools;
use tombola::data::Normalization;

use super::about::{comment, options};
use super::dialect::{self, Activation, Dialect, Element, Layer, array_name};
use super::form::{Columns, Form, plan};
use super::layout::lines;
use super::literal::rust_magnitude;
use super::names::unit_name;
use super::program::{Group, Program};
use crate::ticket::{TaskPorts, Ticket};

/// What stands before each item that a program may leave out: it is public, but in a module of a binary that is no use.
pub(super) const MAY_BE_UNUSED: &str =
    "#[allow(dead_code, reason = \"who uses a part of this leaves out the rest\")]\n";

/// What stands before each function that a ticket makes long: nobody reads its layout, and a lint that would have another
/// number or a product fused with a sum would have other bits.
pub(super) const ATTRIBUTES: &str = "\
#[inline]
#[must_use]
#[rustfmt::skip]
#[allow(dead_code, reason = \"who uses a part of this leaves out the rest\")]
#[allow(clippy::similar_names, clippy::too_many_lines, reason = \"units have numbers, and a line each\")]
#[allow(clippy::approx_constant, clippy::suboptimal_flops, reason = \"it has the bits of the ticket\")]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::large_stack_arrays, reason = \"it is alike for every ticket\")]
";

/// The module that computes `ticket`, in at most `flash` bytes on a Cortex-M4F, or by default about
/// [`FLASH`](super::form::FLASH).
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that does not fit or cannot be expressed.
pub fn source(ticket: &Ticket, flash: Option<usize>) -> anyhow::Result<String> {
    let (program, forms) = plan(ticket, flash)?;
    let mut text = head(&program, &options("rust", flash), NO_UNSAFE);
    text += &whole(&program);
    text += &classes(&program, "f32", "0.0");
    text += &functions(&program, &forms);
    Ok(format!("{}\n", text.trim_end()))
}

/// What the head says of a module that is nothing but Rust.
const NO_UNSAFE: &str = "\
// Same bits as Tombola's core on any CPU, as long as no number on the way is infinite or NaN, as after inputs that
// are: the answer then means nothing. A NaN stays a NaN. No allocator, no panic, no unsafe code.
";

/// What the file is, and its constants; `promise` says what holds for the code.
pub(super) fn head(program: &Program, options: &str, promise: &str) -> String {
    let names = program.tasks.iter().map(|task| format!("\"{}\"", task.name));
    format!(
        "{}//
{promise}
/// How many inputs the network has.
{MAY_BE_UNUSED}pub const INPUT_COUNT: usize = {};
/// How many logits the network has.
{MAY_BE_UNUSED}pub const OUTPUT_COUNT: usize = {};
/// How many tasks the network solves.
{MAY_BE_UNUSED}pub const TASK_COUNT: usize = {};
/// What the tasks are called.
#[rustfmt::skip]
{MAY_BE_UNUSED}pub const TASK_NAMES: [&str; TASK_COUNT] = [
{}];
/// Weights that survived pruning.
{MAY_BE_UNUSED}pub const WEIGHTS_LEFT: usize = {};
/// Weights on a path from an input to an output: those that are computed here.
{MAY_BE_UNUSED}pub const WEIGHTS_ACTIVE: usize = {};

",
        comment(program, options),
        program.net().input_count(),
        program.net().output_count(),
        program.tasks.len(),
        lines(names, 4, 100),
        program.weights_left,
        program.weights_active,
    )
}

/// The function that computes the logits of all tasks.
pub(super) fn whole(program: &Program) -> String {
    dialect::whole(&Rust, program, ["INPUT_COUNT", "OUTPUT_COUNT"])
}

/// The function that reads classes from logits of this type.
pub(super) fn classes(program: &Program, logit: &str, zero: &str) -> String {
    let class = |task: &TaskPorts| match &*task.outputs {
        [output] => format!("u16::from({zero} < y{output})"),
        [first, others @ ..] => {
            let others = others.iter().map(|output| format!("y{output}"));
            format!("greatest(y{first}, &[{}])", others.format(", "))
        }
        [] => unreachable!("a task has an output"),
    };
    let outputs = (0..program.net().output_count()).map(|output| format!("y{output}"));
    let mut text = format!(
        "/// The class of each task, from the logits of all.
{ATTRIBUTES}pub fn classes(logits: &[{logit}; OUTPUT_COUNT]) -> [u16; TASK_COUNT] {{
    let [{}] = *logits;
    [
{}    ]
}}

",
        outputs.format(", "),
        lines(program.tasks.iter().map(class), 8, 100)
    );
    if program.tasks.iter().any(|task| 1 < task.outputs.len()) {
        let _ = write!(
            text,
            "/// The index of the first greatest logit.
fn greatest(first: {logit}, others: &[{logit}]) -> u16 {{
    let (mut class, mut best, mut other) = (0, first, 0_u16);
    for &logit in others {{
        other = other.wrapping_add(1);
        if best < logit {{
            (class, best) = (other, logit);
        }}
    }}
    class
}}

"
        );
    }
    text
}

/// The functions of all groups, and what they call.
pub(super) fn functions(program: &Program, forms: &[Vec<Form>]) -> String {
    let (mut text, used) = dialect::functions(&Rust, program, forms);
    for (is_used, helper) in [
        (used.relu_of_half, RELU_OF_HALF),
        (used.relu, RELU),
        (used.csr, CSR_LOOP),
    ] {
        if is_used {
            text += helper;
        }
    }
    text
}

pub(super) struct Rust;

impl Dialect for Rust {
    const DOC: &'static str = "///";
    const HALVES: bool = true;

    fn magnitude(&self, value: f32) -> String {
        rust_magnitude(value)
    }

    fn task(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn open(&self, name: &str, reads_inputs: bool, [inputs, outputs]: [&str; 2]) -> String {
        let unused = if reads_inputs { "" } else { "_" };
        format!("{ATTRIBUTES}pub fn {name}({unused}inputs: &[f32; {inputs}]) -> [f32; {outputs}] {{\n")
    }

    fn name_units(&self, layer: usize, is_read: &[bool], by: Option<&[Normalization]>) -> String {
        let name = |unit: usize| {
            if is_read[unit] {
                unit_name(layer, unit)
            } else {
                "_".to_owned()
            }
        };
        let names = (0..is_read.len()).map(name).join(", ");
        if layer != 0 {
            return format!("    let [{names}, ..] = {};\n", array_name(layer));
        }
        if !is_read.contains(&true) {
            return String::new();
        }
        let mut text = format!("    let [{names}] = *inputs;\n");
        for (unit, &by) in by
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter(|(unit, _)| is_read[*unit])
        {
            let name = unit_name(layer, unit);
            let _ = writeln!(text, "    let {name} = {};", self.normalized(&name, by));
        }
        text
    }

    fn fill_inputs(&self, is_normalized: bool, _: usize) -> String {
        if is_normalized {
            "        for (((x, input), shift), scale) in x.iter_mut().zip(inputs).zip(&SHIFT).zip(&SCALE) {
            *x = (input - shift) * scale;
        }
"
        } else {
            "    for (x, input) in x.iter_mut().zip(inputs) {
        *x = *input;
    }
"
        }
        .to_owned()
    }

    fn assign(&self, layer: &Layer<'_>, unit: usize, activation: Activation) -> [String; 2] {
        let name = unit_name(layer.index + 1, unit);
        match activation {
            Activation::Identity => [format!("let y{unit} = "), ";".to_owned()],
            Activation::Relu => [format!("let {name} = relu("), ");".to_owned()],
            Activation::ReluOfHalf => [format!("let {name} = relu_of_half("), ");".to_owned()],
        }
    }

    fn array(&self, name: &str, columns: Columns) -> String {
        let mut text = format!("    let mut {name} = [0.0; {}];\n", columns.padded());
        if columns.has_one {
            let one = columns.units;
            let _ = writeln!(
                text,
                "    if let Some(one) = {name}.get_mut({one}) {{\n        *one = 1.0;\n    }}"
            );
        }
        text
    }

    fn gather(&self, name: &str, mut units: Vec<String>, columns: Columns) -> String {
        units.extend(columns.has_one.then(|| "1.0".to_owned()));
        units.resize(columns.padded(), "0.0".to_owned());
        format!("    let {name} = [\n{}    ];\n", lines(units, 8, 100))
    }

    fn table(&self, name: &str, of: Element, items: Vec<String>) -> String {
        let of = match of {
            Element::F32 => "f32",
            Element::U16 => "u16",
            Element::U8 => "u8",
            Element::I32 => "i32",
            Element::I16 => "i16",
        };
        format!(
            "        static {}: [{of}; {}] = [\n{}        ];\n",
            name.to_ascii_uppercase(),
            items.len(),
            lines(items, 12, 100)
        )
    }

    fn result(&self, layer: &Layer<'_>) -> String {
        if layer.next == Some(Form::Csr) {
            self.array(&layer.target(), layer.next_columns())
        } else {
            format!(
                "    let mut {} = [0.0; {}];\n",
                layer.target(),
                layer.rows().len()
            )
        }
    }

    fn csr_loop(&self, layer: &Layer<'_>, activation: Activation) -> String {
        let activation = match activation {
            Activation::Identity => "|z| z",
            _ => "relu",
        };
        format!(
            "        rows(&BIASES, &COUNTS, &COLUMNS, &WEIGHTS, &{}, &mut {}, {activation});\n",
            layer.source(),
            layer.target()
        )
    }

    fn end(&self, group: &Group, last: Form) -> String {
        if last == Form::Csr {
            return format!("    {}\n", array_name(group.layers.len()));
        }
        let outputs = (0..group.outputs.len()).map(|output| format!("y{output}"));
        format!("    [\n{}    ]\n", lines(outputs, 8, 100))
    }

    fn calls(&self, program: &Program) -> String {
        if let [group] = &*program.groups {
            return format!("    {}(inputs)\n", group.name);
        }
        let names = |letter: char, numbers: &[usize]| {
            numbers
                .iter()
                .map(|number| format!("{letter}{number}"))
                .join(", ")
        };
        let all = |letter, count| names(letter, &(0..count).collect_vec());
        let mut text = format!("    let [{}] = *inputs;\n", all('x', program.net().input_count()));
        for group in &program.groups {
            let (inputs, outputs) = (names('x', &group.inputs), names('y', &group.outputs));
            let _ = writeln!(text, "    let [{outputs}] = {}(&[{inputs}]);", group.name);
        }
        let _ = writeln!(text, "    [{}]", all('y', program.net().output_count()));
        text
    }
}

const RELU_OF_HALF: &str = "\
/// `if z < 0 { 0 } else { z }`, from half of `z`: the sums that it is given are written at half their size, which
/// loses no bit of them, whatever the inputs.
#[inline]
fn relu_of_half(half: f32) -> f32 {
    half + half.abs()
}

";

const RELU: &str = "\
/// A NaN stays a NaN.
#[inline]
fn relu(z: f32) -> f32 {
    if z < 0.0 { 0.0 } else { z }
}

";

const CSR_LOOP: &str = "\
/// Each unit from its row: the bias, then each weight times the input that its column names, from left to right.
fn rows<const N: usize, C: Copy + Into<usize>>(
    biases: &[f32],
    counts: &[u16],
    columns: &[C],
    weights: &[f32],
    inputs: &[f32; N],
    units: &mut [f32],
    activation: impl Fn(f32) -> f32,
) {
    let mut terms = weights.iter().zip(columns);
    for ((unit, &bias), &count) in units.iter_mut().zip(biases).zip(counts) {
        let mut sum = bias;
        for (&weight, &column) in terms.by_ref().take(usize::from(count)) {
            // The mask changes no column: it shows the compiler that each is inside.
            let inside = column.into() & N.wrapping_sub(1);
            sum += weight * inputs.get(inside).copied().unwrap_or(0.0);
        }
        *unit = activation(sum);
    }
}
";
