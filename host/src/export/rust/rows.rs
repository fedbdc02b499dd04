//! A layer as tables and a loop over them: for layers too large to be spelled out.
//!
//! The array that columns point into is as long as a power of two, and each column is masked by its length less one:
//! the compiler sees that no access can be out of range and checks none, and the code cannot panic.

use std::fmt::Write as _;

use super::super::form::{Columns, Form};
use super::super::program::{Part, Program, Row, Term};
use super::super::words::{lines, rust_literal, unit_name};
use super::Needs;

/// The inputs, normalized by a loop, as the array that the first layer reads.
pub(super) fn inputs(program: &Program, part: &Part) -> String {
    let columns = Columns::of(part, 0);
    let mut text = array("x", columns);
    match &program.normalization {
        None => text += "    for (x, input) in x.iter_mut().zip(inputs) {\n        *x = *input;\n    }\n",
        Some(normalization) => {
            let of_inputs =
                |values: &[f32]| -> Vec<f32> { part.inputs.iter().map(|&input| values[input]).collect() };
            text += "    {\n";
            text += &table(
                "SHIFT",
                "f32",
                of_inputs(&normalization.shift).into_iter().map(rust_literal),
            );
            text += &table(
                "SCALE",
                "f32",
                of_inputs(&normalization.scale).into_iter().map(rust_literal),
            );
            text += "        for (((x, input), shift), scale) in x.iter_mut().zip(inputs).zip(&SHIFT).zip(&SCALE) {
            *x = (input - shift) * scale;
        }
    }
";
        }
    }
    text
}

/// The tables of a layer and the call that walks them; `next` is the form of the layer that reads the result.
pub(super) fn layer(part: &Part, layer: usize, next: Option<&Form>, needs: &mut Needs) -> String {
    needs.rows = true;
    let rows = &part.layers[layer];
    let columns = Columns::of(part, layer);
    let one = columns.units;
    let terms = || rows.iter().flat_map(|row| &row.terms);
    let weights = terms().map(|term| match *term {
        Term::Product { weight, .. } => weight,
        Term::Constant(constant) => constant,
    });
    let units = terms().map(|term| match *term {
        Term::Product { unit, .. } => unit,
        Term::Constant(_) => one,
    });

    let result = format!("h{}", layer + 1);
    let mut text = if next == Some(&Form::Rows) {
        array(&result, Columns::of(part, layer + 1))
    } else {
        format!("    let mut {result} = [0.0; {}];\n", rows.len())
    };
    text += "    {\n";
    text += &table(
        "BIASES",
        "f32",
        rows.iter().map(|row: &Row| rust_literal(row.bias)),
    );
    text += &table(
        "COUNTS",
        "u16",
        rows.iter().map(|row| row.terms.len().to_string()),
    );
    let column = if columns.bytes() == 1 { "u8" } else { "u16" };
    text += &table("COLUMNS", column, units.map(|unit| unit.to_string()));
    text += &table("WEIGHTS", "f32", weights.map(rust_literal));
    let activation = if part.is_output(layer) {
        "|z| z"
    } else {
        needs.relu = true;
        "relu"
    };
    let source = if layer == 0 {
        "x".to_owned()
    } else {
        format!("h{layer}")
    };
    let _ = writeln!(
        text,
        "        rows(&BIASES, &COUNTS, &COLUMNS, &WEIGHTS, &{source}, &mut {result}, {activation});\n    }}"
    );
    text
}

/// An array of zeros for `columns`, with its one at its place.
fn array(name: &str, columns: Columns) -> String {
    let mut text = format!("    let mut {name} = [0.0; {}];\n", columns.padded());
    if columns.has_one {
        let _ = writeln!(
            text,
            "    if let Some(one) = {name}.get_mut({}) {{\n        *one = 1.0;\n    }}",
            columns.units
        );
    }
    text
}

/// The units of a straight layer as the array that the layer after it, in rows, reads.
pub(super) fn gathered(part: &Part, layer: usize) -> String {
    let columns = Columns::of(part, layer);
    let units = (0..columns.units).map(|unit| unit_name(layer, unit));
    let one = columns.has_one.then(|| "1.0".to_owned());
    let filled = columns.units + usize::from(columns.has_one);
    let zeros = std::iter::repeat_n("0.0".to_owned(), columns.padded() - filled);
    format!(
        "    let h{layer} = [\n{}    ];\n",
        lines(units.chain(one).chain(zeros), 8, 100)
    )
}

fn table(name: &str, of: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!(
        "        static {name}: [{of}; {}] = [\n{}        ];\n",
        items.len(),
        lines(items, 12, 100)
    )
}

/// What walks the tables.
pub(super) const HELPER: &str = "\
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
