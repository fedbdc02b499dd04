//! One header of C99 without dependencies, and with the bits of the core, if the compiler fuses no products and sums.
//!
//! Numbers are hexadecimal constants, which are exact by their form and need no faith in a compiler's reader. A ReLU
//! is written as the core writes it: C is for any processor, and none is counted here.

use std::fmt::Write as _;

use super::about::{about, listed};
use super::form::{Columns, Form, forms};
use super::program::{Part, Program, Row, Term};
use super::words::{c_literal, c_magnitude, is_used, lines, statement, unit_name};
use crate::bad_input;
use crate::ticket::Ticket;

/// What names begin with where nothing is said.
pub const PREFIX: &str = "ticket";

/// The header that computes `ticket`, in about `flash` bytes as in [`super::rust::source`]. All names begin with
/// `prefix`, so that one program can have several tickets.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that does not fit or cannot be expressed,
/// or the prefix is no identifier.
pub fn source(ticket: &Ticket, flash: Option<usize>, prefix: &str) -> anyhow::Result<String> {
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
    let program = Program::of(ticket)?;
    program.check_class_counts()?;
    let forms = forms(&program, flash)?;
    let mut options = "--format c".to_owned();
    if let Some(flash) = flash {
        let _ = write!(options, " --flash {flash}");
    }
    if prefix != PREFIX {
        let _ = write!(options, " --prefix {prefix}");
    }
    let mut text = head(&program, &options, prefix);
    for (part, forms) in program.parts.iter().zip(&forms) {
        text += &function(&program, part, forms, prefix);
    }
    text += &whole(&program, prefix);
    text += &classes(&program, prefix);
    text += "#endif\n";
    Ok(text)
}

fn head(program: &Program, options: &str, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = String::new();
    for line in about(program, options) {
        let _ = writeln!(text, "{}", format!("// {line}").trim_end());
    }
    let names = program.tasks.iter().map(|task| format!("\"{}\"", task.name));
    let _ = write!(
        text,
        "//
// Compile with -ffp-contract=off, and without -ffast-math: the same bits as Tombola's core then, on any CPU with IEEE
// 754 arithmetic, as long as no number on the way is infinite or NaN, as after inputs that are: the answer then means
// nothing. A product that is fused with a sum has other bits.

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
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#define {upper}_INPUT_COUNT {}
#define {upper}_OUTPUT_COUNT {}
#define {upper}_TASK_COUNT {}
// Weights that survived pruning, and those of them on a path from an input to an output.
#define {upper}_WEIGHTS_LEFT {}
#define {upper}_WEIGHTS_ACTIVE {}

static const char *const {prefix}_task_names[{upper}_TASK_COUNT] = {{
{}}};

static inline float {prefix}_relu(float z) {{
    return z < 0.0f ? 0.0f : z;
}}

",
        program.input_count(),
        program.output_count(),
        program.tasks.len(),
        program.weights_left,
        program.weights_active,
        lines(names, 4, 100),
    );
    text
}

