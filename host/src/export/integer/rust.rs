//! A network in integers as a Rust module without allocator, panic or dependency.

use std::fmt::Write as _;

use super::super::dialect::{Dialect as _, Element, array_name};
use super::super::form::{Columns, Form};
use super::super::layout::lines;
use super::super::literal::{grouped_integer, rust_literal};
use super::super::names::unit_name;
use super::super::program::{Group, Program};
use super::super::rust::{ATTRIBUTES, MAY_BE_UNUSED, Rust, classes, head};
use super::{
    Input, Language, Layer, Network, Source, Term, functions, nan_condition, options, place, plan, promise,
};

/// What a build script finds out by that the module is of integers; see [`rust_source`](super::rust_source).
const TYPES: &str = "pub type Logit = i32;";

/// The module that computes `network`, in at most `flash` bytes on a Cortex-M0, or by default about
/// [`FLASH`](crate::export::form::FLASH).
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if it does not fit or cannot be expressed.
pub fn source(network: &Network, flash: Option<usize>) -> anyhow::Result<String> {
    let forms = plan(network, flash)?;
    let integers = Integers::of(network);
    // How inputs are normalized is in the weights.
    let program = Program {
        normalization: None,
        ..network.program.clone()
    };

    let promise = promise(network).join("\n") + "\n// No allocator, no panic, no unsafe code.\n";
    let mut text = head(&program, &options("rust", network, flash), &promise);
    let scales = network.scales.iter().map(|&scale| rust_literal(scale));
    let _ = write!(
        text,
        "/// What an input is.
#[rustfmt::skip]
{MAY_BE_UNUSED}pub type Input = {input};
/// What a logit is.
#[rustfmt::skip]
{MAY_BE_UNUSED}{TYPES}
/// What a step of each logit is worth: the real logit is about the integer times that.
#[rustfmt::skip]
{MAY_BE_UNUSED}pub const LOGIT_SCALES: [f32; OUTPUT_COUNT] = [
{}];

/// The logits of all tasks, from all inputs.
{}{}}}

",
        lines(scales, 4, 100),
        integers.open("logits", true, ["INPUT_COUNT", "OUTPUT_COUNT"]),
        Rust.calls(&network.program),
        input = integers.input,
    );
    text += &classes(&network.program, "i32", "0");
    let (functions, used) = functions(&integers, network, &forms);
    text += &functions;
    if integers.is_float {
        let condition = nan_condition(network, " && without_sign <= 0xff00_0000");
        text += &FIXED.replace("NO_NAN", condition);
    }
    text += INSIDE;
    text += RELU;
    if used.csr {
        text += CSR_LOOP;
    }
    Ok(format!("{}\n", text.trim_end()))
}

/// Rust on integers.
struct Integers {
    /// The type of an input.
    input: &'static str,
    is_float: bool,
}

impl Integers {
    fn of(network: &Network) -> Self {
        let is_float = |input: &Input| matches!(input.source, Source::Float { .. });
        let is_float = network.inputs.iter().any(is_float);
        let input = if is_float { "f32" } else { "i32" };
        Self { input, is_float }
    }

    /// The activation of an input, from its name.
    fn activation(&self, name: &str, [place, least, most, middle]: [&str; 4]) -> String {
        let minus = if middle.is_empty() {
            String::new()
        } else {
            format!(" - {middle}")
        };
        if self.is_float {
            format!("fixed({name}, {place}, {least}, {most}){minus}")
        } else {
            let inside = format!("inside({name}, {least}, {most}){minus}");
            match place {
                "0" => inside,
                _ if minus.is_empty() => format!("{inside} >> {place}"),
                _ => format!("({inside}) >> {place}"),
            }
        }
    }
}

impl Language for Integers {
    const DOC: &'static str = "///";

