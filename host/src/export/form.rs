//! Straight-line code or compressed rows, layer by layer. Without this module a large ticket would fill the flash with
//! code, or a small one would run through loops at a third of the speed.
//!
//! Straight-line code names each unit and spells out each sum: no index, no loop, and inputs that stay in registers.
//! Compressed rows are tables of biases, weights and columns with one loop over them.

use std::cmp::Reverse;

use super::program::{Part, Program, Row};
use crate::bad_input;

/// How a layer is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A statement for each unit.
    Straight,
    /// Tables and a loop.
    Rows,
}

/// What code and tables may take in flash where nothing is said, in bytes: some 1500 weights as straight-line code, and
/// an eighth of what a common Cortex-M4F has. Without a word, it is no limit: tables may take what they need.
pub const FLASH: usize = 32 << 10;

// Measured: Rust, target-cpu=cortex-m4, opt-level 3, code and literals, over tickets of 20 to 1500 weights.
const BYTES_PER_TERM: usize = 18;
const BYTES_PER_UNIT: usize = 16;
const BYTES_PER_INPUT: usize = 24;
/// The loop over the tables of one layer.
const BYTES_PER_LOOP: usize = 420;

/// More columns than this have no index of 16 bits.
const MOST_COLUMNS: usize = 1 << 16;
/// More terms in a row than this are not counted by 16 bits.
const MOST_TERMS: usize = u16::MAX as usize;

/// The form of each layer of each part. All begin as straight-line code, which is the fastest at any size; while that
/// is more than the budget, the layer goes to tables that saves most, which is the one with most weights.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the ticket does not fit `flash`, or is too wide for tables.
pub fn forms(program: &Program, flash: Option<usize>) -> anyhow::Result<Vec<Vec<Form>>> {
    let budget = flash.unwrap_or(FLASH);
    let mut forms: Vec<Vec<Form>> = program
        .parts
        .iter()
        .map(|part| vec![Form::Straight; part.layers.len()])
        .collect();
    let saves = |(part, layer): (usize, usize)| {
        if program.parts[part].layers[layer]
            .iter()
            .all(|row| row.terms.is_empty())
        {
            return 0;
        }
        let straight = layer_bytes(&program.parts[part], layer, Form::Straight);
        straight.saturating_sub(layer_bytes(&program.parts[part], layer, Form::Rows))
    };
    let mut layers: Vec<(usize, usize)> = program
        .parts
        .iter()
        .enumerate()
        .flat_map(|(part, of)| (0..of.layers.len()).map(move |layer| (part, layer)))
        .filter(|&place| 0 < saves(place))
        .collect();
    layers.sort_by_key(|&place| Reverse(saves(place)));
    let mut layers = layers.into_iter();
    while budget < bytes(program, &forms) {
        let Some((part, layer)) = layers.next() else {
            if flash.is_none() {
                break;
            }
            return Err(bad_input!(
                "the ticket takes about {} bytes of flash in its smallest form, and {budget} are allowed; allow more \
                 or prune further",
                bytes(program, &forms)
            ));
        };
        forms[part][layer] = Form::Rows;
        let rows = &program.parts[part].layers[layer];
        if let Some(unit) = rows.iter().position(|row| MOST_TERMS < row.terms.len()) {
            return Err(bad_input!(
                "unit {unit} of layer {} has more than {MOST_TERMS} active weights, too many for a microcontroller; prune \
                 further or export it with --format onnx",
                layer + 1
            ));
        }
        if MOST_COLUMNS < Columns::of(&program.parts[part], layer).padded() {
            return Err(bad_input!(
                "layer {} has more than {MOST_COLUMNS} active units before it, too many for a microcontroller; prune \
                 further or export it with --format onnx",
                layer + 1
            ));
        }
    }
    Ok(forms)
}

/// About how much flash the program takes in these forms, on a Cortex-M4F.
pub fn bytes(program: &Program, forms: &[Vec<Form>]) -> usize {
    let of_part = |(part, forms): (&Part, &Vec<Form>)| {
        let layers = forms
            .iter()
            .enumerate()
            .map(|(layer, &form)| layer_bytes(part, layer, form));
        layers.sum::<usize>() + BYTES_PER_INPUT * part.inputs.len()
    };
    program.parts.iter().zip(forms).map(of_part).sum()
}

fn layer_bytes(part: &Part, layer: usize, form: Form) -> usize {
    let rows = &part.layers[layer];
    let terms: usize = rows.iter().map(|row| row.terms.len()).sum();
    match form {
        Form::Straight => BYTES_PER_TERM * terms + BYTES_PER_UNIT * rows.len(),
        Form::Rows => {
            let columns = Columns::of(part, layer);
            (4 + columns.bytes()) * terms + 6 * rows.len() + BYTES_PER_LOOP
        }
    }
}

/// What the columns of a layer in compressed rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    /// Units of the layer before.
    pub(super) units: usize,
    /// Whether one more is always 1: what a zombie's constant is multiplied with.
    pub(super) has_one: bool,
}

impl Columns {
    pub(super) fn of(part: &Part, layer: usize) -> Self {
        Self {
            units: part.fan_in(layer),
            has_one: part.layers[layer].iter().any(Row::has_constant),
        }
    }

    /// Length of the array that the columns point into: a power of two, so that a mask keeps any column inside.
    pub(super) fn padded(self) -> usize {
        (self.units + usize::from(self.has_one)).next_power_of_two()
    }

    /// Bytes of one column.
    pub(super) fn bytes(self) -> usize {
        if self.padded() <= 1 << 8 { 1 } else { 2 }
    }
}