/// The function of a part.
fn function(program: &Program, part: &Part, forms: &[Form], prefix: &str) -> String {
    let names: Vec<_> = part
        .tasks
        .iter()
        .map(|&task| &*program.tasks[task].name)
        .collect();
    let mut text = format!(
        "// {} alone: from inputs [{}] of the network to its logits [{}].
static inline void {prefix}_{}(const float inputs[{}], float logits[{}]) {{
",
        names.join(", "),
        listed(&part.inputs),
        listed(&part.outputs),
        part.name,
        part.inputs.len(),
        part.outputs.len()
    );
    text += &inputs(program, part, forms[0]);
    for (layer, &form) in forms.iter().enumerate() {
        text += &match form {
            Form::Straight => straight(part, layer, prefix),
            Form::Rows => rows(part, layer, forms, prefix),
        };
        if form == Form::Straight && forms.get(layer + 1) == Some(&Form::Rows) {
            text += &gathered(part, layer + 1);
        }
    }
    text += "}\n\n";
    text
}

/// The inputs by their names, normalized, or as an array for a layer in rows.
fn inputs(program: &Program, part: &Part, form: Form) -> String {
    let is_used = is_used(part, 0);
    if form == Form::Rows {
        let columns = Columns::of(part, 0);
        let mut text = array("x", columns);
        match &program.normalization {
            None => {
                let _ = write!(
                    text,
                    "    for (uint32_t i = 0; i < {}; i++) {{\n        x[i] = inputs[i];\n    }}\n",
                    columns.units
                );
            }
            Some(normalization) => {
                let of_inputs =
                    |values: &[f32]| -> Vec<f32> { part.inputs.iter().map(|&input| values[input]).collect() };
                text += "    {\n";
                text += &table(
                    "shift",
                    "float",
                    of_inputs(&normalization.shift).into_iter().map(c_literal),
                );
                text += &table(
                    "scale",
                    "float",
                    of_inputs(&normalization.scale).into_iter().map(c_literal),
                );
                let _ = write!(
                    text,
                    "        for (uint32_t i = 0; i < {}; i++) {{
            x[i] = (inputs[i] - shift[i]) * scale[i];
        }}
    }}
",
                    columns.units
                );
            }
        }
        return text;
    }
    if !is_used.contains(&true) {
        return "    (void)inputs;\n".to_owned();
    }
    let mut text = String::new();
    for (unit, &input) in part.inputs.iter().enumerate().filter(|(unit, _)| is_used[*unit]) {
        let _ = match &program.normalization {
            None => writeln!(text, "    const float x{unit} = inputs[{unit}];"),
            Some(normalization) => writeln!(
                text,
                "    const float x{unit} = (inputs[{unit}] {}) * {};",
                added(-normalization.shift[input], ""),
                c_literal(normalization.scale[input])
            ),
        };
    }
    text
}

fn straight(part: &Part, layer: usize, prefix: &str) -> String {
    let of_unit = |(unit, row): (usize, &Row)| {
        if part.is_output(layer) {
            return statement(&format!("logits[{unit}] = "), terms(row, layer), ";");
        }
        let start = format!("const float {} = {prefix}_relu(", unit_name(layer + 1, unit));
        statement(&start, terms(row, layer), ");")
    };
    part.layers[layer].iter().enumerate().map(of_unit).collect()
}

/// The sum of a row: C adds from left to right.
fn terms(row: &Row, layer: usize) -> Vec<String> {
    let added = row.terms.iter().map(|term| match *term {
        Term::Product { weight, unit } => added(weight, &format!(" * {}", unit_name(layer, unit))),
        Term::Constant(constant) => added(constant, ""),
    });
    std::iter::once(c_literal(row.bias)).chain(added).collect()
}

/// `+ 0x1p0f…` or `- 0x1p0f…`, which has the bits of adding the negative.
fn added(factor: f32, by: &str) -> String {
    let sign = if factor.is_sign_negative() { '-' } else { '+' };
    format!("{sign} {}{by}", c_magnitude(factor))
}

/// The tables of a layer and the loop over them.
fn rows(part: &Part, layer: usize, forms: &[Form], prefix: &str) -> String {
    let rows = &part.layers[layer];
    let columns = Columns::of(part, layer);
    let terms = || rows.iter().flat_map(|row| &row.terms);
    let weights = terms().map(|term| match *term {
        Term::Product { weight, .. } => weight,
        Term::Constant(constant) => constant,
    });
    let units = terms().map(|term| match *term {
        Term::Product { unit, .. } => unit,
        Term::Constant(_) => columns.units,
    });
    let source = if layer == 0 {
        "x".to_owned()
    } else {
        format!("h{layer}")
    };
    let (mut text, result) = if part.is_output(layer) {
        (String::new(), "logits".to_owned())
    } else {
        let result = format!("h{}", layer + 1);
        (array(&result, Columns::of(part, layer + 1)), result)
    };
    text += "    {\n";
    text += &table("biases", "float", rows.iter().map(|row| c_literal(row.bias)));
    text += &table(
        "counts",
        "uint16_t",
        rows.iter().map(|row| row.terms.len().to_string()),
    );
    let column = if columns.bytes() == 1 {
        "uint8_t"
    } else {
        "uint16_t"
    };
    text += &table("columns", column, units.map(|unit| unit.to_string()));
    text += &table("weights", "float", weights.map(c_literal));
    let activated = if part.is_output(layer) {
        "sum".to_owned()
    } else {
        format!("{prefix}_relu(sum)")
    };
    let _ = write!(
        text,
        "        uint32_t term = 0;
        for (uint32_t unit = 0; unit < {}; unit++) {{
            const uint32_t end = term + counts[unit];
            float sum = biases[unit];
            for (; term < end; term++) {{
                sum += weights[term] * {source}[columns[term]];
            }}
            {result}[unit] = {activated};
        }}
    }}
