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

/// About how many bytes of flash the parts of a program take.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// In straight-line code: a term,
    term: usize,
    /// and a unit.
    unit: usize,
    /// An input, on its way to what layers read.
    input: usize,
    /// In CSR: a weight,
    weight: usize,
    /// a unit,
    row: usize,
    /// and the loop over the tables of one layer.
    csr_loop: usize,
}

/// Of floats. Measured: Rust, target-cpu=cortex-m4, opt-level 3, code and literals, over tickets of 20 to 1500 weights.
const FLOATS: Costs = Costs {
    term: 18,
    unit: 16,
    input: 24,
    weight: 4,
    row: 6,
    csr_loop: 420,
};

/// Of integers of 8 and of 16 bits, on a Cortex-M0. Measured as [`FLOATS`].
pub(super) const INTEGERS: [Costs; 2] = [
    Costs {
        term: 8,
        unit: 16,
        input: 24,
        weight: 1,
        row: 7,
        csr_loop: 160,
    },
    Costs {
        term: 12,
        unit: 16,
        input: 24,
        weight: 3,
        row: 7,
        csr_loop: 160,
    },
];

/// A program as far as its size is concerned: of each group the number of inputs, and the layers.
pub(super) type Shape = Vec<(usize, Vec<LayerShape>)>;

/// A layer as far as its size is concerned.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerShape {
    pub(super) units: usize,
    pub(super) terms: usize,
    /// The unit of most terms, and how many those are.
    pub(super) longest: (usize, usize),
    pub(super) columns: Columns,
}

fn shape(program: &Program) -> Shape {
    let of_layer = |group: &Group, layer: usize| {
        let terms = group.layers[layer].iter().map(|row| row.terms.len());
        LayerShape {
            units: group.layers[layer].len(),
            terms: terms.clone().sum(),
            longest: longest(terms),
            columns: Columns::of(group, layer),
        }
    };
    let of_group = |group: &Group| {
        let layers = (0..group.layers.len()).map(|layer| of_layer(group, layer));
        (group.inputs.len(), layers.collect())
    };
    program.groups.iter().map(of_group).collect()
}

/// The first of the greatest numbers, and its position before it.
pub(super) fn longest(numbers: impl Iterator<Item = usize>) -> (usize, usize) {
    let pairs = numbers.enumerate();
    pairs.fold((0, 0), |best, pair| if best.1 < pair.1 { pair } else { best })
}

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
    check_classes(&program)?;
    let forms = forms(&program, flash)?;
    Ok((program, forms))
}

/// Refuses tasks of more classes than generated code counts.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) that names the task.
pub(super) fn check_classes(program: &Program) -> anyhow::Result<()> {
    let mut tasks = program.tasks.iter();
    let Some(task) = tasks.find(|task| MOST_CLASSES < task.outputs.len()) else {
        return Ok(());
    };
    Err(bad_input!(
        "task '{}' has {} classes, and generated code counts {MOST_CLASSES} at most; export it with --format onnx",
        task.name,
        task.outputs.len()
    ))
}

/// The form of each layer of each group. All begin as straight-line code, which is the fastest at any size; while that
/// is more than the budget, the layer goes to tables that saves most, which is the one with most weights.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the ticket does not fit `flash`, or is too wide for tables.
pub fn forms(program: &Program, flash: Option<usize>) -> anyhow::Result<Vec<Vec<Form>>> {
    choose(&shape(program), FLOATS, flash)
}

/// [`forms`] of a program of this shape.
///
/// # Errors
///
/// As of [`forms`].
pub(super) fn choose(shape: &Shape, costs: Costs, flash: Option<usize>) -> anyhow::Result<Vec<Vec<Form>>> {
    let budget = flash.unwrap_or(FLASH);
    let mut forms = all_straight(shape);
    let saves = |(group, layer): (usize, usize)| costs.saves(&shape[group].1[layer]);
    let mut layers: Vec<(usize, usize)> = shape
        .iter()
        .enumerate()
        .flat_map(|(index, (_, layers))| (0..layers.len()).map(move |layer| (index, layer)))
        .filter(|&place| 0 < saves(place))
        .collect();
    layers.sort_by_cached_key(|&place| Reverse(saves(place)));
    let mut layers = layers.into_iter();
    while budget < costs.all(shape, &forms) {
        let Some((group, layer)) = layers.next() else {
            if flash.is_none() {
                break;
            }
            return Err(bad_input!(
                "the ticket takes about {} bytes of flash in its smallest form, and {budget} are allowed; allow more \
                 or prune further",
                costs.all(shape, &forms)
            ));
        };
        forms[group][layer] = Form::Csr;
        let LayerShape { longest, columns, .. } = shape[group].1[layer];
        if MOST_TERMS < longest.1 {
            return Err(bad_input!(
                "unit {} of layer {} has more than {MOST_TERMS} active weights, too many for a microcontroller; prune \
                 further or export it with --format onnx",
                longest.0,
                layer + 1
            ));
        }
        if MOST_COLUMNS < columns.padded() {
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
    all_straight(&shape(program))
}

/// The smallest form of each layer of each group: tables where they save something.
pub fn smallest(program: &Program) -> Vec<Vec<Form>> {
    all_smallest(&shape(program), FLOATS)
}

pub(super) fn all_smallest(shape: &Shape, costs: Costs) -> Vec<Vec<Form>> {
    let of_layer = |layer: &LayerShape| {
        if 0 < costs.saves(layer) {
            Form::Csr
        } else {
            Form::Straight
        }
    };
    let of_group = |(_, layers): &(usize, Vec<LayerShape>)| layers.iter().map(of_layer).collect();
    shape.iter().map(of_group).collect()
}

pub(super) fn all_straight(shape: &Shape) -> Vec<Vec<Form>> {
    let of_group = |(_, layers): &(usize, Vec<LayerShape>)| vec![Form::Straight; layers.len()];
    shape.iter().map(of_group).collect()
}

/// About how much flash the program takes in these forms, on a Cortex-M4F.
pub fn bytes(program: &Program, forms: &[Vec<Form>]) -> usize {
    FLOATS.all(&shape(program), forms)
}

impl Costs {
    /// What a program takes in these forms.
    pub(super) fn all(self, shape: &Shape, forms: &[Vec<Form>]) -> usize {
        let of_group = |((inputs, layers), forms): (&(usize, Vec<LayerShape>), &Vec<Form>)| {
            let layers = layers.iter().zip(forms);
            layers
                .map(|(layer, &form)| self.layer(layer, form))
                .sum::<usize>()
                + self.input * inputs
        };
        shape.iter().zip(forms).map(of_group).sum()
    }

    /// What a layer takes less in tables.
    fn saves(self, layer: &LayerShape) -> usize {
        if layer.terms == 0 {
            return 0;
        }
        let straight = self.layer(layer, Form::Straight);
        straight.saturating_sub(self.layer(layer, Form::Csr))
    }

    fn layer(self, layer: &LayerShape, form: Form) -> usize {
        let &LayerShape { units, terms, .. } = layer;
        match form {
            Form::Straight => self.term * terms + self.unit * units,
            Form::Csr => (self.weight + layer.columns.bytes()) * terms + self.row * units + self.csr_loop,
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
