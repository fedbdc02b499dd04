//! Whether each layer is straight-line code or compressed sparse rows (CSR), so that the code fits its flash.
//!
//! Straight-line code names each unit and spells out each sum: no index, no loop, and inputs that stay in registers, at
//! about three times the speed of a loop. CSR is tables of biases, weights and columns with one loop over them.

use std::cmp::Reverse;

use super::program::{Group, Program, Row};
use crate::bad_input;
use crate::ticket::Ticket;

/// How a layer is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A statement for each unit.
    Straight,
    /// Compressed sparse rows: tables and a loop.
    Csr,
}

/// What code and tables may take in flash by default, in bytes: some 1500 weights as straight-line code, and an eighth of
/// what a common Cortex-M4F has. This default is no limit: tables may take what they need.
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
/// More classes of a task than this are not counted by 16 bits.
const MOST_CLASSES: usize = u16::MAX as usize;

/// The program of a ticket as code in about `flash` bytes, with the form of each layer of each group.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that does not fit or is too wide.
pub(super) fn plan(ticket: &Ticket, flash: Option<usize>) -> anyhow::Result<(Program, Vec<Vec<Form>>)> {
    let program = Program::of(ticket)?;
    if let Some(task) = program
        .tasks
        .iter()
        .find(|task| MOST_CLASSES < task.outputs.len())
    {
        return Err(bad_input!(
            "task '{}' has {} classes, and generated code counts {MOST_CLASSES} at most; export it with --format onnx",
            task.name,
            task.outputs.len()
        ));
    }
    let forms = forms(&program, flash)?;
    Ok((program, forms))
}

/// The form of each layer of each group. All begin as straight-line code, which is the fastest at any size; while that
/// is more than the budget, the layer goes to tables that saves most, which is the one with most weights.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the ticket does not fit `flash`, or is too wide for tables.
pub fn forms(program: &Program, flash: Option<usize>) -> anyhow::Result<Vec<Vec<Form>>> {
    let budget = flash.unwrap_or(FLASH);
    let mut forms = straight(program);
    let saves = |(group, layer): (usize, usize)| {
        if program.groups[group].layers[layer]
            .iter()
            .all(|row| row.terms.is_empty())
        {
            return 0;
        }
        let straight = layer_bytes(&program.groups[group], layer, Form::Straight);
        straight.saturating_sub(layer_bytes(&program.groups[group], layer, Form::Csr))
    };
    let mut layers: Vec<(usize, usize)> = program
        .groups
        .iter()
        .enumerate()
        .flat_map(|(index, group)| (0..group.layers.len()).map(move |layer| (index, layer)))
        .filter(|&place| 0 < saves(place))
        .collect();
    layers.sort_by_cached_key(|&place| Reverse(saves(place)));
    let mut layers = layers.into_iter();
    while budget < bytes(program, &forms) {
        let Some((group, layer)) = layers.next() else {
            if flash.is_none() {
                break;
            }
            return Err(bad_input!(
                "the ticket takes about {} bytes of flash in its smallest form, and {budget} are allowed; allow more \
                 or prune further",
                bytes(program, &forms)
            ));
        };
        forms[group][layer] = Form::Csr;
        let rows = &program.groups[group].layers[layer];
        if let Some(unit) = rows.iter().position(|row| MOST_TERMS < row.terms.len()) {
            return Err(bad_input!(
                "unit {unit} of layer {} has more than {MOST_TERMS} active weights, too many for a microcontroller; prune \
                 further or export it with --format onnx",
                layer + 1
            ));
        }
        if MOST_COLUMNS < Columns::of(&program.groups[group], layer).padded() {
            return Err(bad_input!(
                "layer {} has more than {MOST_COLUMNS} active units before it, too many for a microcontroller; prune \
                 further or export it with --format onnx",
                layer + 1
            ));
        }
    }
    Ok(forms)
}

/// Straight-line code for every layer of each group.
pub fn straight(program: &Program) -> Vec<Vec<Form>> {
    let of_group = |group: &Group| vec![Form::Straight; group.layers.len()];
    program.groups.iter().map(of_group).collect()
}

/// About how much flash the program takes in these forms, on a Cortex-M4F.
pub fn bytes(program: &Program, forms: &[Vec<Form>]) -> usize {
    let of_group = |(group, forms): (&Group, &Vec<Form>)| {
        let layers = forms
            .iter()
            .enumerate()
            .map(|(layer, &form)| layer_bytes(group, layer, form));
        layers.sum::<usize>() + BYTES_PER_INPUT * group.inputs.len()
    };
    program.groups.iter().zip(forms).map(of_group).sum()
}

fn layer_bytes(group: &Group, layer: usize, form: Form) -> usize {
    let rows = &group.layers[layer];
    let terms: usize = rows.iter().map(|row| row.terms.len()).sum();
    match form {
        Form::Straight => BYTES_PER_TERM * terms + BYTES_PER_UNIT * rows.len(),
        Form::Csr => {
            let columns = Columns::of(group, layer);
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
    pub(super) fn of(group: &Group, layer: usize) -> Self {
        Self {
            units: group.fan_in(layer),
            has_one: group.layers[layer].iter().any(Row::has_constant),
        }
    }

    /// How many columns there are.
    pub(super) fn count(self) -> usize {
        self.units + usize::from(self.has_one)
    }

    /// Length of the array that the columns point into: a power of two, so that a mask keeps any column inside.
    pub(super) fn padded(self) -> usize {
        self.count().next_power_of_two()
    }

    /// Bytes of one column.
    pub(super) fn bytes(self) -> usize {
        if self.padded() <= 1 << 8 { 1 } else { 2 }
    }
}