",
        rows.len()
    );
    // A straight layer reads its units by their names.
    if forms.get(layer + 1) == Some(&Form::Straight) {
        for (unit, _) in is_used(part, layer + 1)
            .iter()
            .enumerate()
            .filter(|(_, is_used)| **is_used)
        {
            let _ = writeln!(
                text,
                "    const float {} = {result}[{unit}];",
                unit_name(layer + 1, unit)
            );
        }
    }
    text
}

/// An array for a layer in rows to read, with the one that constants are multiplied with.
fn array(name: &str, columns: Columns) -> String {
    let length = columns.units + usize::from(columns.has_one);
    let mut text = format!("    float {name}[{}];\n", length.max(1));
    if columns.has_one {
        let _ = writeln!(text, "    {name}[{}] = 1.0f;", columns.units);
    }
    text
}

/// The units of a straight layer as the array that the layer after it, in rows, reads.
fn gathered(part: &Part, layer: usize) -> String {
    let columns = Columns::of(part, layer);
    let units = (0..columns.units).map(|unit| unit_name(layer, unit));
    let one = columns.has_one.then(|| "1.0f".to_owned());
    let items: Vec<_> = units.chain(one).collect();
    format!(
        "    const float h{layer}[{}] = {{\n{}    }};\n",
        items.len(),
        lines(items, 8, 100)
    )
}

fn table(name: &str, of: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!(
        "        static const {of} {name}[{}] = {{\n{}        }};\n",
        items.len(),
        lines(items, 12, 100)
    )
}

/// The function that calls those of all parts.
fn whole(program: &Program, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = format!(
        "// The logits of all tasks, from all inputs.
static inline void {prefix}_logits(const float inputs[{upper}_INPUT_COUNT], float logits[{upper}_OUTPUT_COUNT]) {{
"
    );
    if let [part] = &*program.parts {
        let _ = writeln!(text, "    {prefix}_{}(inputs, logits);\n}}\n", part.name);
        return text;
    }
    for part in &program.parts {
        let inputs = part.inputs.iter().map(|input| format!("inputs[{input}]"));
        let _ = write!(
            text,
            "    {{
        const float part[{}] = {{
{}        }};
        float result[{}];
        {prefix}_{}(part, result);
",
            part.inputs.len(),
            lines(inputs, 12, 100),
            part.outputs.len(),
            part.name
        );
        for (position, output) in part.outputs.iter().enumerate() {
            let _ = writeln!(text, "        logits[{output}] = result[{position}];");
        }
        text += "    }\n";
    }
    text += "}\n\n";
    text
}

/// The function that reads classes from logits.
fn classes(program: &Program, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = format!(
        "// The class of each task, from the logits of all.
static inline void {prefix}_classes(const float logits[{upper}_OUTPUT_COUNT], uint16_t classes[{upper}_TASK_COUNT]) {{
"
    );
    for (number, task) in program.tasks.iter().enumerate() {
        let outputs = &task.outputs;
        if let [output] = **outputs {
            let _ = writeln!(text, "    classes[{number}] = 0.0f < logits[{output}] ? 1 : 0;");
            continue;
        }
        let _ = write!(
            text,
            "    {{
        static const uint32_t outputs[{}] = {{
{}        }};
        uint16_t best = 0;
        for (uint16_t other = 1; other < {}; other++) {{
            if (logits[outputs[best]] < logits[outputs[other]]) {{
                best = other;
            }}
        }}
        classes[{number}] = best;
    }}
",
            outputs.len(),
            lines(outputs.iter().map(ToString::to_string), 12, 100),
            outputs.len()
        );
    }
    text += "}\n\n";
    text
}
