//! A network in integers as a header of C99 without dependencies.

use std::fmt::Write as _;

use itertools::Itertools;

use super::super::about::comment;
use super::super::c::{C, calls, check_prefix, classes, counts_and_names, prefix_option};
use super::super::dialect::{Dialect as _, Element, array_name};
use super::super::form::{Columns, Form};
use super::super::layout::lines;
use super::super::literal::c_magnitude;
use super::super::names::unit_name;
use super::super::program::{Group, Program};
use super::{
    Input, Language, Layer, Network, Source, Term, functions, nan_condition, options, place, plan, promise,
};

/// The header that computes `network`, in about `flash` bytes. All names begin with `prefix`.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if it does not fit or cannot be expressed, or the prefix is no identifier.
pub fn source(network: &Network, flash: Option<usize>, prefix: &str) -> anyhow::Result<String> {
    check_prefix(prefix)?;
    let forms = plan(network, flash)?;
    let program = Program {
        normalization: None,
        ..network.program.clone()
    };
    let options = options("c", network, flash) + &prefix_option(prefix);
    let upper = prefix.to_ascii_uppercase();
    let is_float = |input: &Input| matches!(input.source, Source::Float { .. });
    let is_float = network.inputs.iter().any(is_float);
    let integers = Integers {
        prefix,
        input: if is_float { "float" } else { "int32_t" },
        is_float,
    };
    let promise = promise(network).join("\n");
    let scales = network.scales.iter().map(|&scale| c_magnitude(scale));
    let counts = ["INPUT", "OUTPUT"].map(|name| format!("{upper}_{name}_COUNT"));
    let mut text = format!(
        "{}//
{promise}

#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

{}#ifdef __GNUC__
__attribute__((unused))
#endif
// What a step of each logit is worth: the real logit is about the integer times that.
static const float {prefix}_logit_scales[{upper}_OUTPUT_COUNT] = {{
{}}};

",
        comment(&program, &options),
        counts_and_names(&program, prefix, &upper),
        lines(scales, 4, 100),
    );
    text += &HELPERS.replace("PREFIX", prefix);
    if is_float {
        let condition = nan_condition(network, " && without_sign <= UINT32_C(0xff000000)");
        text += &FIXED.replace("PREFIX", prefix).replace("NO_NAN", condition);
    }
    text += &functions(&integers, network, &forms).0;
    let _ = write!(
        text,
        "// The logits of all tasks, from all inputs.\n{}{}}}\n\n",
        integers.open("logits", true, [&counts[0], &counts[1]]),
        calls(&network.program, prefix, [integers.input, "int32_t"])
    );
    text += &classes(&network.program, prefix, &upper, ["int32_t", "0"]);
    text += "#endif\n";
    Ok(text)
}

/// C on integers, with names that begin with a prefix.
struct Integers<'a> {
    prefix: &'a str,
    /// The type of an input.
    input: &'static str,
    is_float: bool,
}

impl Integers<'_> {
    /// The activation of an input.
    fn activation(&self, raw: &str, [place, least, most, middle]: [&str; 4]) -> String {
        let prefix = self.prefix;
        let minus = if middle.is_empty() {
            String::new()
        } else {
            format!(" - {middle}")
        };
        if self.is_float {
            format!("{prefix}_fixed({raw}, {place}, {least}, {most}){minus}")
        } else {
            // A negative number is divided, since C says nothing of shifting it.
            format!("{prefix}_shifted({prefix}_inside({raw}, {least}, {most}){minus}, {place})")
        }
    }
}

