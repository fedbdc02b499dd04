//! A header of C99 and of C++11 without dependencies that computes the core's bits.
//!
//! GCC fuses a product with a sum by default, where a CPU can, and a fused one has other bits: the header forbids that
//! itself, for nobody sees the flags that an Arduino compiles with. A ReLU is written as the core writes it, since the code
//! is for any processor.

use std::fmt::Write as _;

use tombola::data::Normalization;

use super::about::{comment, options};
use super::dialect::{Activation, Dialect, Element, Layer, array_name, functions, whole};
use super::form::{Columns, Form, plan};
use super::layout::lines;
use super::literal::c_magnitude;
use super::names::unit_name;
use super::program::{Group, Program};
use crate::bad_input;
use crate::ticket::Ticket;

/// What names begin with by default.
pub const PREFIX: &str = "ticket";

/// The header that computes `ticket`, in about `flash` bytes as in [`super::rust::source`]. All names begin with
/// `prefix`, so that one program can have several tickets.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that does not fit or cannot be expressed,
/// or the prefix is no identifier.
pub fn source(ticket: &Ticket, flash: Option<usize>, prefix: &str) -> anyhow::Result<String> {
    check_prefix(prefix)?;
    let (program, forms) = plan(ticket, flash)?;
    let options = options("c", flash) + &prefix_option(prefix);
    let upper = prefix.to_ascii_uppercase();
    let counts = ["INPUT", "OUTPUT"].map(|name| format!("{upper}_{name}_COUNT"));
    let c = C { prefix };
    let mut text = head(&program, &options, prefix, &upper);
    text += &functions(&c, &program, &forms).0;
    text += &whole(&c, &program, [&counts[0], &counts[1]]);
    text += &classes(&program, prefix, &upper, ["float", "0.0f"]);
    text += TAIL;
    Ok(text)
}

/// Refuses what cannot begin names.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) that says what can.
pub(super) fn check_prefix(prefix: &str) -> anyhow::Result<()> {
    let is_identifier = prefix.starts_with(|c: char| c.is_ascii_alphabetic())
        && prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !prefix.ends_with('_');
    if !is_identifier {
        return Err(bad_input!(
            "'{}' cannot begin names in C; a prefix has letters, digits and '_', and begins with a letter",
            prefix.escape_debug()
        ));
    }
    Ok(())
}

/// The option for a prefix that is not the default.
pub(super) fn prefix_option(prefix: &str) -> String {
    if prefix == PREFIX {
        String::new()
    } else {
        format!(" --prefix {prefix}")
    }
}

fn head(program: &Program, options: &str, prefix: &str, upper: &str) -> String {
    format!(
        "{}//
// Same bits as Tombola's core on any CPU with IEEE 754 arithmetic, as long as no number on the way is infinite or NaN, as
// after inputs that are: the answer then means nothing. A product that is fused with a sum has other bits: GCC and Clang
// are told so below; tell another compiler, as by -ffp-contract=off. Not with -ffast-math.

#ifndef {upper}_H
#define {upper}_H

#include <float.h>
#include <stdint.h>

#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error \"float is computed in a wider type here, which has other bits: choose another unit (-mfpmath=sse on x86)\"
#endif
#ifdef __FAST_MATH__
#error \"-ffast-math has other bits: compile without it\"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC optimize(\"fp-contract=off\")
#endif
// What computes is not inlined by GCC: in a function that may fuse, it might be fused.
#if defined(__GNUC__) && !defined(__clang__)
#define {upper}_FUNCTION static __attribute__((noinline, unused))
#else
#define {upper}_FUNCTION static inline
#endif

{}static inline float {prefix}_relu(float z) {{
    return z < 0.0f ? 0.0f : z;
}}

",
        comment(program, options),
        counts_and_names(program, prefix, upper),
    )
}

/// Whoever includes the header compiles on as before it.
const TAIL: &str = "\
#if defined(__clang__)
#pragma STDC FP_CONTRACT DEFAULT
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#endif
";

/// How many inputs, outputs and tasks there are, and what the tasks are called.
pub(super) fn counts_and_names(program: &Program, prefix: &str, upper: &str) -> String {
    let names = program.tasks.iter().map(|task| format!("\"{}\"", task.name));
    format!(
        "#define {upper}_INPUT_COUNT {}
#define {upper}_OUTPUT_COUNT {}
#define {upper}_TASK_COUNT {}
// Weights that survived pruning, and those of them on a path from an input to an output.
#define {upper}_WEIGHTS_LEFT {}
#define {upper}_WEIGHTS_ACTIVE {}

#ifdef __GNUC__
__attribute__((unused))
#endif
static const char *const {prefix}_task_names[{upper}_TASK_COUNT] = {{
{}}};

",
        program.net().input_count(),
        program.net().output_count(),
        program.tasks.len(),
        program.weights_left,
        program.weights_active,
        lines(names, 4, 100),
    )
}

/// C with names that begin with a prefix.
pub(super) struct C<'a> {
    pub(super) prefix: &'a str,
}

