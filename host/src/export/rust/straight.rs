//! A layer as a statement for each unit. Constants become literals beside the code, units stay in registers.

use tombola::data::Normalization;

use super::super::halves::halved;
use super::super::program::{Part, Row, Term};
use super::super::words::{rust_literal, rust_magnitude, statement, unit_name};
use super::Needs;

/// The statements of a layer; `halves` says which units may be computed at half their size.
pub(super) fn layer(part: &Part, layer: usize, halves: Option<&Vec<bool>>, needs: &mut Needs) -> String {
    let of_unit = |(unit, row): (usize, &Row)| {
        if part.is_output(layer) {
            return statement(&format!("let y{unit} = "), terms(row, layer), ";");
        }
        let name = unit_name(layer + 1, unit);
        if halves.is_some_and(|halves| halves[unit]) {
            needs.relu_of_half = true;
            statement(
                &format!("let {name} = relu_of_half("),
                terms(&halved(row), layer),
                ");",
            )
        } else {
            needs.relu = true;
            statement(&format!("let {name} = relu("), terms(row, layer), ");")
        }
    };
    part.layers[layer].iter().enumerate().map(of_unit).collect()
}

/// An input that takes the place of the raw one.
pub(super) fn normalized(unit: usize, by: Normalization) -> String {
    format!(
        "    let x{unit} = (x{unit} {}) * {};\n",
        added(-by.shift, ""),
        rust_literal(by.scale)
    )
}

/// The sum of a row. Rust adds from left to right, and rounds each product before it adds it.
fn terms(row: &Row, layer: usize) -> Vec<String> {
    let added = row.terms.iter().map(|term| match *term {
        Term::Product { weight, unit } => added(weight, &format!(" * {}", unit_name(layer, unit))),
        Term::Constant(constant) => added(constant, ""),
    });
    std::iter::once(rust_literal(row.bias)).chain(added).collect()
}

/// `+ 0.5…` or `- 0.5…`. Taking a product away is adding its negative: the sign takes no part in rounding, and where
/// either is ±0, so is the other.
fn added(factor: f32, by: &str) -> String {
    let sign = if factor.is_sign_negative() { '-' } else { '+' };
    format!("{sign} {}{by}", rust_magnitude(factor))
}