impl Language for Integers<'_> {
    const DOC: &'static str = "//";

    fn task(&self, name: &str) -> String {
        name.to_owned()
    }

    fn literal(&self, value: i32) -> String {
        value.to_string()
    }

    fn open(&self, name: &str, _: bool, [inputs, outputs]: [&str; 2]) -> String {
        let (prefix, input) = (self.prefix, self.input);
        format!(
            "static inline void {prefix}_{name}(const {input} inputs[{inputs}], int32_t logits[{outputs}]) {{\n"
        )
    }

    fn name_inputs(&self, inputs: &[Option<Input>]) -> String {
        if inputs.iter().all(Option::is_none) {
            return "    (void)inputs;\n".to_owned();
        }
        let read = inputs.iter().enumerate();
        let read = read.filter_map(|(unit, input)| Some((unit, input.as_ref()?)));
        let of_unit = |(unit, input): (usize, &Input)| {
            let [place, least, most] = [place(input), input.least, input.most].map(|value| value.to_string());
            let middle = match input.middle {
                0 => String::new(),
                middle => format!("({middle})"),
            };
            let raw = format!("inputs[{unit}]");
            let activation = self.activation(&raw, [&place, &least, &most, &middle]);
            format!("    const int32_t {} = {activation};\n", unit_name(0, unit))
        };
        read.map(of_unit).collect()
    }

    fn fill_inputs(&self, columns: Columns, has_middle: bool) -> String {
        let middle = if has_middle { "middle[i]" } else { "" };
        let activation = self.activation("inputs[i]", ["places[i]", "least[i]", "most[i]", middle]);
        let count = columns.count();
        format!(
            "    int32_t x[{}];
        for (uint32_t i = 0; i < {count}; i++) {{
            x[i] = {activation};
        }}
",
            count.max(1)
        )
    }

    fn assign(&self, layer: &Layer<'_>, unit: usize) -> [String; 2] {
        if layer.is_output {
            return [format!("logits[{unit}] = "), ";".to_owned()];
        }
        let (row, prefix) = (&layer.rows[unit], self.prefix);
        let name = unit_name(layer.index + 1, unit);
        match row.most {
            None => [
                format!("const int32_t {name} = {prefix}_relu("),
                format!(", {});", row.shift),
            ],
            Some(most) => [
                format!("const int32_t {name} = {prefix}_least({prefix}_relu("),
                format!(", {}), {most});", row.shift),
            ],
        }
    }

    fn gather(&self, name: &str, units: Vec<String>, _: Columns) -> String {
        format!(
            "    const int32_t {name}[{}] = {{\n{}    }};\n",
            units.len(),
            lines(units, 8, 100)
        )
    }

    fn name_units(&self, layer: usize, is_read: &[bool]) -> String {
        let read = (0..is_read.len()).filter(|&unit| is_read[unit]);
        let array = array_name(layer);
        read.map(|unit| {
            format!(
                "    const int32_t {} = {array}[{unit}];\n",
                unit_name(layer, unit)
            )
        })
        .join("")
    }

    fn table(&self, name: &str, of: Element, items: Vec<String>) -> String {
        C { prefix: self.prefix }.table(name, of, items)
    }

    fn result(&self, layer: &Layer<'_>) -> String {
        if layer.is_output {
            return String::new();
        }
        let length = layer.rows.len().max(1);
        format!("    int32_t {}[{length}];\n", array_name(layer.index + 1))
    }

    fn terms(&self, terms: &[Term], bits: u32) -> String {
        let item = |term: &Term| format!("{{{}, {}}}", term.weight, term.unit);
        format!(
            "        static const struct {{
            int{bits}_t weight;
            uint{bits}_t column;
        }} terms[{}] = {{
{}        }};
",
            terms.len(),
            lines(terms.iter().map(item), 12, 100)
        )
    }

    fn csr_loop(&self, layer: &Layer<'_>, _: u32) -> String {
        let prefix = self.prefix;
        let (result, value) = match (layer.is_output, layer.most()) {
            (true, _) => ("logits".to_owned(), "sum".to_owned()),
            (false, None) => (
                array_name(layer.index + 1),
                format!("{prefix}_relu(sum, shifts[unit])"),
            ),
            (false, Some(most)) => (
                array_name(layer.index + 1),
                format!("{prefix}_least({prefix}_relu(sum, shifts[unit]), {most})"),
            ),
        };
        format!(
            "        uint32_t term = 0;
        for (uint32_t unit = 0; unit < {}; unit++) {{
            const uint32_t end = term + counts[unit];
            int32_t sum = biases[unit];
            for (; term < end; term++) {{
                sum += (int32_t)terms[term].weight * {}[terms[term].column];
            }}
            {result}[unit] = {value};
        }}
",
            layer.rows.len(),
            array_name(layer.index)
        )
    }

    fn end(&self, _: &Group, _: Form) -> String {
        String::new()
    }
}

const HELPERS: &str = "\
// 0 for what is below, else without its last bits.
static inline int32_t PREFIX_relu(int32_t z, uint32_t shift) {
    return z < 0 ? 0 : z >> shift;
}

static inline int32_t PREFIX_least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

// An integer, or the end of the range where it is not inside.
static inline int32_t PREFIX_inside(int32_t whole, int32_t least, int32_t most) {
    return whole < least ? least : whole > most ? most : whole;
}

// Without its last bits, rounded down: C does not say what shifting a negative number does.
static inline int32_t PREFIX_shifted(int32_t whole, uint32_t shift) {
    return whole < 0 ? ~(~whole >> shift) : whole >> shift;
}

";

const FIXED: &str = "\
// A float times 2^(157 - place), without its fraction, from least to most, which are within 2^30 of 0. NaN is 0.
static inline int32_t PREFIX_fixed(float x, uint32_t place, int32_t least, int32_t most) {
    union {
        float x;
        uint32_t bits;
    } both;
    both.x = x;
    const uint32_t bits = both.bits;
    const uint32_t without_sign = bits << 1;
    const uint32_t right = place - (without_sign >> 24);
    // The 24 bits of the number, the first of which is not written, then zeros: 31 bits.
    const uint32_t all = (bits << 8 | UINT32_C(0x80000000)) >> 1;
    const uint32_t far = right < UINT32_C(0x80000000) || UINT32_C(0xff000000) < without_sign ? 0 : UINT32_C(0x7fffffff);
    const int32_t magnitude = (int32_t)(right < 32NO_NAN ? all >> right : far);
    return PREFIX_inside(bits >> 31 ? -magnitude : magnitude, least, most);
}

";