impl Dialect for C<'_> {
    const DOC: &'static str = "//";
    const HALVES: bool = false;

    fn magnitude(&self, value: f32) -> String {
        c_magnitude(value)
    }

    fn task(&self, name: &str) -> String {
        name.to_owned()
    }

    fn open(&self, name: &str, _: bool, [inputs, outputs]: [&str; 2]) -> String {
        let (prefix, upper) = (self.prefix, self.prefix.to_ascii_uppercase());
        format!(
            "{upper}_FUNCTION void {prefix}_{name}(const float inputs[{inputs}], float logits[{outputs}]) {{\n"
        )
    }

    fn name_units(&self, layer: usize, is_read: &[bool], by: Option<&[Normalization]>) -> String {
        if layer == 0 && !is_read.contains(&true) {
            return "    (void)inputs;\n".to_owned();
        }
        let from = if layer == 0 {
            "inputs".to_owned()
        } else {
            array_name(layer)
        };
        let read = (0..is_read.len()).filter(|&unit| is_read[unit]);
        let of_unit = |unit: usize| {
            let raw = format!("{from}[{unit}]");
            let value = by.map_or(raw.clone(), |by| self.normalized(&raw, by[unit]));
            format!("    const float {} = {value};\n", unit_name(layer, unit))
        };
        read.map(of_unit).collect()
    }

    fn fill_inputs(&self, is_normalized: bool, count: usize) -> String {
        let (indent, value) = if is_normalized {
            ("        ", "(inputs[i] - shift[i]) * scale[i]")
        } else {
            ("    ", "inputs[i]")
        };
        format!(
            "{indent}for (uint32_t i = 0; i < {count}; i++) {{\n{indent}    x[i] = {value};\n{indent}}}\n"
        )
    }

    fn assign(&self, layer: &Layer<'_>, unit: usize, activation: Activation) -> [String; 2] {
        if activation == Activation::Identity {
            return [format!("logits[{unit}] = "), ";".to_owned()];
        }
        let name = unit_name(layer.index + 1, unit);
        [
            format!("const float {name} = {}_relu(", self.prefix),
            ");".to_owned(),
        ]
    }

    fn array(&self, name: &str, columns: Columns) -> String {
        let mut text = format!("    float {name}[{}];\n", columns.count().max(1));
        if columns.has_one {
            let _ = writeln!(text, "    {name}[{}] = 1.0f;", columns.units);
        }
        text
    }

    fn gather(&self, name: &str, mut units: Vec<String>, columns: Columns) -> String {
        units.extend(columns.has_one.then(|| "1.0f".to_owned()));
        format!(
            "    const float {name}[{}] = {{\n{}    }};\n",
            units.len(),
            lines(units, 8, 100)
        )
    }

    fn table(&self, name: &str, of: Element, items: Vec<String>) -> String {
        let of = match of {
            Element::F32 => "float",
            Element::U16 => "uint16_t",
            Element::U8 => "uint8_t",
            Element::I32 => "int32_t",
            Element::I16 => "int16_t",
        };
        format!(
            "        static const {of} {name}[{}] = {{\n{}        }};\n",
            items.len(),
            lines(items, 12, 100)
        )
    }

    fn result(&self, layer: &Layer<'_>) -> String {
        if layer.is_output() {
            String::new()
        } else {
            self.array(&layer.target(), layer.next_columns())
        }
    }

    fn csr_loop(&self, layer: &Layer<'_>, activation: Activation) -> String {
        let (result, value) = match activation {
            Activation::Identity => ("logits".to_owned(), "sum".to_owned()),
            _ => (layer.target(), format!("{}_relu(sum)", self.prefix)),
        };
        format!(
            "        uint32_t term = 0;
        for (uint32_t unit = 0; unit < {}; unit++) {{
            const uint32_t end = term + counts[unit];
            float sum = biases[unit];
            for (; term < end; term++) {{
                sum += weights[term] * {}[columns[term]];
            }}
            {result}[unit] = {value};
        }}
",
            layer.rows().len(),
            layer.source()
        )
    }

    fn end(&self, _: &Group, _: Form) -> String {
        String::new()
    }

    fn calls(&self, program: &Program) -> String {
        calls(program, self.prefix, ["float", "float"])
    }
}

/// The body of the function that calls those of all groups, on inputs and logits of these types.
pub(super) fn calls(program: &Program, prefix: &str, [input, logit]: [&str; 2]) -> String {
    if let [group] = &*program.groups {
        return format!("    {prefix}_{}(inputs, logits);\n", group.name);
    }
    let mut text = String::new();
    for group in &program.groups {
        let inputs = group.inputs.iter().map(|input| format!("inputs[{input}]"));
        let _ = write!(
            text,
            "    {{
        const {input} part[{}] = {{
{}        }};
        {logit} result[{}];
        {prefix}_{}(part, result);
",
            group.inputs.len(),
            lines(inputs, 12, 100),
            group.outputs.len(),
            group.name
        );
        for (position, output) in group.outputs.iter().enumerate() {
            let _ = writeln!(text, "        logits[{output}] = result[{position}];");
        }
        text += "    }\n";
    }
    text
}

/// The function that reads classes from logits.
pub(super) fn classes(program: &Program, prefix: &str, upper: &str, [logit, zero]: [&str; 2]) -> String {
    let mut text = format!(
        "// The class of each task, from the logits of all.
static inline void {prefix}_classes(const {logit} logits[{upper}_OUTPUT_COUNT], uint16_t classes[{upper}_TASK_COUNT]) {{
"
    );
    for (number, task) in program.tasks.iter().enumerate() {
        let outputs = &task.outputs;
        if let [output] = **outputs {
            let _ = writeln!(text, "    classes[{number}] = {zero} < logits[{output}] ? 1 : 0;");
            continue;
        }
        let count = outputs.len();
        let _ = write!(
            text,
            "    {{
        static const uint32_t outputs[{count}] = {{
{}        }};
        uint16_t best = 0;
        for (uint16_t other = 1; other < {count}; other++) {{
            if (logits[outputs[best]] < logits[outputs[other]]) {{
                best = other;
            }}
        }}
        classes[{number}] = best;
    }}
",
            lines(outputs.iter().map(ToString::to_string), 12, 100),
        );
    }
    text + "}\n\n"
}