    fn task(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn literal(&self, value: i32) -> String {
        grouped_integer(value)
    }

    fn open(&self, name: &str, reads_inputs: bool, [inputs, outputs]: [&str; 2]) -> String {
        let (unused, input) = (if reads_inputs { "" } else { "_" }, self.input);
        format!("{ATTRIBUTES}pub fn {name}({unused}inputs: &[{input}; {inputs}]) -> [i32; {outputs}] {{\n")
    }

    fn name_inputs(&self, inputs: &[Option<Input>]) -> String {
        if inputs.iter().all(Option::is_none) {
            return String::new();
        }
        let names: Vec<String> = (0..inputs.len()).map(|unit| unit_name(0, unit)).collect();
        let read = names.iter().zip(inputs);
        let read = read.map(|(name, input)| if input.is_some() { name } else { "_" });
        let mut text = format!("    let [{}] = *inputs;\n", read.collect::<Vec<_>>().join(", "));
        for (name, input) in names.iter().zip(inputs) {
            let Some(input) = input else { continue };
            let [least, most] = [input.least, input.most].map(grouped_integer);
            let middle = match input.middle {
                0 => String::new(),
                negative @ ..0 => format!("({})", grouped_integer(negative)),
                middle => grouped_integer(middle),
            };
            let place = place(input).to_string();
            let activation = self.activation(name, [&place, &least, &most, &middle]);
            let _ = writeln!(text, "    let {name} = {activation};");
        }
        text
    }

    fn fill_inputs(&self, columns: Columns, has_middle: bool) -> String {
        let (zip, middle, taken) = if has_middle {
            (".zip(&MIDDLE)", "*middle", ["(", ", middle)"])
        } else {
            ("", "", ["", ""])
        };
        let place = if self.is_float {
            "u32::from(*place)"
        } else {
            "*place"
        };
        let activation = self.activation("*input", [place, "*least", "*most", middle]);
        let [start, end] = taken;
        format!(
            "    let mut x = [0; {}];
        let ranges = PLACES.iter().zip(&LEAST).zip(&MOST){zip};
        for ((x, input), {start}((place, least), most){end}) in x.iter_mut().zip(inputs).zip(ranges) {{
            *x = {activation};
        }}
",
            columns.padded()
        )
    }

    fn assign(&self, layer: &Layer<'_>, unit: usize) -> [String; 2] {
        if layer.is_output {
            return [format!("let y{unit} = "), ";".to_owned()];
        }
        let row = &layer.rows[unit];
        let most = row
            .most
            .map_or(String::new(), |most| format!(".min({})", grouped_integer(most)));
        [
            format!("let {} = relu(", unit_name(layer.index + 1, unit)),
            format!(", {}){most};", row.shift),
        ]
    }

    fn gather(&self, name: &str, mut units: Vec<String>, columns: Columns) -> String {
        units.resize(columns.padded(), "0".to_owned());
        format!("    let {name} = [\n{}    ];\n", lines(units, 8, 100))
    }

    fn name_units(&self, layer: usize, is_read: &[bool]) -> String {
        Rust.name_units(layer, is_read, None)
    }

    fn table(&self, name: &str, of: Element, items: Vec<String>) -> String {
        Rust.table(name, of, items)
    }

    fn result(&self, layer: &Layer<'_>) -> String {
        let length = if layer.next == Some(Form::Csr) {
            layer.next_columns.padded()
        } else {
            layer.rows.len()
        };
        format!("    let mut {} = [0; {length}];\n", array_name(layer.index + 1))
    }

    fn terms(&self, terms: &[Term], bits: u32) -> String {
        let (of, all) = match bits {
            8 => (Element::I16, "the weight, and in its low 8 bits the column"),
            _ => (Element::I32, "the weight, and in its low 16 bits the column"),
        };
        let item = |term: &Term| grouped_integer(term.weight << bits | term.unit as i32);
        let table = self.table("terms", of, terms.iter().map(item).collect());
        format!("        // Each is {all}.\n{table}")
    }

    fn csr_loop(&self, layer: &Layer<'_>, bits: u32) -> String {
        let (source, target) = (array_name(layer.index), array_name(layer.index + 1));
        let (shifts, activation) = match (layer.is_output, layer.most()) {
            (true, _) => ("&[0; COUNTS.len()]".to_owned(), "|z, _| z".to_owned()),
            (false, None) => ("&SHIFTS".to_owned(), "relu".to_owned()),
            (false, Some(most)) => (
                "&SHIFTS".to_owned(),
                format!("|z, shift| relu(z, shift).min({})", grouped_integer(most)),
            ),
        };
        format!(
            "        rows::<{bits}, _, _>(&BIASES, &COUNTS, {shifts}, &TERMS, &{source}, &mut {target}, {activation});\n"
        )
    }

    fn end(&self, group: &Group, last: Form) -> String {
        Rust.end(group, last)
    }
}

const FIXED: &str = "\
/// A float times 2^(157 − `place`), without its fraction, from `least` to `most`, which are within ±2³⁰. NaN is 0.
#[cfg(not(all(target_arch = \"arm\", target_abi = \"eabihf\")))]
#[rustfmt::skip]
#[inline]
#[allow(dead_code, reason = \"a network may read no input\")]
fn fixed(x: f32, place: u32, least: i32, most: i32) -> i32 {
    let bits = x.to_bits();
    let without_sign = bits << 1;
    let right = place.wrapping_sub(without_sign >> 24);
    let magnitude = if right < 32NO_NAN {
        // The 24 bits of the number, the first of which is not written, then zeros: 31 bits.
        ((bits << 8 | 0x8000_0000) >> 1) >> right
    } else if right < 0x8000_0000 || 0xff00_0000 < without_sign {
        0
    } else {
        0x7fff_ffff
    };
    let sign = bits.cast_signed() >> 31;
    inside((magnitude.cast_signed() ^ sign) - sign, least, most)
}

/// The same where the processor does it: it truncates, and what is too large is as large as can be.
#[cfg(all(target_arch = \"arm\", target_abi = \"eabihf\"))]
#[rustfmt::skip]
#[inline(always)]
#[allow(dead_code, reason = \"a network may read no input\")]
#[allow(clippy::inline_always, clippy::cast_possible_truncation, reason = \"the place is a constant\")]
fn fixed(x: f32, place: u32, least: i32, most: i32) -> i32 {
    inside((x * f32::from_bits((284 - place) << 23)) as i32, least, most)
}

";

const INSIDE: &str = "\
/// `whole`, or the end of the range where it is not inside.
#[rustfmt::skip]
#[inline]
#[allow(dead_code, reason = \"a network may read no input\")]
fn inside(whole: i32, least: i32, most: i32) -> i32 {
    whole.max(least).min(most)
}

";

const RELU: &str = "\
/// `if z < 0 { 0 } else { z }`, without its last bits.
#[rustfmt::skip]
#[inline]
#[allow(dead_code, reason = \"a network may have no hidden layer\")]
fn relu(z: i32, shift: u32) -> i32 {
    if cfg!(all(target_arch = \"arm\", target_abi = \"eabihf\")) {
        // One instruction there. An activation has at most 15 bits, where need be because it is clamped to fewer next.
        (z >> shift).clamp(0, 0x7fff)
    } else {
        z.max(0) >> shift
    }
}

";

const CSR_LOOP: &str = "\
/// Each unit from its row: the bias, then each weight times the input that its column names.
#[rustfmt::skip]
fn rows<const BITS: u32, const N: usize, T: Copy + Into<i32>>(
    biases: &[i32],
    counts: &[u16],
    shifts: &[u8],
    terms: &[T],
    inputs: &[i32; N],
    units: &mut [i32],
    activation: impl Fn(i32, u32) -> i32,
) {
    let mut terms = terms;
    let rows = biases.iter().zip(counts).zip(shifts);
    for (unit, ((&bias, &count), &shift)) in units.iter_mut().zip(rows) {
        let (row, others) = terms.split_at_checked(usize::from(count)).unwrap_or_default();
        terms = others;
        let mut sum = bias;
        for &term in row {
            let term: i32 = term.into();
            // The mask leaves the column as it is: it is within N, and the compiler sees that it is.
            let column = term.cast_unsigned() as usize & N.wrapping_sub(1);
            sum += (term >> BITS) * inputs.get(column).copied().unwrap_or(0);
        }
        *unit = activation(sum, u32::from(shift));
    }
}
";
